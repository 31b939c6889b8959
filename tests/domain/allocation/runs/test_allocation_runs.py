"""Runs over all open demand: planned without giving anything away, then applied part by part."""

import asyncio
from decimal import Decimal

import pytest

from domain.allocation.operations.backorder_priority import set_backorder_priority
from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.allocation.priority import PriorityKey
from domain.allocation.runs import parts
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.operations import (
    apply_allocation_run,
    apply_next_part,
    cancel_allocation_run,
)
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.runs import (
    apply_run,
    given_by_run,
    go_on_applying,
    planned_run,
    run_lines,
    run_row,
)
from tests.factories.tenants import TenantUnderTest


async def _waiting_orders(shop: Shop, *quantities: int, item: int = 0) -> list[int]:
    return [(await shop.place(shop.line(each, item=item))).order_id for each in quantities]


async def test_a_plan_gives_nothing_away(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    first, second = await _waiting_orders(shop, 4, 4)
    await shop.stock(6)
    run_id = await planned_run(tenant, "priority", name="Friday")
    run = await run_row(tenant, run_id)
    assert (run.number, run.name, run.status, run.lines_changed) == ("AR-1", "Friday", "planned", 2)
    assert run.figures["given"] == "6"
    assert run.figures["fill_rate"] == "0.75"
    assert run.figures["values"] == [
        {"currency": "EUR", "demanded_minor": 8000, "given_minor": 6000}
    ]
    assert await given_by_run(tenant, run_id) == {first: 4, second: 2}
    assert await shop.figures(first) == [(0, 0, 0, 4)]
    assert await shop.available() == 6
    assert [line.because["key"] for line in await run_lines(tenant, run_id)] == [None, "line_age"]


async def test_applying_gives_what_was_planned(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    first, second = await _waiting_orders(shop, 4, 4)
    await shop.stock(6)
    run_id = await planned_run(tenant, "priority")
    await apply_run(tenant, run_id)
    run = await run_row(tenant, run_id)
    assert (run.status, run.lines_applied, run.lines_stale) == ("applied", 2, 0)
    assert await shop.figures(first) == [(4, 0, 0, 0)]
    assert await shop.figures(second) == [(2, 0, 0, 2)]
    assert await violations(tenant) == {}
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await apply_allocation_run(work, run_id=run_id)
    async with tenant.work() as work:
        assert not await apply_next_part(work, run_id=run_id)
    assert await shop.figures(first) == [(4, 0, 0, 0)]


async def test_lines_that_are_no_longer_there_are_reported_not_forced(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    first, second, third = await _waiting_orders(shop, 4, 4, 4)
    await shop.stock(9)
    run_id = await planned_run(tenant, "priority")
    async with tenant.work() as work:
        await cancel_order(work, order_id=first)
    await shop.place(shop.line(7))
    await apply_run(tenant, run_id)
    run = await run_row(tenant, run_id)
    assert (run.lines_applied, run.lines_stale) == (0, 3)
    got = [
        (line.status, int(line.given), int(line.applied))
        for line in await run_lines(tenant, run_id)
    ]
    assert got == [("stale", 4, 0), ("stale", 4, 2), ("stale", 1, 0)]
    assert await shop.figures(second) == [(2, 0, 0, 2)]
    assert await shop.figures(third) == [(0, 0, 0, 4)]
    assert await shop.available() == 0
    assert await violations(tenant) == {}


async def test_fair_share_gives_everybody_the_same_part(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    orders = await _waiting_orders(shop, 10, 20, 30)
    await shop.stock(10)
    run_id = await planned_run(tenant, "fair_share")
    assert await given_by_run(tenant, run_id) == dict(zip(orders, [2, 3, 5], strict=True))
    await apply_run(tenant, run_id)
    assert [(await shop.figures(each))[0][0] for each in orders] == [2, 3, 5]
    assert await violations(tenant) == {}


async def test_fair_share_keeps_to_the_unit_that_was_ordered(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    first = (await shop.place(shop.line(2, unit="CASE"))).order_id
    second = (await shop.place(shop.line(2, unit="CASE"))).order_id
    await shop.stock(25)
    run_id = await planned_run(tenant, "fair_share")
    assert await given_by_run(tenant, run_id) == {first: 10, second: 10}


async def test_minimum_cost_sends_fewer_parcels_than_one_after_the_other(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2, items=2)
    both = (await shop.place(shop.line(4), shop.line(4, item=1))).order_id
    single = (await shop.place(shop.line(4))).order_id
    # One after the other, the first order takes item 0 where there is most of it.
    await shop.stock(5, location=0)
    await shop.stock(4, location=1)
    await shop.stock(4, location=1, item=1)
    for location in shop.setting.location_ids:
        async with tenant.work() as work:
            lanes = [NewLane(per_order_minor=500)]
            await set_lane_costs(work, location_id=location, lanes=lanes)
    greedy = await run_row(tenant, await planned_run(tenant, "priority"))
    run_id = await planned_run(tenant, "minimum_cost")
    run = await run_row(tenant, run_id)
    assert (greedy.figures["cost_minor"], run.figures["cost_minor"]) == ("2000", "1000")
    assert (run.figures["given"], run.figures["splits"]) == ("12", 0)
    assert run.figures["solver"] == {
        "status": "Optimal",
        "gap": "0.0000",
        "greedy_cost_minor": "2000",
        "is_greedy": False,
    }
    await apply_run(tenant, run_id)
    assert await shop.figures(both) == [(4, 0, 0, 0), (4, 0, 0, 0)]
    assert await shop.figures(single) == [(4, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_stock_that_others_hold_is_planned_anew(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    first, second = await _waiting_orders(shop, 10, 10)
    assert await shop.figures(first) == [(10, 0, 0, 0)]
    run_id = await planned_run(tenant, "fair_share", may_take_from_open=True)
    assert await given_by_run(tenant, run_id) == {first: 5, second: 5}
    await apply_run(tenant, run_id)
    run = await run_row(tenant, run_id)
    assert (run.lines_applied, run.lines_stale) == (2, 0)
    assert await shop.figures(first) == [(5, 0, 0, 5)]
    assert await shop.figures(second) == [(5, 0, 0, 5)]
    assert await violations(tenant) == {}


async def test_only_the_scope_is_looked_at(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    one = (await shop.place(shop.line(4))).order_id
    await shop.place(shop.line(4, item=1))
    await shop.stock(4)
    await shop.stock(4, item=1)
    scope = Scope(item_ids=(shop.setting.item_ids[0],))
    run_id = await planned_run(tenant, "priority", scope=scope)
    assert await given_by_run(tenant, run_id) == {one: 4}
    with pytest.raises(NotFound):
        await planned_run(tenant, "priority", scope=Scope(item_ids=(10**12,)))
    with pytest.raises(InvalidInput):
        await planned_run(tenant, "by_feeling")


async def test_a_run_that_was_cut_off_goes_on_where_it_stood(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_LINES", 2)
    shop = await new_shop(tenant)
    orders = await _waiting_orders(shop, 1, 1, 1, 1, 1)
    await shop.stock(4)
    run_id = await planned_run(tenant, "priority")
    async with tenant.work() as work:
        await apply_allocation_run(work, run_id=run_id)
    async with tenant.work() as work:
        assert await apply_next_part(work, run_id=run_id)
    with pytest.raises(RuntimeError):
        await _die_in_a_part(tenant, run_id)
    run = await run_row(tenant, run_id)
    assert (run.status, run.lines_applied) == ("applying", 2)
    assert [(await shop.figures(each))[0][0] for each in orders] == [1, 1, 0, 0, 0]
    assert await violations(tenant) == {}
    await go_on_applying(tenant, run_id)
    run = await run_row(tenant, run_id)
    assert (run.status, run.lines_applied, run.lines_stale) == ("applied", 4, 0)
    assert [(await shop.figures(each))[0][0] for each in orders] == [1, 1, 1, 1, 0]
    assert await violations(tenant) == {}


async def _die_in_a_part(tenant: TenantUnderTest, run_id: int) -> None:
    async with tenant.work() as work:
        await apply_next_part(work, run_id=run_id)
        await work.flush()
        raise RuntimeError


async def test_orders_are_placed_while_a_run_is_applied(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "PART_LINES", 3)
    shop = await new_shop(tenant, items=2, locations=2)
    for _ in range(12):
        await shop.place(shop.line(2), shop.line(2, item=1))
    for item in (0, 1):
        for location in (0, 1):
            await shop.stock(7, item=item, location=location)
    run_id = await planned_run(tenant, "priority")
    await asyncio.gather(
        apply_run(tenant, run_id),
        *(shop.place(shop.line(1, item=1), shop.line(1)) for _ in range(12)),
    )
    run = await run_row(tenant, run_id)
    assert run.status == "applied"
    assert run.lines_applied + run.lines_stale == run.lines_changed
    assert (await shop.available(), await shop.available(item=1)) == (0, 0)
    assert await violations(tenant) == {}


async def test_a_cancelled_run_goes_no_further(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    (order,) = await _waiting_orders(shop, 4)
    await shop.stock(4)
    run_id = await planned_run(tenant, "priority")
    async with tenant.work() as work:
        await cancel_allocation_run(work, run_id=run_id)
    async with tenant.work() as work:
        assert not await apply_next_part(work, run_id=run_id)
    assert (await run_row(tenant, run_id)).status == "cancelled"
    assert await shop.figures(order) == [(0, 0, 0, 4)]
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await cancel_allocation_run(work, run_id=run_id)


async def test_a_rule_puts_the_queue_in_order(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    small, large = await _waiting_orders(shop, 2, 4)
    await shop.stock(4)
    rule = (PriorityKey(kind="order_value", currency="EUR"),)
    run_id = await planned_run(tenant, "priority", priority=rule)
    assert await given_by_run(tenant, run_id) == {large: 4, small: 0}
    assert [line.because["key"] for line in await run_lines(tenant, run_id)] == [
        None,
        "order_value",
    ]
    async with tenant.work() as work:
        await set_backorder_priority(work, keys=rule)
    run_id = await planned_run(tenant, "priority")
    assert await given_by_run(tenant, run_id) == {large: Decimal(4), small: Decimal(0)}
