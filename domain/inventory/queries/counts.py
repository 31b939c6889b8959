"""Counts and snapshots, their lines, and tolerances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.inventory.count_rows import promised_of
from domain.inventory.models import StockBalance, StockCount, StockCountLine, StockTolerance
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LATEST_FIRST = Ordering((StockCount.id,), descending=True)
BY_NUMBER = Ordering((StockCountLine.line_number, StockCountLine.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class CountFilter:
    """Which counts and snapshots; what is None does not narrow."""

    kind: str | None = None
    status: str | None = None
    location_id: int | None = None


@query("inventory.read")
async def stock_counts(
    reader: Reader,
    *,
    where: CountFilter,
    ordering: Ordering = LATEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of counts and snapshots, the latest first."""
    statement = _counts(reader)
    for name in ("kind", "status", "location_id"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(StockCount, name) == getattr(where, name))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("inventory.read")
async def stock_counts_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The counts with these ids; an id of none that the caller may see is left out."""
    rows = await reader.rows(_counts(reader).where(StockCount.id.in_(ids)))
    return {row.id: row for row in rows}


@query("inventory.read")
async def stock_count_lines(
    reader: Reader, *, count_id: int, verdict: str | None = None, request: PageRequest
) -> Listing:
    """A page of a count's lines in their order, each with its base_unit, condition and lot; what
    a blind count expects is told once it is closed."""
    statement = _lines(reader).where(StockCountLine.count_id == count_id)
    if verdict is not None:
        statement = statement.where(StockCountLine.verdict == verdict)
    return await list_page(reader, statement, ordering=BY_NUMBER, request=request)


@query("inventory.read")
async def promises_of_balances(
    reader: Reader, *, balance_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """Whom the stock of each balance is promised to: order_line_id or transfer_line_id, and the
    quantity in base units."""
    rows = await promised_of(reader, balance_ids)
    return grouped(balance_ids, rows, key="balance_id")


@query("inventory.manage")
async def stock_tolerances(reader: Reader) -> Sequence[Row[Any]]:
    """The tenant's tolerances: the standard first, then each location's own."""
    return await reader.rows(
        select(*StockTolerance.__table__.c)
        .where(StockTolerance.tenant_id == reader.tenant_id)
        .order_by(StockTolerance.location_id.nulls_first())
    )


@query("inventory.manage")
async def stock_tolerances_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The tolerances with these ids."""
    rows = await reader.rows(
        select(*StockTolerance.__table__.c).where(
            StockTolerance.tenant_id == reader.tenant_id, StockTolerance.id.in_(ids)
        )
    )
    return {row.id: row for row in rows}


def _counts(reader: Reader) -> Select[Any]:
    # The raw rows of a snapshot may be many: they are not read with it.
    columns = (column for column in StockCount.__table__.c if column.name != "raw")
    return select(*columns).where(StockCount.tenant_id == reader.tenant_id)


def _lines(reader: Reader) -> Select[Any]:
    return (
        select(
            *StockCountLine.__table__.c,
            (StockCount.is_blind & (StockCount.status == "open")).label("is_hidden"),
            StockBalance.condition,
            StockBalance.lot,
            Item.base_unit,
        )
        .join(
            StockCount,
            and_(
                StockCount.tenant_id == StockCountLine.tenant_id,
                StockCount.id == StockCountLine.count_id,
            ),
        )
        .outerjoin(
            StockBalance,
            and_(
                StockBalance.tenant_id == StockCountLine.tenant_id,
                StockBalance.id == StockCountLine.balance_id,
            ),
        )
        .outerjoin(
            Item,
            and_(Item.tenant_id == StockCountLine.tenant_id, Item.id == StockCountLine.item_id),
        )
        .where(StockCountLine.tenant_id == reader.tenant_id)
    )
