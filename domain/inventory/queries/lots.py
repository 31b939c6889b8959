"""Lots: their days and status, and how much of each there is.

How much there is comes from the balances, because a partner's scope is on the balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, exists, func, select, tuple_
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.inventory.lots import Key, lot_of_balance
from domain.inventory.models import Lot, StockBalance
from domain.inventory.policy import ZERO
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader

BY_ID = Ordering((Lot.id,))
ORDERINGS = {
    "id": BY_ID,
    "code": Ordering((Lot.code, Lot.id)),
    "expires_on": Ordering((func.coalesce(Lot.expires_on, date.max), Lot.id)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFilter:
    """Which lots; what is None does not narrow. `expires_before` is exclusive; `is_in_stock` asks
    whether any of it is on hand, where the caller may look."""

    item_id: int | None = None
    code: str | None = None
    status: str | None = None
    expires_before: date | None = None
    is_in_stock: bool | None = None


@dataclass(frozen=True, slots=True)
class LotStock:
    """How much there is of a lot, over all places the caller may see (base units)."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO


@query("inventory.read")
async def lots(
    reader: Reader, *, where: LotFilter, ordering: Ordering = BY_ID, request: PageRequest
) -> Listing:
    """A page of lots, each with its item's base_unit."""
    statement = _all(reader)
    for name in ("item_id", "code", "status"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(Lot, name) == getattr(where, name))
    if where.expires_before is not None:
        statement = statement.where(Lot.expires_on < where.expires_before)
    if where.is_in_stock is not None:
        held = exists().where(lot_of_balance(), StockBalance.on_hand > 0)
        statement = statement.where(held if where.is_in_stock else ~held)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("inventory.read")
async def lots_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The lots with these ids; an id of none is left out."""
    return {row.id: row for row in await reader.rows(_all(reader).where(Lot.id.in_(ids)))}


@query("inventory.read")
async def lots_of_codes(reader: Reader, *, keys: Sequence[Key]) -> dict[Key, Row[Any]]:
    """The lots of (item id, code) that are known, each with its item's base_unit."""
    wanted = tuple_(Lot.item_id, Lot.code).in_(sorted(set(keys)))
    rows = await reader.rows(_all(reader).where(wanted))
    return {(row.item_id, row.code): row for row in rows}


@query("inventory.read")
async def stock_of_lots(reader: Reader, *, ids: Sequence[int]) -> dict[int, LotStock]:
    """How much there is of each lot; all zero where there is none."""
    rows = await reader.rows(
        select(
            Lot.id,
            func.sum(StockBalance.on_hand).label("on_hand"),
            func.sum(StockBalance.reserved).label("reserved"),
        )
        .join(StockBalance, lot_of_balance())
        .where(Lot.tenant_id == reader.tenant_id, Lot.id.in_(ids))
        .group_by(Lot.id)
    )
    found = {row.id: LotStock(plain(row.on_hand), plain(row.reserved)) for row in rows}
    return {lot_id: found.get(lot_id, LotStock()) for lot_id in ids}


def _all(reader: Reader) -> Select[Any]:
    statement = (
        select(*Lot.__table__.c, Item.base_unit)
        .join(Item, and_(Item.tenant_id == Lot.tenant_id, Item.id == Lot.item_id))
        .where(Lot.tenant_id == reader.tenant_id)
    )
    if reader.principal.is_partner:
        # What never lay at its own place is none of a partner's business.
        return statement.where(exists().where(lot_of_balance()))
    return statement
