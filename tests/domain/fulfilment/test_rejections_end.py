"""What a location rejected waits no longer than the rejection lasts."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.allocation.models import AllocationRejection
from domain.allocation.operations import wake_barred
from domain.allocation.operations.clear_rejections import clear_rejections
from domain.allocation.operations.wake_barred import wake_barred_lines
from domain.fulfilment.operations.reject_fulfilment import reject_fulfilment
from domain.fulfilment.operations.release_order import release_order
from domain.kernel.models import EventRecord
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest
from workers.schedule import TASKS

DAY = timedelta(days=1)


async def _rejected(shop: Shop, quantity: int = 3) -> int:
    """The id of an order that its only location rejected."""
    placed = await shop.place(shop.line(quantity))
    async with shop.tenant.work() as work:
        [made] = await release_order(work, order_id=placed.order_id)
    async with shop.tenant.work() as work:
        await reject_fulfilment(work, fulfilment_order_id=made, reason="capacity")
    return placed.order_id


async def _events(tenant: TenantUnderTest) -> list[tuple[list[int], list[int]]]:
    async with tenant.read() as reader:
        found = await reader.values(
            select(EventRecord.payload)
            .where(
                EventRecord.tenant_id == tenant.id,
                EventRecord.type == "allocation.rejections_ended",
            )
            .order_by(EventRecord.id)
        )
    return [(each["item_ids"], each["line_ids"]) for each in found]


async def _wake(tenant: TenantUnderTest) -> int:
    async with tenant.work() as work:
        return await wake_barred_lines(work)


async def test_a_line_wakes_once_when_its_time_is_over(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    order_id = await _rejected(shop)
    assert await shop.figures(order_id) == [(0, 0, 0, 3)]
    assert await _wake(tenant) == 0
    later = tenant.at(tenant.now + DAY)
    assert sorted(await asyncio.gather(_wake(later), _wake(later))) == [0, 1]
    [line] = await shop.lines(order_id)
    assert await _events(tenant) == [([line.item_id], [line.id])]
    await deliver_all(later)
    assert await shop.figures(order_id) == [(3, 0, 0, 0)]
    assert await _wake(tenant.at(tenant.now + 2 * DAY)) == 0
    assert await violations(tenant) == {}


async def test_who_was_served_stopped_or_cleared_meanwhile_is_not_told(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    order_id = await _rejected(shop)
    async with tenant.work() as work:
        await clear_rejections(work, order_id=order_id)
    assert await shop.figures(order_id) == [(3, 0, 0, 0)]
    assert await _wake(tenant.at(tenant.now + DAY)) == 0
    assert await _events(tenant) == []


async def test_many_wake_in_parts(tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await new_shop(tenant)
    await shop.stock(9)
    orders = [await _rejected(shop, 1) for _ in range(5)]
    monkeypatch.setattr(wake_barred, "WAKING_PART", 2)
    later = tenant.at(tenant.now + DAY)
    assert [await _wake(later) for _ in range(4)] == [2, 2, 1, 0]
    lines = [line.id for order_id in orders for line in await shop.lines(order_id)]
    assert [line for _, part in await _events(tenant) for line in part] == lines


async def test_the_schedule_wakes_them(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    await _rejected(shop)
    [task] = [each for each in TASKS if each.name == "wake_barred_lines"]
    later = replace(tenant, now=tenant.now + DAY)
    async with later.work() as work:
        assert await task.run(work)
    async with tenant.read() as reader:
        woken = await reader.values(
            select(AllocationRejection.woken_at).where(AllocationRejection.tenant_id == tenant.id)
        )
    assert list(woken) == [later.now]
