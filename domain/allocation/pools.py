"""Protected pools as they stand, and who may use them. Read when the balances are locked: what is
drawn of an item changes only under one of its balances' locks."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    column,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.allocation.models import StockPool, StockPoolItem
from domain.allocation.protection import ZERO, Member, Pool, Pools
from domain.catalog.models import Item
from domain.entities.models import Party
from domain.inventory.models import StockBalance, StockReservation
from domain.kernel.reading import Reader

ACTIVE = "active"


def has_pools(tenant_id: Any, item_ids: Any, at: Any) -> Any:
    """Whether there may be a pool of one of the items (an array): a condition for another
    statement, over values or parameters."""
    found = select(literal(1)).where(
        StockPool.tenant_id == tenant_id,
        StockPool.status == ACTIVE,
        StockPool.effective_from <= at,
        or_(StockPool.expires_at.is_(None), StockPool.expires_at > at),
        or_(StockPool.item_id == any_(item_ids), StockPool.item_group.is_not(None)),
    )
    return found.exists()


async def pools_of(
    reader: Reader, item_ids: Collection[int], *, party_ids: Collection[int], at: datetime
) -> Pools:
    """The pools of these items as they stand, and what they ask of these customers."""
    rows = await reader.rows(_pools(reader.tenant_id, item_ids))
    pools = tuple(_pool(row, at) for row in rows)
    asks = any(each.party_id or each.customer_group for each in pools)
    customers = await _customers(reader, party_ids) if asks and party_ids else {}
    return Pools(pools, customers)


def _pools(tenant_id: int, item_ids: Collection[int]) -> Select[Any]:
    """Those that ended are asked as well where they are inside others: what was drawn of them
    counts there."""
    counted = and_(
        StockPoolItem.tenant_id == StockPool.tenant_id,
        StockPoolItem.pool_id == StockPool.id,
        StockPoolItem.item_id == Item.id,
    )
    scope = or_(StockPool.item_id == Item.id, StockPool.item_group == Item.item_group)
    return (
        select(
            *(c for c in StockPool.__table__.c if c.name != "item_id"),
            Item.id.label("item_id"),
            (func.coalesce(StockPoolItem.drawn, 0) + _held()).label("drawn"),
            func.coalesce(StockPoolItem.shipped, 0).label("shipped"),
        )
        .join(StockPool, and_(StockPool.tenant_id == Item.tenant_id, scope))
        .outerjoin(StockPoolItem, counted)
        .where(
            Item.tenant_id == tenant_id,
            Item.id.in_(sorted(item_ids)),
            StockPool.tenant_id == tenant_id,
            or_(StockPool.status == ACTIVE, StockPool.parent_id.is_not(None)),
        )
        .order_by(Item.id, StockPool.id)
    )


def _held() -> ColumnElement[Decimal]:
    """What carts and quotes keep of a pool's item. It is not counted: whoever frees it, stands
    below pools, and does so under the balances' locks."""
    reservation = StockReservation
    held = (
        select(func.coalesce(func.sum(reservation.quantity), 0))
        .join(
            StockBalance,
            and_(
                StockBalance.tenant_id == reservation.tenant_id,
                StockBalance.id == reservation.balance_id,
            ),
        )
        .where(
            reservation.tenant_id == StockPool.tenant_id,
            reservation.pool_id == StockPool.id,
            reservation.status == "open",
            StockBalance.item_id == Item.id,
        )
    )
    return held.correlate(StockPool, Item).scalar_subquery()


def _pool(row: Row[Any], at: datetime) -> Pool:
    return Pool(
        id=row.id,
        item_id=row.item_id,
        owner_id=row.owner_id,
        location_id=row.location_id,
        parent_id=row.parent_id,
        channel_id=row.channel_id,
        customer_group=row.customer_group,
        party_id=row.party_id,
        quantity=row.quantity,
        share=row.share,
        drawn=row.drawn or ZERO,
        shipped=row.shipped or ZERO,
        in_effect=is_in_effect(row, at),
    )


def is_in_effect(pool: Row[Any], at: datetime) -> bool:
    """Whether a pool protects something at this moment."""
    ends = pool.expires_at
    return bool(pool.status == ACTIVE and pool.effective_from <= at and (ends is None or at < ends))


async def _customers(reader: Reader, party_ids: Collection[int]) -> dict[int, Member]:
    """Group and chain of each customer, by its id; the chain also of a partner, who sees only
    itself."""
    wanted = literal(sorted(party_ids), ARRAY(BigInteger))
    columns = column("party_id", BigInteger), column("above_id", BigInteger)
    chain = func.parties_above(wanted).table_valued(*columns).render_derived(name="chain")
    rows = await reader.rows(
        select(
            Party.id,
            Party.customer_group,
            func.array_agg(chain.c.above_id).label("chain"),
        )
        .join(chain, chain.c.party_id == Party.id)
        .where(Party.tenant_id == reader.tenant_id)
        .group_by(Party.tenant_id, Party.id)
    )
    return {row.id: Member(row.customer_group, frozenset(row.chain)) for row in rows}
