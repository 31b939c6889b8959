"""What a customer and a supplier see of their money, over HTTP: their own, and nobody else's."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from api.ids import global_id
from domain.finance.operations.credit_notes import CreditedLine, credit_invoice
from domain.finance.operations.paying_suppliers import pay_supplier
from domain.finance.operations.supplier_invoices import record_supplier_invoice
from domain.finance.taking_in import BilledLine
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import operations
from tests.factories.money import billed, new_customer, paid
from tests.factories.orders import Shop, new_shop
from tests.factories.purchases import new_buying
from tests.factories.tenants import TenantUnderTest

SEES = ("entities.read", "catalog.read", "finance.read", "procurement.read")


@dataclass(frozen=True, slots=True)
class Accounts:
    """A group with a store, and a neighbour; each was billed ten euros, the group paid fifteen."""

    shop: Shop
    group: ApiCaller
    store: ApiCaller
    neighbour: ApiCaller
    parties: dict[str, int]
    invoices: dict[str, int]


@pytest.fixture
async def accounts(api: ApiUnderTest, tenant: TenantUnderTest) -> Accounts:
    """Three customers of one shop."""
    shop = await new_shop(tenant)
    group = await new_customer(tenant)
    parties = {
        "group": group,
        "store": await new_customer(tenant, parent_id=group),
        "neighbour": await new_customer(tenant),
    }
    invoices = {name: await billed(shop, party) for name, party in parties.items()}
    await paid(shop, group, 1500)
    line = CreditedLine(line_number=1, net_minor=300)
    async with tenant.work() as work:
        await credit_invoice(work, invoice_id=invoices["store"], reason="late", lines=[line])
    users = {name: await api.user(tenant, *SEES, party_id=party) for name, party in parties.items()}
    return Accounts(shop, **users, parties=parties, invoices=invoices)


async def _ask(caller: ApiCaller, name: str, **variables: Any) -> Any:
    return (await caller.ask(operations()[name], **variables)).data


async def test_a_customer_sees_its_own_and_what_is_below_it(accounts: Accounts) -> None:
    seen = {}
    for name in ("group", "store", "neighbour"):
        found = await _ask(getattr(accounts, name), "MyInvoices")
        seen[name] = {node["id"] for node in found["invoices"]["nodes"]}
    own = {name: global_id("Invoice", n) for name, n in accounts.invoices.items()}
    assert seen == {
        "group": {own["group"], own["store"]},
        "store": {own["store"]},
        "neighbour": {own["neighbour"]},
    }
    notes = await _ask(accounts.store, "MyCreditNotes")
    assert [note["total"]["amount"] for note in notes["creditNotes"]["nodes"]] == ["3.00"]
    assert (await _ask(accounts.neighbour, "MyCreditNotes"))["creditNotes"]["nodes"] == []
    payments = (await _ask(accounts.group, "MyPayments"))["payments"]["nodes"]
    assert [(each["amount"]["amount"], each["open"]["amount"]) for each in payments] == [
        ("15.00", "5.00")
    ]
    [settled] = payments[0]["settlements"]
    assert settled["target"]["id"] == own["group"]
    assert (await _ask(accounts.store, "MyPayments"))["payments"]["nodes"] == []


async def test_another_customers_invoice_is_as_good_as_none(accounts: Accounts) -> None:
    wanted = global_id("Invoice", accounts.invoices["group"])
    for caller in (accounts.store, accounts.neighbour):
        assert (await _ask(caller, "InvoiceInFull", id=wanted))["node"] is None


async def test_a_statement_tells_what_is_owed_day_by_day(accounts: Accounts) -> None:
    today = accounts.shop.tenant.now.date()
    days = {"fromOn": str(today - timedelta(days=9)), "untilOn": str(today)}

    async def ask(caller: ApiCaller, party: str) -> Any:
        customer = global_id("Party", accounts.parties[party])
        return await _ask(caller, "MyBalance", customerId=customer, currency="EUR", **days)

    found = await ask(accounts.group, "group")
    statement = found["accountStatement"]
    assert [(line["kind"], line["balance"]["amount"]) for line in statement["lines"]] == [
        ("invoice", "10.00"),
        ("payment", "-5.00"),
    ]
    assert statement["closing"]["amount"] == "-5.00"
    # The group and its store: 7.00 open of the store, 5.00 of the group's own credit.
    totals = sorted(Decimal(each["total"]["amount"]) for each in found["agedBalances"])
    assert totals == [Decimal("-5.00"), Decimal("7.00")]
    foreign = (await ask(accounts.neighbour, "group"))["accountStatement"]
    assert foreign["lines"] == []
    assert foreign["closing"]["amount"] == "0.00"


async def test_a_customer_changes_nothing_of_its_account(accounts: Accounts) -> None:
    invoice = global_id("Invoice", accounts.invoices["group"])
    answer = await accounts.group.ask(
        operations()["CreditInvoice"], input={"invoiceId": invoice, "reason": "please"}, key="k"
    )
    assert answer.error_codes == ["FORBIDDEN"]


async def test_a_supplier_sees_its_own_bills_and_payments(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    buying = await new_buying(await new_shop(tenant))
    other = await new_buying(buying.shop)
    for each in (buying, other):
        order = await each.ordered(10)
        await each.receive(order, 10)
        line = BilledLine(order_line_number=1, quantity=Decimal(10), net_minor=2500)
        async with tenant.work() as work:
            invoice = await record_supplier_invoice(
                work,
                purchase_order_id=order,
                external_number="R-1",
                invoiced_on=tenant.now.date(),
                lines=[line],
            )
            await pay_supplier(work, supplier_invoice_id=invoice, amount_minor=1000)
    supplier = await api.user(tenant, *SEES, party_id=buying.supplier_id)
    [bill] = (await _ask(supplier, "MyBills"))["supplierInvoices"]["nodes"]
    assert (bill["status"], bill["open"]["amount"]) == ("BOOKED", "15.00")
    assert [each["amount"]["amount"] for each in bill["settlements"]] == ["10.00"]
    [payment] = (await _ask(supplier, "MyPayments"))["payments"]["nodes"]
    assert (payment["kind"], payment["amount"]["amount"]) == ("SUPPLIER_PAYMENT", "10.00")
