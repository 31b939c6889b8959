"""Orders that hold stock of a lot which may not leave are served with other stock."""

import asyncio
from datetime import date, timedelta

from sqlalchemy import select, update

from domain.allocation.models import Allocation
from domain.allocation.operations.blocked_lots import withdraw_blocked_lots
from domain.inventory.models import Lot
from domain.inventory.operations.lots import set_lot_days, set_lot_status
from domain.kernel.models import EventRecord
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest
from workers.schedule import TASKS


async def _lot(shop: Shop, code: str) -> int:
    async with shop.tenant.read() as reader:
        return int(
            await reader.value(
                select(Lot.id).where(Lot.tenant_id == shop.tenant.id, Lot.code == code)
            )
        )


async def _set(shop: Shop, code: str, status: str) -> None:
    lot_id = await _lot(shop, code)
    async with shop.tenant.work() as work:
        await set_lot_status(work, lot_id=lot_id, status=status, reason="told by the maker")


async def _told(tenant: TenantUnderTest) -> list[tuple[int, str]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(EventRecord.aggregate_id, EventRecord.payload)
            .where(
                EventRecord.tenant_id == tenant.id,
                EventRecord.type == "order.allocation_withdrawn",
            )
            .order_by(EventRecord.aggregate_id)
        )
    return [(row.aggregate_id, row.payload["reason"]) for row in rows]


async def _two_lots(tenant: TenantUnderTest) -> tuple[Shop, list[int]]:
    """Two orders of 3 hold all of lot A; of lot B come 4 later."""
    shop = await new_shop(tenant, tracking="lot")
    await shop.stock(6, lot="A")
    orders = [(await shop.place(shop.line(3))).order_id for _ in range(2)]
    await shop.stock(4, lot="B")
    await deliver_all(tenant)
    return shop, orders


async def test_a_recalled_lot_is_withdrawn_and_the_orders_get_another(
    tenant: TenantUnderTest,
) -> None:
    shop, orders = await _two_lots(tenant)
    await _set(shop, "A", "recalled")
    await deliver_all(tenant)
    assert await shop.figures(orders[0]) == [(3, 0, 0, 0)]
    assert await shop.figures(orders[1]) == [(1, 0, 0, 2)]
    assert await _told(tenant) == [(order_id, "lot_blocked") for order_id in orders]
    assert await violations(tenant) == {}
    await _set(shop, "A", "released")
    await deliver_all(tenant)
    assert await shop.figures(orders[1]) == [(3, 0, 0, 0)]
    assert len(await _told(tenant)) == 2
    assert await violations(tenant) == {}


async def test_what_a_warehouse_works_on_stays_with_it(tenant: TenantUnderTest) -> None:
    shop, orders = await _two_lots(tenant)
    async with tenant.work() as work:
        await work.execute(
            update(Allocation)
            .where(Allocation.tenant_id == tenant.id, Allocation.order_id == orders[0])
            .values(status="released")
        )
    await _set(shop, "A", "quarantined")
    await deliver_all(tenant)
    assert await _told(tenant) == [(orders[1], "lot_blocked")]
    assert await shop.figures(orders[1]) == [(3, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_a_lot_whose_last_good_day_is_over_is_withdrawn_by_the_clock(
    tenant: TenantUnderTest,
) -> None:
    shop, orders = await _two_lots(tenant)
    last = tenant.now.date() + timedelta(days=2)
    lot_id = await _lot(shop, "A")
    async with tenant.work() as work:
        await set_lot_days(work, lot_id=lot_id, reason="label", expires_on=last)
    await deliver_all(tenant)
    assert await _told(tenant) == []
    await _run_task(tenant, last)
    assert await _told(tenant) == []
    await _run_task(tenant, last + timedelta(days=1))
    assert await shop.figures(orders[1]) == [(1, 0, 0, 2)]
    assert await violations(tenant) == {}


async def _run_task(tenant: TenantUnderTest, day: date) -> None:
    (task,) = [each for each in TASKS if each.name == "withdraw_blocked_lots"]
    then = tenant.at(tenant.now + timedelta(days=(day - tenant.now.date()).days))
    async with then.work() as work:
        assert await task.run(work)
    await deliver_all(then)


async def test_withdrawals_and_orders_that_race_have_one_effect(tenant: TenantUnderTest) -> None:
    shop, orders = await _two_lots(tenant)
    await _set(shop, "A", "recalled")
    lot_id = await _lot(shop, "A")

    async def withdraw() -> bool:
        async with tenant.work() as work:
            return await withdraw_blocked_lots(work, lot_id=lot_id)

    await asyncio.gather(*(withdraw() for _ in range(4)), shop.place(shop.line(2)))
    await deliver_all(tenant)
    assert await _told(tenant) == [(order_id, "lot_blocked") for order_id in orders]
    assert await shop.available() == 6  # Lot A lies there, and nobody gets it.
    assert await violations(tenant) == {}
