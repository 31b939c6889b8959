"""Journals are written by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.kernel import iso, text
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.ledger.books import lock_books, opened_book
from domain.ledger.currency import to_base
from domain.ledger.facts import base_currency
from domain.ledger.manual import SOURCE, ManualLine, post_manual_journal, require_sound_lines
from domain.ledger.models import ManualJournal
from domain.ledger.periods import ready_period, require_open_day
from domain.ledger.rates import rates_on


@dataclass(frozen=True, slots=True)
class WrittenJournal:
    """What was written: its id, the journal's once it is posted, or the approval it waits for."""

    manual_journal_id: int
    journal_id: int | None
    approval_request_id: int | None


@operation("ledger.post")
async def write_manual_journal(
    work: Work,
    *,
    entity_id: int,
    posted_on: date,
    currency: str,
    description: str,
    lines: Sequence[ManualLine],
) -> WrittenJournal:
    """Write a journal into an entity's books; above the entity's limit it waits for approval.

    Accounts that follow documents (stock, receivables, payables, dues between entities) are
    refused. Raises InvalidInput, NotFound, JournalUnbalanced, AccountInUse, PeriodClosed,
    ExchangeRateMissing."""
    description = text.name(description, path=("description",))
    iso.currency(currency)
    book = await opened_book(work, entity_id)
    await require_sound_lines(work, entity_id=entity_id, currency=currency, lines=lines)
    await ready_period(work, entity_id, posted_on)
    # Who closes the period looks for journals that wait: it is to see this one.
    await lock_books(work, [entity_id])
    await require_open_day(work, entity_id, posted_on)
    manual_id = await _keep(work, entity_id, posted_on, currency, description, lines)
    moved = sum(line.amount_minor for line in lines if line.amount_minor > 0)
    base = await base_currency(work, entity_id)
    rates = await rates_on(work, [(currency, base)], on=posted_on)
    amount = to_base(moved, currency, base, rates[currency, base])
    if book.manual_limit_minor is None or amount <= book.manual_limit_minor:
        journal = await lock_record(work, ManualJournal, manual_id, kind="manual journal")
        return WrittenJournal(manual_id, await post_manual_journal(work, journal), None)
    request_id = await request_approval(
        work,
        subject=SOURCE,
        subject_id=manual_id,
        summary=f"Post by hand: {description}",
        details={"amount_minor": amount, "currency": base, "lines": len(lines)},
        reason=description,
        facts=Facts(amount_minor=amount, currency=base, entity_id=entity_id),
    )
    return WrittenJournal(manual_id, None, request_id)


async def _keep(
    work: Work,
    entity_id: int,
    posted_on: date,
    currency: str,
    description: str,
    lines: Sequence[ManualLine],
) -> int:
    manual_id: int = await work.value(
        insert(ManualJournal)
        .values(
            tenant_id=work.tenant_id,
            entity_id=entity_id,
            posted_on=posted_on,
            currency=currency,
            description=description,
            lines=[line.kept() for line in lines],
            status="waiting",
            created_by=work.principal.name,
            created_at=work.now,
        )
        .returning(ManualJournal.id)
    )
    return manual_id
