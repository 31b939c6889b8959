"""What a document tells of payouts is kept: their heads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, Text, column, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.finance.models import Settlement, SettlementTerms
from domain.finance.settlement.booking import book_failure
from domain.finance.settlement.events import SettlementFailed
from domain.finance.settlement.policy import Course, Told, course_of
from domain.finance.settlement.replacing import drop_revision
from domain.finance.settlement.told import FAILED, ToldPayout
from domain.kernel.inserting import insert_ids
from domain.kernel.money import to_minor
from domain.kernel.reading import Reader
from domain.kernel.work import Work

READING, INCOMPLETE, ANNOUNCED, POSTED, REPLACED = (
    *("reading", "incomplete", "announced"),
    *("posted", "replaced"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """A payout, and what its lines in the document come to (`digest` None: it has none)."""

    payout: ToldPayout
    lines: int = 0
    lines_minor: int = 0
    digest: str | None = None

    @property
    def total_minor(self) -> int | None:
        """As its head tells it; of a whole report without one, what its lines add up to."""
        if self.payout.total is not None:
            return to_minor(self.payout.total, self.payout.currency)
        return self.lines_minor if self.payout.is_whole else None

    def told(self, format: str) -> Told:
        """By what it is told from what is known."""
        return Told(
            format=format,
            total_minor=self.total_minor,
            lines_minor=self.lines_minor,
            digest=self.digest,
            is_whole=self.payout.is_whole,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """The settlement of a payout, what became of it, whether its head says anything new, and in
    which currency it is."""

    settlement_id: int
    course: Course
    status: str
    is_new: bool
    currency: str


async def lock_terms(work: Work, channel_id: int) -> Row[Any]:
    """The terms of a channel (made, if it has none yet), locked: one work at a time settles it."""
    made = insert(SettlementTerms).values(
        tenant_id=work.tenant_id, channel_id=channel_id, created_at=work.now
    )
    await work.execute(made.on_conflict_do_nothing(index_elements=["tenant_id", "channel_id"]))
    row = await work.row(
        select(
            *SettlementTerms.__table__.c,
            func.pg_advisory_xact_lock(work.tenant_id, _payouts_of(channel_id)),
        )
        .where(
            SettlementTerms.tenant_id == work.tenant_id, SettlementTerms.channel_id == channel_id
        )
        .with_for_update()
    )
    assert row is not None
    return row


async def is_undisturbed(work: Work, channel_id: int) -> bool:
    """Whether nobody settles the channel right now; nobody does then until the end of the work.
    It never waits: whoever wants to know is amidst other things."""
    free = func.pg_try_advisory_xact_lock_shared(work.tenant_id, _payouts_of(channel_id))
    return bool(await work.value(select(free)))


def _payouts_of(channel_id: int) -> Any:
    return func.hashtext(f"payouts of channel {channel_id}")


async def take_payouts(
    work: Work, channel: Row[Any], summed: Sequence[Summed], *, format: str, message_id: int | None
) -> dict[str, Taken]:
    """Keep the heads of payouts of a channel whose terms are locked, by their external ids. Lines
    are wanted of those whose status is "reading".

    A whole report that differs from the one that stands replaces it."""
    standing = await _standing(work, channel.id, [each.payout.external_id for each in summed])
    taken: dict[str, Taken] = {}
    begun: list[tuple[Summed, Course, int]] = []
    extended: list[tuple[Summed, Row[Any]]] = []
    for each in summed:
        name = each.payout.external_id
        known = standing.get(name)
        course = course_of(None if known is None else _told_before(known), each.told(format))
        if known is None:
            begun.append((each, course, 1))
        elif course is Course.REPLACE:
            if known.status != POSTED:
                # Nothing was made of it yet; what is posted stands until the next one is.
                await drop_revision(work, known)
            begun.append((each, course, known.revision + 1))
        elif course is Course.SAME or known.status == POSTED:
            failed = course is Course.EXTEND and await _fail(work, known, each.payout)
            taken[name] = Taken(known.id, course, str(known.status), failed, known.currency)
        else:
            extended.append((each, known))
            taken[name] = Taken(known.id, course, READING, _says_more(each, known), known.currency)
    rows = [
        _row(work, channel, each, format, message_id) | {"revision": revision}
        for each, _, revision in begun
    ]
    ids = await insert_ids(work, Settlement, rows)
    for (each, course, _), number in zip(begun, ids, strict=True):
        currency = each.payout.currency
        taken[each.payout.external_id] = Taken(number, course, READING, True, currency)
    await _extend(work, extended, message_id)
    return taken


def _told_before(row: Row[Any]) -> Told:
    return Told(
        format=row.format,
        total_minor=row.total_minor,
        lines_minor=row.lines_minor,
        digest=row.digest,
        is_whole=row.digest is not None,
    )


async def _standing(
    reader: Reader, channel_id: int, external_ids: Collection[str]
) -> dict[str, Row[Any]]:
    rows = await reader.rows(
        select(*Settlement.__table__.c)
        .where(
            Settlement.tenant_id == reader.tenant_id,
            Settlement.channel_id == channel_id,
            Settlement.external_id.in_(external_ids),
            Settlement.status != REPLACED,
        )
        .order_by(Settlement.id)
        .with_for_update()
    )
    # Of a payout that is being corrected the last revision counts.
    return {row.external_id: row for row in rows}


def _row(
    work: Work, channel: Row[Any], each: Summed, format: str, message_id: int | None
) -> dict[str, Any]:
    same = ("external_id", "currency", "begins_on", "ends_on", "deposited_on")
    return {
        **{name: getattr(each.payout, name) for name in same},
        "channel_id": channel.id,
        "entity_id": channel.entity_id,
        "message_id": message_id,
        "format": format,
        "total_minor": each.total_minor,
        "payout_state": each.payout.state,
        "digest": each.digest if each.payout.is_whole else None,
        "status": READING,
        "received_at": work.now,
    }


def _says_more(each: Summed, known: Row[Any]) -> bool:
    """Whether a further document says anything new of a payout's head."""
    told = {
        "total_minor": each.total_minor,
        "payout_state": each.payout.state,
        "deposited_on": each.payout.deposited_on,
    }
    return any(value not in (None, getattr(known, name)) for name, value in told.items())


