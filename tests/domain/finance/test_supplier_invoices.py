"""Suppliers' invoices: matched with order and receipt, exceptions decided, paid one by one and by
runs."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from domain.approvals.operations import approve, reject
from domain.finance.models import (
    PartyFinance,
    Payment,
    PaymentRun,
    PaymentRunLine,
    PaymentTerm,
    SupplierInvoice,
    SupplierInvoiceLine,
    TaxCode,
    TaxRate,
)
from domain.finance.operations.paying_suppliers import (
    drop_payment_run,
    mark_run_paid,
    pay_supplier,
    propose_payment_run,
    request_payment_run,
)
from domain.finance.operations.supplier_invoices import (
    await_supplier_receipt,
    expect_supplier_credit,
    reject_supplier_invoice,
    request_supplier_invoice_acceptance,
)
from domain.finance.outcomes import DuplicateSupplierInvoice, NothingDue, PaymentTooMuch
from domain.finance.taking_in import BilledLine
from domain.kernel.errors import InvalidState
from tests.factories.delivering import deliver_all
from tests.factories.money import balances, rows_of, with_settings
from tests.factories.orders import new_shop, violations
from tests.factories.purchases import Buying, new_buying
from tests.factories.suppliers_invoices import bill_line, bill_row, record_bill
from tests.factories.tenants import TenantUnderTest

BOSS = ("finance.approve", "approvals.decide", "approvals.read")


async def _buying(tenant: TenantUnderTest) -> Buying:
    return await new_buying(await new_shop(tenant, items=2))


async def test_what_order_and_receipt_bear_out_is_booked_at_once(tenant: TenantUnderTest) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 10)
    term = await with_settings(tenant, PaymentTerm, code="N14", name="14 days", days=14)
    await with_settings(tenant, PartyFinance, party_id=buying.supplier_id, supplier_term_id=term)
    assert await balances(tenant) == {"goods_received": -2500, "inventory": 2500}
    row = await bill_row(
        buying.shop.tenant, await record_bill(buying, order, bill_line(10, 2500), tax_minor=475)
    )
    assert (row.status, row.reasons, row.open_minor) == ("booked", [], 2975)
    assert row.due_on == buying.day(14)
    assert await balances(tenant) == {
        "inventory": 2500,
        "payables": -2975,
        "tax_receivable": 475,
    }
    assert await violations(tenant) == {}


async def test_a_price_within_tolerance_revalues_what_is_still_there(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 10)
    await with_settings(tenant, PartyFinance, party_id=buying.supplier_id, price_percent=Decimal(5))
    row = await bill_row(buying.shop.tenant, await record_bill(buying, order, bill_line(10, 2600)))
    assert row.status == "booked"
    [line] = await rows_of(tenant, SupplierInvoiceLine)
    assert (line.received_minor, line.variance_minor) == (2500, 100)
    assert await balances(tenant) == {"inventory": 2600, "payables": -2600}
    assert await violations(tenant) == {}


async def test_a_price_beyond_tolerance_is_an_exception_until_accepted(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 10)
    invoice = await record_bill(buying, order, bill_line(10, 3000))
    row = await bill_row(buying.shop.tenant, invoice)
    assert (row.status, row.reasons, row.open_minor) == ("exception", ["price_too_high"], 0)
    assert await balances(tenant) == {"goods_received": -2500, "inventory": 2500}
    async with tenant.work() as work:
        request = await request_supplier_invoice_acceptance(
            work, supplier_invoice_id=invoice, reason="agreed by phone"
        )
    async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
        await approve(work, request_id=request)
    row = await bill_row(buying.shop.tenant, invoice)
    assert (row.status, row.decision, row.open_minor) == ("booked", "accepted", 3000)
    assert await balances(tenant) == {"inventory": 3000, "payables": -3000}
    assert await violations(tenant) == {}


async def test_what_did_not_come_waits_and_is_booked_when_it_has(tenant: TenantUnderTest) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 4)
    invoice = await record_bill(buying, order, bill_line(10, 2500))
    assert (await bill_row(buying.shop.tenant, invoice)).reasons == ["more_than_received"]
    async with tenant.work() as work:
        await await_supplier_receipt(work, supplier_invoice_id=invoice, reason="on its way")
    await deliver_all(tenant)
    assert (await bill_row(buying.shop.tenant, invoice)).status == "waiting"
    await buying.receive(order, 6)
    await deliver_all(tenant)
    assert (await bill_row(buying.shop.tenant, invoice)).status == "booked"
    assert await balances(tenant) == {"inventory": 2500, "payables": -2500}
    assert await violations(tenant) == {}


async def test_a_credit_is_expected_of_what_was_billed_too_much(tenant: TenantUnderTest) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 8)
    invoice = await record_bill(buying, order, bill_line(10, 3000))
    assert (await bill_row(buying.shop.tenant, invoice)).reasons == [
        "more_than_received",
        "price_too_high",
    ]
    async with tenant.work() as work:
        await expect_supplier_credit(work, supplier_invoice_id=invoice, reason="two short")
    row = await bill_row(buying.shop.tenant, invoice)
    # Eight came, at 2.50 each.
    assert (row.status, row.credit_expected_minor, row.open_minor) == ("booked", 1000, 3000)
    assert await balances(tenant) == {
        "inventory": 2000,
        "payables": -3000,
        "supplier_advances": 1000,
    }
    async with tenant.work() as work:
        await pay_supplier(
            work, supplier_invoice_id=invoice, amount_minor=1000, method="credit", reference="C-9"
        )
    async with tenant.work() as work:
        await pay_supplier(work, supplier_invoice_id=invoice)
    assert await balances(tenant) == {"bank": -2000, "inventory": 2000}
    assert await violations(tenant) == {}


async def test_what_is_rejected_may_come_again(tenant: TenantUnderTest) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    invoice = await record_bill(buying, order, bill_line(10, 2500))
    assert (await bill_row(buying.shop.tenant, invoice)).reasons == ["not_received"]
    with pytest.raises(DuplicateSupplierInvoice) as refused:
        await record_bill(buying, order, bill_line(10, 2500))
    assert refused.value.fields == {"supplier_invoice_id": invoice, "number": "R-1"}
    async with tenant.work() as work:
        await reject_supplier_invoice(work, supplier_invoice_id=invoice, reason="not ours")
    await buying.receive(order, 10)
    again = await record_bill(buying, order, bill_line(10, 2500))
    assert (await bill_row(buying.shop.tenant, again)).status == "booked"
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await reject_supplier_invoice(work, supplier_invoice_id=again, reason="late")


async def test_an_order_billed_in_parts_clears_what_was_received(tenant: TenantUnderTest) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(3, 7)
    await buying.receive(order, 3, 7)
    parts = [
        (bill_line(1, 250),),
        (bill_line(2, 500), bill_line(3, 750, 2)),
        (bill_line(4, 1000, 2),),
    ]
    for place, lines in enumerate(parts):
        await record_bill(buying, order, *lines, number=f"R-{place}")
    rows = await rows_of(tenant, SupplierInvoice)
    assert {row.status for row in rows} == {"booked"}
    assert await balances(tenant) == {"inventory": 2500, "payables": -2500}
    more = await bill_row(
        buying.shop.tenant, await record_bill(buying, order, bill_line(1, 250), number="R-9")
    )
    assert more.reasons == ["not_received"]


async def test_costs_without_an_order_need_a_yes(tenant: TenantUnderTest) -> None:
    buying = await _buying(tenant)
    freight = BilledLine(net_minor=9000, kind="landed_cost", description="Freight")
    invoice = await record_bill(
        buying,
        None,
        freight,
        supplier_id=buying.supplier_id,
        entity_id=buying.shop.setting.entity_id,
        currency="EUR",
    )
    assert (await bill_row(buying.shop.tenant, invoice)).reasons == ["no_order"]
    async with tenant.work() as work:
        request = await request_supplier_invoice_acceptance(
            work, supplier_invoice_id=invoice, reason="the carrier"
        )
    async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
        await approve(work, request_id=request)
    assert await balances(tenant) == {"landed_cost_clearing": 9000, "payables": -9000}


async def test_reverse_charge_is_owed_and_had_back(tenant: TenantUnderTest) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 10)
    code = await with_settings(tenant, TaxCode, code="RC", name="RC", kind="reverse_charge")
    await with_settings(
        tenant,
        TaxRate,
        tax_code_id=code,
        component="VAT",
        percent=Decimal(19),
        valid_from=date(2020, 1, 1),
    )
    await record_bill(buying, order, bill_line(10, 2500), tax_code_id=code)
    found = await balances(tenant)
    assert (found["tax_payable"], found["tax_receivable"], found["payables"]) == (-475, 475, -2500)
    assert await violations(tenant) == {}


async def test_an_invoice_in_another_currency_than_its_order_is_never_booked(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 10)
    invoice = await record_bill(buying, order, bill_line(10, 2500), currency="USD")
    assert (await bill_row(buying.shop.tenant, invoice)).reasons == ["other_currency"]
    with pytest.raises(InvalidState, match="reject it"):
        async with tenant.work() as work:
            await request_supplier_invoice_acceptance(
                work, supplier_invoice_id=invoice, reason="why not"
            )


async def test_a_total_that_differs_is_an_exception(tenant: TenantUnderTest) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 10)
    invoice = await record_bill(buying, order, bill_line(10, 2500), total_minor=2499)
    assert (await bill_row(buying.shop.tenant, invoice)).reasons == ["total_differs"]


async def test_a_run_proposes_what_is_due_and_pays_it_once_approved(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 10)
    for number in range(2):
        await record_bill(buying, order, bill_line(5, 1250), number=f"R-{number}")
    entity, today = buying.shop.setting.entity_id, tenant.now.date()

    async def propose() -> int:
        async with tenant.work() as work:
            return await propose_payment_run(
                work, entity_id=entity, currency="EUR", due_until=today
            )

    run = await propose()
    with pytest.raises(NothingDue):
        await propose()
    async with tenant.work() as work:
        await drop_payment_run(work, run_id=run, reason="the wrong bank")
    run = await propose()
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await mark_run_paid(work, run_id=run)
    requests = []
    boss = tenant.user(*BOSS, id=9)
    for _ in range(2):
        async with tenant.work() as work:
            requests.append(await request_payment_run(work, run_id=run, reason="weekly"))
        if len(requests) == 1:
            async with tenant.work(as_=boss) as work:
                await reject(work, request_id=requests[0], comment="tomorrow")
    async with tenant.work(as_=boss) as work:
        await approve(work, request_id=requests[1])
    async with tenant.work() as work:
        await mark_run_paid(work, run_id=run, reference="SEPA-1")
    [payment] = await rows_of(tenant, Payment)
    assert (payment.amount_minor, payment.open_minor, payment.reference) == (2500, 0, "SEPA-1")
    assert [row.status for row in await rows_of(tenant, PaymentRun)] == ["dropped", "paid"]
    paid = {row.payment_id for row in await rows_of(tenant, PaymentRunLine, run_id=run)}
    assert paid == {payment.id}
    assert await balances(tenant) == {"bank": -2500, "inventory": 2500}
    assert await violations(tenant) == {}


async def test_two_payments_of_one_supplier_invoice_at_once_pay_it_once(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10)
    await buying.receive(order, 10)
    invoice = await record_bill(buying, order, bill_line(10, 2500))

    async def pay() -> int:
        async with tenant.work() as work:
            return await pay_supplier(work, supplier_invoice_id=invoice, amount_minor=2000)

    outcomes = await asyncio.gather(pay(), pay(), return_exceptions=True)
    assert sorted(type(each) for each in outcomes if isinstance(each, Exception)) == [
        PaymentTooMuch
    ]
    assert (await bill_row(buying.shop.tenant, invoice)).open_minor == 500
    assert await violations(tenant) == {}
