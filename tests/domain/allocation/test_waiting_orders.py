"""Waiting lines are served when stock comes: the oldest first, once."""

import asyncio

import pytest
from sqlalchemy import select

from domain.allocation.operations.allocate import allocate_order, reallocate_backorders
from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.queries.decisions import explain_allocations
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.models import EventRecord
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _reallocate(shop: Shop) -> tuple[int, ...]:
    async with shop.tenant.work() as work:
        done = await reallocate_backorders(work, item_ids=shop.setting.item_ids)
        return done.order_ids


async def _crash(shop: Shop) -> None:
    async with shop.tenant.work() as work:
        await reallocate_backorders(work, item_ids=shop.setting.item_ids)
        await work.flush()
        raise RuntimeError


async def _allocated_events(shop: Shop) -> list[int]:
    async with shop.tenant.read() as reader:
        rows = await reader.values(
            select(EventRecord.aggregate_id)
            .where(EventRecord.tenant_id == shop.tenant.id, EventRecord.type == "order.allocated")
            .order_by(EventRecord.id)
        )
        return list(rows)


async def test_a_receipt_fills_backorders_in_order_of_age(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    first, second, third = [(await shop.place(shop.line(4))).order_id for _ in range(3)]
    await shop.stock(6)
    assert await _reallocate(shop) == (first, second)
    assert await shop.figures(first) == [(4, 0, 0, 0)]
    assert await shop.figures(second) == [(2, 0, 0, 2)]
    assert await shop.figures(third) == [(0, 0, 0, 4)]
    statuses = [(await shop.order(each)).status for each in (first, second, third)]
    assert statuses == ["allocated", "partially_allocated", "backordered"]
    assert await _allocated_events(shop) == [first, second]
    assert await violations(tenant) == {}


async def test_running_it_again_has_no_further_effect(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    order = (await shop.place(shop.line(4))).order_id
    await shop.stock(3)
    assert await _reallocate(shop) == (order,)
    before = await shop.order(order)
    assert await _reallocate(shop) == ()
    assert await shop.order(order) == before
    assert await _allocated_events(shop) == [order]


async def test_a_crashed_run_leaves_nothing_and_the_next_does_all(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    order = (await shop.place(shop.line(4))).order_id
    await shop.stock(4)
    with pytest.raises(RuntimeError):
        await _crash(shop)
    assert await shop.figures(order) == [(0, 0, 0, 4)]
    assert await _reallocate(shop) == (order,)
    assert await shop.figures(order) == [(4, 0, 0, 0)]


async def test_runs_at_once_and_new_orders_share_without_overselling(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    for _ in range(5):
        await shop.place(shop.line(2), shop.line(2, item=1))
    await shop.stock(7)
    await shop.stock(7, item=1)
    await asyncio.gather(
        *(_reallocate(shop) for _ in range(6)),
        *(shop.place(shop.line(1, item=1), shop.line(1)) for _ in range(6)),
    )
    await _reallocate(shop)
    assert (await shop.available(), await shop.available(item=1)) == (0, 0)
    assert await violations(tenant) == {}


async def test_an_order_that_may_not_be_split_stays_with_its_location(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2, split_allowed=False)
    await shop.stock(2, location=1)
    order = (await shop.place(shop.line(5))).order_id
    await shop.stock(9, location=0)
    assert await _reallocate(shop) == ()
    await shop.stock(9, location=1)
    assert await _reallocate(shop) == (order,)
    assert await shop.figures(order) == [(5, 0, 0, 0)]
    assert await shop.available(location=0) == 9


async def test_an_order_is_allocated_by_hand_and_explained(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    order = (await shop.place(shop.line(2))).order_id
    async with tenant.work() as work:
        assert await allocate_order(work, order_id=order) == "backordered"
    await shop.stock(2)
    async with tenant.work() as work:
        assert await allocate_order(work, order_id=order) == "allocated"
    async with tenant.read() as reader:
        explained = (await explain_allocations(reader, order_ids=[order]))[order]
    assert [(e.trigger, e.requested, e.allocated) for e in explained] == [
        ("order_placed", 2, 0),
        ("by_hand", 2, 0),
        ("by_hand", 2, 2),
    ]
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await allocate_order(work, order_id=10**12)


async def test_a_cancelled_order_is_not_allocated(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    order = (await shop.place(shop.line(2))).order_id
    async with tenant.work() as work:
        await cancel_order(work, order_id=order)
    await shop.stock(2)
    assert await _reallocate(shop) == ()
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await allocate_order(work, order_id=order)
