"""Whatever a run plans, pools stay protected, kits whole and complete orders complete."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.allocation.runs import minimum_cost
from domain.catalog.models import Item, KitComponent
from tests.factories.orders import Shop, new_channel, new_shop, violations
from tests.factories.pools import allocated, drawn, new_pool
from tests.factories.runs import apply_run, given_by_run, planned_run, run_row
from tests.factories.stock import new_item
from tests.factories.tenants import TenantUnderTest

METHODS = ("priority", "fair_share", "minimum_cost")


@pytest.fixture(params=[*METHODS, "exchange"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each method; the least cost by the solver, and as in large runs."""
    if request.param == "exchange":
        monkeypatch.setattr(minimum_cost, "MOST_WAYS", 0)
        return "minimum_cost"
    return str(request.param)


async def test_a_run_gives_outsiders_nothing_of_a_pool(
    tenant: TenantUnderTest, method: str
) -> None:
    shop = await new_shop(tenant)
    outside = replace(shop, channel_id=await new_channel(tenant, shop.setting.entity_id))
    first = (await outside.place(outside.line(10))).order_id
    mine = (await shop.place(shop.line(10))).order_id
    await shop.stock(10)
    pool = await new_pool(shop, "KEPT", 6)
    run_id = await planned_run(tenant, method)
    assert (await given_by_run(tenant, run_id)).get(first, 0) <= 4
    await apply_run(tenant, run_id)
    assert {pool_id for pool_id, _ in await allocated(shop, first)} <= {None}
    mine_from_pool = sum(q for pool_id, q in await allocated(shop, mine) if pool_id == pool)
    assert 0 < mine_from_pool <= 6
    assert await drawn(shop) == {pool: (mine_from_pool, 0)}
    assert await violations(tenant) == {}


async def _kit_of_two_and_one(shop: Shop) -> int:
    async with shop.tenant.work() as work:
        kit = await new_item(work)
        await work.execute(
            update(Item).where(Item.tenant_id == work.tenant_id, Item.id == kit).values(kind="kit")
        )
        components = [
            {
                "tenant_id": work.tenant_id,
                "kit_item_id": kit,
                "component_item_id": item,
                "quantity": quantity,
            }
            for item, quantity in zip(shop.setting.item_ids, (2, 1), strict=True)
        ]
        await work.execute(insert(KitComponent), components)
    return kit


async def test_a_run_gives_kits_whole(tenant: TenantUnderTest, method: str) -> None:
    shop = await new_shop(tenant, items=2)
    kit = await _kit_of_two_and_one(shop)
    order = (await shop.place(replace(shop.line(3), item_id=kit))).order_id
    # Enough of one component for three kits, of the other for two and a half.
    await shop.stock(5)
    await shop.stock(3, item=1)
    run_id = await planned_run(tenant, method)
    await apply_run(tenant, run_id)
    assert [line[0] for line in await shop.figures(order)] == [4, 2]
    assert await violations(tenant) == {}


async def test_a_run_serves_complete_orders_whole_or_not_at_all(
    tenant: TenantUnderTest, method: str
) -> None:
    shop = await new_shop(tenant, items=2)
    strategy = {"code": "A", "sources": [{"location_id": shop.setting.location_ids[0]}]}
    async with tenant.work() as work:
        policy_id = await create_allocation_policy(
            work,
            code="MAIN",
            name="Main",
            definition={"strategies": [strategy], "on_shortage": "ship_complete"},
        )
    async with tenant.work() as work:
        await activate_allocation_policy(work, policy_id=policy_id)
    short = (await shop.place(shop.line(9), shop.line(9, item=1))).order_id
    whole = (await shop.place(shop.line(2), shop.line(2, item=1))).order_id
    await shop.stock(11)
    await shop.stock(5, item=1)
    await apply_run(tenant, await planned_run(tenant, method))
    assert [line[0] for line in await shop.figures(short)] == [0, 0]
    # A share that is less than all of it is nothing for a complete order.
    got = [line[0] for line in await shop.figures(whole)]
    assert got == ([0, 0] if method == "fair_share" else [2, 2])
    assert await violations(tenant) == {}


async def test_a_large_run_is_no_dearer_and_tells_its_gap(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minimum_cost, "MOST_WAYS", 0)
    shop = await new_shop(tenant, locations=2, items=2)
    both = (await shop.place(shop.line(4), shop.line(4, item=1))).order_id
    single = (await shop.place(shop.line(4))).order_id
    await shop.stock(5, location=0)
    await shop.stock(4, location=1)
    await shop.stock(4, location=1, item=1)
    for location in shop.setting.location_ids:
        async with tenant.work() as work:
            await set_lane_costs(work, location_id=location, lanes=[NewLane(per_order_minor=500)])
    run_id = await planned_run(tenant, "minimum_cost")
    figures = (await run_row(tenant, run_id)).figures
    assert (figures["cost_minor"], figures["splits"]) == ("1000", 0)
    solver = figures["solver"]
    assert (solver["status"], solver["greedy_cost_minor"]) == ("exchanged", "2000")
    assert 0 <= float(solver["gap"]) < 0.01
    await apply_run(tenant, run_id)
    assert await shop.figures(both) == [(4, 0, 0, 0), (4, 0, 0, 0)]
    assert await shop.figures(single) == [(4, 0, 0, 0)]
