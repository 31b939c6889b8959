"""What a document tells of payouts is kept: their heads, and their lines part by part."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.finance.models import Settlement, SettlementLine, SettlementTerms
from domain.finance.settlement.booking import book_failure
from domain.finance.settlement.policy import Course, Told, course_of
from domain.finance.settlement.replacing import drop_revision
from domain.finance.settlement.told import FAILED, ToldLine, ToldPayout
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.money import to_minor
from domain.kernel.reading import Reader
from domain.kernel.work import Work

READING, INCOMPLETE, ANNOUNCED, POSTED, REPLACED = (
    *("reading", "incomplete", "announced"),
    *("posted", "replaced"),
)
_REFERENCES = (
    *("kind", "word", "posted_on", "external_id", "order_reference", "merchant_reference"),
    *("adjustment_reference", "shipment_reference", "sku", "quantity"),
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
    """The settlement of a payout, what became of it, and whether its head says anything new."""

    settlement_id: int
    course: Course
    status: str
    is_new: bool


async def lock_terms(work: Work, channel_id: int) -> Row[Any]:
    """The terms of a channel (made, if it has none yet), locked: one work at a time settles it."""
    made = insert(SettlementTerms).values(
        tenant_id=work.tenant_id, channel_id=channel_id, created_at=work.now
    )
    await work.execute(made.on_conflict_do_nothing(index_elements=["tenant_id", "channel_id"]))
    row = await work.row(
        select(*SettlementTerms.__table__.c)
        .where(
            SettlementTerms.tenant_id == work.tenant_id, SettlementTerms.channel_id == channel_id
        )
        .with_for_update()
    )
    assert row is not None
    return row


async def take_payouts(
    work: Work, channel: Row[Any], summed: Sequence[Summed], *, format: str, message_id: int | None
) -> dict[str, Taken]:
    """Keep the heads of payouts of a channel whose terms are locked, by their external ids. Lines
    are wanted of those whose status is "reading".

    A whole report that differs from the one that stands replaces it."""
    standing = await _standing(work, channel.id, [each.payout.external_id for each in summed])
    taken: dict[str, Taken] = {}
    for each in summed:
        known = standing.get(each.payout.external_id)
        course = course_of(None if known is None else _told_before(known), each.told(format))
        if course is Course.REPLACE:
            assert known is not None
            if known.status != POSTED:
                # Nothing was made of it yet; what is posted stands until the next one is.
                await drop_revision(work, known)
        if course in (Course.BEGIN, Course.REPLACE):
            row = _row(work, channel, each, format, message_id)
            row["revision"] = 1 if known is None else known.revision + 1
            [settlement_id] = await insert_ids(work, Settlement, [row])
            taken[each.payout.external_id] = Taken(settlement_id, course, READING, True)
        else:
            assert known is not None
            status, is_new = await _extend(work, known, each, course)
            taken[each.payout.external_id] = Taken(known.id, course, status, is_new)
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
        "revision": 1,
        "message_id": message_id,
        "format": format,
        "total_minor": each.total_minor,
        "payout_state": each.payout.state,
        "digest": each.digest if each.payout.is_whole else None,
        "status": READING,
        "received_at": work.now,
    }


async def _extend(work: Work, known: Row[Any], each: Summed, course: Course) -> tuple[str, bool]:
    """Note what a further document tells of a payout's head; its status then, and whether that is
    new. What is posted stays as it is, unless it failed after all."""
    payout = each.payout
    if course is Course.SAME:
        return str(known.status), False
    if known.status == POSTED:
        failed = payout.state == FAILED != known.payout_state
        if failed:
            await book_failure(work, known)
            await _change(work, known, payout_state=FAILED)
        return POSTED, failed
    told = {
        "total_minor": each.total_minor,
        "payout_state": payout.state,
        "deposited_on": payout.deposited_on,
    }
    fresh = {
        name: value
        for name, value in told.items()
        if value is not None and value != getattr(known, name)
    }
    await _change(work, known, status=READING, **fresh)
    return READING, bool(fresh)


async def _change(work: Work, row: Row[Any], **values: Any) -> None:
    await work.execute(
        update(Settlement)
        .where(Settlement.tenant_id == work.tenant_id, Settlement.id == row.id)
        .values(**values)
    )


async def add_lines(
    work: Work, settlement_id: int, lines: Iterable[ToldLine], *, currency: str
) -> int:
    """Add lines to a settlement that is locked, after those that it has; how many were new: a line
    whose id it has already is left out."""
    given = {each.external_id: each for each in lines if each.external_id is not None}
    known = await _known_lines(work, settlement_id, list(given)) if given else set()
    fresh = [each for each in lines if each.external_id is None or each.external_id not in known]
    if not fresh:
        return 0
    amounts = [to_minor(each.amount, currency) for each in fresh]
    counted = sum(a for a, each in zip(amounts, fresh, strict=True) if each.counts)
    first = await work.value(
        update(Settlement)
        .where(Settlement.tenant_id == work.tenant_id, Settlement.id == settlement_id)
        .values(
            line_count=Settlement.line_count + len(fresh),
            lines_minor=Settlement.lines_minor + counted,
        )
        .returning(Settlement.line_count - len(fresh))
    )
    await insert_rows(
        work,
        SettlementLine,
        [
            {
                **{name: getattr(each, name) for name in _REFERENCES},
                "settlement_id": settlement_id,
                "line_number": first + place,
                "amount_minor": amount,
            }
            for place, (each, amount) in enumerate(zip(fresh, amounts, strict=True), start=1)
        ],
    )
    return len(fresh)


async def _known_lines(
    reader: Reader, settlement_id: int, external_ids: Collection[str]
) -> set[str]:
    return set(
        await reader.values(
            select(SettlementLine.external_id).where(
                SettlementLine.tenant_id == reader.tenant_id,
                SettlementLine.settlement_id == settlement_id,
                SettlementLine.external_id.in_(external_ids),
            )
        )
    )


async def unknown_lines(
    reader: Reader, settlement_ids: Mapping[str, int], lines: Sequence[ToldLine]
) -> list[ToldLine]:
    """Those of these lines that their settlements (by payout) do not have."""
    fresh = []
    for payout, settlement_id in settlement_ids.items():
        own = [each for each in lines if each.payout == payout]
        ids = [each.external_id for each in own if each.external_id is not None]
        known = await _known_lines(reader, settlement_id, ids)
        fresh += [each for each in own if each.external_id not in known]
    return fresh
