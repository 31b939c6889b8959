"""Large reports are read part by part; foreign ones leave at what they stood at; at once."""

import asyncio
import gzip
from datetime import date, timedelta

import pytest

from domain.finance.models import Payment, SettlementDifference, SettlementLine
from domain.finance.settlement.operations.differences import match_difference
from domain.intake import settlement_parts
from domain.intake.operations import replay_message
from tests.factories.books import set_rate
from tests.factories.delivering import deliver_all
from tests.factories.money import rows_of
from tests.factories.payouts import amount
from tests.factories.settling import new_market, only, report
from tests.factories.tenants import TenantUnderTest

MONEY = ("bank", "channel_clearing", "realised_exchange", "receivables")


async def test_a_large_report_is_kept_part_by_part_and_posted_once(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement_parts, "PART", 100)
    monkeypatch.setattr(settlement_parts, "_BATCH", 40)
    market = await new_market(tenant)
    await market.sell("302-7")
    fees = tuple(
        amount("Order", "ItemFees", "Commission", "-0.10", order_id=f"302-{number}")
        for number in range(333)
    )
    raw = gzip.compress(report(("302-7", "100.00"), more=fees))
    assert (await market.take(raw)).outcome == "accepted"
    assert await market.settlements() == [("7001", 1, "reading")]
    assert (await market.take(raw)).outcome == "duplicate"
    await deliver_all(tenant)
    assert await market.settlements() == [("7001", 1, "posted")]
    assert [row.line_number for row in await rows_of(tenant, SettlementLine)] == list(range(1, 335))
    assert only(await market.stands(), "bank", "channel_clearing", "channel_fees") == {
        "bank": 6670,
        "channel_fees": 3330,
    }


async def test_what_a_large_report_lacks_is_told_on_its_message(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement_parts, "PART", 2)
    monkeypatch.setattr(settlement_parts, "_BATCH", 2)
    market = await new_market(tenant)
    sales = tuple((f"302-{number}", "1.00") for number in range(5))
    raw = report(*sales, currency="USD")
    taken = await market.take(raw)
    await deliver_all(tenant)
    assert await market.settlements() == [("7001", 1, "incomplete")]
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.5", on=date(2026, 1, 1))
    async with tenant.work() as work:
        await replay_message(work, message_id=taken.message_id)
    assert await market.settlements() == [("7001", 1, "posted")]
    assert only(await market.stands(), "bank", "channel_clearing") == {
        "bank": 250,
        "channel_clearing": -250,
    }


async def test_a_foreign_payout_leaves_the_account_at_what_it_stood_at(
    tenant: TenantUnderTest,
) -> None:
    market = await new_market(tenant)
    later = tenant.now + timedelta(days=30)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.5")
        await set_rate(work, "USD", "EUR", "0.6", on=later.date())
    await market.paid(await market.sell("302-1", currency="USD", paid=False))
    market = market.at(later)
    sales, day = (("302-1", "60.00"), ("302-9", "40.00")), later.date().isoformat()
    await market.take(report(*sales, currency="USD", deposit_date=day))
    assert only(await market.stands(), *MONEY) == {
        "bank": 6000,
        "channel_clearing": -400,
        "realised_exchange": -600,
        "receivables": -5000,
    }
    [difference] = await rows_of(tenant, SettlementDifference)
    [payment] = await rows_of(tenant, Payment)
    async with market.tenant.work() as work:
        await match_difference(work, difference_id=difference.id, payment_id=payment.id)
    assert only(await market.stands(), *MONEY) == {
        "bank": 6000,
        "realised_exchange": -1000,
        "receivables": -5000,
    }


async def test_the_same_report_at_once_is_posted_once(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    raw = report(("302-1", "100.00"))
    done = await asyncio.gather(*(market.take(raw) for _ in range(3)))
    assert sorted(each.outcome for each in done) == ["accepted", "duplicate", "duplicate"]
    assert only(await market.stands(), "bank") == {"bank": 10000}


async def test_two_payouts_at_once_clear_a_payment_once(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1")
    await asyncio.gather(
        *(market.pay_out(("302-1", "80.00"), settlement=name) for name in ("1", "2", "3"))
    )
    assert await market.uncleared() == [0]
    stands = await market.stands()
    assert only(stands, "bank", "channel_clearing") == {"bank": 24000, "channel_clearing": -14000}
