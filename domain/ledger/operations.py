"""What may be done to the books by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel import text
from domain.kernel.errors import NotFound
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.events import JournalReversed
from domain.ledger.models import Journal, JournalLine
from domain.ledger.outcomes import ReversalRefused
from domain.ledger.policy import turned_around, why_not_reversible
from domain.ledger.posting import write_journals


@operation("ledger.post")
async def reverse_journal(
    work: Work, *, journal_id: int, reason: str, posted_on: date | None = None
) -> int:
    """Take a journal back by one with every amount turned around; returns its id.

    It is dated `posted_on` (today, in UTC, if absent). Raises NotFound, InvalidInput, and
    ReversalRefused for a journal that is reversed already or follows stock."""
    reason = text.name(reason, path=("reason",))
    journal, lines = await _journal(work, journal_id)
    number = (await draw_numbers(work, journal=1))["journal"][0]
    (reversal_id,) = await write_journals(
        work,
        [
            {
                "number": number,
                "entity_id": journal.entity_id,
                "milestone": "reversal",
                "source_kind": "journal",
                "source_id": journal.id,
                "posted_on": (posted_on or work.now.date()).isoformat(),
                "posted_at": work.now.isoformat(),
                "description": reason,
                "trace": journal.trace,
                "reverses_id": journal.id,
                "lines": _turned(lines),
            }
        ],
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
        after={"reversal_id": reversal_id, "number": number},
        reason=reason,
    )
    return reversal_id


async def _journal(work: Work, journal_id: int) -> tuple[Row[Any], Sequence[Row[Any]]]:
    journal = await work.row(
        select(Journal.id, Journal.number, Journal.entity_id, Journal.trace).where(
            Journal.tenant_id == work.tenant_id, Journal.id == journal_id
        )
    )
    if journal is None:
        raise NotFound("journal")
    lines = await work.rows(
        select(
            JournalLine.account_id,
            JournalLine.leg,
            JournalLine.amount_minor,
            JournalLine.currency,
        )
        .where(JournalLine.tenant_id == work.tenant_id, JournalLine.journal_id == journal_id)
        .order_by(JournalLine.id)
    )
    reversal = select(Journal.id).where(
        Journal.tenant_id == work.tenant_id,
        Journal.source_kind == "journal",
        Journal.source_id == journal_id,
    )
    is_reversed = await work.value(reversal) is not None
    refusal = why_not_reversible([line.leg for line in lines], is_reversed=is_reversed)
    if refusal is not None:
        raise ReversalRefused(refusal, number=journal.number, reason=refusal)
    return journal, lines


def _turned(lines: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    amounts = turned_around([line.amount_minor for line in lines])
    return [
        {
            "account_id": line.account_id,
            "leg": line.leg,
            "amount_minor": amount,
            "currency": line.currency,
        }
        for line, amount in zip(lines, amounts, strict=True)
    ]
