"""Supply moves: promises that rest on it are pegged anew, and those who must know are told."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.operations.allocate import reallocate_backorders
from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.promising.operations import (
    renew_promise,
    review_order,
    tell_overdue_supply,
)
from domain.inventory.operations.expected_supplies import cancel_supply, change_supply
from tests.factories.orders import Shop, new_shop
from tests.factories.promises import (
    coming,
    dates,
    events_of,
    looked_through,
    miscounted,
    pegs,
    supply_row,
)
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

MONDAY = date(2026, 3, 2)
FRIDAY = MONDAY + timedelta(days=4)
NEXT_WEEK = MONDAY + timedelta(days=7)
MOVED = ("order.promise_at_risk", "order.promise_changed")


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    return await new_shop(tenant, locations=2, items=2)


async def waiting_order(shop: Shop, quantity: int, *, item: int = 0) -> tuple[int, int]:
    """An order and its only line, looked through."""
    placed = await shop.place(shop.line(quantity, item=item))
    await looked_through(shop, item)
    return placed.order_id, placed.line_ids[0]


async def test_what_waits_is_promised_when_supply_is_announced(shop: Shop) -> None:
    order_id, line_id = await waiting_order(shop, 8)
    assert await dates(shop, order_id) == [(None, None, False)]
    supply_id = await coming(shop, 10, FRIDAY)
    review = await looked_through(shop)
    assert (review.order_ids, review.at_risk) == ((order_id,), ())
    assert await dates(shop, order_id) == [(FRIDAY, FRIDAY, False)]
    assert await pegs(shop.tenant, line_id) == [(supply_id, 8, FRIDAY)]
    assert (await supply_row(shop.tenant, supply_id)).pegged == 8


async def test_a_later_supply_puts_the_promise_at_risk_and_says_from_when_to_when(
    shop: Shop,
) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    order_id, line_id = await waiting_order(shop, 8)
    async with shop.tenant.work() as work:
        await change_supply(work, supply_id=supply_id, expected_on=NEXT_WEEK)
    review = await looked_through(shop)
    assert (review.order_ids, review.at_risk) == ((order_id,), (order_id,))
    assert await dates(shop, order_id) == [(FRIDAY, NEXT_WEEK, True)]
    assert await pegs(shop.tenant, line_id) == [(supply_id, 8, NEXT_WEEK)]
    kind, aggregate, payload = (await events_of(shop.tenant, *MOVED))[-1]
    assert (kind, aggregate) == ("order.promise_at_risk", order_id)
    assert payload["promised"] == FRIDAY.isoformat()
    assert payload["expected_before"] == FRIDAY.isoformat()
    assert payload["expected"] == NEXT_WEEK.isoformat()


async def test_an_earlier_supply_makes_the_promise_good_again(shop: Shop) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    order_id, _ = await waiting_order(shop, 8)
    async with shop.tenant.work() as work:
        await change_supply(work, supply_id=supply_id, expected_on=NEXT_WEEK)
    await looked_through(shop)
    await coming(shop, 8, FRIDAY - timedelta(days=1))
    review = await looked_through(shop)
    assert (review.order_ids, review.at_risk) == ((order_id,), ())
    assert await dates(shop, order_id) == [(FRIDAY, FRIDAY - timedelta(days=1), False)]
    assert (await events_of(shop.tenant, *MOVED))[-1][0] == "order.promise_changed"


async def test_a_cancelled_supply_leaves_nothing_in_sight(shop: Shop) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    order_id, line_id = await waiting_order(shop, 8)
    async with shop.tenant.work() as work:
        await cancel_supply(work, supply_id=supply_id, reason="supplier is out of it")
    await looked_through(shop)
    assert await dates(shop, order_id) == [(FRIDAY, None, True)]
    assert await pegs(shop.tenant, line_id) == []
    assert (await supply_row(shop.tenant, supply_id)).pegged == 0
    assert (await events_of(shop.tenant, *MOVED))[-1][2]["expected"] is None


async def test_who_was_promised_the_earliest_day_is_served_first_when_supply_shrinks(
    shop: Shop,
) -> None:
    tuesday = MONDAY + timedelta(days=1)
    first = await coming(shop, 5, FRIDAY)
    for_friday, _ = await waiting_order(shop, 5)
    second = await coming(shop, 5, tuesday)
    for_tuesday, _ = await waiting_order(shop, 5)
    assert await dates(shop, for_friday) == [(FRIDAY, FRIDAY, False)]
    assert await dates(shop, for_tuesday) == [(tuesday, tuesday, False)]
    async with shop.tenant.work() as work:
        await cancel_supply(work, supply_id=second, reason="lost")
    review = await looked_through(shop)
    assert review.at_risk == (for_friday, for_tuesday)
    assert await dates(shop, for_tuesday) == [(tuesday, FRIDAY, True)]
    assert await dates(shop, for_friday) == [(FRIDAY, None, True)]
    assert (await supply_row(shop.tenant, first)).pegged == 5
    assert await miscounted(shop.tenant) == []


async def test_looking_twice_changes_nothing(shop: Shop) -> None:
    await coming(shop, 5, FRIDAY)
    await coming(shop, 5, NEXT_WEEK)
    _, line_id = await waiting_order(shop, 8)
    before, told = await pegs(shop.tenant, line_id), await events_of(shop.tenant, *MOVED)
    review = await looked_through(shop)
    assert (review.order_ids, review.at_risk) == ((), ())
    assert await pegs(shop.tenant, line_id) == before
    assert await events_of(shop.tenant, *MOVED) == told
    assert await miscounted(shop.tenant) == []


async def test_the_number_of_statements_does_not_grow_with_the_queue(
    shop: Shop, engine: AsyncEngine
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(4):
            await shop.place(shop.line(1))
        supply_id = await coming(shop, 20, FRIDAY)
        with counted_statements(engine) as statements:
            await looked_through(shop)
        counts.append(len(statements))
        async with shop.tenant.work() as work:
            await cancel_supply(work, supply_id=supply_id, reason="again")
    assert counts[1] <= counts[0] + 2  # The second time old pegs are taken away, too.


async def test_only_what_waits_for_the_items_is_read(shop: Shop) -> None:
    other, _ = await waiting_order(shop, 3, item=1)
    await coming(shop, 3, FRIDAY, item=1)
    await looked_through(shop, 0)
    assert await dates(shop, other) == [(None, None, False)]


async def test_stock_that_comes_frees_what_was_pegged(shop: Shop) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    order_id, line_id = await waiting_order(shop, 8)
    await shop.stock(8)
    async with shop.tenant.work() as work:
        await reallocate_backorders(work, item_ids=[shop.setting.item_ids[0]])
    async with shop.tenant.work() as work:
        await review_order(work, order_id=order_id)
    assert await pegs(shop.tenant, line_id) == []
    assert await dates(shop, order_id) == [(FRIDAY, MONDAY, False)]
    assert (await supply_row(shop.tenant, supply_id)).pegged == 0


async def test_a_cancelled_order_lets_the_next_one_move_up(shop: Shop) -> None:
    await coming(shop, 5, FRIDAY)
    await coming(shop, 5, NEXT_WEEK)
    first, _ = await waiting_order(shop, 5)
    second, _ = await waiting_order(shop, 5)
    assert await dates(shop, second) == [(NEXT_WEEK, NEXT_WEEK, False)]
    async with shop.tenant.work() as work:
        await cancel_order(work, order_id=first, reason="changed mind")
    async with shop.tenant.work() as work:
        await review_order(work, order_id=first)
    assert await dates(shop, second) == [(NEXT_WEEK, FRIDAY, False)]
    assert await miscounted(shop.tenant) == []


async def test_overdue_supply_is_told_once_a_day_and_counts_no_more_when_too_late(
    shop: Shop,
) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    order_id, line_id = await waiting_order(shop, 8)
    on_monday = shop.tenant.at(shop.tenant.now + timedelta(days=7))
    async with on_monday.work() as work:
        assert await tell_overdue_supply(work) == 1
        assert await tell_overdue_supply(work) == 0
    ((_, _, payload),) = await events_of(shop.tenant, "inventory.expected_supply_overdue")
    assert payload["item_ids"] == [shop.setting.item_ids[0]]
    later = Shop(shop.setting, shop.channel_id)
    object.__setattr__(later.setting, "tenant", on_monday)
    await looked_through(later)
    # It counts as coming today.
    assert await dates(later, order_id) == [(FRIDAY, NEXT_WEEK, True)]
    object.__setattr__(later.setting, "tenant", on_monday.at(on_monday.now + timedelta(days=5)))
    await looked_through(later)
    assert await pegs(shop.tenant, line_id) == []
    assert await dates(later, order_id) == [(FRIDAY, None, True)]
    assert (await supply_row(shop.tenant, supply_id)).open == Decimal(10)


async def test_the_new_date_becomes_the_promise_when_the_customer_was_told(shop: Shop) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    order_id, _ = await waiting_order(shop, 8)
    async with shop.tenant.work() as work:
        await change_supply(work, supply_id=supply_id, expected_on=NEXT_WEEK)
    await looked_through(shop)
    async with shop.tenant.work() as work:
        await renew_promise(work, order_id=order_id)
    assert await dates(shop, order_id) == [(NEXT_WEEK, NEXT_WEEK, False)]
