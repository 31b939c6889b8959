"""Rules of promises, tolerances and costs of lanes are governed, and go back."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.allocation.queries.policies import lane_costs
from domain.governance.governing import settings_of
from domain.governance.operations.rolling_back import roll_back_configuration
from domain.governance.operations.settings import set_governance
from domain.inventory.operations.tolerances import remove_stock_tolerance, set_stock_tolerance
from domain.inventory.queries.counts import stock_tolerances
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.governing import GOVERNED, OPEN, ChangeRequestRequired
from domain.kernel.models import GovernanceSetting
from domain.kernel.work import Work
from domain.promise.operations.rules import WantedRule, remove_promise_rule, set_promise_rule
from domain.promise.queries.rules import promise_rules
from tenancy.models import Tenant
from tests.factories.changes import approved, carried_out, changed, drafted, go_live, proposer
from tests.factories.masters import new_channel, new_entity, new_location
from tests.factories.tenants import TenantUnderTest

RULE = {
    "past_due_supply_days": 3,
    "past_due_demand_days": 30,
    "accumulation_days": None,
    "advance_notice_days": 1,
    "buys": False,
    "horizon_days": 60,
}
PATHS: dict[str, Callable[[Work, int], Awaitable[Any]]] = {
    "set_promise_rule": lambda work, _: set_promise_rule(work, rule=WantedRule()),
    "remove_promise_rule": lambda work, _: remove_promise_rule(work),
    "set_stock_tolerance": lambda work, _: set_stock_tolerance(work, quantity=Decimal(9)),
    "remove_stock_tolerance": lambda work, _: remove_stock_tolerance(work),
    "set_lane_costs": lambda work, place: set_lane_costs(work, location_id=place, lanes=[]),
}


@pytest.fixture
async def place(tenant: TenantUnderTest) -> int:
    """A location, and one of each settled before anything was governed."""
    location = await new_location(tenant, entity_id=await new_entity(tenant))
    async with tenant.work() as work:
        await set_promise_rule(work, rule=WantedRule(horizon_days=90))
        await set_stock_tolerance(work, quantity=Decimal(2))
        await set_lane_costs(work, location_id=location, lanes=[NewLane(per_order_minor=500)])
    return location


async def _rules(tenant: TenantUnderTest) -> dict[int | None, dict[str, Any]]:
    async with tenant.read() as reader:
        return {
            row.channel_id: {name: getattr(row, name) for name in RULE}
            for row in await promise_rules(reader)
        }


async def _tolerances(tenant: TenantUnderTest) -> dict[int | None, tuple[Any, ...]]:
    async with tenant.read() as reader:
        return {
            row.location_id: (row.quantity, row.percent, row.value_minor)
            for row in await stock_tolerances(reader)
        }


async def _lanes(tenant: TenantUnderTest, place: int) -> list[tuple[Any, ...]]:
    async with tenant.read() as reader:
        rows = (await lane_costs(reader, location_ids=[place])).get(place, ())
        return [(row.country, row.per_order_minor, row.per_unit_minor) for row in rows]


async def _back(tenant: TenantUnderTest, kind: str, key: str, version: int) -> None:
    async with tenant.work(as_=proposer(tenant)) as work:
        change = await roll_back_configuration(
            work, kind=kind, key=key, version=version, reason="it was better"
        )
    await approved(tenant, change)
    await carried_out(tenant)


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_changes_what_is_settled_and_governed(
    tenant: TenantUnderTest, place: int, path: str
) -> None:
    await go_live(tenant)
    with pytest.raises(ChangeRequestRequired):
        async with tenant.work() as work:
            await PATHS[path](work, place)
    assert list(await _rules(tenant)) == [None]
    assert await _tolerances(tenant) == {None: (Decimal(2), None, None)}
    assert await _lanes(tenant, place) == [(None, 500, Decimal(0))]


async def test_rules_of_promises_change_by_request_and_go_back(
    tenant: TenantUnderTest, place: int
) -> None:
    channel = await new_channel(tenant, entity_id=await new_entity(tenant))
    before = await _rules(tenant)
    await go_live(tenant)
    await changed(tenant, "promise_rules", "rules", rules={str(channel): RULE, "everywhere": None})
    assert await _rules(tenant) == {channel: RULE}
    await _back(tenant, "promise_rules", "rules", 0)
    assert await _rules(tenant) == before


async def test_tolerances_change_by_request_and_go_back(
    tenant: TenantUnderTest, place: int
) -> None:
    await go_live(tenant)
    own = {"quantity": None, "percent": "2.50", "value_minor": 10_000}
    await changed(
        tenant, "stock_tolerances", "tolerances", tolerances={str(place): own, "everywhere": None}
    )
    assert await _tolerances(tenant) == {place: (None, Decimal("2.5"), 10_000)}
    await _back(tenant, "stock_tolerances", "tolerances", 0)
    assert await _tolerances(tenant) == {None: (Decimal(2), None, None)}


async def test_costs_of_lanes_change_by_request_and_go_back(
    tenant: TenantUnderTest, place: int
) -> None:
    await go_live(tenant)
    lanes = [
        {"country": "US", "per_order_minor": 900, "per_unit_minor": "1.5"},
        {"country": "DE", "region": None, "service_level": None},
    ]
    await changed(tenant, "lane_costs", str(place), lanes=lanes)
    assert sorted(await _lanes(tenant, place)) == [
        ("DE", 0, Decimal(0)),
        ("US", 900, Decimal("1.5")),
    ]
    await _back(tenant, "lane_costs", str(place), 0)
    assert await _lanes(tenant, place) == [(None, 500, Decimal(0))]


@pytest.mark.parametrize(
    ("kind", "key", "proposal"),
    [
        ("promise_rules", "rules", {"rules": {}}),
        ("promise_rules", "rules", {"rules": {"shop": RULE}}),
        ("promise_rules", "rules", {"rules": {"everywhere": {"colour": 1}}}),
        ("promise_rules", "rules", {"rules": {"everywhere": {"horizon_days": -1}}}),
        ("promise_rules", "other", {"rules": {"everywhere": RULE}}),
        ("stock_tolerances", "tolerances", {"tolerances": {"everywhere": {}}}),
        ("stock_tolerances", "tolerances", {"tolerances": {"everywhere": {"quantity": "x"}}}),
        ("stock_tolerances", "tolerances", {"tolerances": {"999999999": {"quantity": "1"}}}),
        ("lane_costs", "999999999", {"lanes": []}),
        ("lane_costs", "nowhere", {"lanes": []}),
    ],
)
async def test_what_cannot_be_meant_is_refused_when_it_is_drafted(
    tenant: TenantUnderTest, kind: str, key: str, proposal: dict[str, Any]
) -> None:
    with pytest.raises((InvalidInput, NotFound)):
        await drafted(tenant, kind, key, **proposal)


async def _live(tenant: TenantUnderTest, *, without: str) -> None:
    """The tenant went live before there was that kind."""
    await go_live(tenant)
    async with tenant.work() as work:
        await work.execute(update(Tenant).where(Tenant.id == tenant.id).values(live_at=tenant.now))
        await work.execute(
            update(GovernanceSetting)
            .where(GovernanceSetting.tenant_id == tenant.id, GovernanceSetting.kind == without)
            .values(kind="another kind")
        )


async def _mode(tenant: TenantUnderTest, kind: str) -> str:
    async with tenant.read() as reader:
        return str((await settings_of(reader, [kind]))[kind]["mode"])


async def test_a_kind_that_comes_later_begins_governed_for_who_is_live(
    tenant: TenantUnderTest, place: int
) -> None:
    await _live(tenant, without="lane_costs")
    assert await _mode(tenant, "lane_costs") == GOVERNED
    with pytest.raises(ChangeRequestRequired):
        async with tenant.work() as work:
            await PATHS["set_lane_costs"](work, place)
    with pytest.raises(ChangeRequestRequired):
        async with tenant.work() as work:
            await set_governance(work, kind="lane_costs", mode=OPEN)


async def test_a_kind_that_comes_later_begins_open_for_all_others(
    tenant: TenantUnderTest, place: int
) -> None:
    """Before going live, and where governance itself was let go."""
    async with tenant.work() as work:
        await set_governance(work, kind="governance", mode=GOVERNED)
        await PATHS["set_lane_costs"](work, place)
    assert await _mode(tenant, "lane_costs") == OPEN
    await _live(tenant, without="lane_costs")
    async with tenant.work() as work:
        await work.execute(
            update(GovernanceSetting)
            .where(GovernanceSetting.tenant_id == tenant.id, GovernanceSetting.kind == "governance")
            .values(mode=OPEN)
        )
        await PATHS["set_lane_costs"](work, place)
        mode = await work.value(
            select(GovernanceSetting.mode).where(
                GovernanceSetting.tenant_id == tenant.id, GovernanceSetting.kind == "lane_costs"
            )
        )
    assert (mode, await _mode(tenant, "lane_costs")) == (None, OPEN)
