"""Protected pools of a shop, made and looked at."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.allocation.models import Allocation, StockPoolItem
from domain.allocation.operations.pools import NewPool, create_pool
from tests.factories.orders import Shop

D = Decimal


async def new_pool(
    shop: Shop, code: str, quantity: int | None = None, *, item: int = 0, **fields: Any
) -> int:
    """The id of a new pool of an item: a quantity, or the `share` that is given."""
    values: dict[str, Any] = {
        "code": code,
        "name": code,
        "owner_id": shop.setting.entity_id,
        "item_id": None if "item_group" in fields else shop.setting.item_ids[item],
        "quantity": None if quantity is None else D(quantity),
    }
    if not {"channel_id", "customer_group", "party_id"} & fields.keys():
        values["channel_id"] = shop.channel_id
    async with shop.tenant.work() as work:
        return await create_pool(work, pool=NewPool(**values | fields))


async def drawn(shop: Shop) -> dict[int, tuple[int, int]]:
    """(drawn, shipped) of each pool, over all items."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(StockPoolItem.pool_id, StockPoolItem.drawn, StockPoolItem.shipped)
            .where(StockPoolItem.tenant_id == shop.tenant.id)
            .order_by(StockPoolItem.id)
        )
    found: dict[int, tuple[int, int]] = {}
    for row in rows:
        had = found.get(row.pool_id, (0, 0))
        found[row.pool_id] = (had[0] + int(row.drawn), had[1] + int(row.shipped))
    return found


async def allocated(shop: Shop, order_id: int) -> Sequence[tuple[int | None, int]]:
    """(pool, quantity) of what an order holds, oldest first."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(Allocation.pool_id, Allocation.quantity)
            .where(Allocation.tenant_id == shop.tenant.id, Allocation.order_id == order_id)
            .order_by(Allocation.id)
        )
    return [(row.pool_id, int(row.quantity)) for row in rows]
