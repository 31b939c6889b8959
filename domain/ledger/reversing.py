"""Journals are taken back by others with every amount turned around."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from domain.kernel.grouping import grouped
from domain.kernel.work import Work
from domain.ledger.books import open_years
from domain.ledger.entries import Day
from domain.ledger.models import Journal, JournalLine
from domain.ledger.posting import write_journals

SOURCE = "journal"
MILESTONE = "reversal"
_KEPT = ("account_id", "leg", "currency", "channel_id", "location_id", "item_group", "party_id")


async def reverse_journals(
    work: Work,
    journal_ids: Sequence[int],
    *,
    description: str,
    posted_on: date | None = None,
    day: Day = Day.FALLS,
) -> list[int]:
    """Take each journal back on a day (today, in UTC, if absent): the same accounts, dimensions
    and base amounts, turned around. The ids of the reversals, in the order of the journals; ids
    of no journal of the tenant are left out. Raises AlreadyPosted when one is reversed already,
    PeriodClosed for a day that somebody chose."""
    if not journal_ids:
        return []
    async with work.house():
        journals = await work.rows(
            select(*Journal.__table__.c).where(
                Journal.tenant_id == work.tenant_id, Journal.id.in_(journal_ids)
            )
        )
        rows = await work.rows(
            select(*JournalLine.__table__.c)
            .where(JournalLine.tenant_id == work.tenant_id, JournalLine.journal_id.in_(journal_ids))
            .order_by(JournalLine.id)
        )
        lines = grouped(journal_ids, rows, key="journal_id")
        on = posted_on or work.now.date()
        for entity_id in sorted({journal.entity_id for journal in journals}):
            await open_years(work, entity_id, on)
        places = {journal_id: place for place, journal_id in enumerate(journal_ids)}
        return await write_journals(
            work,
            [
                {
                    "entity_id": journal.entity_id,
                    "milestone": MILESTONE,
                    "source_kind": SOURCE,
                    "source_id": journal.id,
                    "posted_on": on.isoformat(),
                    "posted_at": work.now.isoformat(),
                    "day": day.value,
                    "description": description,
                    "country": journal.country,
                    "trace": journal.trace,
                    "reverses_id": journal.id,
                    "lines": [_turned(line) for line in lines[journal.id]],
                }
                for journal in sorted(journals, key=lambda each: places[each.id])
            ],
        )


def _turned(line: Any) -> dict[str, Any]:
    kept = {name: getattr(line, name) for name in (*_KEPT, "project")}
    return kept | {
        "amount_minor": -line.amount_minor,
        "base_amount_minor": -line.base_amount_minor,
    }
