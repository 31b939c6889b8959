"""What left is billed: at shipment, at delivery, for a period; once, with its taxes."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.allocation.placing import PlacedOrder, place
from domain.finance.billing import bill_shipments
from domain.finance.models import (
    EntityFinance,
    Invoice,
    InvoiceLine,
    PartyFinance,
    PaymentTerm,
    TaxAmount,
)
from domain.finance.operations.invoicing import bill_on_occasion, bill_order, bill_periods
from domain.finance.operations.settings import set_party_finance
from domain.finance.outcomes import NothingToBill
from domain.fulfilment.operations.deliver import record_delivery
from domain.orders.capture import NewLine, NewOrder
from domain.orders.policy import GivenTotals
from tests.factories.delivering import deliver_all
from tests.factories.money import (
    balances,
    billed,
    invoice_of,
    milestones,
    new_customer,
    rows_of,
    shipped,
    sold,
    taxed,
    with_settings,
)
from tests.factories.orders import new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def test_a_shipment_is_billed_when_workers_hear_of_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    term = await with_settings(tenant, PaymentTerm, code="N30", name="30 days", days=30)
    await with_settings(tenant, PartyFinance, party_id=customer, customer_term_id=term)
    await sold(shop, customer, price="9.99")
    assert await balances(tenant) == {
        "cost_of_goods": 400,
        "goods_received": -400,
        "revenue": -999,
        "unbilled": 999,
    }
    assert await violations(tenant) == {}
    await deliver_all(tenant)
    [invoice] = await rows_of(tenant, Invoice)
    assert (invoice.total_minor, invoice.open_minor, invoice.party_id) == (999, 999, customer)
    assert invoice.due_on == tenant.now.date() + timedelta(days=30)
    assert invoice.number.startswith("IN-")
    [line] = await rows_of(tenant, InvoiceLine)
    assert (line.kind, line.net_minor, line.tax_minor, line.quantity) == ("goods", 999, 0, 1)
    assert await balances(tenant) == {
        "cost_of_goods": 400,
        "goods_received": -400,
        "receivables": 999,
        "revenue": -999,
    }
    assert await violations(tenant) == {}


async def test_the_handler_twice_bills_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    shipment = await sold(shop, await new_customer(tenant))

    async def bill() -> list[int]:
        async with tenant.work() as work:
            return await bill_on_occasion(work, shipment_id=shipment, occasion="shipment")

    made = await asyncio.gather(bill(), bill(), bill())
    assert sorted(len(each) for each in made) == [0, 0, 1]
    assert len(await rows_of(tenant, Invoice)) == 1
    assert (await milestones(tenant)).count("invoice") == 1
    assert await violations(tenant) == {}


async def test_who_is_billed_at_delivery_is_billed_then(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    parent = await new_customer(tenant)
    child = await new_customer(tenant, parent_id=parent)
    await with_settings(tenant, PartyFinance, party_id=parent, invoice_at="delivery")
    shipment = await sold(shop, child)
    await sold(shop, customer)
    await deliver_all(tenant)
    [other] = await rows_of(tenant, Invoice)
    assert other.party_id == customer
    async with tenant.work() as work:
        await record_delivery(work, shipment_id=shipment)
    await deliver_all(tenant)
    assert [row.party_id for row in await rows_of(tenant, Invoice)] == [customer, child]


async def test_who_is_billed_at_shipment_since_it_left_is_billed_at_its_delivery(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)

    async def bill_at(occasion: str) -> None:
        async with tenant.work() as work:
            await set_party_finance(work, party_id=customer, fields={"invoice_at": occasion})

    await bill_at("delivery")
    shipment = await sold(shop, customer)
    await deliver_all(tenant)
    assert await rows_of(tenant, Invoice) == []
    await bill_at("shipment")
    async with tenant.work() as work:
        await record_delivery(work, shipment_id=shipment)
    await deliver_all(tenant)
    [invoice] = await rows_of(tenant, Invoice)
    assert invoice.total_minor == 1000


async def test_a_month_of_a_customer_is_one_invoice_without_gaps(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer, other = await new_customer(tenant), await new_customer(tenant)
    for each in (customer, other):
        await with_settings(
            tenant, PartyFinance, party_id=each, invoice_at="period", invoice_every="month"
        )
    for price in ("1.00", "2.00", "3.50"):
        await sold(shop, customer, price=price)
    await sold(shop, other, price="7.00")
    await deliver_all(tenant)
    assert await rows_of(tenant, Invoice) == []
    async with tenant.work() as work:
        assert await bill_periods(work) == 0, "the month is not over"
    first = (tenant.now.replace(day=1) + timedelta(days=32)).replace(day=1)
    later = tenant.at(first)
    async with later.work() as work:
        assert await bill_periods(work) == 4
    async with later.work() as work:
        assert await bill_periods(work) == 0
    invoices = await rows_of(tenant, Invoice)
    assert [(row.party_id, row.total_minor) for row in invoices] == [(customer, 650), (other, 700)]
    numbers = [int(row.number.rpartition("-")[2]) for row in invoices]
    assert numbers == [1, 2]
    assert len(await rows_of(tenant, InvoiceLine, invoice_id=invoices[0].id)) == 3
    assert await violations(tenant) == {}


async def test_what_is_billed_by_hand_is_billed_together(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    await shop.stock(1)
    placed = await shop.place(shop.line(2, price="5.00"), party_id=customer)
    await shipped(shop, placed.order_id)
    await shop.stock(1)
    async with tenant.work() as work:
        [first] = await bill_order(work, order_id=placed.order_id)
    assert (await invoice_of(tenant, first)).total_minor == 500
    with pytest.raises(NothingToBill):
        async with tenant.work() as work:
            await bill_order(work, order_id=placed.order_id)
    assert await violations(tenant) == {}


async def test_taxes_by_code_are_added_and_close_for_the_document(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    await taxed(shop, ("state", "4.5"), ("city", "4.375"))
    await shop.stock(9)
    lines = [shop.line(1, price="0.33") for _ in range(3)]
    placed = await shop.place(*lines, party_id=customer)
    [shipment] = await shipped(shop, placed.order_id)
    async with tenant.work() as work:
        [invoice_id] = await bill_shipments(work, [shipment])
    invoice = await invoice_of(tenant, invoice_id)
    # 8.875 % of 0.99 is 8.786: nine cents for the document, shared by the largest remainder.
    assert (invoice.net_minor, invoice.tax_minor, invoice.total_minor) == (99, 9, 108)
    rows = await rows_of(tenant, InvoiceLine)
    assert [row.tax_minor for row in rows] == [3, 3, 3]
    taxes = {row.component: row.tax_minor for row in await rows_of(tenant, TaxAmount)}
    assert taxes == {"state": 5, "city": 4}
    assert (await balances(tenant))["tax_payable"] == -9
    assert await violations(tenant) == {}


async def test_taxes_in_the_price_come_out_of_what_was_earned(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await taxed(shop, ("VAT", "19"), is_inclusive=True)
    invoice = await invoice_of(tenant, await billed(shop, await new_customer(tenant), price="119"))
    assert (invoice.net_minor, invoice.tax_minor, invoice.total_minor) == (10000, 1900, 11900)
    found = await balances(tenant)
    assert (found["revenue"], found["tax_payable"], found["receivables"]) == (-10000, -1900, 11900)
    assert await violations(tenant) == {}


async def test_rounding_by_line_is_the_entitys_choice(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await with_settings(
        tenant, EntityFinance, entity_id=shop.setting.entity_id, tax_rounding="line"
    )
    await taxed(shop, ("VAT", "10"))
    await shop.stock(9)
    lines = [shop.line(1, price="0.04") for _ in range(3)]
    placed = await shop.place(*lines, party_id=await new_customer(tenant))
    [shipment] = await shipped(shop, placed.order_id)
    async with tenant.work() as work:
        [invoice_id] = await bill_shipments(work, [shipment])
    # 0.4 cents of each line is nothing; of the document it would have been one.
    assert (await invoice_of(tenant, invoice_id)).tax_minor == 0


@pytest.mark.parametrize("kind", ["exempt", "reverse_charge"])
async def test_exempt_and_reverse_charge_add_nothing(tenant: TenantUnderTest, kind: str) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    await taxed(shop, ("VAT", "19"))
    free = await taxed(shop, ("VAT", "19"), kind=kind, country="CH")
    await with_settings(tenant, PartyFinance, party_id=customer, tax_code_id=free)
    invoice = await invoice_of(tenant, await billed(shop, customer))
    assert (invoice.tax_minor, invoice.total_minor) == (0, 1000)
    [amount] = await rows_of(tenant, TaxAmount)
    assert (amount.tax_code_id, amount.taxable_minor, amount.tax_minor) == (free, 1000, 0)


async def test_taxes_that_a_channel_gave_are_kept(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await taxed(shop, ("VAT", "50"))
    await shop.stock(3)
    line = NewLine(
        item_id=shop.setting.item_ids[0],
        quantity_ordered=Decimal(3),
        unit="EA",
        quantity=Decimal(3),
        unit_price=Decimal("3.333333"),
    )
    order = NewOrder(
        channel_id=shop.channel_id,
        entity_id=shop.setting.entity_id,
        party_id=None,
        currency="EUR",
        ordered_at=tenant.now,
        lines=(line,),
        totals=GivenTotals(
            subtotal_minor=1000,
            discount_minor=100,
            tax_minor=171,
            shipping_minor=490,
            total_minor=1561,
        ),
    )
    async with tenant.work() as work:
        [placed] = await place(work, [order])
    assert isinstance(placed, PlacedOrder)
    await shipped(shop, placed.order_id)
    await deliver_all(tenant)
    [invoice] = await rows_of(tenant, Invoice)
    assert (invoice.net_minor, invoice.shipping_minor, invoice.tax_minor) == (900, 490, 171)
    assert invoice.total_minor == 1561
    [given] = await rows_of(tenant, TaxAmount)
    assert (given.component, given.tax_minor, given.tax_code_id) == ("given", 171, None)
    assert await violations(tenant) == {}


async def test_an_invoice_is_due_by_its_terms_after_the_months_end(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    term = await with_settings(
        tenant, PaymentTerm, code="EOM10", name="10 days EOM", days=10, end_of_month=True
    )
    await with_settings(
        tenant, EntityFinance, entity_id=shop.setting.entity_id, customer_term_id=term
    )
    invoice = await invoice_of(tenant, await billed(shop, await new_customer(tenant)))
    ends = (tenant.now.date().replace(day=1) + timedelta(days=32)).replace(day=1)
    assert invoice.due_on == ends - timedelta(days=1) + timedelta(days=10)
    assert isinstance(invoice.due_on, date)
