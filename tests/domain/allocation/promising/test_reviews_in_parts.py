"""A long queue is looked through in parts: in its order, once in effect, in nobody's way."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.operations.hold_order import hold_order
from domain.allocation.promising import operations
from domain.allocation.promising.operations import Review, review_promises
from domain.inventory.operations.expected_supplies import cancel_supply, change_supply
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.promises import coming, dates, events_of, looked_through, pegs
from tests.factories.tenants import TenantUnderTest

MONDAY = date(2026, 3, 2)
FRIDAY = MONDAY + timedelta(days=4)
NEXT_WEEK = MONDAY + timedelta(days=7)
LATER = MONDAY + timedelta(days=14)
LEFT = "promise.promises_left"


@pytest.fixture
async def shop(tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose promises are looked through by two orders at a time."""
    monkeypatch.setattr(operations, "REVIEW_PART", 2)
    return await new_shop(tenant, locations=2)


async def waiting(shop: Shop, orders: int, *, quantity: int = 2) -> list[int]:
    """The ids of orders that wait, all looked through."""
    placed = [(await shop.place(shop.line(quantity))).order_id for _ in range(orders)]
    await deliver_all(shop.tenant)
    return placed


async def resting_on(shop: Shop, order_id: int) -> list[tuple[int | None, int, date]]:
    (line,) = await shop.lines(order_id)
    return await pegs(shop.tenant, line.id)


async def promised(shop: Shop, order_ids: list[int]) -> list[Any]:
    return [(await dates(shop, order_id))[0][:2] for order_id in order_ids]


async def test_every_part_asks_for_the_next_until_all_are_dated(shop: Shop) -> None:
    orders = await waiting(shop, 5)
    supply_id = await coming(shop, 10, FRIDAY)
    first = await looked_through(shop)
    assert (first.order_ids, first.goes_on) == (tuple(orders[:2]), True)
    assert await promised(shop, orders[2:]) == [(None, None)] * 3
    (left,) = [payload for _, _, payload in await events_of(shop.tenant, LEFT)]
    (second,) = await shop.lines(orders[1])
    assert (left["after_day"], left["after_line_id"]) == ("9999-12-31", second.id)
    await deliver_all(shop.tenant)
    assert await promised(shop, orders) == [(FRIDAY, FRIDAY)] * 5
    assert [await resting_on(shop, each) for each in orders] == [[(supply_id, 2, FRIDAY)]] * 5
    assert await violations(shop.tenant) == {}


