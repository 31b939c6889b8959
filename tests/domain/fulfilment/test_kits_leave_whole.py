"""Kits leave in whole, and are rejected in whole."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from domain.allocation.models import Allocation
from domain.allocation.operations.allocate import allocate_order
from domain.allocation.ordering import OrderedLine
from domain.catalog.models import Item, KitComponent
from domain.fulfilment.models import FulfilmentLine, ShipmentLine
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.reject_fulfilment import reject_fulfilment
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.outcomes import KitIncomplete
from domain.fulfilment.progress import LineQuantity
from domain.orders.queries import kits_of_orders
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.stock import new_item
from tests.factories.tenants import TenantUnderTest


async def _order(shop: Shop, quantity: int) -> int:
    """An order of a kit of two of the first item and one of the second."""
    async with shop.tenant.work() as work:
        kit = await new_item(work)
        mine = (Item.tenant_id == work.tenant_id, Item.id == kit)
        await work.execute(update(Item).where(*mine).values(kind="kit"))
        for item, needed in ((0, 2), (1, 1)):
            row = {"kit_item_id": kit, "component_item_id": shop.setting.item_ids[item]}
            values = {"tenant_id": work.tenant_id, "quantity": Decimal(needed), **row}
            await work.execute(insert(KitComponent).values(**values))
    line = OrderedLine(item_id=kit, quantity=Decimal(quantity), unit_price=Decimal("9.99"))
    return (await shop.place(line)).order_id


async def _release(shop: Shop, order_id: int) -> int:
    async with shop.tenant.work() as work:
        [made] = await release_order(work, order_id=order_id)
    return made


async def _packed(shop: Shop, order_id: int) -> int:
    made = await _release(shop, order_id)
    async with shop.tenant.work() as work:
        await record_pick(work, fulfilment_order_id=made)
    async with shop.tenant.work() as work:
        await pack_fulfilment_order(work, fulfilment_order_id=made)
    return made


async def _ship(shop: Shop, fulfilment_id: int, *quantities: tuple[int, int]) -> None:
    lines = [LineQuantity(line, Decimal(n)) for line, n in quantities] or None
    async with shop.tenant.work() as work:
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id, lines=lines)


async def _rows(shop: Shop, table: Any) -> Sequence[Any]:
    async with shop.tenant.read() as reader:
        wanted = select(*table.__table__.c).where(table.tenant_id == shop.tenant.id)
        return await reader.rows(wanted.order_by(table.id))


async def _progress(shop: Shop, order_id: int) -> tuple[int, ...]:
    async with shop.tenant.read() as reader:
        [kit] = await kits_of_orders(reader, order_ids=[order_id])
    return int(kit.allocated), int(kit.shipped), int(kit.cancelled), int(kit.backordered)


async def test_a_part_of_the_kits_leaves_whole_and_earns_its_part(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    for item in range(2):
        await shop.stock(6, item=item, value_minor=600)
    order_id = await _order(shop, 3)
    made = await _packed(shop, order_id)
    two, one = [line.id for line in await _rows(shop, FulfilmentLine)]
    for wrong in (((two, 2),), ((two, 4), (one, 1)), ((two, 1), (one, 1))):
        with pytest.raises(KitIncomplete):
            await _ship(shop, made, *wrong)
    await _ship(shop, made, (two, 2), (one, 1))
    assert await _progress(shop, order_id) == (2, 1, 0, 0)
    first = sum(line.revenue_minor for line in await _rows(shop, ShipmentLine))
    assert first == 999
    await _ship(shop, made)
    assert await _progress(shop, order_id) == (0, 3, 0, 0)
    assert sum(line.revenue_minor for line in await _rows(shop, ShipmentLine)) == 2997
    assert (await shop.order(order_id)).status == "shipped"
    assert await violations(tenant) == {}


async def test_a_component_that_is_rejected_takes_its_kits_with_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2, locations=2)
    for item in range(2):
        for location in range(2):
            await shop.stock(6, item=item, location=location)
    order_id = await _order(shop, 3)
    made = await _release(shop, order_id)
    _, one = await _rows(shop, FulfilmentLine)
    async with tenant.work() as work:
        await reject_fulfilment(
            work,
            fulfilment_order_id=made,
            reason="no_stock",
            lines=[LineQuantity(one.id, Decimal(2))],
        )
    assert await _progress(shop, order_id) == (3, 0, 0, 0)
    held = [
        (shop.setting.location_ids.index(each.location_id), int(each.quantity))
        for each in await _rows(shop, Allocation)
        if each.status != "cancelled"
    ]
    assert sorted(held) == [(0, 1), (0, 2), (1, 2), (1, 4)]
    assert await shop.available(item=0, location=0) == 4
    assert await shop.available(item=1, location=0) == 3
    assert await violations(tenant) == {}


async def test_what_a_short_pick_tears_apart_is_made_whole_again(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2, locations=2)
    await shop.stock(2, item=0, location=0)
    await shop.stock(1, item=1, location=0)
    order_id = await _order(shop, 1)
    made = await _release(shop, order_id)
    await shop.stock(5, item=1, location=1)
    _, one = await _rows(shop, FulfilmentLine)
    async with tenant.work() as work:
        missing = [LineQuantity(one.id, Decimal(1))]
        await record_pick(work, fulfilment_order_id=made, missing=missing)
    assert await _progress(shop, order_id) == (0, 0, 0, 1)
    await shop.stock(1, item=0, location=1)
    async with tenant.work() as work:
        await allocate_order(work, order_id=order_id)
    assert await _progress(shop, order_id) == (1, 0, 0, 0)
    assert await violations(tenant) == {}
