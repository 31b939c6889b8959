"""The day that was asked for: kept, promised by, shown, and compared with."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.promising.queries.baskets import BasketLine, promise
from domain.entities.models import Party, TransitTime
from domain.inventory.operations.expected_supplies import change_supply
from domain.orders.wanted import is_in_time
from tests.factories.delivering import deliver_all
from tests.factories.masters import new_party
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.promises import coming, dates, events_of, looked_through, pegs
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

MONDAY = date(2026, 3, 2)
FRIDAY = MONDAY + timedelta(days=4)
NEXT_WEEK = MONDAY + timedelta(days=7)
THEN = MONDAY + timedelta(days=16)
BERN = {"city": "Bern", "postal_code": "3000", "country": "CH"}
MOVED = ("order.promise_at_risk", "order.promise_changed")


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    """A shop from which goods are in Switzerland the day after next, weekends included."""
    shop = await new_shop(tenant, items=2)
    async with tenant.work() as work:
        await work.execute(
            insert(TransitTime).values(
                tenant_id=work.tenant_id,
                location_id=shop.setting.location_ids[0],
                country="CH",
                days=2,
                weekend_delivery=True,
            )
        )
    return shop


async def days_of(shop: Shop, order_id: int) -> list[tuple[Any, ...]]:
    """(wanted there, wanted to leave, promised to leave, promised there) of each line."""
    return [
        (row.wanted_on, row.wanted_ship_on, row.promised_ship_on, row.promised_on)
        for row in await shop.lines(order_id)
    ]


async def test_what_is_wanted_is_kept_and_shipped_at_once_where_early_is_welcome(
    shop: Shop,
) -> None:
    await shop.stock(5)
    placed = await shop.place(shop.line(5), wanted_on=THEN, ship_to=BERN)
    assert (await shop.order(placed.order_id)).wanted_on == THEN
    wednesday = MONDAY + timedelta(days=2)
    assert await days_of(shop, placed.order_id) == [(THEN, None, MONDAY, wednesday)]


async def test_what_must_not_be_early_leaves_just_in_time(shop: Shop) -> None:
    await shop.stock(5)
    there = {"ship_to": BERN, "early_delivery_allowed": False}
    by_arrival = await shop.place(shop.line(2), wanted_on=THEN, **there)
    by_leaving = await shop.place(shop.line(2), wanted_ship_on=NEXT_WEEK, **there)
    two_days = timedelta(days=2)
    assert await days_of(shop, by_arrival.order_id) == [(THEN, None, THEN - two_days, THEN)]
    assert await days_of(shop, by_leaving.order_id) == [
        (None, NEXT_WEEK, NEXT_WEEK, NEXT_WEEK + two_days)
    ]


async def test_a_line_may_be_wanted_on_a_day_of_its_own(shop: Shop) -> None:
    await shop.stock(5)
    await shop.stock(5, item=1)
    placed = await shop.place(
        replace(shop.line(1), wanted_on=NEXT_WEEK),
        shop.line(1, item=1),
        replace(shop.line(1), wanted_ship_on=FRIDAY),
        wanted_on=THEN,
        early_delivery_allowed=False,
    )
    assert [found[:3] for found in await days_of(shop, placed.order_id)] == [
        (NEXT_WEEK, None, NEXT_WEEK),
        (THEN, None, THEN),
        (None, FRIDAY, FRIDAY),
    ]


async def test_the_customers_record_says_whether_early_is_welcome(
    shop: Shop, tenant: TenantUnderTest
) -> None:
    await shop.stock(9)
    party = await new_party(tenant)
    async with tenant.work() as work:
        await work.execute(
            update(Party)
            .where(Party.tenant_id == work.tenant_id, Party.id == party)
            .values(early_delivery_allowed=False)
        )
    told = {"party_id": party, "wanted_on": THEN}
    as_recorded = await shop.place(shop.line(1), **told)
    as_said = await shop.place(shop.line(1), **told, early_delivery_allowed=True)
    assert (await days_of(shop, as_recorded.order_id))[0][2] == THEN
    assert (await days_of(shop, as_said.order_id))[0][2] == MONDAY
    line = BasketLine(item_id=shop.setting.item_ids[0], quantity=shop.line(1).quantity)
    async with tenant.read() as reader:
        asked: dict[str, Any] = {"channel_id": shop.channel_id, "lines": [line], "now": tenant.now}
        recorded = await promise(reader, **asked, **told)
        said = await promise(reader, **asked, **told, early_delivery_allowed=True)
    assert recorded.chosen.last_due == THEN
    assert said.chosen.last_due == MONDAY


async def test_just_in_time_leaves_the_earlier_supply_to_others(shop: Shop) -> None:
    early = await coming(shop, 5, FRIDAY)
    late = await coming(shop, 5, NEXT_WEEK)
    patient = await shop.place(shop.line(5), wanted_on=THEN, early_delivery_allowed=False)
    hasty = await shop.place(shop.line(5))
    (line,) = await shop.lines(patient.order_id)
    assert await pegs(shop.tenant, line.id) == [(late, 5, THEN)]
    (line,) = await shop.lines(hasty.order_id)
    assert await pegs(shop.tenant, line.id) == [(early, 5, FRIDAY)]
    # Looked through, nothing moves.
    assert (await looked_through(shop)).order_ids == ()
    assert await violations(shop.tenant) == {}


async def test_a_promise_is_at_risk_only_when_the_wanted_day_is_missed(shop: Shop) -> None:
    supply_id = await coming(shop, 5, FRIDAY)
    placed = await shop.place(shop.line(5), wanted_on=THEN, ship_to=BERN)
    assert await dates(shop, placed.order_id) == [(FRIDAY, FRIDAY, False)]
    for days, at_risk in ((10, False), (14, False), (15, True)):
        moved = MONDAY + timedelta(days=days)
        async with shop.tenant.work() as work:
            await change_supply(work, supply_id=supply_id, expected_on=moved)
        review = await looked_through(shop)
        assert (review.order_ids, bool(review.at_risk)) == ((placed.order_id,), at_risk)
        assert await dates(shop, placed.order_id) == [(FRIDAY, moved, at_risk)]
        (line,) = await shop.lines(placed.order_id)
        assert is_in_time(line) is not at_risk
    told = [kind for kind, _, _ in await events_of(shop.tenant, *MOVED)]
    assert told == ["order.promise_changed"] * 2 + ["order.promise_at_risk"]


async def test_another_wanted_day_is_promised_anew_stock_and_all(shop: Shop) -> None:
    await shop.stock(3)
    placed = await shop.place(shop.line(3), wanted_on=NEXT_WEEK, early_delivery_allowed=False)
    (line,) = await shop.lines(placed.order_id)
    async with shop.tenant.work() as work:
        changed = [LineAmendment(line.id, shop.line(2).quantity)]
        await amend_order(work, order_id=placed.order_id, lines=changed, wanted_on=THEN)
    await deliver_all(shop.tenant)
    assert await days_of(shop, placed.order_id) == [(THEN, None, THEN, None)]
    assert (await shop.order(placed.order_id)).wanted_on == THEN


async def test_a_line_added_with_stock_gets_its_date_and_the_orders_day(shop: Shop) -> None:
    await shop.stock(3)
    await shop.stock(3, item=1)
    placed = await shop.place(shop.line(3), wanted_on=THEN)
    async with shop.tenant.work() as work:
        await amend_order(work, order_id=placed.order_id, added=[shop.line(1, item=1)])
    await deliver_all(shop.tenant)
    assert await days_of(shop, placed.order_id) == [(THEN, None, MONDAY, None)] * 2


async def test_a_wanted_day_costs_no_statement(shop: Shop, engine: AsyncEngine) -> None:
    await shop.stock(9)
    counts = []
    for fields in ({}, {"wanted_on": THEN, "early_delivery_allowed": False}):
        await shop.place(shop.line(1), **fields)
        with counted_statements(engine) as statements:
            await shop.place(shop.line(1), **fields)
        counts.append(len(statements))
    assert counts[0] == counts[1]
