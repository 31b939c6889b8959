"""From when on how much a channel may promise: put away, on working days, of many items at once."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.promising.queries.availability import channel_availability
from domain.entities.operations.calendars import create_calendar
from tests.factories.orders import Shop, new_shop
from tests.factories.promises import coming, places_work
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

MONDAY = date(2026, 3, 2)
SATURDAY = MONDAY + timedelta(days=5)
NEXT_TUESDAY = MONDAY + timedelta(days=8)


async def from_days(shop: Shop, *items: int) -> list[list[tuple[date, int]]]:
    """(day, how much) of each item."""
    ids = [shop.setting.item_ids[item] for item in items]
    async with shop.tenant.read() as reader:
        found = await channel_availability(
            reader, channel_id=shop.channel_id, item_ids=ids, now=shop.tenant.now
        )
    return [[(each.on, int(each.available)) for each in found[item_id]] for item_id in ids]


async def test_what_comes_on_a_weekend_is_put_away_in_the_week(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    async with tenant.work() as work:
        office = await create_calendar(work, code="OFFICE", name="Office", working_days="12345")
    await places_work(shop, calendar_id=office, receiving_days=1)
    await shop.stock(2)
    await coming(shop, 5, SATURDAY)
    assert await from_days(shop, 0) == [[(MONDAY, 2), (NEXT_TUESDAY, 7)]]


async def test_many_items_take_as_many_statements_as_one(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    shop = await new_shop(tenant, items=30, locations=5)
    for item in range(30):
        await shop.stock(1 + item, item=item, location=item % 5)
        await coming(shop, 2, SATURDAY, item=item)
    await from_days(shop, 0)
    counts = []
    for items in ((0,), tuple(range(30))):
        with counted_statements(engine) as statements:
            found = await from_days(shop, *items)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert found == [[(MONDAY, 1 + n), (SATURDAY, 3 + n)] for n in range(30)]
