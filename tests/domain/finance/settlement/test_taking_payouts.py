"""Payouts come in, are matched with what was paid, and post: the clearing account ends at zero."""

from tests.factories.payouts import amount, payouts, transactions
from tests.factories.settling import new_market, only, report
from tests.factories.tenants import TenantUnderTest

FEE = amount("Order", "ItemFees", "Commission", "-15.00", order_id="302-1")
ACCOUNTS = ("bank", "channel_clearing", "channel_fees", "channel_reserve", "receivables")


async def test_a_payout_takes_what_was_paid_off_the_clearing_account(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    assert only(await market.stands(), *ACCOUNTS) == {
        "channel_clearing": 10000,
        "receivables": -10000,
    }
    processed = await market.take(report(("302-1", "100.00"), more=(FEE,)))
    assert (processed.outcome, processed.reading.format) == ("accepted", "amazon.settlement_v2")
    assert await market.settlements() == [("7001", 1, "posted")]
    assert await market.differences() == []
    assert await market.uncleared() == [0]
    assert only(await market.stands(), *ACCOUNTS) == {
        "bank": 8500,
        "channel_fees": 1500,
        "receivables": -10000,
    }


async def test_the_same_report_again_does_nothing(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    raw = report(("302-1", "100.00"), more=(FEE,))
    await market.take(raw)
    before = await market.stands()
    assert (await market.take(raw)).outcome == "duplicate"
    assert (await market.take(raw.replace(b"\n", b"\r\n"))).outcome == "duplicate"
    assert await market.settlements() == [("7001", 1, "posted")]
    assert await market.stands() == before


async def test_a_corrected_report_replaces_the_one_before(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    await market.sell("302-2")
    await market.pay_out(("302-1", "100.00"), ("302-9", "7.00"))
    assert await market.differences() == [("unknown_order", "open", 700, -700)]
    assert (await market.pay_out(("302-2", "100.00"))).outcome == "accepted"
    assert await market.settlements() == [("7001", 1, "replaced"), ("7001", 2, "posted")]
    assert await market.differences() == [("unknown_order", "resolved", 700, 0)]
    assert await market.uncleared() == [10000, 0]
    stands = await market.stands()
    assert only(stands, *ACCOUNTS) == {
        "bank": 10000,
        "channel_clearing": 10000,
        "receivables": -20000,
    }


async def test_a_report_that_does_not_add_up_is_not_kept(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    processed = await market.take(report(("302-1", "100.00"), total_amount="99.00"))
    assert processed.outcome == "exception"
    assert [each.code for each in processed.reading.problems] == ["total_differs"]
    assert await market.settlements() == []
    assert await market.stands() == {}


async def test_a_value_that_cannot_be_read_is_told_and_nothing_kept(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    raw = report(("302-1", "100.00")).replace(b"2026-01-05", b"someday")
    processed = await market.take(raw)
    assert processed.outcome == "exception"
    assert [each.path for each in processed.reading.problems] == ["line 3, posted-date"]
    assert await market.settlements() == []


async def test_what_each_kind_is_goes_to_its_own_account(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1", price="100.00")
    own = {"order_id": "302-1"}
    processed = await market.take(
        report(
            ("302-1", "80.00"),
            more=(
                amount("Order", "ItemPrice", "Tax", "20.00", **own),
                amount("Order", "ItemWithheldTax", "MarketplaceFacilitatorTax-Principal", "-20.00"),
                amount("Order", "ItemFees", "FBAPerUnitFulfillmentFee", "-3.00", **own),
                amount("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "-2.00"),
                amount("other-transaction", "other-transaction", "Storage Fee", "-1.00"),
                amount("other-transaction", "other-transaction", "Current Reserve Amount", "-9"),
                amount("other-transaction", "FBA Inventory Reimbursement", "WAREHOUSE_LOST", "4"),
            ),
        )
    )
    assert processed.outcome == "accepted"
    assert await market.differences() == []
    stands = await market.stands()
    roles = ("bank", "channel_clearing", "channel_fees", "channel_reserve", "shipping_cost")
    more = ("advertising", "tax_payable", "inventory_adjustment")
    assert only(stands, *roles, *more) == {
        "advertising": 200,
        "bank": 6900,
        "channel_fees": 100,
        "channel_reserve": 900,
        "inventory_adjustment": -400,
        "shipping_cost": 300,
        "tax_payable": 2000,
    }


async def test_shopify_tells_payout_and_transactions_apart(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("9001", price="60.00")
    await market.sell("9002", price="40.00")
    head = payouts({"id": 501, "amount": "96.80", "status": "in_transit"})
    first = transactions(
        {"id": 1, "amount": "60.00", "fee": "2.00", "net": "58.00", "source_order_id": 9001}
    )
    second = transactions(
        {"id": 2, "amount": "40.00", "fee": "1.20", "net": "38.80", "source_order_id": 9002},
        {"id": 1, "amount": "60.00", "fee": "2.00", "net": "58.00", "source_order_id": 9001},
        {"id": 3, "type": "payout", "amount": "-96.80"},
    )
    assert (await market.take(first)).outcome == "accepted"
    assert (await market.take(head)).outcome == "accepted"
    assert await market.settlements() == [("501", 1, "incomplete")]
    assert (await market.take(second)).outcome == "accepted"
    assert await market.settlements() == [("501", 1, "announced")]
    assert "bank" not in await market.stands()
    assert (await market.take(head.replace(b"in_transit", b"paid"))).outcome == "accepted"
    assert await market.settlements() == [("501", 1, "posted")]
    assert only(await market.stands(), "bank", "channel_clearing", "payment_fees") == {
        "bank": 9680,
        "payment_fees": 320,
    }
    assert (await market.take(second)).outcome == "duplicate"
    assert (await market.take(head.replace(b"in_transit", b"paid"))).outcome == "duplicate"
    late = await market.take(transactions({"id": 4, "amount": "1.00"}))
    assert late.outcome == "exception"
    assert [each.code for each in late.reading.problems] == ["payout_complete"]


async def test_a_payout_that_fails_is_with_the_channel_until_it_is_tried_again(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.sell("9001", price="60.00")
    head = payouts({"id": 501, "amount": "60.00"})
    await market.take(head)
    await market.take(transactions({"id": 1, "amount": "60.00", "source_order_id": 9001}))
    assert (await market.take(head.replace(b"paid", b"failed"))).outcome == "accepted"
    assert only(await market.stands(), "bank", "channel_reserve") == {"channel_reserve": 6000}
    assert (await market.take(head.replace(b"paid", b"failed"))).outcome == "duplicate"
    again = transactions({"id": 2, "payout_id": 502, "type": "payout_failure", "amount": "60.00"})
    await market.take(again)
    await market.take(payouts({"id": 502, "amount": "60.00"}))
    assert only(await market.stands(), "bank", "channel_reserve") == {"bank": 6000}
    assert await market.differences() == []
