"""Runs plan what trade agreements reach as order entry does: own stock first, the rest bought."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import update

from domain.allocation.models import Allocation
from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.allocation.queries.decisions import explain_allocations
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.demand import Rules
from domain.intercompany.models import TradeAgreement
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.orders import Shop, new_channel
from tests.factories.runs import apply_run, given_by_run, planned_run, run_lines, run_row
from tests.factories.tenants import TenantUnderTest


async def _waiting(shop: Shop, *quantities: int) -> list[int]:
    return [(await shop.place(shop.line(each))).order_id for each in quantities]


async def _owned_by(group: Affiliates, order_id: int) -> dict[int, int]:
    """What an order holds of whose stock, by the owners' places."""
    held = [
        each
        for each in await group.rows(Allocation)
        if each.order_id == order_id and each.status == "open"
    ]
    places = {entity_id: place for place, entity_id in enumerate(group.entity_ids)}
    return {places[each.owner_id]: int(each.quantity) for each in held}


async def test_a_run_by_priority_buys_what_its_own_stock_lacks(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    first, second = await _waiting(group.shop, 4, 4)
    agreement_id = await group.agree(1, percent=Decimal(10), lead_days=2)
    await group.stock(3, of=0, value_minor=300)
    await group.stock(4, of=1, value_minor=2000)
    run_id = await planned_run(tenant, "priority")
    assert await given_by_run(tenant, run_id) == {first: 4, second: 3}
    assert await group.trades() == []

    await apply_run(tenant, run_id)

    assert (await run_row(tenant, run_id)).lines_stale == 0
    assert await _owned_by(group, first) == {0: 3, 1: 1}
    assert await _owned_by(group, second) == {1: 3}
    assert await group.trades() == [(1, 0, "EUR"), (1, 0, "EUR")]
    assert sorted(int(line.quantity) for line in await group.trade_lines()) == [1, 3]
    async with tenant.read() as reader:
        found = await explain_allocations(reader, order_ids=[first])
    told = found[first][-1]
    assert told.trigger == "allocation_run"
    assert told.bought == ((group.entity_ids[1], Decimal(1), (agreement_id,)),)
    await group.ship(first)
    assert await group.balances() == {(1, 0, "EUR"): 440}
    assert await violations(tenant) == {}


async def test_shares_are_of_all_that_entities_share(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    other = Shop(group.shop.setting, await new_channel(tenant, group.entity_ids[2]))
    mine, theirs = (await _waiting(group.shop, 6))[0], (await _waiting(other, 6))[0]
    await group.agree(1, 0)
    await group.agree(1, 2)
    await group.stock(6, of=1, value_minor=600)
    run_id = await planned_run(tenant, "fair_share")
    assert await given_by_run(tenant, run_id) == {mine: 3, theirs: 3}
    await apply_run(tenant, run_id)
    assert await group.trades() == [(1, 0, "EUR"), (1, 2, "EUR")]
    assert await violations(tenant) == {}


async def test_a_share_that_an_entity_does_not_reach_goes_to_others(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    other = Shop(group.shop.setting, await new_channel(tenant, group.entity_ids[2]))
    mine, theirs = (await _waiting(group.shop, 6))[0], (await _waiting(other, 6))[0]
    await group.agree(1, 0)
    await group.agree(1, 2)
    await group.stock(4, of=1, value_minor=400)
    await group.stock(4, of=2, value_minor=400)
    run_id = await planned_run(tenant, "fair_share")
    assert await given_by_run(tenant, run_id) == {mine: 4, theirs: 4}


async def test_the_least_cost_counts_what_a_sale_between_entities_costs(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    (order,) = await _waiting(group.shop, 2)
    await group.agree(1)
    await group.stock(5, of=0, value_minor=500)
    await group.stock(5, of=1, value_minor=500)
    for place, cost in zip(group.location_ids, (500, 100), strict=True):
        lane = NewLane(per_order_minor=cost, per_unit_minor=Decimal(0))
        async with tenant.work() as work:
            await set_lane_costs(work, location_id=place, lanes=[lane])
    cheap = await planned_run(tenant, "minimum_cost")
    dear = await planned_run(tenant, "minimum_cost", rules=Rules(transfer_cost_minor=300))
    places = [(await run_lines(tenant, run_id))[0].takes[0][1] for run_id in (cheap, dear)]
    assert places == [group.location_ids[1], group.location_ids[0]]
    costs = [(await run_row(tenant, run_id)).figures["cost_minor"] for run_id in (cheap, dear)]
    assert costs == ["100", "500"]
    await apply_run(tenant, cheap)
    assert await _owned_by(group, order) == {1: 2}
    assert await violations(tenant) == {}


async def test_an_agreement_that_ended_meanwhile_makes_the_plan_stale(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    (order,) = await _waiting(group.shop, 2)
    agreement_id = await group.agree(1)
    await group.stock(5, of=1, value_minor=500)
    run_id = await planned_run(tenant, "priority")
    async with tenant.work() as work:
        yesterday = tenant.now.date() - timedelta(days=1)
        await work.execute(
            update(TradeAgreement)
            .where(TradeAgreement.tenant_id == tenant.id, TradeAgreement.id == agreement_id)
            .values(effective_from=yesterday, effective_to=yesterday)
        )
    await apply_run(tenant, run_id)
    assert (await run_row(tenant, run_id)).lines_stale == 1
    assert await group.shop.figures(order) == [(0, 0, 0, 2)]
    assert await group.trades() == []


async def test_runs_of_two_entities_at_once_never_oversell_the_third(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    other = Shop(group.shop.setting, await new_channel(tenant, group.entity_ids[2]))
    await group.agree(1, 0)
    await group.agree(1, 2)
    await _waiting(group.shop, 4, 4)
    await _waiting(other, 4, 4)
    await group.stock(10, of=1, value_minor=1000)
    runs = [
        await planned_run(tenant, "priority", scope=Scope(channel_ids=(shop.channel_id,)))
        for shop in (group.shop, other)
    ]
    await asyncio.gather(*(apply_run(tenant, run_id) for run_id in runs))
    assert sum(line.quantity for line in await group.trade_lines()) == 10
    assert await violations(tenant) == {}


async def test_what_is_bought_already_stays_when_open_orders_may_give(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.agree(1)
    await group.stock(3, of=1, value_minor=300)
    first = (await group.shop.place(group.shop.line(3))).order_id
    second = (await group.shop.place(group.shop.line(3))).order_id
    await group.stock(2, of=0, value_minor=200)
    run_id = await planned_run(tenant, "fair_share", may_take_from_open=True)
    await apply_run(tenant, run_id)
    assert await _owned_by(group, first) == {1: 3}
    assert await _owned_by(group, second) == {0: 2}
    assert await violations(tenant) == {}
