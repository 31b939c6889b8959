"""Reads of protected pools: what they keep, what was drawn of them, what is left."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Row

from domain.allocation.models import StockPool, StockPoolItem
from domain.allocation.pools import pools_of
from domain.allocation.protection import ZERO, Protection
from domain.allocation.shelf import Shelf
from domain.allocation.stocking import read_stock
from domain.catalog.models import Item
from domain.inventory.models import StockBalance
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

# Of how many items a group's pool tells how it stands.
MOST_ITEMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFilter:
    """Which pools are wanted; what is empty asks for nothing."""

    statuses: tuple[str, ...] = ()
    item_id: int | None = None
    channel_id: int | None = None
    party_id: int | None = None
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class PoolStanding:
    """How a pool stands for one item; base units.

    `drawn` is what was taken of it, `shipped` what of that has left. `remaining` is what it still
    protects, pools inside it included; `own` without them; `covered` how much of its own is
    there now, if nobody else draws."""

    item_id: int
    drawn: Decimal
    shipped: Decimal
    remaining: Decimal
    own: Decimal
    covered: Decimal


@query("allocation.read")
async def stock_pools(reader: Reader, *, where: PoolFilter, request: PageRequest) -> Listing:
    """A page of pools by their codes."""
    statement = select(*StockPool.__table__.c).where(StockPool.tenant_id == reader.tenant_id)
    if where.statuses:
        statement = statement.where(StockPool.status.in_(where.statuses))
    if where.item_id is not None:
        group = select(Item.item_group).where(
            Item.tenant_id == reader.tenant_id, Item.id == where.item_id
        )
        of_group = StockPool.item_group == group.scalar_subquery()
        statement = statement.where(or_(StockPool.item_id == where.item_id, of_group))
    for name in ("channel_id", "party_id", "parent_id"):
        if (wanted := getattr(where, name)) is not None:
            statement = statement.where(getattr(StockPool, name) == wanted)
    ordering = Ordering((StockPool.code, StockPool.id))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("allocation.read")
async def stock_pools_by_ids(reader: Reader, *, pool_ids: Collection[int]) -> dict[int, Row[Any]]:
    """Pools by their ids; what is not there is left out."""
    rows = await reader.rows(
        select(*StockPool.__table__.c).where(
            StockPool.tenant_id == reader.tenant_id, StockPool.id.in_(pool_ids)
        )
    )
    return {row.id: row for row in rows}


@query("allocation.read")
async def pool_standings(
    reader: Reader, *, pool_ids: Collection[int], at: datetime
) -> dict[int, list[PoolStanding]]:
    """How each pool stands at this moment, by pool id: for its item, or for each item of its
    group that has stock or was drawn, at most 100."""
    items = await _items(reader, pool_ids)
    wanted = {item_id for found in items.values() for item_id in found}
    pools = await pools_of(reader, wanted, party_ids=(), at=at)
    stock = await read_stock(reader, wanted, today=at.date())
    protection = Shelf(stock, pools=pools).protection
    counted = await _counted(reader, pool_ids)
    # Those that are in effect count what carts keep as drawn.
    counted |= {(each.id, each.item_id): (each.drawn, each.shipped) for each in pools.pools}
    return {
        pool_id: [_standing(protection, counted, pool_id, item_id) for item_id in found]
        for pool_id, found in items.items()
    }


def _standing(
    protection: Protection | None,
    counted: dict[tuple[int, int], tuple[Decimal, Decimal]],
    pool_id: int,
    item_id: int,
) -> PoolStanding:
    drawn, shipped = counted.get((pool_id, item_id), (ZERO, ZERO))
    if protection is None:  # All of them have ended.
        return PoolStanding(item_id, drawn, shipped, ZERO, ZERO, ZERO)
    return PoolStanding(
        item_id,
        drawn,
        shipped,
        protection.with_inner(item_id, pool_id),
        protection.left(item_id, pool_id),
        protection.covered(item_id, pool_id),
    )


async def _items(reader: Reader, pool_ids: Collection[int]) -> dict[int, list[int]]:
    rows = (await stock_pools_by_ids(reader, pool_ids=pool_ids)).values()
    items: dict[int, list[int]] = {
        row.id: [] if row.item_id is None else [row.item_id] for row in rows
    }
    groups = {row.item_group for row in rows if row.item_group is not None}
    if not groups:
        return items
    by_group = await _items_of(reader, groups)
    for row in rows:
        if row.item_group is not None:
            items[row.id] = by_group[row.item_group][:MOST_ITEMS]
    return items


async def _items_of(reader: Reader, groups: Collection[str]) -> dict[str, list[int]]:
    stocked = select(StockBalance.id).where(
        StockBalance.tenant_id == reader.tenant_id, StockBalance.item_id == Item.id
    )
    rows = await reader.rows(
        select(Item.item_group, Item.id)
        .where(Item.tenant_id == reader.tenant_id, Item.item_group.in_(groups), stocked.exists())
        .order_by(Item.item_group, Item.id)
    )
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[row.item_group].append(row.id)
    return found


async def _counted(
    reader: Reader, pool_ids: Collection[int]
) -> dict[tuple[int, int], tuple[Decimal, Decimal]]:
    rows = await reader.rows(
        select(
            StockPoolItem.pool_id,
            StockPoolItem.item_id,
            StockPoolItem.drawn,
            StockPoolItem.shipped,
        ).where(StockPoolItem.tenant_id == reader.tenant_id, StockPoolItem.pool_id.in_(pool_ids))
    )
    return {(row.pool_id, row.item_id): (row.drawn, row.shipped) for row in rows}
