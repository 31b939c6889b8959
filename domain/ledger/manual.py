"""Journals that people write: what makes one sound, and how it gets into the books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import column, select, table, update
from sqlalchemy.engine import Row

from domain.entities.models import Location, Party
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work
from domain.ledger.accounts import lock_accounts, takes_any
from domain.ledger.entries import NONE, Day, Dimensions, Entry, Leg
from domain.ledger.events import ManualJournalPosted
from domain.ledger.models import ManualJournal
from domain.ledger.outcomes import AccountInUse, JournalUnbalanced
from domain.ledger.posting import post

SOURCE = "manual_journal"
MOST_LINES = 200
# Channels stand in a higher area, which this one must not import.
_CHANNEL = table("channel", column("tenant_id"), column("id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualLine:
    """A line that somebody wrote: a debit is positive, in minor units of the journal's
    currency."""

    account_id: int
    amount_minor: int
    dimensions: Dimensions = field(default=NONE)

    def kept(self) -> dict[str, Any]:
        """As it is kept until it is posted."""
        return {
            "account_id": self.account_id,
            "amount_minor": self.amount_minor,
            **self.dimensions.stated(),
        }


def line_kept(kept: Mapping[str, Any]) -> ManualLine:
    """The line as it was before it was kept."""
    said = {
        name: value for name, value in kept.items() if name not in ("account_id", "amount_minor")
    }
    return ManualLine(
        account_id=kept["account_id"],
        amount_minor=kept["amount_minor"],
        dimensions=Dimensions(**said),
    )


async def require_sound_lines(
    work: Work, *, entity_id: int, currency: str, lines: Sequence[ManualLine]
) -> None:
    """Raise InvalidInput, NotFound, JournalUnbalanced, or AccountInUse for an account that
    follows other documents or is closed."""
    if not 2 <= len(lines) <= MOST_LINES:
        raise InvalidInput(f"Give 2 to {MOST_LINES} lines.", path=("lines",))
    for place, line in enumerate(lines):
        if line.amount_minor == 0 or abs(line.amount_minor) >= 10**15:
            raise InvalidInput("Must move money.", path=("lines", place, "amount"))
        if line.dimensions.project is not None:
            text.code(line.dimensions.project, path=("lines", place, "project"))
        if line.dimensions.item_group is not None:
            text.code(line.dimensions.item_group, path=("lines", place, "itemGroup"))
    left = sum(line.amount_minor for line in lines)
    if left != 0:
        raise JournalUnbalanced(
            "Debits and credits differ.", path=("lines",), currency=currency, difference_minor=left
        )
    await require_accounts(work, entity_id, lines)
    await _require_dimensions(work, lines)


def manual_entry(journal: Any, legs: tuple[Leg, ...]) -> Entry:
    """The entry of a journal that somebody wrote: a row of manual_journal, and its legs."""
    return Entry(
        entity_id=journal.entity_id,
        milestone=SOURCE,
        source_kind=SOURCE,
        source_id=journal.id,
        currency=journal.currency,
        legs=legs,
        posted_on=journal.posted_on,
        description=journal.description,
        day=Day.GIVEN,
    )


async def post_manual_journal(work: Work, journal: Row[Any]) -> int:
    """Post a locked row of manual_journal; the journal's id. Raises what posting raises."""
    legs = tuple(
        Leg("manual", line.amount_minor, line.dimensions, account_id=line.account_id)
        for line in map(line_kept, journal.lines)
    )
    (journal_id,) = await post(work, [manual_entry(journal, legs)])
    await work.execute(
        update(ManualJournal)
        .where(ManualJournal.tenant_id == work.tenant_id, ManualJournal.id == journal.id)
        .values(status="posted", journal_id=journal_id, version=ManualJournal.version + 1)
    )
    work.record(
        ManualJournalPosted(
            aggregate_id=journal.id, entity_id=journal.entity_id, journal_id=journal_id
        )
    )
    work.audit(
        "post_manual_journal",
        subject="manual_journal",
        subject_id=journal.id,
        after={"journal_id": journal_id, "lines": journal.lines},
        reason=journal.description,
    )
    return journal_id


async def require_accounts(work: Work, entity_id: int, lines: Sequence[ManualLine]) -> None:
    """Raise NotFound, or AccountInUse for an account that follows other documents or is closed;
    what passes stays so until the end of the work."""
    known = await lock_accounts(work, entity_id, {line.account_id for line in lines})
    for place, line in enumerate(lines):
        account = known.get(line.account_id)
        path = ("lines", place, "accountId")
        if account is None:
            raise NotFound("account")
        if not takes_any(account):
            message = f"Account {account.code} is closed, or follows documents of its own."
            raise AccountInUse(message, path=path, account_id=account.id, reason=message)


async def _require_dimensions(work: Work, lines: Sequence[ManualLine]) -> None:
    for kind, source, name in (
        ("channel", _CHANNEL, "channel_id"),
        ("location", Location.__table__, "location_id"),
        ("party", Party.__table__, "party_id"),
    ):
        wanted = {getattr(line.dimensions, name) for line in lines} - {None}
        if not wanted:
            continue
        found = await work.values(
            select(source.c.id).where(source.c.tenant_id == work.tenant_id, source.c.id.in_(wanted))
        )
        if set(found) != wanted:
            raise NotFound(kind)
