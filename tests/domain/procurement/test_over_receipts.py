"""More than is ordered and tolerated comes once somebody else has said yes, by no other path."""

from decimal import Decimal

import pytest

import app.subjects  # noqa: F401  (what may be approved is declared there)
from domain.approvals.operations.decisions import approve, reject
from domain.approvals.outcomes import AwaitingApproval, OwnRequest
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, NotPermitted
from domain.procurement.operations.ending import close_purchase_order
from domain.procurement.operations.over_receipts import request_over_receipt
from domain.procurement.outcomes import ReceivedTooMuch, SentTooMuch
from tenancy.principals import Principal
from tests.factories.orders import new_shop
from tests.factories.purchases import Buying, new_buying
from tests.factories.tenants import TenantUnderTest

RIGHTS = ("approvals.request", "approvals.decide", "procurement.read", "procurement.approve")


@pytest.fixture
async def buying(tenant: TenantUnderTest) -> Buying:
    return await new_buying(await new_shop(tenant))


def _who(buying: Buying, number: int) -> Principal:
    return buying.shop.tenant.user(*RIGHTS, id=number, name=f"user {number}")


async def _ask(buying: Buying, order_id: int, quantity: str | int) -> int:
    async with buying.shop.tenant.work(as_=_who(buying, 1)) as work:
        return await request_over_receipt(
            work,
            order_id=order_id,
            line_number=1,
            quantity=Decimal(quantity),
            reason="They sent a whole pallet.",
        )


async def _approve(buying: Buying, request_id: int, number: int = 2) -> None:
    async with buying.shop.tenant.work(as_=_who(buying, number)) as work:
        await approve(work, request_id=request_id)


async def test_what_was_approved_may_come_and_not_a_piece_more(buying: Buying) -> None:
    order_id = await buying.ordered(100, over_percent=Decimal(5))
    request_id = await _ask(buying, order_id, 120)
    with pytest.raises(ReceivedTooMuch):
        await buying.receive(order_id, 106)
    assert await buying.shop.available() == 0
    await _approve(buying, request_id)
    with pytest.raises(ReceivedTooMuch) as refused:
        await buying.receive(order_id, 121)
    assert refused.value.fields["most"] == 120
    await buying.receive(order_id, 120)
    assert await buying.shop.available() == 120
    assert await buying.status(order_id) == "received"
    assert await buying.violations() == []


async def test_the_supplier_may_send_it_then(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    with pytest.raises(SentTooMuch):
        await buying.ship(order_id, 110)
    await _approve(buying, await _ask(buying, order_id, 110))
    await buying.ship(order_id, 110)
    await buying.receive(order_id, 110)
    assert await buying.shop.available() == 110
    assert await buying.violations() == []


async def test_who_asked_does_not_decide_and_what_is_rejected_does_not_come(
    buying: Buying,
) -> None:
    order_id = await buying.ordered(100)
    request_id = await _ask(buying, order_id, 110)
    with pytest.raises(OwnRequest):
        await _approve(buying, request_id, number=1)
    with pytest.raises(AwaitingApproval):
        await _ask(buying, order_id, 120)
    async with buying.shop.tenant.work(as_=_who(buying, 3)) as work:
        await reject(work, request_id=request_id)
    with pytest.raises(ReceivedTooMuch):
        await buying.receive(order_id, 101)
    assert await buying.shop.available() == 0


async def test_only_what_needs_a_yes_is_asked_for(buying: Buying) -> None:
    order_id = await buying.ordered(100, over_percent=Decimal(5))
    for quantity in (0, 100, 105):
        with pytest.raises(InvalidInput):
            await _ask(buying, order_id, quantity)
    with pytest.raises(NotFound):
        await _ask(buying, order_id + 1_000_000, 200)
    with pytest.raises(InvalidState):
        await _ask(buying, await buying.ordered(5, sent=False), 10)
    with pytest.raises(NotPermitted):
        async with buying.shop.tenant.work(as_=buying.supplier) as work:
            await request_over_receipt(
                work, order_id=order_id, line_number=1, quantity=Decimal(200), reason="More"
            )


async def test_a_yes_that_comes_too_late_is_not_given(buying: Buying) -> None:
    order_id = await buying.ordered(100)
    request_id = await _ask(buying, order_id, 110)
    await buying.receive(order_id, 50)
    async with buying.shop.tenant.work() as work:
        await close_purchase_order(work, order_id=order_id, reason="enough")
    with pytest.raises(InvalidState):
        await _approve(buying, request_id)
