"""The table of dates from real rows: receiving, calendars, cut-offs, lead times and transit."""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.catalog.operations.supplier_items import WantedSupplierItem, set_supplier_items
from domain.entities.operations.calendars import create_calendar
from domain.entities.operations.transit_times import WantedTransit, set_transit_times
from domain.promise.policies.calendars import Destination
from domain.promise.policies.timeline import Rule
from domain.promise.queries.timelines import ItemTimeline, timelines
from tests.factories.masters import new_party
from tests.factories.orders import Shop, new_shop
from tests.factories.promises import coming, places_work
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

# A Monday, nine o'clock; the sixth and seventh day are the weekend.
MONDAY = date(2026, 3, 2)
BERN = Destination(country="CH")


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


async def calendar(shop: Shop, code: str, weekdays: str, *closed: int) -> int:
    async with shop.tenant.work() as work:
        return await create_calendar(
            work,
            code=code,
            name=code,
            working_days=weekdays,
            closed_days={day(number): "closed" for number in closed},
        )


async def bought(shop: Shop, lead_days: int, calendar_id: int | None) -> None:
    supplier = await new_party(shop.tenant, is_customer=False, is_supplier=True)
    row = WantedSupplierItem(
        item_id=shop.setting.item_ids[0],
        supplier_id=supplier,
        lead_days=lead_days,
        calendar_id=calendar_id,
    )
    async with shop.tenant.work() as work:
        await set_supplier_items(work, rows=[row])


async def tables(shop: Shop, **asked: Any) -> list[ItemTimeline]:
    async with shop.tenant.read() as reader:
        found = await timelines(
            reader, item_ids=shop.setting.item_ids, now=shop.tenant.now, **asked
        )
    return found[shop.setting.item_ids[0]]


def shown(table: ItemTimeline) -> list[tuple[Any, ...]]:
    """(day, available, or None where any quantity is, leaves, is there) of each row, in days."""

    def number(on: date | None) -> int | None:
        return None if on is None else (on - MONDAY).days

    return [
        (
            number(row.on),
            None if row.unlimited else int(row.available),
            number(row.ships_on),
            number(row.delivers_on),
        )
        for row in table.periods
    ]


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    """Two locations. The first puts away in two working days (not on its closed Friday), picks in
    one, takes orders until eight, and is three carrier days from Bern; the second does all at once
    on any day."""
    shop = await new_shop(tenant, locations=2)
    office = await calendar(shop, "OFFICE", "12345", 4)
    await places_work(
        shop,
        calendar_id=office,
        receiving_days=2,
        processing_days=1,
        cut_off_time=time(8),
    )
    async with tenant.work() as work:
        lanes = [WantedTransit(country="CH", days=3)]
        await set_transit_times(work, location_id=shop.setting.location_ids[0], times=lanes)
    return shop


async def test_the_table_counts_from_when_it_can_be_picked_and_says_when_it_is_there(
    shop: Shop,
) -> None:
    await shop.stock(5)
    await coming(shop, 10, day(2))
    await coming(shop, 20, day(3), location=1)
    whole, first, second = await tables(shop, destination=BERN)
    # After the cut-off, work begins on Tuesday, leaves on Wednesday, and is there on Monday.
    # What comes on Wednesday is put away on Thursday and (Friday closed) Monday.
    assert shown(first) == [(0, 5, 2, 7), (7, 15, 8, 11)]
    assert shown(second) == [(0, 0, 0, None), (3, 20, 3, None)]
    assert shown(whole) == [(0, 5, None, None), (3, 25, None, None), (7, 35, None, None)]


async def test_what_is_late_is_put_away_from_today_on_or_counts_no_more(shop: Shop) -> None:
    await coming(shop, 10, day(-3))
    rule = Rule(past_due_supply_days=3)
    _, first = await tables(shop, rule=rule)
    assert shown(first)[-1][:2] == (2, 10)
    _, first = await tables(shop, rule=Rule(past_due_supply_days=2))
    assert shown(first) == [(0, 0, 2, None)]


async def test_what_can_be_bought_waits_for_the_suppliers_day_and_is_put_away(shop: Shop) -> None:
    thursdays = await calendar(shop, "THURSDAYS", "4")
    await bought(shop, 3, thursdays)
    await shop.stock(1)
    await shop.stock(2, location=1)
    whole, first, second = await tables(shop)
    # Ordered on Thursday, at the dock on Sunday: put away on Monday, and in two days of work.
    assert shown(first)[-1] == (9, None, 10, None)
    assert shown(second)[-1] == (6, None, 6, None)
    assert shown(whole)[-1] == (6, None, None, None)
    (whole, *_) = await tables(shop, rule=Rule(buys=False))
    assert shown(whole) == [(0, 3, None, None)]


async def test_a_horizon_is_put_away_too_and_notice_is_given(shop: Shop) -> None:
    await shop.stock(1)
    _, first = await tables(shop, rule=Rule(horizon_days=7, notice_days=3))
    assert shown(first) == [(0, 1, 7, None), (9, None, 14, None)]


async def test_many_items_at_many_places_are_one_statement(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    shop = await new_shop(tenant, locations=5, items=20)
    for item in range(20):
        await shop.stock(item + 1, item=item, location=item % 5)
        await coming(shop, 7, day(3), item=item, location=(item + 1) % 5)
    async with tenant.read() as reader:
        with counted_statements(engine) as statements:
            found = await timelines(reader, item_ids=shop.setting.item_ids, now=tenant.now)
    assert len(statements) == 1
    totals = [[row.available for row in found[each][0].periods] for each in found]
    assert totals == [[Decimal(n + 1), Decimal(n + 8)] for n in range(20)]
