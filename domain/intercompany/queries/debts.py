"""What entities owe each other, by which entries, and how it was settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.entities.models import LegalEntity
from domain.intercompany.models import (
    IntercompanyBalance,
    IntercompanyEntry,
    IntercompanySettlement,
)
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BALANCES = Ordering((IntercompanyBalance.id,))
ENTRIES = Ordering((IntercompanyEntry.id,), descending=True)
SETTLEMENTS = Ordering((IntercompanySettlement.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtFilter:
    """Between whom, in which currency; what is None does not narrow."""

    creditor_id: int | None = None
    debtor_id: int | None = None
    currency: str | None = None
    is_open: bool = False


@query("intercompany.read")
async def intercompany_balances(
    reader: Reader, *, where: DebtFilter, request: PageRequest
) -> Listing:
    """A page of what entities owe each other, with both sides' own currencies."""
    balance = IntercompanyBalance
    statement = _narrowed(_with_currencies(reader, balance), balance, where)
    if where.is_open:
        statement = statement.where(balance.amount_minor != 0)
    return await list_page(reader, statement, ordering=BALANCES, request=request)


@query("intercompany.read")
async def intercompany_entries(
    reader: Reader, *, where: DebtFilter, request: PageRequest
) -> Listing:
    """A page of what made entities owe each other, the latest first."""
    statement = _narrowed(_with_currencies(reader, IntercompanyEntry), IntercompanyEntry, where)
    return await list_page(reader, statement, ordering=ENTRIES, request=request)


@query("intercompany.read")
async def entries_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The entries with these ids, with both sides' own currencies."""
    statement = _with_currencies(reader, IntercompanyEntry)
    rows = await reader.rows(statement.where(IntercompanyEntry.id.in_(ids)))
    return {row.id: row for row in rows}


@query("intercompany.read")
async def entries_of_trades(
    reader: Reader, *, trade_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What each trade booked, in its order."""
    entry = IntercompanyEntry
    rows = await reader.rows(
        _with_currencies(reader, entry)
        .where(entry.trade_id.in_(trade_ids))
        .order_by(entry.trade_id, entry.id)
    )
    return grouped(trade_ids, rows, key="trade_id")


@query("intercompany.read")
async def intercompany_settlements(reader: Reader, *, request: PageRequest) -> Listing:
    """A page of settlements, the latest first."""
    return await list_page(reader, _settlements(reader), ordering=SETTLEMENTS, request=request)


@query("intercompany.read")
async def settlements_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The settlements with these ids; an id of none is left out."""
    rows = await reader.rows(_settlements(reader).where(IntercompanySettlement.id.in_(ids)))
    return {row.id: row for row in rows}


def _settlements(reader: Reader) -> Select[Any]:
    settlement = IntercompanySettlement
    return select(*settlement.__table__.c).where(settlement.tenant_id == reader.tenant_id)


def _with_currencies(reader: Reader, table: Any) -> Select[Any]:
    creditor, debtor = aliased(LegalEntity), aliased(LegalEntity)
    return (
        select(
            *table.__table__.c,
            creditor.currency.label("creditor_currency"),
            debtor.currency.label("debtor_currency"),
        )
        .join(
            creditor,
            and_(creditor.tenant_id == table.tenant_id, creditor.id == table.creditor_id),
        )
        .join(debtor, and_(debtor.tenant_id == table.tenant_id, debtor.id == table.debtor_id))
        .where(table.tenant_id == reader.tenant_id)
    )


def _narrowed(statement: Select[Any], table: Any, where: DebtFilter) -> Select[Any]:
    for name in ("creditor_id", "debtor_id", "currency"):
        if (wanted := getattr(where, name)) is not None:
            statement = statement.where(getattr(table, name) == wanted)
    return statement
