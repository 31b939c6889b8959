"""What a payout does not explain is named, queued and resolved: by hand, later, by approval."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.approvals.operations import approve, reject
from domain.finance.models import Payment, SettlementDifference
from domain.finance.operations.payments import refund_payment, reverse_payment
from domain.finance.outcomes import PaymentInUse
from domain.finance.settlement.operations.differences import (
    await_difference,
    book_difference,
    match_difference,
    request_difference_write_off,
)
from domain.finance.settlement.operations.terms import set_settlement_terms
from domain.finance.settlement.outcomes import PaymentDoesNotFit
from domain.finance.settlement.waiting import reopen_waited
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.models import AuditEntry
from domain.ledger.models import Account
from tests.factories.delivering import deliver_all
from tests.factories.money import rows_of
from tests.factories.payouts import amount
from tests.factories.settling import Market, new_market, only, report
from tests.factories.tenants import TenantUnderTest

BOSS = ("finance.approve", "approvals.decide", "approvals.read")


async def first(market: Market, **same: object) -> int:
    [row, *_] = await rows_of(market.tenant, SettlementDifference, **same)
    return int(row.id)


async def account_of(market: Market, role: str) -> int:
    async with market.tenant.read() as reader:
        return int(
            await reader.value(
                select(Account.id).where(
                    Account.tenant_id == market.tenant.id,
                    Account.entity_id == market.shop.setting.entity_id,
                    Account.role == role,
                )
            )
        )


async def test_each_difference_has_its_name(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    await market.sell("302-2")
    await market.pay_out(("302-1", "100.00"), settlement="7000")
    processed = await market.take(
        report(
            ("302-1", "100.00"),
            ("302-2", "101.00"),
            ("302-9", "5.00"),
            more=(
                amount("Refund", "ItemPrice", "Principal", "-30.00", order_id="302-1"),
                amount("Chargeback Refund", "ItemPrice", "Principal", "-7.00", order_id="302-2"),
                amount("other-transaction", "other-transaction", "Something new", "-2.00"),
                amount("other-transaction", "other-transaction", "BalanceAdjustment", "1.00"),
                amount(
                    "other-transaction", "other-transaction", "Previous Reserve Amount Balance", "4"
                ),
            ),
        )
    )
    assert processed.outcome == "accepted"
    assert sorted(await market.differences()) == [
        ("adjustment", "open", 100, -100),
        ("amount_differs", "open", 100, -100),
        ("chargeback", "open", -700, 700),
        ("duplicate", "open", 10000, -10000),
        ("reserve", "open", 400, -400),
        ("unknown_fee", "open", -200, 200),
        ("unknown_order", "open", 500, -500),
        ("unknown_refund", "open", -3000, 3000),
    ]
    stands = await market.stands()
    assert stands["channel_clearing"] == -7200
    assert "channel_reserve" not in stands


async def test_a_cent_too_much_or_too_little_is_rounding(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    await market.sell("302-2")
    await market.pay_out(("302-1", "100.01"), ("302-2", "99.99"))
    assert await market.differences() == [
        ("rounding", "resolved", 1, 0),
        ("rounding", "resolved", -1, 0),
    ]
    assert await market.uncleared() == [0, 0]
    assert only(await market.stands(), "bank", "channel_clearing", "rounding") == {"bank": 20000}


async def test_a_part_is_paid_out_now_and_the_rest_later(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    await market.pay_out(("302-1", "60.00"), settlement="1")
    assert await market.differences() == []
    assert await market.uncleared() == [4000]
    await market.pay_out(("302-1", "40.00"), settlement="2")
    assert await market.uncleared() == [0]
    assert "channel_clearing" not in await market.stands()


async def test_what_was_paid_long_ago_and_not_paid_out_is_missing_until_it_comes(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    async with tenant.work() as work:
        await set_settlement_terms(
            work, channel_id=market.shop.channel_id, fields={"wait_days": 10}
        )
    late = (tenant.now + timedelta(days=12)).date().isoformat()
    await market.take(
        report(("302-9", "1.00"), settlement_end_date=late, deposit_date=late, settlement="1")
    )
    assert await market.differences(kind="missing") == [("missing", "open", -10000, 0)]
    await market.take(report(("302-9", "1.00"), settlement_end_date=late, settlement="2"))
    assert len(await market.differences(kind="missing")) == 1
    await market.pay_out(("302-1", "100.00"), settlement="3")
    assert await market.differences(kind="missing") == [("missing", "resolved", -10000, 0)]


async def test_fees_above_what_is_agreed_are_questioned(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    async with tenant.work() as work:
        await set_settlement_terms(
            work, channel_id=market.shop.channel_id, fields={"most_fee_percent": "15"}
        )
    fee = amount("Order", "ItemFees", "Commission", "-18.00", order_id="302-1")
    await market.take(report(("302-1", "100.00"), more=(fee,)))
    assert await market.differences() == [("fee_too_high", "open", -300, 300)]
    assert only(await market.stands(), "channel_fees", "channel_clearing") == {
        "channel_clearing": 300,
        "channel_fees": 1500,
    }


async def test_a_difference_is_matched_by_hand(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1", price="60.00")
    other = await new_market(tenant)
    await other.sell("302-1", price="60.00")
    await market.pay_out(("what?", "100.00"))
    difference = await first(market)
    mine, foreign = (row.id for row in await rows_of(tenant, Payment))
    with pytest.raises(PaymentDoesNotFit):
        async with tenant.work() as work:
            await match_difference(work, difference_id=difference, payment_id=foreign)
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await match_difference(work, difference_id=difference, payment_id=10**9)
    async with tenant.work() as work:
        await match_difference(work, difference_id=difference, payment_id=mine)
    assert await market.differences() == [("unknown_order", "open", 10000, -4000)]
    with pytest.raises(PaymentDoesNotFit):
        async with tenant.work() as work:
            await match_difference(work, difference_id=difference, payment_id=mine)
    assert (await market.stands())["channel_clearing"] == 2000


async def test_a_difference_is_posted_to_an_account(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    await market.pay_out(("302-9", "5.00"))
    difference, revenue = await first(market), await account_of(market, "fee_revenue")
    wanted = {"difference_id": difference, "reason": "A bonus of the marketplace"}
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            account = await account_of(market, "receivables")
            await book_difference(work, account_id=account, **wanted)
    async with tenant.work() as work:
        await book_difference(work, account_id=revenue, **wanted)
    assert await market.differences() == [("unknown_order", "resolved", 500, 0)]
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await book_difference(work, account_id=revenue, **wanted)
    assert only(await market.stands(), "fee_revenue", "channel_clearing") == {
        "channel_clearing": 10000,
        "fee_revenue": -500,
    }
    await market.pay_out(("302-1", "5.00"))
    assert "fee_revenue" not in await market.stands()


async def test_a_difference_is_written_off_once_somebody_has_approved(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    boss = tenant.user(*BOSS, name="boss", id=2)
    await market.pay_out(("302-1", "101.00"))
    difference = await first(market)
    asked = {"difference_id": difference, "reason": "Too little to ask"}
    async with tenant.work() as work:
        request = await request_difference_write_off(work, **asked)
    assert await market.differences() == [("amount_differs", "asked", 100, -100)]
    async with tenant.work(as_=boss) as work:
        await reject(work, request_id=request, comment="Ask them")
    assert await market.differences() == [("amount_differs", "open", 100, -100)]
    async with tenant.work() as work:
        request = await request_difference_write_off(work, **asked)
    async with tenant.work(as_=boss) as work:
        await approve(work, request_id=request)
    assert await market.differences() == [("amount_differs", "resolved", 100, 0)]
    assert only(await market.stands(), "payment_differences", "channel_clearing") == {
        "payment_differences": -100
    }


async def test_a_difference_is_waited_for(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.pay_out(("302-9", "5.00"))
    difference = await first(market)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await await_difference(
                work, difference_id=difference, until=tenant.now.date(), reason="They will see"
            )
    until = tenant.now.date() + timedelta(days=3)
    async with tenant.work() as work:
        await await_difference(work, difference_id=difference, until=until, reason="They will see")
    async with tenant.work() as work:
        assert await reopen_waited(work) == 0
    assert await market.differences() == [("unknown_order", "waiting", 500, -500)]
    async with tenant.at(tenant.now + timedelta(days=3)).work() as work:
        assert await reopen_waited(work) == 1
        assert await reopen_waited(work) == 0
    assert await market.differences() == [("unknown_order", "open", 500, -500)]
    [told] = await rows_of(tenant, AuditEntry, action="reopen_difference")
    assert (told.subject_id, told.after) == (difference, {"status": "open"})


async def test_an_order_that_comes_after_its_payout_explains_it(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.pay_out(("302-1", "100.00"), ("302-2", "50.00"))
    first_id = await market.sell("302-1", paid=False)
    await market.sell("302-2", price="80.00", paid=False)
    await deliver_all(tenant)
    assert await market.differences() == [
        ("unknown_order", "resolved", 10000, 0),
        ("unknown_order", "resolved", 5000, 0),
    ]
    assert await market.uncleared() == [0, 0]
    assert "channel_clearing" not in await market.stands()
    await market.paid(first_id)
    assert len(await rows_of(tenant, Payment)) == 2


async def test_a_payout_proves_that_an_order_is_paid(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    order_id = await market.sell("302-1", paid=False)
    await market.pay_out(("302-1", "60.00"), settlement="1")
    await market.pay_out(("302-1", "45.00"), settlement="2")
    assert await market.differences() == [("duplicate", "open", 500, -500)]
    assert [row.amount_minor for row in await rows_of(tenant, Payment)] == [6000, 4000]
    await market.paid(order_id)
    assert len(await rows_of(tenant, Payment)) == 2
    assert (await market.stands())["receivables"] == -10000


async def test_a_refund_that_comes_after_its_payout_explains_it(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    given_back = amount("Refund", "ItemPrice", "Principal", "-30.00", order_id="302-1")
    await market.take(report(("302-1", "100.00"), more=(given_back,)))
    assert await market.differences() == [("unknown_refund", "open", -3000, 3000)]
    [receipt] = await rows_of(tenant, Payment)
    with pytest.raises(PaymentInUse):
        async with tenant.work() as work:
            await reverse_payment(work, payment_id=receipt.id, reason="bounced")
    async with tenant.work() as work:
        await refund_payment(work, payment_id=receipt.id, amount_minor=3000)
    await deliver_all(tenant)
    assert await market.differences() == [("unknown_refund", "resolved", -3000, 0)]
    assert only(await market.stands(), "bank", "channel_clearing") == {"bank": 7000}