async def _extend(
    work: Work, extended: Sequence[tuple[Summed, Row[Any]]], message_id: int | None
) -> None:
    """Note what a document tells of the heads of known payouts; its lines are to be read. What it
    does not tell stays as it is."""
    if not extended:
        return
    s = Settlement
    given = (
        func.unnest(
            literal([known.id for _, known in extended], ARRAY(BigInteger)),
            literal([each.total_minor for each, _ in extended], ARRAY(BigInteger)),
            literal([each.payout.state for each, _ in extended], ARRAY(Text)),
            literal([each.payout.deposited_on for each, _ in extended], ARRAY(Date)),
        )
        .table_valued(
            column("id", BigInteger),
            column("total", BigInteger),
            column("state", Text),
            column("day", Date),
        )
        .render_derived(name="given")
    )
    await work.execute(
        update(s)
        .where(s.tenant_id == work.tenant_id, s.id == given.c.id)
        .values(
            status=READING,
            message_id=message_id,
            total_minor=func.coalesce(given.c.total, s.total_minor),
            payout_state=func.coalesce(given.c.state, s.payout_state),
            deposited_on=func.coalesce(given.c.day, s.deposited_on),
        )
    )


async def _fail(work: Work, known: Row[Any], payout: ToldPayout) -> bool:
    """A payout that is posted did not arrive after all, if the document says so; whether it is
    told for the first time."""
    if payout.state != FAILED or known.payout_state == FAILED:
        return False
    await book_failure(work, known)
    await change_settlement(work, known, payout_state=FAILED)
    work.record(
        SettlementFailed(
            aggregate_id=known.id,
            channel_id=known.channel_id,
            external_id=known.external_id,
            currency=known.currency,
            total_minor=known.total_minor,
        )
    )
    work.audit(
        "fail_settlement",
        subject="payout",
        subject_id=known.id,
        before={"payout_state": known.payout_state},
        after={"payout_state": FAILED},
    )
    return True


async def change_settlement(work: Work, row: Row[Any], **values: Any) -> None:
    """Set columns of a locked settlement."""
    await work.execute(
        update(Settlement)
        .where(Settlement.tenant_id == work.tenant_id, Settlement.id == row.id)
        .values(**values)
    )
