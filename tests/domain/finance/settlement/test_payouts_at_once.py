"""Payouts beside what else happens to their orders and payments: orders that come while a payout
is posted, payments that bounce, reports that are corrected."""

from datetime import timedelta

import pytest

from domain.approvals.operations import approve
from domain.finance.models import Payment
from domain.finance.operations.payments import reverse_payment
from domain.finance.settlement.operations.differences import request_difference_write_off
from domain.finance.settlement.operations.terms import set_settlement_terms
from domain.intake.operations import process_message, receive_message
from domain.kernel.errors import InvalidState
from tests.domain.finance.settlement.test_differences_of_payouts import BOSS, first
from tests.factories.delivering import deliver_all
from tests.factories.money import rows_of, shipped
from tests.factories.settling import Market, new_market, report
from tests.factories.tenants import TenantUnderTest
from workers.handlers import HANDLERS
from workers.once_only import AggregateAddress, Turn, deliver


async def test_an_order_that_comes_while_its_payout_is_posted_explains_it(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.sell("302-0")
    await market.shop.stock(1, value_minor=400)
    await deliver_all(tenant)
    async with tenant.work() as work:
        message_id = await receive_message(
            work, channel_code=market.code, raw=report(("302-1", "100.00"))
        )
        await process_message(work, message_id=message_id)
        line = market.shop.line(1, price="100.00")
        placed = await market.shop.place(line, external_id="302-1", external_number="#302-1")
        address = AggregateAddress(tenant.id, "order", placed.order_id)
        assert await deliver(tenant.engine, HANDLERS, address, now=tenant.now) is Turn.DONE
    assert await market.differences() == [("unknown_order", "open", 10000, -10000)]
    await deliver_all(tenant)
    assert await market.differences() == [("unknown_order", "resolved", 10000, 0)]
    assert await market.uncleared() == [10000, 0]
    await market.stands()


async def _missing(market: Market) -> int:
    """An order that was paid long ago and is in no payout; its id."""
    order_id = await market.sell("302-1")
    async with market.tenant.work() as work:
        await set_settlement_terms(
            work, channel_id=market.shop.channel_id, fields={"wait_days": 10}
        )
    late = (market.tenant.now + timedelta(days=12)).date().isoformat()
    await market.take(report(("302-9", "1.00"), settlement_end_date=late, settlement="1"))
    assert await market.differences(kind="missing") == [("missing", "open", -10000, 0)]
    return order_id


async def test_a_payment_that_bounced_is_missing_from_no_payout(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await _missing(market)
    [payment] = await rows_of(tenant, Payment)
    async with tenant.work() as work:
        await reverse_payment(work, payment_id=payment.id, reason="charged back")
    assert await market.differences(kind="missing") == [("missing", "resolved", -10000, 0)]
    await market.stands()


async def test_a_part_of_what_was_missing_comes(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await shipped(market.shop, await _missing(market))
    await market.pay_out(("302-1", "60.00"), settlement="2")
    assert await market.uncleared() == [4000]
    [payment] = await rows_of(tenant, Payment)
    assert await market.differences(payment_id=payment.id) == [
        ("missing", "resolved", -10000, 0),
        ("amount_differs", "open", -4000, 0),
    ]
    await market.stands()


async def test_a_yes_to_giving_up_a_part_is_none_to_all_of_a_payment(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    for name in ("302-1", "302-2"):
        await shipped(market.shop, await market.sell(name))
    await market.pay_out(("302-1", "60.00"), ("302-2", "100.00"))
    assert await market.differences() == [("amount_differs", "open", -4000, 0)]
    async with tenant.work() as work:
        request_id = await request_difference_write_off(
            work, difference_id=await first(market), reason="forty is fine"
        )
    await market.pay_out(("302-2", "100.00"))
    assert await market.uncleared() == [10000, 0]
    with pytest.raises(InvalidState):
        async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
            await approve(work, request_id=request_id)
    await market.stands()
