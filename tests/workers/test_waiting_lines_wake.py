"""Lines that wait beside stock are looked at again by the clock, for what nobody tells of."""

from datetime import timedelta

from sqlalchemy import select, update

from domain.entities.models import Location
from domain.kernel.models import Outbox
from tests.factories.capacities import heed_capacity, limit
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest
from workers.schedule import TASKS


async def _the_clock_strikes(tenant: TenantUnderTest) -> None:
    (task,) = [each for each in TASKS if each.name == "wake_waiting_lines"]
    async with tenant.work() as work:
        assert await task.run(work)


async def _told(tenant: TenantUnderTest) -> list[int]:
    """The items of which the queue has its turn now."""
    async with tenant.read() as reader:
        rows = await reader.values(
            select(Outbox.aggregate_id).where(
                Outbox.tenant_id == tenant.id, Outbox.aggregate == "backorder_queue"
            )
        )
    return list(rows)


async def _one_waits(shop: Shop) -> int:
    """Beside stock, and nothing happens any more."""
    await deliver_all(shop.tenant)
    order_id = (await shop.place(shop.line(2))).order_id
    await deliver_all(shop.tenant)
    assert await shop.figures(order_id) == [(0, 0, 0, 2)]
    return order_id


async def test_what_a_location_could_not_take_on_today_it_takes_on_tomorrow(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(9)
    await limit(shop, orders_per_day=1)
    await heed_capacity(shop)
    await shop.place(shop.line(1))
    order_id = await _one_waits(shop)
    await _the_clock_strikes(tenant)
    await deliver_all(tenant)
    assert await shop.figures(order_id) == [(0, 0, 0, 2)]
    tomorrow = tenant.at(tenant.now + timedelta(days=1))
    await _the_clock_strikes(tomorrow)
    await deliver_all(tomorrow)
    assert await shop.figures(order_id) == [(2, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_a_location_that_opens_serves_who_waits(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(9)
    await _set_status(shop, "closed")
    order_id = await _one_waits(shop)
    await _set_status(shop, "active")
    await _the_clock_strikes(tenant)
    await deliver_all(tenant)
    assert await shop.figures(order_id) == [(2, 0, 0, 0)]


async def test_only_queues_with_stock_have_a_turn_and_one_at_a_time(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=3)
    await shop.stock(9, item=0)
    await shop.stock(9, item=1)
    await _set_status(shop, "closed")
    await shop.place(shop.line(2, item=0), shop.line(2, item=2))
    for _ in range(2):
        await _the_clock_strikes(tenant)
        assert await _told(tenant) == [shop.setting.item_ids[0]]


async def _set_status(shop: Shop, status: str) -> None:
    async with shop.tenant.work() as work:
        await work.execute(
            update(Location).where(Location.tenant_id == work.tenant_id).values(status=status)
        )
