"""How suppliers do, worked out by hand beside."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.entities.operations.calendars import create_calendar, update_calendar
from domain.entities.operations.locations import update_location
from domain.kernel.paging import PageRequest
from domain.procurement.operations.ending import cancel_purchase_order
from domain.procurement.queries.ratings import rated_orders, supplier_ratings
from domain.procurement.rating import MEASURES, Window
from tests.factories.orders import Shop, new_shop
from tests.factories.purchases import Buying, new_buying, new_supplier
from tests.factories.tenants import TenantUnderTest

PAGE = PageRequest(20, None, None, backward=False)


@pytest.fixture
async def buying(tenant: TenantUnderTest) -> Buying:
    return await new_buying(await new_shop(tenant))


def _later(buying: Buying, days: int) -> Buying:
    """The same people, some days later."""
    tenant = buying.shop.tenant
    moved = tenant.at(tenant.now + timedelta(days=days))
    setting = replace(buying.shop.setting, tenant=moved)
    return replace(buying, shop=Shop(setting, buying.shop.channel_id))


async def _figures(buying: Buying, as_of: date, **asked: Any) -> dict[str, tuple[float, float]]:
    async with buying.shop.tenant.read(**asked) as reader:
        listing = await supplier_ratings(reader, window=Window(as_of), request=PAGE)
    rows = {row.supplier_id: row for row in listing.page.rows}
    if buying.supplier_id not in rows:
        return {}
    row = rows[buying.supplier_id]
    return {
        each.name: (
            float(getattr(row, f"{each.name}_numerator") or 0),
            float(getattr(row, f"{each.name}_denominator") or 0),
        )
        for each in MEASURES
    }


async def test_figures_are_as_counted_by_hand(buying: Buying) -> None:
    good, late, never = [await buying.ordered(100) for _ in range(3)]
    soon = _later(buying, 1)
    await soon.confirm(good, (100, 8))
    after = _later(buying, 4)
    await after.confirm(late, (100, 5))
    await _later(buying, 9).receive(good, 100, damaged=5)
    await _later(buying, 12).receive(late, 90)

    figures = await _figures(buying, buying.day(30))

    assert figures == {
        "confirmed_on_time": (1, 3),
        "delivered_by_confirmed_day": (1, 2),
        "delivered_by_wanted_day": (1, 3),
        "in_full": (1, 3),
        "damaged": (5, 190),
        "hours_to_answer": (24 + 96, 2),
    }
    async with buying.shop.tenant.read() as reader:
        for name, missed, expected in (
            ("in_full", False, [never, late, good]),
            ("in_full", True, [never, late]),
            ("damaged", True, [good]),
            ("confirmed_on_time", True, [never, late]),
        ):
            listing = await rated_orders(
                reader,
                window=Window(buying.day(30)),
                supplier_id=buying.supplier_id,
                measure=name,
                missed_only=missed,
                request=PAGE,
            )
            assert [row.id for row in listing.page.rows] == expected, (name, missed)


async def test_figures_are_as_of_their_day(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    await _later(buying, 1).confirm(order_id, (100, 8))
    await _later(buying, 9).receive(order_id, 100)

    before = await _figures(buying, buying.day(0))
    between = await _figures(buying, buying.day(5))

    assert set(before.values()) == {(0, 0)}
    assert between["confirmed_on_time"] == (1, 1)
    assert between["delivered_by_wanted_day"] == (0, 0)
    assert (await _figures(buying, buying.day(10)))["delivered_by_wanted_day"] == (1, 1)
    assert await _figures(buying, buying.day(-1)) == {}


async def test_an_order_that_the_buyer_let_go_does_not_count(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    async with buying.shop.tenant.work() as work:
        await cancel_purchase_order(work, order_id=order_id, reason="not needed")

    assert await _figures(buying, buying.day(30)) == {}


async def test_a_supplier_sees_its_own_rating_alone(buying: Buying) -> None:
    neighbour = Buying(buying.shop, await new_supplier(buying.shop))
    await buying.ordered(5)
    await neighbour.ordered(5)

    async with buying.shop.tenant.read(as_=buying.supplier) as reader:
        listing = await supplier_ratings(reader, window=Window(buying.day(1)), request=PAGE)
        behind = await rated_orders(
            reader,
            window=Window(buying.day(30)),
            supplier_id=neighbour.supplier_id,
            measure="in_full",
            request=PAGE,
        )

    assert [row.supplier_id for row in listing.page.rows] == [buying.supplier_id]
    assert behind.page.rows == []


async def test_a_day_on_which_nobody_works_is_the_next_on_which_somebody_does(
    buying: Buying,
) -> None:
    """Confirmed for a Saturday, it is in time on the Monday; that Monday is closed: on Tuesday."""
    tenant = buying.shop.tenant
    saturday = next(n for n in range(4, 11) if buying.day(n).isoweekday() == 6)
    async with tenant.work() as work:
        calendar = await create_calendar(work, code="WEEK", name="Week", working_days="12345")
        await update_location(
            work, location_id=buying.shop.setting.location_ids[0], calendar_id=calendar
        )
    order_id = await buying.ordered(100)
    await buying.confirm(order_id, (100, saturday))
    figures = await _figures(buying, buying.day(saturday))
    assert figures["delivered_by_confirmed_day"] == (0, 0)
    await _later(buying, saturday + 2).receive(order_id, 100)
    figures = await _figures(buying, buying.day(30))
    assert figures["delivered_by_confirmed_day"] == (1, 1)
    async with tenant.work() as work:
        await update_calendar(
            work, calendar_id=calendar, closed_days={buying.day(saturday + 2): None}
        )
    late = await buying.ordered(100)
    await buying.confirm(late, (100, saturday))
    await _later(buying, saturday + 4).receive(late, 100)
    figures = await _figures(buying, buying.day(30))
    assert figures["delivered_by_confirmed_day"] == (1, 2)
