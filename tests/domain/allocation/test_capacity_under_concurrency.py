"""However many decide at once, no location takes on more than it can in a day."""

import asyncio
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.allocate import reallocate_backorders
from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.soft_holds import hold_stock
from tests.factories.capacities import burden, heed_capacity, limit
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

AT_ONCE = 12


async def _shop(tenant: TenantUnderTest, **limits: int) -> Shop:
    """One item each for many, so that no balance makes them wait for each other."""
    shop = await new_shop(tenant, items=AT_ONCE, locations=2)
    for item in range(AT_ONCE):
        await shop.stock(50, item=item)
    await limit(shop, **limits)
    return shop


async def test_orders_placed_at_once_keep_the_orders_of_a_day(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, orders_per_day=5)
    await heed_capacity(shop)
    await asyncio.gather(*(shop.place(shop.line(1, item=n)) for n in range(AT_ONCE)))
    assert await burden(shop) == (5, 5)
    assert await violations(tenant) == {}


async def test_orders_placed_at_once_keep_the_units_of_a_day(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, units_per_day=20)
    await heed_capacity(shop)
    await asyncio.gather(*(shop.place(shop.line(3, item=n)) for n in range(AT_ONCE)))
    assert (await burden(shop))[1] == 20
    assert await violations(tenant) == {}


async def test_who_waits_and_who_comes_share_the_units_of_a_day(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, units_per_day=0)
    await heed_capacity(shop)
    waiting = [await shop.place(shop.line(3, item=n)) for n in range(6)]
    assert await burden(shop) == (0, 0)
    await limit(shop, units_per_day=14)

    async def serve(item: int) -> None:
        async with tenant.work() as work:
            await reallocate_backorders(work, item_ids=[shop.setting.item_ids[item]])

    async def grow(n: int) -> None:
        change = LineAmendment(line_id=waiting[n].line_ids[0], quantity=Decimal(5))
        async with tenant.work() as work:
            await amend_order(work, order_id=waiting[n].order_id, lines=[change])

    await asyncio.gather(
        *(serve(n) for n in range(3)),
        *(grow(n) for n in range(3, 6)),
        *(shop.place(shop.line(2, item=n)) for n in range(6)),
    )
    assert (await burden(shop))[1] == 14
    assert await violations(tenant) == {}


async def test_amending_and_placing_over_the_same_items_do_not_deadlock(
    tenant: TenantUnderTest,
) -> None:
    shop = await _shop(tenant, units_per_day=60)
    await heed_capacity(shop)
    placed = [await shop.place(shop.line(1), shop.line(1, item=1)) for _ in range(4)]

    async def grow(each: Any, quantity: int) -> None:
        changes = [LineAmendment(line_id=id, quantity=Decimal(quantity)) for id in each.line_ids]
        async with tenant.work() as work:
            await amend_order(work, order_id=each.order_id, lines=changes)

    for quantity in (2, 4):
        await asyncio.gather(
            *(grow(each, quantity) for each in placed),
            *(shop.place(shop.line(3, item=1), shop.line(3)) for _ in range(4)),
        )
    assert (await burden(shop))[1] == 60
    assert await violations(tenant) == {}


async def test_carts_look_at_capacity_when_their_turn_has_come(tenant: TenantUnderTest) -> None:
    shop = await _shop(tenant, units_per_day=6)
    await heed_capacity(shop)

    async def hold(item: int) -> bool:
        line = HoldLine(item_id=shop.setting.item_ids[item], quantity=Decimal(6))
        async with tenant.work() as work:
            await hold_stock(work, channel_id=shop.channel_id, holder=f"c{item}", lines=[line])
        return True

    order, cart = await asyncio.gather(shop.place(shop.line(6)), hold(1), return_exceptions=True)
    assert not isinstance(order, BaseException)
    assert (await burden(shop))[1] == 6
    assert cart is True or type(cart).__name__ == "StockShort"


async def test_where_no_policy_asks_nothing_is_locked_for_it(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    shop = await _shop(tenant, orders_per_day=1)
    with counted_statements(engine) as seen:
        placed = await shop.place(shop.line(1))
        await shop.place(shop.line(1))
    assert not [text for text in seen if "FROM location" in text and "UPDATE" in text]
    assert await burden(shop) == (2, 2)
    change = LineAmendment(line_id=placed.line_ids[0], quantity=Decimal(2))
    with counted_statements(engine) as seen:
        async with tenant.work() as work:
            await amend_order(work, order_id=placed.order_id, lines=[change])
    assert len([text for text in seen if "FROM location" in text and "UPDATE" in text]) == 1
