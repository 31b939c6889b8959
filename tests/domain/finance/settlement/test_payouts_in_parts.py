"""Payouts of which documents tell part by part, in any order, and what they may not tell."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.finance.models import Payment, Settlement, SettlementDifference, SettlementLine
from domain.finance.paying import RECEIPT, NewPayment, record_payments
from domain.finance.settlement.explaining import explain_order
from domain.finance.settlement.queries.payouts import suggested_payments
from domain.intake import settlement_parts
from domain.kernel.models import AuditEntry, EventRecord
from tests.factories.books import set_rate
from tests.factories.delivering import deliver_all
from tests.factories.money import rows_of
from tests.factories.payouts import payouts, transactions
from tests.factories.settling import Market, new_market, report
from tests.factories.tenants import TenantUnderTest


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement_parts, "PART", 2)
    monkeypatch.setattr(settlement_parts, "_BATCH", 2)


def sales(*numbers: int, **fields: Any) -> bytes:
    return transactions(*({"id": number, "amount": "1.00"} | fields for number in numbers))


async def kept(market: Market) -> list[str | None]:
    return [row.external_id for row in await rows_of(market.tenant, SettlementLine)]


async def test_transactions_that_come_after_their_payout_are_read_to_the_end(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.take(payouts({"id": 501, "amount": "5.00"}))
    taken = await market.take(sales(1, 2, 3, 4, 5))
    await deliver_all(tenant)
    assert await market.settlements() == [("501", 1, "posted")]
    assert await kept(market) == ["1", "2", "3", "4", "5"]
    [payout] = await rows_of(tenant, Settlement)
    assert payout.message_id == taken.message_id


async def test_a_part_begins_where_the_last_one_ended_whatever_was_known_before(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.take(payouts({"id": 501, "amount": "7.00"}))
    await market.take(sales(7, 6))
    await market.take(sales(1, 2, 3, 7, 4, 5))
    await deliver_all(tenant)
    assert sorted(each or "" for each in await kept(market)) == ["1", "2", "3", "4", "5", "6", "7"]
    assert await market.settlements() == [("501", 1, "posted")]


async def test_another_document_between_two_parts_does_not_end_the_reading(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.take(sales(1, 2, 3, 4, 5))
    await market.take(payouts({"id": 501, "amount": "5.00"}))
    assert await market.settlements() == [("501", 1, "incomplete")]
    await deliver_all(tenant)
    assert await kept(market) == ["1", "2", "3", "4", "5"]
    assert await market.settlements() == [("501", 1, "posted")]


async def test_a_payout_keeps_the_currency_in_which_it_was_told(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.take(payouts({"id": 501, "amount": "5.00"}))
    taken = await market.take(sales(1, currency="USD"))
    assert taken.outcome == "exception"
    assert [each.code for each in taken.reading.problems] == ["currency_differs"]
    assert await kept(market) == []


async def test_what_does_not_fit_one_payout_keeps_the_document_from_the_others(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.take(payouts({"id": 501, "amount": "1.00"}))
    await market.take(sales(1))
    late = transactions({"id": 2, "amount": "1.00"}, {"id": 3, "payout_id": 502, "amount": "1.00"})
    assert (await market.take(late)).outcome == "exception"
    assert await market.settlements() == [("501", 1, "posted")]


async def test_many_payouts_of_one_document_are_known_by_their_ids(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    heads = [{"id": number, "amount": f"{number}.00"} for number in (503, 501, 502)]
    await market.take(payouts(*heads))
    await market.take(transactions({"id": 1, "payout_id": 502, "amount": "502.00"}))
    assert await market.settlements() == [
        ("503", 1, "incomplete"),
        ("501", 1, "incomplete"),
        ("502", 1, "posted"),
    ]
    told = [(row.external_id, row.total_minor) for row in await rows_of(tenant, Settlement)]
    assert told == [("503", 50300), ("501", 50100), ("502", 50200)]


async def test_that_a_payout_failed_is_told_and_written_down(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    head = payouts({"id": 501, "amount": "1.00"})
    await market.take(head)
    await market.take(sales(1))
    await market.take(head.replace(b"paid", b"failed"))
    [payout] = await rows_of(tenant, Settlement)
    [event] = await rows_of(tenant, EventRecord, type="settlement.failed")
    assert (event.aggregate_id, event.payload["total_minor"]) == (payout.id, 100)
    [entry] = await rows_of(tenant, AuditEntry, action="fail_settlement")
    assert (entry.before, entry.after) == ({"payout_state": "paid"}, {"payout_state": "failed"})


async def test_what_was_paid_in_another_currency_is_not_what_a_payout_proves(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    await market.pay_out(("302-1", "100.00"))
    order_id = await market.sell("302-1", paid=False)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.5")
        [differing] = await rows_of(tenant, SettlementDifference)
        foreign = NewPayment(
            kind=RECEIPT,
            entity_id=differing.entity_id,
            currency="USD",
            amount_minor=10000,
            paid_on=tenant.now.date(),
            method="channel",
            channel_id=market.shop.channel_id,
            order_id=order_id,
        )
        await record_payments(work, [foreign])
    async with tenant.work() as work:
        await explain_order(work, order_id)
    assert await market.differences() == [("unknown_order", "resolved", 10000, 0)]
    paid = [(row.currency, row.uncleared_minor) for row in await rows_of(tenant, Payment)]
    assert paid == [("USD", 10000), ("EUR", 0)]


async def test_a_payment_of_the_amount_is_suggested_if_it_was_paid_about_then(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    for name, price in (("302-1", "100.00"), ("302-2", "60.00"), ("302-3", "40.00")):
        await market.sell(name, price=price)
    day = (tenant.now + timedelta(days=31)).date().isoformat()
    later = market.at(tenant.now + timedelta(days=31))
    await later.take(report(("302-9", "60.00"), deposit_date=day))
    [difference] = await rows_of(tenant, SettlementDifference, kind="unknown_order")
    async with tenant.read() as reader:
        found = await suggested_payments(reader, ids=[difference.id])
        ids = [each.payment_id for each in found[difference.id]]
        amounts = await reader.values(
            select(Payment.amount_minor).where(Payment.tenant_id == tenant.id, Payment.id.in_(ids))
        )
    assert list(amounts) == [6000]
