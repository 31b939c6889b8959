"""What carts and quotes set free goes to who waits for it, and nobody's locks cross meanwhile."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.allocate import reallocate_backorders
from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.operations.soft_holds import hold_stock
from domain.allocation.stocking import lock_stock
from domain.approvals.operations import approve
from domain.inventory.outcomes import StockShort
from domain.kernel.models import EventRecord
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

TWO_HOURS = timedelta(hours=2)
EXPIRED, RELEASED = "inventory.stock_holds_expired", "inventory.stock_hold_released"


async def _hold(shop: Shop, quantity: int, *, item: int = 0) -> int:
    lines = [HoldLine(item_id=shop.setting.item_ids[item], quantity=Decimal(quantity))]
    async with shop.tenant.work() as work:
        return await hold_stock(work, channel_id=shop.channel_id, holder="cart-1", lines=lines)


async def _told(tenant: TenantUnderTest, type_: str) -> list[list[int]]:
    """The items of each event of the type."""
    async with tenant.read() as reader:
        payloads = await reader.values(
            select(EventRecord.payload)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.type == type_)
            .order_by(EventRecord.id)
        )
    return [payload["item_ids"] for payload in payloads]


async def _refill(shop: Shop, item_ids: list[int]) -> None:
    async with shop.tenant.work() as work:
        await reallocate_backorders(work, item_ids=item_ids)


async def test_what_an_order_leaves_of_an_expired_cart_goes_to_who_waits(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    await _hold(shop, 10)
    waits = await shop.place(shop.line(6))
    later = replace(shop, setting=replace(shop.setting, tenant=tenant.at(tenant.now + TWO_HOURS)))
    placed = await later.place(shop.line(1))
    assert await shop.figures(placed.order_id) == [(1, 0, 0, 0)]
    (items,) = await _told(tenant, EXPIRED)
    await _refill(shop, items)
    assert await shop.figures(waits.order_id) == [(6, 0, 0, 0)]
    assert await shop.available() == 3
    assert await violations(tenant) == {}


async def test_what_an_order_leaves_of_its_own_cart_goes_to_who_waits(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    hold_id = await _hold(shop, 10)
    waits = await shop.place(shop.line(6))
    placed = await shop.place(shop.line(3), hold_ids=[hold_id])
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 0)]
    (items,) = await _told(tenant, RELEASED)
    await _refill(shop, items)
    assert await shop.figures(waits.order_id) == [(6, 0, 0, 0)]
    # The cart is empty: ordering with it again changes nothing more.
    again = await shop.place(shop.line(2), hold_ids=[hold_id])
    assert await shop.figures(again.order_id) == [(1, 0, 0, 1)]
    assert await _told(tenant, RELEASED) == [items]
    assert await violations(tenant) == {}


async def test_a_refused_order_leaves_its_cart_and_tells_nothing(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    hold_id = await _hold(shop, 4)
    with pytest.raises(StockShort):
        await shop.place(shop.line(11), hold_ids=[hold_id], all_or_nothing=True)
    assert await _told(tenant, RELEASED) == []
    assert await shop.available() == 6


async def test_an_order_with_a_cart_never_crosses_with_another_over_the_same_items(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(10)
    await shop.stock(10, item=1)
    hold_id = await _hold(shop, 5, item=1)
    first, second = shop.setting.item_ids
    async with tenant.work() as work:
        await lock_stock(work, [first])
        placing = asyncio.create_task(
            shop.place(shop.line(1), shop.line(5, item=1), hold_ids=[hold_id])
        )
        await until_somebody_waits_for(work)
        # Whoever waits for the first has not locked the second.
        await lock_stock(work, [second])
    placed = await placing
    assert await shop.figures(placed.order_id) == [(1, 0, 0, 0), (5, 0, 0, 0)]
    assert await violations(tenant) == {}


async def _override_over_two_items(shop: Shop) -> tuple[int, Any, Any]:
    """The request of an override of the second item, whose giver waits for the first as well."""
    await shop.stock(1)
    await shop.stock(5, item=1)
    holds = await shop.place(shop.line(3), shop.line(5, item=1))
    waits = await shop.place(shop.line(4, item=1))
    async with shop.tenant.work(as_=shop.tenant.user(*ALL_PERMISSIONS, id=1)) as work:
        request_id = await request_allocation_override(
            work,
            order_line_id=waits.line_ids[0],
            from_order_line_id=holds.line_ids[1],
            quantity=Decimal(4),
            reason="gold",
        )
    return request_id, holds, waits


async def test_an_approved_override_never_crosses_with_an_order_over_the_same_items(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    request_id, holds, waits = await _override_over_two_items(shop)
    first, second = shop.setting.item_ids

    async def say_yes() -> None:
        async with tenant.work(as_=tenant.user(*ALL_PERMISSIONS, id=2)) as work:
            await approve(work, request_id=request_id, comment=None)

    async with tenant.work() as work:
        await lock_stock(work, [first])
        approving = asyncio.create_task(say_yes())
        await until_somebody_waits_for(work)
        await lock_stock(work, [second])
    await approving
    assert await shop.figures(holds.order_id) == [(1, 0, 0, 2), (1, 0, 0, 4)]
    assert await shop.figures(waits.order_id) == [(4, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_one_cart_that_two_orders_bring_along_is_given_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    hold_id = await _hold(shop, 5)
    placed = await asyncio.gather(
        *(shop.place(shop.line(5), hold_ids=[hold_id]) for _ in range(6)), return_exceptions=True
    )
    figures = [await shop.figures(each.order_id) for each in placed if hasattr(each, "order_id")]
    assert sorted(figures) == [[(0, 0, 0, 5)]] * 5 + [[(5, 0, 0, 0)]]
    async with tenant.read() as reader:
        told = await reader.value(
            select(func.count()).where(
                EventRecord.tenant_id == tenant.id, EventRecord.type == RELEASED
            )
        )
    assert told == 1
    assert await violations(tenant) == {}
