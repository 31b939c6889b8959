"""Balances: how much lies where, for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.inventory.lots import is_expired, lot_of_balance, may_be_sold
from domain.inventory.models import Lot, StockBalance
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_ID = Ordering((StockBalance.id,))
ORDERINGS = {
    "id": BY_ID,
    "on_hand": Ordering((StockBalance.on_hand, StockBalance.id)),
    "available": Ordering((StockBalance.available, StockBalance.id)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceFilter:
    """Which balances; what is None does not narrow. `is_empty` asks whether nothing is on hand."""

    item_id: int | None = None
    location_id: int | None = None
    owner_id: int | None = None
    condition: str | None = None
    lot: str | None = None
    is_empty: bool | None = None


@query("inventory.read")
async def balances(
    reader: Reader,
    *,
    where: BalanceFilter,
    today: date | None = None,
    ordering: Ordering = BY_ID,
    request: PageRequest,
) -> Listing:
    """A page of balances, each with its item's base_unit, in which its quantities are.

    What would be available but is of a lot that may not be sold `today` is `expired` or `blocked`,
    and not `available`. Without a day it is the database's."""
    statement = _all(reader, today)
    for name in ("item_id", "location_id", "owner_id", "condition", "lot"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(StockBalance, name) == getattr(where, name))
    if where.is_empty is not None:
        is_empty = StockBalance.on_hand == 0
        statement = statement.where(is_empty if where.is_empty else ~is_empty)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("inventory.read")
async def balances_of_ids(
    reader: Reader, *, ids: Sequence[int], today: date | None = None
) -> dict[int, Row[Any]]:
    """The balances with these ids; an id of none that the caller may see is left out."""
    statement = _all(reader, today).where(StockBalance.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("inventory.read")
async def balances_of_items(
    reader: Reader, *, item_ids: Sequence[int], today: date | None = None
) -> dict[int, list[Row[Any]]]:
    """The balances of each item, by location."""
    statement = _all(reader, today).where(StockBalance.item_id.in_(item_ids))
    rows = await reader.rows(statement.order_by(StockBalance.location_id, StockBalance.id))
    return grouped(item_ids, rows, key="item_id")


def _all(reader: Reader, today: date | None) -> Select[Any]:
    columns = [column for column in StockBalance.__table__.c if column.name != "available"]
    sellable, expired = may_be_sold(today), is_expired(today)
    free = StockBalance.available
    return (
        select(
            *columns,
            Item.base_unit,
            case((sellable, free), else_=0).label("available"),
            case((expired, free), else_=0).label("expired"),
            case((sellable | expired, 0), else_=free).label("blocked"),
        )
        .join(Item, and_(Item.tenant_id == StockBalance.tenant_id, Item.id == StockBalance.item_id))
        .outerjoin(Lot, lot_of_balance())
        .where(StockBalance.tenant_id == reader.tenant_id)
    )