async def test_parts_come_to_what_one_look_would(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = await coming(shop, 4, FRIDAY)
    await coming(shop, 6, NEXT_WEEK)
    orders = await waiting(shop, 5)
    assert await promised(shop, orders) == [(FRIDAY,) * 2] * 2 + [(NEXT_WEEK,) * 2] * 3
    async with shop.tenant.work() as work:
        await change_supply(work, supply_id=early, expected_on=LATER)
    await deliver_all(shop.tenant)
    in_parts = await promised(shop, orders)
    # Who was promised Friday is first: they get next week's, and the others wait longest.
    expected = [(FRIDAY, NEXT_WEEK)] * 2 + [(NEXT_WEEK, NEXT_WEEK)] + [(NEXT_WEEK, LATER)] * 2
    assert in_parts == expected
    monkeypatch.setattr(operations, "REVIEW_PART", 500)
    review = await looked_through(shop)
    assert review == Review()
    assert await promised(shop, orders) == in_parts
    assert await violations(shop.tenant) == {}


async def test_the_first_take_what_later_ones_rested_on_and_nothing_is_promised_twice(
    shop: Shop,
) -> None:
    early = await coming(shop, 4, FRIDAY)
    late = await coming(shop, 4, NEXT_WEEK)
    orders = await waiting(shop, 4)
    async with shop.tenant.work() as work:
        await cancel_supply(work, supply_id=early, reason="lost")
    first = await looked_through(shop)
    assert first.at_risk == tuple(orders[:2])
    # The last two have lost theirs, and are to be told in their turn; the sums hold meanwhile.
    assert [await resting_on(shop, each) for each in orders] == [
        [(late, 2, NEXT_WEEK)],
        [(late, 2, NEXT_WEEK)],
        [],
        [],
    ]
    assert await violations(shop.tenant) == {}
    await deliver_all(shop.tenant)
    assert await promised(shop, orders) == [(FRIDAY, NEXT_WEEK)] * 2 + [(NEXT_WEEK, None)] * 2
    told = await events_of(shop.tenant, "order.promise_at_risk")
    assert [order_id for _, order_id, _ in told] == orders


async def test_a_part_that_is_killed_or_repeated_has_one_effect(shop: Shop) -> None:
    orders = await waiting(shop, 5)
    await coming(shop, 10, FRIDAY)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            async with shop.tenant.work() as work:
                await review_promises(work, item_ids=shop.setting.item_ids[:1])
                raise RuntimeError("killed")
    assert await promised(shop, orders) == [(None, None)] * 5
    # Two begin, and both go on to the end.
    await looked_through(shop)
    await looked_through(shop)
    await deliver_all(shop.tenant)
    moved = await events_of(shop.tenant, "order.promise_changed")
    assert [order_id for _, order_id, _ in moved] == orders
    assert await promised(shop, orders) == [(FRIDAY, FRIDAY)] * 5
    assert await violations(shop.tenant) == {}


async def test_while_a_part_is_written_other_orders_come_and_change(shop: Shop) -> None:
    """On real connections: nobody waits for the part's transaction, which is left open."""
    orders = await waiting(shop, 5)
    await coming(shop, 10, FRIDAY)
    async with shop.tenant.work() as part:
        await review_promises(part, item_ids=shop.setting.item_ids[:1])
        async with shop.tenant.work() as work:
            await work.execute(text("SET LOCAL lock_timeout = '2s'"))
            await hold_order(work, order_id=orders[3], reason="to be asked")
            await cancel_order(work, order_id=orders[4], reason="changed mind")
    await deliver_all(shop.tenant)
    assert (await shop.order(orders[3])).hold_reason == "to be asked"
    assert (await shop.order(orders[4])).status == "cancelled"
    assert await resting_on(shop, orders[4]) == []
    assert await violations(shop.tenant) == {}


async def test_an_order_from_stock_is_placed_while_a_part_is_written(shop: Shop) -> None:
    orders = await waiting(shop, 3, quantity=5)
    await coming(shop, 15, FRIDAY)
    async with shop.tenant.work() as part:
        await review_promises(part, item_ids=shop.setting.item_ids[:1])
        await shop.stock(4)
        placed = await shop.place(shop.line(4))
        assert placed.status == "allocated"
    await deliver_all(shop.tenant)
    assert await promised(shop, orders) == [(FRIDAY, FRIDAY)] * 3


async def test_reviews_and_orders_that_race_promise_nothing_twice(shop: Shop) -> None:
    """Real transactions at once: two reviews of the same queue, new orders that wait, and one that
    is cancelled."""
    orders = await waiting(shop, 6)
    supply_id = await coming(shop, 20, FRIDAY)

    async def placed() -> int:
        return (await shop.place(shop.line(2))).order_id

    async def cancelled() -> None:
        async with shop.tenant.work() as work:
            await cancel_order(work, order_id=orders[5], reason="changed mind")

    new = [placed() for _ in range(4)]
    _, _, *more, _ = await asyncio.gather(
        looked_through(shop), looked_through(shop), *new, cancelled()
    )
    await deliver_all(shop.tenant)
    every = [*orders[:5], *(each for each in more if isinstance(each, int))]
    assert await promised(shop, every) == [(FRIDAY, FRIDAY)] * 9
    assert [await resting_on(shop, each) for each in every] == [[(supply_id, 2, FRIDAY)]] * 9
    assert await violations(shop.tenant) == {}
