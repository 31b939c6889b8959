"""Payments: partial, too much, too little, bounced, paid back; in other currencies; at once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from domain.approvals.operations import approve, reject
from domain.finance.models import CreditNote, Invoice, Payment, WriteOff
from domain.finance.operations.credit_notes import (
    CreditedLine,
    apply_credit_note,
    credit_invoice,
)
from domain.finance.operations.payments import (
    AppliedTo,
    apply_payment,
    record_receipt,
    refund_credit_note,
    refund_payment,
    reverse_payment,
)
from domain.finance.operations.write_offs import request_write_off
from domain.finance.outcomes import (
    CreditTooMuch,
    CurrencyDiffers,
    PaymentInUse,
    PaymentTooMuch,
    RefundTooMuch,
)
from domain.finance.prepaying import note_prepayments
from domain.kernel.errors import InvalidInput, InvalidState
from domain.orders.models import SalesOrder
from tests.factories.books import set_rate
from tests.factories.delivering import deliver_all
from tests.factories.money import (
    balances,
    billed,
    invoice_of,
    new_customer,
    paid,
    rows_of,
    sold,
)
from tests.factories.orders import new_shop, violations
from tests.factories.tenants import TenantUnderTest

BOSS = ("finance.approve", "approvals.decide", "approvals.read")


async def test_a_payment_settles_the_oldest_and_the_rest_stays_credit(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    invoices = [await billed(shop, customer, price=price) for price in ("10", "20", "30")]
    await paid(shop, customer, 1500)
    opens = [(await invoice_of(tenant, each)).open_minor for each in invoices]
    assert opens == [0, 1500, 3000]
    over = await paid(shop, customer, 5000)
    opens = [(await invoice_of(tenant, each)).open_minor for each in invoices]
    assert opens == [0, 0, 0]
    [row] = await rows_of(tenant, Payment, id=over)
    assert (row.applied_minor, row.open_minor) == (4500, 500)
    assert (await balances(tenant))["receivables"] == -500
    assert (await balances(tenant))["bank"] == 6500
    assert await violations(tenant) == {}


async def test_unapplied_cash_settles_a_later_invoice(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer, other = await new_customer(tenant), await new_customer(tenant)
    payment = await paid(shop, customer, 2500)
    invoice, strange = await billed(shop, customer), await billed(shop, other)
    with pytest.raises(InvalidInput, match="another customer"):
        async with tenant.work() as work:
            await apply_payment(work, payment_id=payment, invoices=[AppliedTo(strange)])
    with pytest.raises(PaymentTooMuch) as refused:
        async with tenant.work() as work:
            await apply_payment(work, payment_id=payment, invoices=[AppliedTo(invoice, 1001)])
    assert refused.value.fields == {"available_minor": 1000, "currency": "EUR"}
    async with tenant.work() as work:
        await apply_payment(work, payment_id=payment, invoices=[AppliedTo(invoice)])
    assert (await invoice_of(tenant, invoice)).open_minor == 0
    [row] = await rows_of(tenant, Payment)
    assert row.open_minor == 1500
    assert await violations(tenant) == {}


async def test_two_payments_of_one_invoice_at_once_settle_it_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    invoice = await billed(shop, customer)
    await asyncio.gather(*(paid(shop, customer, 700) for _ in range(3)))
    row = await invoice_of(tenant, invoice)
    assert (row.paid_minor, row.open_minor) == (1000, 0)
    assert sum(each.open_minor for each in await rows_of(tenant, Payment)) == 1100
    assert await violations(tenant) == {}


async def test_a_bounced_payment_opens_what_it_had_settled(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    invoice = await billed(shop, customer)
    before = await balances(tenant)
    payment = await paid(shop, customer, 1200)
    async with tenant.work() as work:
        await reverse_payment(work, payment_id=payment, reason="bounced")
    assert (await invoice_of(tenant, invoice)).open_minor == 1000
    [row] = await rows_of(tenant, Payment)
    assert (row.status, row.open_minor, row.reversal_reason) == ("reversed", 0, "bounced")
    assert await balances(tenant) == before
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await reverse_payment(work, payment_id=payment, reason="again")
    assert await violations(tenant) == {}


async def test_a_foreign_invoice_realises_the_difference_when_it_is_paid(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    async with tenant.work() as work:
        today = tenant.now.date()
        await set_rate(work, "USD", "EUR", "0.90", on=today - timedelta(days=9))
        await set_rate(work, "USD", "EUR", "0.95", on=today + timedelta(days=9))
    invoice = await billed(shop, customer, price="100.00", currency="USD")
    assert (await balances(tenant))["receivables"] == 9000
    later = shop.tenant.at(tenant.now + timedelta(days=10))
    async with later.work() as work:
        await record_receipt(
            work,
            entity_id=shop.setting.entity_id,
            party_id=customer,
            currency="USD",
            amount_minor=4000,
        )
    assert (await balances(tenant))["realised_exchange"] == -200
    async with later.work() as work:
        payment = await record_receipt(
            work,
            entity_id=shop.setting.entity_id,
            party_id=customer,
            currency="USD",
            amount_minor=6000,
        )
    found = await balances(tenant)
    assert (found["realised_exchange"], found["bank"]) == (-500, 9500)
    assert "receivables" not in found
    row = await invoice_of(tenant, invoice)
    assert (row.open_minor, row.base_open_minor) == (0, 0)
    assert await violations(tenant) == {}
    async with later.work() as work:
        await reverse_payment(work, payment_id=payment, reason="charged back")
    found = await balances(tenant)
    assert (found["realised_exchange"], found["receivables"]) == (-200, 5400)
    assert await violations(tenant) == {}


async def test_a_payment_in_another_currency_settles_nothing(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.90")
    invoice = await billed(shop, customer)
    with pytest.raises(CurrencyDiffers) as refused:
        await paid(shop, customer, 500, currency="USD", invoices=[AppliedTo(invoice)])
    assert refused.value.fields == {"expected": "EUR", "actual": "USD"}
    assert await rows_of(tenant, Payment) == []


async def test_a_credit_note_by_hand_is_bounded_by_what_was_billed(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    invoice = await billed(shop, customer)

    async def credit(net: int) -> int:
        async with tenant.work() as work:
            lines = [CreditedLine(line_number=1, net_minor=net)]
            return await credit_invoice(work, invoice_id=invoice, reason="late", lines=lines)

    await credit(400)
    assert (await invoice_of(tenant, invoice)).open_minor == 600
    with pytest.raises(CreditTooMuch) as refused:
        await credit(601)
    assert refused.value.fields["available_minor"] == 600
    outcomes = await asyncio.gather(*(credit(400) for _ in range(3)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == [
        "CreditTooMuch",
        "CreditTooMuch",
        "int",
    ]
    assert (await invoice_of(tenant, invoice)).open_minor == 200
    assert (await balances(tenant))["sales_returns"] == 800
    assert await violations(tenant) == {}


async def test_refunds_never_exceed_what_was_paid(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    invoice = await billed(shop, customer)
    payment = await paid(shop, customer, 600)
    async with tenant.work() as work:
        note = await credit_invoice(work, invoice_id=invoice, reason="all back")
    # 400 of the credit closed what was open; 600 are left, and 600 were paid.
    [row] = await rows_of(tenant, CreditNote)
    assert (row.applied_minor, row.open_minor) == (400, 600)

    async def back(amount: int) -> list[int]:
        async with tenant.work() as work:
            return await refund_credit_note(work, credit_note_id=note, amount_minor=amount)

    outcomes = await asyncio.gather(*(back(400) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(each, list) for each in outcomes) == 1
    await back(200)
    with pytest.raises(PaymentTooMuch):
        await back(1)
    with pytest.raises(PaymentInUse):
        async with tenant.work() as work:
            await reverse_payment(work, payment_id=payment, reason="bounced")
    [receipt] = await rows_of(tenant, Payment, kind="receipt")
    assert receipt.refunded_minor == 600
    found = await balances(tenant)
    assert "bank" not in found
    assert "receivables" not in found
    assert await violations(tenant) == {}


async def test_a_credit_of_what_was_never_paid_is_not_paid_out(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    first, second = await billed(shop, customer), await billed(shop, customer, price="3.00")
    async with tenant.work() as work:
        write_off = await request_write_off(
            work, invoice_id=first, reason="gone", amount_minor=1000
        )
    async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
        await approve(work, request_id=write_off)
    async with tenant.work() as work:
        note = await credit_invoice(work, invoice_id=first, reason="goodwill")
    with pytest.raises(RefundTooMuch):
        async with tenant.work() as work:
            await refund_credit_note(work, credit_note_id=note, amount_minor=100)
    async with tenant.work() as work:
        await apply_credit_note(work, credit_note_id=note, invoice_id=second)
    assert (await invoice_of(tenant, second)).open_minor == 0
    assert await violations(tenant) == {}


async def test_unapplied_cash_is_paid_back(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    payment = await paid(shop, await new_customer(tenant), 900)
    async with tenant.work() as work:
        await refund_payment(work, payment_id=payment, amount_minor=300)
    async with tenant.work() as work:
        await refund_payment(work, payment_id=payment)
    assert await balances(tenant) == {}
    with pytest.raises(InvalidState, match="Nothing is left"):
        async with tenant.work() as work:
            await refund_payment(work, payment_id=payment)
    assert await violations(tenant) == {}


async def test_a_write_off_happens_when_somebody_else_approves_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    invoice = await billed(shop, customer)
    await paid(shop, customer, 990)
    requests = []
    for reason in ("a trifle", "again"):
        async with tenant.work() as work:
            requests.append(await request_write_off(work, invoice_id=invoice, reason=reason))
    assert (await invoice_of(tenant, invoice)).open_minor == 10
    boss = tenant.user(*BOSS, id=9)
    async with tenant.work(as_=boss) as work:
        await approve(work, request_id=requests[0])
    row = await invoice_of(tenant, invoice)
    assert (row.open_minor, row.written_off_minor) == (0, 10)
    with pytest.raises(InvalidState):
        async with tenant.work(as_=boss) as work:
            await approve(work, request_id=requests[1])
    async with tenant.work(as_=boss) as work:
        await reject(work, request_id=requests[1], comment="done")
    assert [each.status for each in await rows_of(tenant, WriteOff)] == ["booked", "dropped"]
    assert (await balances(tenant))["bad_debt"] == 10
    assert await violations(tenant) == {}


async def test_an_order_that_its_channel_says_is_paid_settles_its_invoice(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    await sold(shop, customer)
    [order] = await rows_of(tenant, SalesOrder)
    async with tenant.work() as work:
        await work.execute(
            update(SalesOrder).where(SalesOrder.tenant_id == tenant.id).values(payment_state="paid")
        )
    await deliver_all(tenant)
    for _ in range(2):
        async with tenant.work() as work:
            await note_prepayments(work, [order.id])
    [payment] = await rows_of(tenant, Payment)
    assert (payment.method, payment.channel_id, payment.open_minor) == (
        "channel",
        shop.channel_id,
        0,
    )
    [invoice] = await rows_of(tenant, Invoice)
    assert invoice.open_minor == 0
    assert (await balances(tenant))["channel_clearing"] == 1000
    assert await violations(tenant) == {}
