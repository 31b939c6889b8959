"""Corrections of stock under a policy of approval: small ones go by themselves, large ones take
their steps, and nothing is booked on any other path meanwhile."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.approvals.models import ApprovalRequest
from domain.approvals.operations import approve
from domain.approvals.outcomes import NotApprover
from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.requesting_adjustments import request_stock_adjustment
from domain.inventory.operations.snapshots import reconcile_snapshot
from domain.inventory.outcomes import AboveTolerance
from domain.inventory.snapshots import SnapshotRow
from tests.factories.approvals import new_staff, policy_in_effect, rule, step
from tests.factories.counting import allow, close, counted, open_count, skus
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

RIGHTS = ("approvals.read", "approvals.request", "approvals.decide", "inventory.approve")
SMALL = {"currency": "EUR", "amount_below_minor": 1000}


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    """Twenty pieces worth 1.00 each, and no tolerance at all."""
    made = await new_shop(tenant)
    await made.stock(20, value_minor=2000)
    await allow(tenant, quantity=Decimal(0))
    return made


async def _requests(tenant: TenantUnderTest) -> list[tuple[str, str | None, int]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(ApprovalRequest.status, ApprovalRequest.rule, ApprovalRequest.facts)
            .where(ApprovalRequest.tenant_id == tenant.id)
            .order_by(ApprovalRequest.id)
        )
    return [(row.status, row.rule, row.facts["amount_minor"]) for row in rows]


@pytest.mark.parametrize(("found", "rest"), [(15, "booked"), (5, "waiting")])
async def test_a_count_above_tolerance_goes_by_its_rule_or_waits_for_its_steps(
    tenant: TenantUnderTest, shop: Shop, found: int, rest: str
) -> None:
    staff = await new_staff(tenant, {"ann": [], "bob": ["boss"]}, rights=RIGHTS)
    await policy_in_effect(
        tenant,
        rule("small", automatic=True, condition=SMALL),
        rule("large", step("boss", role_ids=[staff.roles["boss"]])),
        subject="stock_count",
    )
    count = await open_count(shop)
    await counted(shop, count, found)
    assert await close(shop, count) == rest
    booked = rest == "booked"
    assert await shop.available() == (found if booked else 20)
    lost = (20 - found) * 100
    rule_name, status = ("small", "approved") if booked else ("large", "waiting")
    assert await _requests(tenant) == [(status, rule_name, lost)]
    assert await violations(tenant) == {}


async def test_an_adjustment_under_a_policy_is_made_by_nobody_but_whom_its_step_names(
    tenant: TenantUnderTest, shop: Shop
) -> None:
    staff = await new_staff(tenant, {"ann": [], "bob": ["boss"]}, rights=RIGHTS)
    await policy_in_effect(
        tenant,
        rule("all", step("boss", role_ids=[staff.roles["boss"]])),
        subject="stock_adjustment",
    )
    place = shop.setting.location_ids[0]
    lines = [AdjustmentLine(item_id=shop.setting.item_ids[0], delta=Decimal(-3))]
    async with tenant.work() as work:
        number = await request_stock_adjustment(
            work, location_id=place, lines=lines, reason="broke"
        )
    with pytest.raises(AboveTolerance):
        async with tenant.work() as work:
            await adjust_stock(work, location_id=place, lines=lines, reason="broke")
    with pytest.raises(NotApprover):
        async with tenant.work(as_=staff["ann"]) as work:
            await approve(work, request_id=number)
    assert await shop.available() == 20
    async with tenant.work(as_=staff["bob"]) as work:
        await approve(work, request_id=number)
    assert await shop.available() == 17


async def test_what_another_warehouse_reports_takes_the_steps_of_the_tenants_policy(
    tenant: TenantUnderTest, shop: Shop
) -> None:
    staff = await new_staff(tenant, {"ann": [], "bob": ["boss"]}, rights=RIGHTS)
    boss = step("boss", role_ids=[staff.roles["boss"]], needed=1)
    await policy_in_effect(tenant, rule("all", boss), subject="stock_count")
    place = shop.setting.location_ids[0]
    clerk = replace(tenant.user("inventory.report", id=99), location_id=place)
    rows = [SnapshotRow(codes=(("sku", (await skus(shop))[0]),), on_hand=Decimal(2))]
    async with tenant.work(as_=clerk) as work:
        await reconcile_snapshot(
            work,
            location_id=place,
            as_of=work.now,
            rows=rows,
            reason="told",
            external_reference="S",
        )
    assert await _requests(tenant) == [("waiting", "all", 1800)]
    async with tenant.read() as reader:
        number = await reader.value(
            select(ApprovalRequest.id).where(ApprovalRequest.tenant_id == tenant.id)
        )
    with pytest.raises(NotApprover):
        async with tenant.work(as_=staff["ann"]) as work:
            await approve(work, request_id=number)
    async with tenant.work(as_=staff["bob"]) as work:
        await approve(work, request_id=number)
    assert await shop.available() == 2
    assert await violations(tenant) == {}
