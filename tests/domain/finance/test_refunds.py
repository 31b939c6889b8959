"""Refunds that come back, and what was never paid."""

import asyncio
from datetime import timedelta

import pytest

from domain.approvals.operations import approve
from domain.finance.models import CreditNote, Payment
from domain.finance.operations.credit_notes import credit_invoice
from domain.finance.operations.payments import (
    refund_credit_note,
    refund_payment,
    reverse_payment,
)
from domain.finance.operations.write_offs import request_write_off
from domain.finance.outcomes import PaymentInUse, RefundTooMuch
from domain.finance.queries.balances import aged, statement_of_account
from domain.kernel.errors import InvalidState
from tests.factories.books import set_rate
from tests.factories.money import balances, billed, invoice_of, new_customer, paid, rows_of
from tests.factories.orders import new_shop, violations
from tests.factories.tenants import TenantUnderTest

BOSS = ("finance.approve", "approvals.decide", "approvals.read")


async def test_a_refund_that_comes_back_is_credit_again_and_is_paid_another_way(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    invoice = await billed(shop, customer)
    receipt = await paid(shop, customer, 1000)
    async with tenant.work() as work:
        note = await credit_invoice(work, invoice_id=invoice, reason="all back")
    before = await balances(tenant)
    async with tenant.work() as work:
        [refund] = await refund_credit_note(work, credit_note_id=note)
    assert "bank" not in await balances(tenant)
    with pytest.raises(PaymentInUse):
        async with tenant.work() as work:
            await reverse_payment(work, payment_id=receipt, reason="bounced")

    async def bounce() -> int:
        async with tenant.work() as work:
            return await reverse_payment(work, payment_id=refund, reason="account closed")

    outcomes = await asyncio.gather(*(bounce() for _ in range(3)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["InvalidState"] * 2 + ["int"]
    assert await balances(tenant) == before
    [came] = await rows_of(tenant, Payment, id=receipt)
    [went] = await rows_of(tenant, Payment, id=refund)
    [credit] = await rows_of(tenant, CreditNote)
    assert (came.refunded_minor, came.open_minor) == (0, 0)
    assert (went.status, went.applied_minor, went.open_minor) == ("reversed", 0, 0)
    assert (credit.open_minor, credit.base_open_minor) == (1000, 1000)
    assert await violations(tenant) == {}
    async with tenant.work() as work:
        [again] = await refund_credit_note(work, credit_note_id=note, amount_minor=400)
    assert again != refund
    today = tenant.now.date()
    async with tenant.read() as reader:
        [owed] = await aged(reader, side="receivables", as_of=today)
        told = await statement_of_account(
            reader, party_id=customer, currency="EUR", from_on=today, until_on=today
        )
    assert (owed.total_minor, owed.unapplied_minor) == (-600, -600)
    assert told.closing_minor == -600
    assert [line.kind for line in told.lines].count("reversal") == 1
    assert await violations(tenant) == {}


async def test_a_refund_of_unapplied_cash_in_another_currency_comes_back(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.90", on=tenant.now.date())
        await set_rate(work, "USD", "EUR", "0.95", on=tenant.now.date() + timedelta(days=5))
    receipt = await paid(shop, customer, 1000, currency="USD")
    later = tenant.at(tenant.now + timedelta(days=6))
    async with later.work() as work:
        [refund] = await refund_payment(work, payment_id=receipt, amount_minor=600)
    # 6.00 dollars stood at 5.40 and cost 5.70.
    assert await balances(tenant) == {
        "bank": 900 - 570,
        "realised_exchange": 30,
        "receivables": -360,
    }
    async with later.work() as work:
        await reverse_payment(work, payment_id=refund, reason="account closed")
    assert await balances(tenant) == {"bank": 900, "receivables": -900}
    [row] = await rows_of(tenant, Payment, id=receipt)
    assert (row.open_minor, row.base_open_minor, row.refunded_minor) == (1000, 900, 0)
    with pytest.raises(InvalidState):
        async with later.work() as work:
            await reverse_payment(work, payment_id=refund, reason="again")
    assert await violations(tenant) == {}


async def test_what_was_written_off_of_an_invoice_is_not_paid_back_from_another(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    first = await billed(shop, customer)
    other = await billed(shop, customer, price="40.00")
    async with tenant.work() as work:
        write_off = await request_write_off(work, invoice_id=first, reason="part", amount_minor=400)
    async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
        await approve(work, request_id=write_off)
    # One receipt pays 6.00 of the first, and all of the other.
    await paid(shop, customer, 4600)
    assert (await invoice_of(tenant, other)).open_minor == 0
    async with tenant.work() as work:
        note = await credit_invoice(work, invoice_id=first, reason="all back")
    with pytest.raises(RefundTooMuch) as refused:
        async with tenant.work() as work:
            await refund_credit_note(work, credit_note_id=note, amount_minor=601)
    assert refused.value.fields["available_minor"] == 600
    async with tenant.work() as work:
        await refund_credit_note(work, credit_note_id=note)
    refunds = await rows_of(tenant, Payment, kind="refund")
    assert [each.amount_minor for each in refunds] == [600]
    assert await violations(tenant) == {}
