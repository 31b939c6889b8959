"""Rush shipments and orders held for credit: nothing of them is released, nor leaves, on any path
before somebody has approved it."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.operations.hold_order import (
    hold_order,
    hold_order_for_credit,
    request_credit_release,
    unhold_order,
)
from domain.approvals.models import ApprovalRequest
from domain.approvals.operations import approve, reject
from domain.approvals.outcomes import AwaitingApproval
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.rush import request_rush_shipment, set_rush_service_levels
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.outcomes import OrderIsHeld, RushNotApproved
from domain.kernel.errors import InvalidState, NotPermitted
from domain.kernel.models import EventRecord
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

BOSS = ("approvals.read", "approvals.decide", "orders.approve", "fulfilment.approve")


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    """A shop with stock, whose express orders are rush."""
    made = await new_shop(tenant)
    await made.stock(100)
    async with tenant.work() as work:
        await set_rush_service_levels(work, service_levels=["Express", "EXPRESS", "same day"])
    return made


async def _do(shop: Shop, operation: Any, **fields: Any) -> Any:
    async with shop.tenant.work() as work:
        return await operation(work, **fields)


async def _decide(shop: Shop, request_id: int, decide: Any = approve) -> None:
    async with shop.tenant.work(as_=shop.tenant.user(*BOSS, id=77)) as work:
        await decide(work, request_id=request_id)


async def test_a_rush_order_is_released_and_shipped_only_once_it_is_approved(shop: Shop) -> None:
    placed = await shop.place(shop.line(3), service_level=" EXPRESS ")
    order_id = placed.order_id
    with pytest.raises(RushNotApproved) as told:
        await _do(shop, release_order, order_id=order_id)
    assert told.value.fields == {"number": placed.number, "service_level": "EXPRESS"}
    request_id = await _do(shop, request_rush_shipment, order_id=order_id, reason="fair")
    for _ in range(2):
        with pytest.raises(AwaitingApproval) as waits:
            await _do(shop, release_order, order_id=order_id)
        assert waits.value.fields["approval_request_id"] == request_id
    with pytest.raises(AwaitingApproval):
        await _do(shop, request_rush_shipment, order_id=order_id, reason="again")
    await _decide(shop, request_id)
    [fulfilment_id] = await _do(shop, release_order, order_id=order_id)
    await _do(shop, record_pick, fulfilment_order_id=fulfilment_id)
    await _do(shop, pack_fulfilment_order, fulfilment_order_id=fulfilment_id)
    assert await _do(shop, ship_fulfilment_order, fulfilment_order_id=fulfilment_id)
    assert await violations(shop.tenant) == {}


async def test_a_rejected_rush_order_is_never_released_as_rush(shop: Shop) -> None:
    placed = await shop.place(shop.line(3), service_level="express")
    request_id = await _do(shop, request_rush_shipment, order_id=placed.order_id, reason="fair")
    await _decide(shop, request_id, reject)
    with pytest.raises(RushNotApproved):
        await _do(shop, release_order, order_id=placed.order_id)


async def test_other_service_levels_and_orders_without_one_need_nobody(shop: Shop) -> None:
    for level in (None, "standard", "expressive"):
        placed = await shop.place(shop.line(1), service_level=level)
        with pytest.raises(InvalidState):
            await _do(shop, request_rush_shipment, order_id=placed.order_id, reason="x")
        assert len(await _do(shop, release_order, order_id=placed.order_id)) == 1


async def test_what_was_released_before_its_level_became_rush_does_not_leave(shop: Shop) -> None:
    placed = await shop.place(shop.line(3), service_level="overnight")
    [fulfilment_id] = await _do(shop, release_order, order_id=placed.order_id)
    await _do(shop, record_pick, fulfilment_order_id=fulfilment_id)
    await _do(shop, pack_fulfilment_order, fulfilment_order_id=fulfilment_id)
    await _do(shop, set_rush_service_levels, service_levels=["overnight"])
    with pytest.raises(RushNotApproved):
        await _do(shop, ship_fulfilment_order, fulfilment_order_id=fulfilment_id)
    request_id = await _do(shop, request_rush_shipment, order_id=placed.order_id, reason="fair")
    with pytest.raises(AwaitingApproval):
        await _do(shop, ship_fulfilment_order, fulfilment_order_id=fulfilment_id)
    await _decide(shop, request_id)
    assert await _do(shop, ship_fulfilment_order, fulfilment_order_id=fulfilment_id)


async def test_more_than_was_approved_to_go_as_rush_waits_again(shop: Shop) -> None:
    placed = await shop.place(shop.line(3), service_level="express")
    first = await _do(shop, request_rush_shipment, order_id=placed.order_id, reason="fair")
    await _decide(shop, first)
    [line] = await shop.lines(placed.order_id)
    grown = [LineAmendment(line.id, Decimal(30))]
    await _do(shop, amend_order, order_id=placed.order_id, lines=grown)
    with pytest.raises(RushNotApproved):
        await _do(shop, release_order, order_id=placed.order_id)
    second = await _do(shop, request_rush_shipment, order_id=placed.order_id, reason="more")
    larger = [LineAmendment(line.id, Decimal(31))]
    await _do(shop, amend_order, order_id=placed.order_id, lines=larger)
    with pytest.raises(InvalidState):
        await _decide(shop, second)
    back = [LineAmendment(line.id, Decimal(30))]
    await _do(shop, amend_order, order_id=placed.order_id, lines=back)
    await _decide(shop, second)
    assert len(await _do(shop, release_order, order_id=placed.order_id)) == 1


async def test_an_order_held_for_credit_goes_by_approval_alone(shop: Shop) -> None:
    placed = await shop.place(shop.line(3))
    order_id = placed.order_id
    assert await _do(shop, hold_order_for_credit, order_id=order_id, reason="overdue") == "held"
    for _ in range(2):
        with pytest.raises(OrderIsHeld) as told:
            await _do(shop, release_order, order_id=order_id)
        assert "credit" in told.value.fields["reason"]
        with pytest.raises(InvalidState):
            await _do(shop, unhold_order, order_id=order_id)
    # By hand on top of it, and off again: it is still held for credit.
    await _do(shop, hold_order, order_id=order_id, reason="by hand")
    assert await _do(shop, unhold_order, order_id=order_id) == "held"
    [line] = await shop.lines(order_id)
    less = [LineAmendment(line.id, Decimal(2))]
    assert await _do(shop, amend_order, order_id=order_id, lines=less) == "held"
    request_id = await _do(shop, request_credit_release, order_id=order_id, reason="paid today")
    with pytest.raises(AwaitingApproval):
        await _do(shop, request_credit_release, order_id=order_id, reason="again")
    with pytest.raises(OrderIsHeld):
        await _do(shop, release_order, order_id=order_id)
    await _decide(shop, request_id)
    assert (await shop.order(order_id)).status == "allocated"
    assert len(await _do(shop, release_order, order_id=order_id)) == 1
    async with shop.tenant.read() as reader:
        types = await reader.values(
            select(EventRecord.type).where(
                EventRecord.tenant_id == shop.tenant.id,
                EventRecord.aggregate == "order",
                EventRecord.type.in_(["order.held", "order.unheld"]),
            )
        )
        facts = await reader.value(
            select(ApprovalRequest.facts).where(ApprovalRequest.tenant_id == shop.tenant.id)
        )
    assert sorted(types) == ["order.held", "order.held", "order.unheld", "order.unheld"]
    assert (facts["amount_minor"], facts["currency"]) == (2000, "EUR")


async def test_a_larger_order_or_an_ended_one_is_not_what_was_asked_for(shop: Shop) -> None:
    placed = await shop.place(shop.line(3))
    await _do(shop, hold_order_for_credit, order_id=placed.order_id, reason="overdue")
    request_id = await _do(shop, request_credit_release, order_id=placed.order_id, reason="paid")
    await _do(shop, amend_order, order_id=placed.order_id, added=[shop.line(1)])
    with pytest.raises(InvalidState):
        await _decide(shop, request_id)
    await _do(shop, cancel_order, order_id=placed.order_id, reason="no")
    with pytest.raises(InvalidState):
        await _decide(shop, request_id)
    await _decide(shop, request_id, reject)
    with pytest.raises(InvalidState):
        await _do(shop, request_credit_release, order_id=placed.order_id, reason="again")
    assert await violations(shop.tenant) == {}


async def test_a_release_while_it_is_decided_happens_after_the_yes_or_not_at_all(
    shop: Shop,
) -> None:
    placed = await shop.place(shop.line(3))
    await _do(shop, hold_order_for_credit, order_id=placed.order_id, reason="overdue")
    request_id = await _do(shop, request_credit_release, order_id=placed.order_id, reason="paid")
    done = await asyncio.gather(
        _do(shop, release_order, order_id=placed.order_id),
        _decide(shop, request_id),
        return_exceptions=True,
    )
    assert isinstance(done[0], OrderIsHeld) or len(done[0]) == 1
    assert done[1] is None
    assert await violations(shop.tenant) == {}


async def test_who_sets_what_is_rush_needs_the_right_to(shop: Shop) -> None:
    with pytest.raises(NotPermitted):
        async with shop.tenant.work(as_=shop.tenant.user("fulfilment.release")) as work:
            await set_rush_service_levels(work, service_levels=[])
