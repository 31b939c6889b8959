"""Journals are taken back by hand."""

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.kernel import text
from domain.kernel.errors import NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.entries import Day
from domain.ledger.events import JournalReversed
from domain.ledger.models import Account, Journal, JournalLine
from domain.ledger.outcomes import ReversalRefused
from domain.ledger.policy import why_not_reversible
from domain.ledger.reversing import SOURCE, reverse_journals


@operation("ledger.post")
async def reverse_journal(
    work: Work, *, journal_id: int, reason: str, posted_on: date | None = None
) -> int:
    """Take a journal back by one with every amount turned around; returns its id.

    It is dated `posted_on` (today, in UTC, if absent). Raises NotFound, InvalidInput, and
    ReversalRefused for a journal that is reversed already or follows documents, PeriodClosed."""
    reason = text.name(reason, path=("reason",))
    journal = await _reversible(work, journal_id)
    (reversal_id,) = await reverse_journals(
        work,
        [journal.id],
        description=reason,
        posted_on=posted_on,
        day=Day.FALLS if posted_on is None else Day.GIVEN,
    )
    work.record(
        JournalReversed(
            aggregate_id=journal.id, reversal_id=reversal_id, entity_id=journal.entity_id
        )
    )
    work.audit(
        "reverse_journal",
        subject="journal",
        subject_id=journal.id,
        after={"reversal_id": reversal_id},
        reason=reason,
    )
    return reversal_id


async def _reversible(work: Work, journal_id: int) -> Row[Any]:
    reversal = aliased(Journal)
    reversed_by = select(reversal.id).where(
        reversal.tenant_id == work.tenant_id,
        reversal.source_kind == SOURCE,
        reversal.source_id == journal_id,
    )
    roles = (
        select(func.array_agg(Account.role))
        .join(
            JournalLine,
            (JournalLine.tenant_id == Account.tenant_id) & (JournalLine.account_id == Account.id),
        )
        .where(
            Account.tenant_id == work.tenant_id,
            JournalLine.tenant_id == work.tenant_id,
            JournalLine.journal_id == journal_id,
        )
    )
    journal = await work.row(
        select(
            Journal.id,
            Journal.number,
            Journal.entity_id,
            roles.scalar_subquery().label("roles"),
            reversed_by.exists().label("is_reversed"),
        ).where(Journal.tenant_id == work.tenant_id, Journal.id == journal_id)
    )
    if journal is None:
        raise NotFound("journal")
    refusal = why_not_reversible(journal.roles or (), is_reversed=journal.is_reversed)
    if refusal is not None:
        raise ReversalRefused(refusal, number=journal.number, reason=refusal)
    return journal
