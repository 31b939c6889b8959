"""What customers want to send back: let, asked about, refused or kept, by the policy."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from domain.approvals.models import ApprovalRequest
from domain.approvals.operations import approve, reject
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.governing import ChangeRequestRequired
from domain.kernel.models import GovernanceSetting
from domain.returns.asked import WantedReturn
from domain.returns.ending import expire_authorizations
from domain.returns.models import (
    OrderLineReturn,
    OrderReturn,
    ReturnCredit,
    ReturnLine,
    ReturnRequest,
    ReturnUnit,
)
from domain.returns.operations.requesting import cancel_return, close_return, request_return
from domain.returns.outcomes import ReturnedTooMuch
from tests.factories.orders import violations
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest

D = Decimal
WINDOW = {"name": "30 days", "decision": "approve", "within_days": 30}
LATE = {"name": "60 days", "decision": "ask", "within_days": 60, "fee_percent": "15"}
CHEAP = {
    "name": "Cheap",
    "decision": "approve",
    "currency": "EUR",
    "value_below_minor": 500,
    "keep_below_minor": 500,
}


def _later(returns: Returns, days: int) -> Returns:
    tenant = returns.tenant.at(returns.tenant.now + timedelta(days=days))
    setting = type(returns.shop.setting)(
        tenant,
        returns.shop.setting.entity_id,
        returns.shop.setting.location_ids,
        returns.shop.setting.item_ids,
    )
    return Returns(type(returns.shop)(setting, returns.shop.channel_id), returns.party_id)


async def _claimed(returns: Returns) -> list[int]:
    return [int(row.claimed) for row in await returns.rows(OrderLineReturn)]


async def _decide(returns: Returns, how: Any) -> None:
    [request] = await returns.rows(ApprovalRequest, subject="return_request")
    approver = returns.tenant.user("approvals.decide", "returns.approve", id=9)
    async with returns.tenant.work(as_=approver) as work:
        await how(work, request_id=request.id)


async def test_the_policy_lets_asks_and_refuses_as_time_goes_by(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, WINDOW, LATE)
    order_id = await returns.sell(3)
    assert (await returns.state(await returns.request(order_id, 1)))[0] == "approved"
    late = _later(returns, 31)
    waiting = await late.request(order_id, 1)
    assert await late.state(waiting) == ("waiting", [("waiting", 0, 0, 0, 0)])
    refused = await _later(returns, 61).request(order_id, 1)
    assert await late.state(refused) == ("refused", [("refused", 0, 0, 0, 0)])
    [line] = await late.rows(ReturnLine, return_id=refused)
    assert line.explanation == [
        "30 days: 61 days since its shipment, at most 30.",
        "60 days: 61 days since its shipment, at most 60.",
        "No rule lets it come back.",
    ]
    assert await _claimed(returns) == [2]
    await _decide(late, approve)
    assert await late.state(waiting) == ("approved", [("authorized", 0, 0, 0, 0)])
    [line] = await late.rows(ReturnLine, return_id=waiting)
    assert (line.rule, line.fee_percent) == ("60 days", 15)
    assert await violations(tenant) == {}


async def test_what_nobody_approves_is_refused_and_may_be_asked_back_again(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant, LATE)
    order_id = await returns.sell(2)
    return_id = await returns.request(order_id, 2)
    await _decide(returns, reject)
    assert await returns.state(return_id) == ("refused", [("refused", 0, 0, 0, 0)])
    assert await _claimed(returns) == [0]
    assert (await returns.state(await returns.request(order_id, 2)))[0] == "waiting"
    assert await violations(tenant) == {}


async def test_what_is_worth_less_than_its_way_back_is_kept_and_credited_at_once(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant, CHEAP)
    order_id = await returns.sell(1, prices_minor=[400], tax_minor=76)
    return_id = await returns.request(order_id, 1, resolution="refund")
    assert await returns.state(return_id) == ("closed", [("kept", 0, 0, 0, 1)])
    [credit] = await returns.rows(ReturnCredit)
    assert (credit.net_minor, credit.tax_minor, credit.refunds) == (400, 76, True)
    [total] = await returns.rows(OrderReturn)
    assert (total.credited_minor, total.refunded_minor, total.billed_minor) == (476, 476, 476)
    assert await violations(tenant) == {}


async def test_no_more_is_asked_back_than_was_delivered(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(3)
    await returns.request(order_id, 2)
    with pytest.raises(ReturnedTooMuch) as refused:
        await returns.request(order_id, 2)
    assert refused.value.fields["returnable"] == 1
    unsent = await returns.shop.place(returns.shop.line(1))
    with pytest.raises(ReturnedTooMuch):
        await returns.request(unsent.order_id, 1)
    assert await _claimed(returns) == [2]
    assert await violations(tenant) == {}


async def test_a_return_is_of_several_orders_of_one_customer(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, items=2)
    orders = [await returns.sell(1), await returns.sell(2, items=[1])]
    lines = [line for order_id in orders for line in await returns.order_lines(order_id)]
    wanted = [WantedReturn(order_line_id=n, quantity=D(1), reason="UNWANTED") for n in lines]
    async with tenant.work() as work:
        return_id = await request_return(work, lines=wanted)
    await returns.receive(return_id, (0, 1), (1, 1))
    credits = await returns.credit(return_id, in_advance=True)
    rows = await returns.rows(ReturnCredit)
    assert [row.id for row in rows] == credits
    assert [(row.order_id, row.net_minor) for row in rows] == [(orders[0], 1000), (orders[1], 500)]
    await returns.shop.stock(1)
    other = await returns.shop.place(returns.shop.line(1))
    await returns.send(other.order_id)
    foreign = WantedReturn(
        order_line_id=(await returns.order_lines(other.order_id))[0],
        quantity=D(1),
        reason="UNWANTED",
    )
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await request_return(work, lines=[wanted[1], foreign])
    assert await violations(tenant) == {}


async def test_goods_without_an_order_come_back_and_earn_nothing(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    await returns.shop.stock(4, value_minor=2000)
    wanted = WantedReturn(
        item_id=returns.shop.setting.item_ids[0], quantity=D(2), reason="UNWANTED"
    )
    async with tenant.work() as work:
        return_id = await request_return(
            work, lines=[wanted], location_id=returns.shop.setting.location_ids[0]
        )
    await returns.receive(return_id, (0, 2))
    [unit] = await returns.rows(ReturnUnit)
    await returns.inspect(unit.id, (2, "new"))
    await returns.dispose(unit.id)
    assert await returns.state(return_id) == ("closed", [("authorized", 2, 2, 2, 0)])
    assert await returns.shop.available() == 6
    assert await violations(tenant) == {}


async def test_a_return_is_cancelled_until_something_came(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, LATE)
    order_id = await returns.sell(2)
    waiting = await returns.request(order_id, 2)
    async with tenant.work() as work:
        await cancel_return(work, return_id=waiting, reason="kept it")
    [request] = await returns.rows(ApprovalRequest)
    assert request.status == "withdrawn"
    assert await returns.state(waiting) == ("cancelled", [("cancelled", 0, 0, 0, 0)])
    await returns.settle_policy(WINDOW)
    return_id = await returns.request(order_id, 2)
    await returns.receive(return_id, (0, 1))
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await cancel_return(work, return_id=return_id, reason="kept it")
    async with tenant.work() as work:
        await close_return(work, return_id=return_id, reason="no more comes")
    assert await _claimed(returns) == [1]
    assert (await returns.authorization(return_id)).status == "cancelled"
    assert await violations(tenant) == {}


async def test_what_does_not_come_in_time_may_be_asked_back_again(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant, {"name": "Let", "decision": "approve", "valid_days": 14})
    order_id = await returns.sell(2)
    return_id = await returns.request(order_id, 2)
    await returns.receive(return_id, (0, 1))
    async with _later(returns, 14).tenant.work() as work:
        assert await expire_authorizations(work) == 0
    async with _later(returns, 15).tenant.work() as work:
        assert await expire_authorizations(work) == 1
    assert (await returns.authorization(return_id)).status == "expired"
    assert await _claimed(returns) == [1]
    assert await returns.state(return_id) == ("receiving", [("authorized", 1, 0, 0, 0)])
    assert await violations(tenant) == {}


async def test_a_governed_policy_changes_by_change_request_alone(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    async with tenant.work() as work:
        await work.execute(
            insert(GovernanceSetting).values(
                tenant_id=tenant.id,
                kind="return_policy",
                mode="governed",
                channel_variants=True,
                entity_variants=True,
                changed_at=tenant.now,
            )
        )
    with pytest.raises(ChangeRequestRequired):
        await returns.settle_policy(WINDOW)


async def test_a_return_keeps_the_version_of_the_policy_that_it_was_let_by(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant, LATE)
    order_id = await returns.sell(1)
    return_id = await returns.request(order_id, 1)
    await returns.settle_policy({"name": "60 days", "decision": "refuse", "valid_days": 1})
    await _decide(returns, approve)
    authorization = await returns.authorization(return_id)
    assert authorization.expires_on == tenant.now.date() + timedelta(days=30)
    [row] = await returns.rows(ReturnRequest, id=return_id)
    assert row.policy_id is not None
