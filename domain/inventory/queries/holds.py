"""Holds of carts and quotes, and what they keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.inventory.models import StockBalance, StockHold, StockReservation
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_ID = Ordering((StockHold.id,))
ORDERINGS = {"id": BY_ID, "expires_at": Ordering((StockHold.expires_at, StockHold.id))}


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldFilter:
    """Which holds; what is None does not narrow. `item_id`: those that keep, or kept, some."""

    holder: str | None = None
    kind: str | None = None
    status: str | None = None
    item_id: int | None = None


@query("orders.read")
async def holds(
    reader: Reader, *, where: HoldFilter, ordering: Ordering = BY_ID, request: PageRequest
) -> Listing:
    """A page of holds. A customer sees its own."""
    statement = _all(reader)
    for name in ("holder", "kind", "status"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(StockHold, name) == getattr(where, name))
    if where.item_id is not None:
        kept = exists().where(
            StockReservation.tenant_id == StockHold.tenant_id,
            StockReservation.hold_id == StockHold.id,
            StockBalance.tenant_id == StockReservation.tenant_id,
            StockBalance.id == StockReservation.balance_id,
            StockBalance.item_id == where.item_id,
        )
        statement = statement.where(kept)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("orders.read")
async def holds_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The holds with these ids; an id of none that the caller may see is left out."""
    statement = _all(reader).where(StockHold.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("orders.read")
async def lines_of_holds(reader: Reader, *, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What each hold keeps, or kept: quantity of an item at a location, of a lot."""
    statement = (
        select(
            StockReservation.hold_id,
            StockReservation.quantity,
            StockBalance.item_id,
            StockBalance.location_id,
            StockBalance.lot,
            Item.base_unit,
        )
        .join(
            StockHold,
            and_(
                StockHold.tenant_id == StockReservation.tenant_id,
                StockHold.id == StockReservation.hold_id,
            ),
        )
        .join(
            StockBalance,
            and_(
                StockBalance.tenant_id == StockReservation.tenant_id,
                StockBalance.id == StockReservation.balance_id,
            ),
        )
        .join(Item, and_(Item.tenant_id == StockBalance.tenant_id, Item.id == StockBalance.item_id))
        .where(StockReservation.tenant_id == reader.tenant_id, StockReservation.hold_id.in_(ids))
        .order_by(StockReservation.id)
    )
    async with reader.house() as house:
        rows = await house.rows(statement)
    return grouped(ids, rows, key="hold_id")


def _all(reader: Reader) -> Select[Any]:
    return select(*StockHold.__table__.c).where(StockHold.tenant_id == reader.tenant_id)
