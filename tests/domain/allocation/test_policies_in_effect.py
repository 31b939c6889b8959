"""Policies with strategies: scheduled, scoped, unchangeable, and obeyed by orders."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import ProgrammingError

from domain.allocation.models import AllocationDecision, AllocationPolicy, AllocationPolicyContent
from domain.allocation.operations.allocate import reallocate_backorders
from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.allocation.operations.policies import (
    create_allocation_policy,
    update_allocation_policy,
)
from domain.allocation.operations.policy_activation import (
    activate_allocation_policy,
    retire_allocation_policy,
)
from domain.allocation.outcomes import PeriodTaken
from domain.allocation.queries.decisions import explain_allocations
from domain.allocation.queries.explaining import explain_allocation
from domain.allocation.queries.previewing import Basket, BasketLine, preview_allocation
from domain.catalog.models import Item
from domain.entities.models import Location
from domain.inventory.models import Lot, StockBalance, StockMovement
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.governing import VariantNotAllowed
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

DAY = timedelta(days=1)


def _strategy(shop: Shop, *locations: int, code: str = "A", **fields: Any) -> dict[str, Any]:
    sources = [{"location_id": shop.setting.location_ids[n]} for n in locations]
    return {"code": code, "sources": sources} | fields


async def _draft(shop: Shop, *strategies: dict[str, Any], **fields: Any) -> int:
    scope = {name: fields.pop(name) for name in ("channel_id", "entity_id") if name in fields}
    async with shop.tenant.work() as work:
        return await create_allocation_policy(
            work,
            code="MAIN",
            name="Main",
            definition={"strategies": list(strategies)} | fields,
            **scope,
        )


async def _activate(shop: Shop, policy_id: int, **period: datetime) -> int:
    async with shop.tenant.work() as work:
        await activate_allocation_policy(work, policy_id=policy_id, **period)
    return policy_id


async def _active(shop: Shop, *strategies: dict[str, Any], **fields: Any) -> int:
    return await _activate(shop, await _draft(shop, *strategies, **fields))


def _at(shop: Shop, moment: datetime) -> Shop:
    return replace(shop, setting=replace(shop.setting, tenant=shop.tenant.at(moment)))


async def _served(shop: Shop, *lines: Any, **fields: Any) -> dict[int, int]:
    """How much each location (by position) gives to a new order."""
    before = [await shop.available(location=n) for n in range(len(shop.setting.location_ids))]
    await shop.place(*lines, **fields)
    after = [await shop.available(location=n) for n in range(len(shop.setting.location_ids))]
    return {n: int(b - a) for n, (b, a) in enumerate(zip(before, after, strict=True)) if b != a}


async def test_channel_goes_before_entity_before_standard(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=3)
    for location in range(3):
        await shop.stock(9, location=location)
    await _active(shop, _strategy(shop, 0))
    assert await _served(shop, shop.line(1)) == {0: 1}
    entity = await _active(shop, _strategy(shop, 1), entity_id=shop.setting.entity_id)
    assert await _served(shop, shop.line(1)) == {1: 1}
    channel = await _active(shop, _strategy(shop, 2), channel_id=shop.channel_id)
    assert await _served(shop, shop.line(1)) == {2: 1}
    for policy_id, place in ((channel, 1), (entity, 0)):
        async with tenant.work() as work:
            await retire_allocation_policy(work, policy_id=policy_id)
        assert await _served(shop, shop.line(1)) == {place: 1}


async def test_the_standard_says_which_variants_may_be(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    variant = await _active(shop, _strategy(shop, 1), channel_id=shop.channel_id)
    await _active(shop, _strategy(shop, 0), variants_allowed=["entity"])
    assert await _served(shop, shop.line(1)) == {0: 1}
    again = await _draft(shop, _strategy(shop, 1), channel_id=shop.channel_id)
    with pytest.raises(VariantNotAllowed):
        await _activate(shop, again)
    assert await _status(shop, variant, again) == ["active", "draft"]


async def _status(shop: Shop, *policy_ids: int) -> list[str]:
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(AllocationPolicy.id, AllocationPolicy.status).where(
                AllocationPolicy.tenant_id == shop.tenant.id
            )
        )
    found = {row.id: row.status for row in rows}
    return [found[policy_id] for policy_id in policy_ids]


async def test_a_scheduled_policy_takes_its_turn(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    now = tenant.now
    first = await _active(shop, _strategy(shop, 0))
    second = await _draft(shop, _strategy(shop, 1))
    await _activate(shop, second, effective_from=now + DAY)
    assert await _status(shop, first, second) == ["active", "active"]
    assert await _served(shop, shop.line(1)) == {0: 1}
    tomorrow = _at(shop, now + DAY)
    assert await _served(tomorrow, tomorrow.line(1)) == {1: 1}
    third = await _draft(shop, _strategy(shop, 0))
    with pytest.raises(PeriodTaken) as refused:
        await _activate(shop, third, effective_to=now + 2 * DAY)
    assert refused.value.fields["version"] in (1, 2)
    for period in ({"effective_from": now - DAY}, {"effective_to": now}):
        with pytest.raises(InvalidInput):
            await _activate(shop, third, **period)
    assert await _status(shop, third) == ["draft"]


async def test_an_active_policy_cannot_change_by_anyone(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    policy_id = await _active(shop, _strategy(shop, 0))
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await update_allocation_policy(work, policy_id=policy_id, name="Another")
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with tenant.work() as work:
            await work.execute(
                update(AllocationPolicyContent)
                .where(AllocationPolicyContent.tenant_id == tenant.id)
                .values(definition={})
            )
    # Nor does a draft's text count any more, whoever writes it.
    async with tenant.work() as work:
        await work.execute(
            update(AllocationPolicy)
            .where(AllocationPolicy.tenant_id == tenant.id, AllocationPolicy.id == policy_id)
            .values(definition={"strategies": []})
        )
    await shop.stock(3)
    assert await _served(shop, shop.line(1)) == {0: 1}


async def test_strategies_conditions_and_reasons_are_kept(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    express = {"service_levels": ["express"]}
    policy_id = await _active(
        shop,
        _strategy(shop, 1, code="FAST", condition=express, criteria=["distance", "priority"]),
        _strategy(shop, 0, code="REST"),
    )
    slow = await shop.place(shop.line(1))
    fast = await shop.place(shop.line(6), service_level="express")
    async with tenant.read() as reader:
        told = await explain_allocations(reader, order_ids=[slow.order_id, fast.order_id])
    [one], [other] = told[slow.order_id], told[fast.order_id]
    assert (one.policy_id, one.strategies, one.skipped) == (
        policy_id,
        ("REST",),
        (("FAST", "service_level"),),
    )
    assert (other.strategies, other.skipped) == (("FAST", "REST"), ())
    assert [(int(c.given), c.rule) for c in other.candidates] == [
        (1, "takes_remainder"),
        (5, "shortest_distance"),
    ]


async def test_what_is_missing_is_cancelled_at_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(3)
    await _active(shop, _strategy(shop, 0), on_shortage="cancel_remainder")
    part = await shop.place(shop.line(5))
    nothing = await shop.place(shop.line(5))
    assert (part.status, nothing.status) == ("allocated", "cancelled")
    assert await shop.figures(part.order_id) == [(3, 0, 2, 0)]
    assert await shop.figures(nothing.order_id) == [(0, 0, 5, 0)]
    assert await violations(tenant) == {}


async def test_a_complete_order_waits_whole_and_is_served_whole(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(5, item=0)
    await _active(shop, _strategy(shop, 0), on_shortage="ship_complete")
    order = await shop.place(shop.line(2), shop.line(2, item=1))
    assert order.status == "backordered"
    assert await shop.available() == 5
    await shop.stock(2, item=1)
    async with tenant.work() as work:
        await reallocate_backorders(work, item_ids=[shop.setting.item_ids[1]])
    assert await shop.figures(order.order_id) == [(2, 0, 0, 0), (2, 0, 0, 0)]


async def test_a_substitute_is_a_line_of_its_own_for_the_same_money(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(1)
    await shop.stock(9, item=1)
    one, other = shop.setting.item_ids
    rule = {"item_id": one, "substitute_id": other, "numerator": 2}
    await _active(shop, _strategy(shop, 0), substitutions=[rule])
    refused = await shop.place(shop.line(3))
    assert await shop.figures(refused.order_id) == [(1, 0, 0, 2)]
    placed = await shop.place(shop.line(3), substitutes_allowed=True)
    [line] = await shop.lines(placed.order_id)
    assert (line.item_id, int(line.quantity), line.net_minor) == (other, 6, 3000)
    assert await shop.figures(placed.order_id) == [(6, 0, 0, 0)]
    async with tenant.read() as reader:
        told = await explain_allocations(reader, order_ids=[placed.order_id])
    assert told[placed.order_id][0].stands_for == one
    assert await violations(tenant) == {}


async def test_expired_and_recalled_lots_are_not_given(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="lot")
    today = tenant.now.date()
    for code in ("OLD", "SOON", "LATE", "BAD"):
        await shop.stock(2, lot=code)
    days = {"OLD": (-1, "released"), "SOON": (5, "released"), "LATE": (50, "released")}
    async with tenant.work() as work:
        for code, (day, status) in (days | {"BAD": (90, "recalled")}).items():
            await work.execute(
                update(Lot)
                .where(Lot.tenant_id == tenant.id, Lot.code == code)
                .values(expires_on=today + day * DAY, status=status)
            )
    order = await shop.place(shop.line(9))
    assert await shop.figures(order.order_id) == [(4, 0, 0, 5)]


async def test_groups_costs_capacity_and_cover_come_from_the_records(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(9, location=0)
    await shop.stock(9, location=1)
    here, there = shop.setting.location_ids
    async with tenant.work() as work:
        await work.execute(
            update(Item)
            .where(Item.tenant_id == tenant.id, Item.id == shop.setting.item_ids[0])
            .values(item_group="FOOD")
        )
        await work.execute(
            update(Location)
            .where(Location.tenant_id == tenant.id, Location.id == there)
            .values(orders_per_day=1)
        )
        lanes = {here: 900, there: 100}
        for location_id, cost in lanes.items():
            lane = NewLane(country="US", per_order_minor=cost)
            await set_lane_costs(work, location_id=location_id, lanes=[lane])
    await _active(
        shop,
        _strategy(shop, 0, 1, criteria=["cost"], condition={"item_groups": ["FOOD"]}),
        constraints=[
            {"kind": "capacity"},
            {"kind": "minimum_inventory", "keep_back": [{"item_group": "FOOD", "quantity": "7"}]},
        ],
    )
    assert await _served(shop, shop.line(1), ship_to={"country": "US"}) == {1: 1}
    assert await _served(shop, shop.line(1), ship_to={"country": "US"}) == {0: 1}
    order = await shop.place(shop.line(5), ship_to={"country": "US"})
    assert await shop.figures(order.order_id) == [(1, 0, 0, 4)]
    async with tenant.read() as reader:
        told = await explain_allocation(reader, line_id=order.line_ids[0], at=tenant.now)
    assert set(told.waits_because) == {"kept_as_minimum", "capacity_exhausted"}
    kinds = {(r.kind, r.location_id): int(r.quantity) for r in told.releases}
    assert kinds["minimum_inventory", here] == 7


async def test_days_of_cover_go_by_what_left_there(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(9, location=0)
    async with tenant.work() as work:
        place = StockBalance.location_id == shop.setting.location_ids[0]
        balance_id = await work.value(
            select(StockBalance.id).where(StockBalance.tenant_id == tenant.id, place)
        )
        await work.execute(
            insert(StockMovement).values(
                tenant_id=tenant.id,
                balance_id=balance_id,
                kind="issue",
                on_hand=-56,
                reason="shipped",
                reference_kind="shipment",
                reference_id=1,
                actor="test",
                occurred_at=tenant.now - DAY,
            )
        )
    rule = {"kind": "minimum_inventory", "keep_back": [{"days_of_cover": 3}]}
    await _active(shop, _strategy(shop, 0, 1), constraints=[rule])
    # Two a day on average: three days of that stay.
    assert await _served(shop, shop.line(9)) == {0: 3}


async def test_a_preview_writes_nothing_and_tries_a_draft(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    draft = await _draft(shop, _strategy(shop, 1))
    line = BasketLine(item_id=shop.setting.item_ids[0], quantity=Decimal(1), unit="CASE")
    basket = Basket(channel_id=shop.channel_id, lines=(line,))
    async with tenant.read() as reader:
        standard = await preview_allocation(reader, basket=basket, at=tenant.now)
        tried = await preview_allocation(reader, basket=basket, at=tenant.now, policy_id=draft)
        kept = await reader.values(
            select(AllocationDecision.id).where(AllocationDecision.tenant_id == tenant.id)
        )
    assert (standard.policy_id, len(standard.places)) == (None, 2)
    assert standard.decision.lines[0].given == 10
    assert (tried.policy_id, tried.places) == (draft, (shop.setting.location_ids[1],))
    assert tried.decision.lines[0].given == 5
    assert list(kept) == []
    assert await shop.available() == 10


async def test_policies_from_before_definitions_still_decide(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    policy_id = await _active(shop, _strategy(shop, 1))
    async with tenant.work() as work:
        await work.execute(
            update(AllocationPolicy)
            .where(AllocationPolicy.tenant_id == tenant.id, AllocationPolicy.id == policy_id)
            .values(content_hash=None, definition=None)
        )
    assert await _served(shop, shop.line(1)) == {1: 1}
