"""The documents of graphql/operations/finance.graphql, as somebody of the demo company sends
them."""

import itertools
from typing import Any

from tests.factories.document_plays import Play, Scene, Variables, keyed, packed_work

_serial = itertools.count(1)
DAY = "2026-01-05"
ALWAYS = {"fromOn": "2000-01-01", "untilOn": "2100-01-01"}


async def left(scene: Scene) -> str:
    """An order that has left just now."""
    work = await packed_work(scene)
    shipped = keyed(id=work["id"], carrier="UPS")
    await scene.stage.play("warehouse", "ShipFulfilmentOrder", **shipped)
    told = await scene.stage.send(
        "admin",
        "query($id: ID!) { node(id: $id) { ... on FulfilmentOrder { order { id } } } }",
        id=work["id"],
    )
    return str(told.value["order"]["id"])


async def left_shipment(scene: Scene) -> str:
    """Its shipment."""
    order = await left(scene)
    told = await scene.stage.send(
        "admin",
        "query($id: ID!) { node(id: $id) { ... on Order { shipments { id } } } }",
        id=order,
    )
    return str(told.value["shipments"][0]["id"])


async def billed(scene: Scene) -> str:
    """An invoice of an order that has left."""
    order = await left(scene)
    done = await scene.stage.play("finance", "BillOrder", **keyed(orderId=order))
    return str(done.value["invoices"][0]["id"])


def _receipt(scene: Scene, *invoices: str, amount: str = "5.00") -> Variables:
    return keyed(
        entityId=_entity(scene),
        customerId=_customer(scene),
        amount=amount,
        currency="USD",
        invoices=[{"invoiceId": each} for each in invoices],
    )


def _entity(scene: Scene) -> str:
    return scene.id("LegalEntity", "legal_entity", "US1")


def _customer(scene: Scene) -> str:
    return scene.id("Party", "party", "NORTHWIND")


async def paid(scene: Scene) -> str:
    """A receipt that settles nothing yet."""
    done = await scene.stage.play("finance", "RecordReceipt", **_receipt(scene))
    return str(done.value["payment"]["id"])


async def paid_and_billed(scene: Scene) -> Any:
    """The same, with an invoice."""
    return await paid(scene), await billed(scene)


async def credited(scene: Scene) -> Any:
    """A credit note of a paid invoice, and another invoice."""
    invoice = await billed(scene)
    wanted = _receipt(scene, invoice, amount="100000.00")
    await scene.stage.play("finance", "RecordReceipt", **wanted)
    given = keyed(invoiceId=invoice, reason="broken")
    note = await scene.stage.play("finance", "CreditInvoice", **given)
    return note.value["creditNote"]["id"], await billed(scene)


async def received(scene: Scene) -> str:
    """An order to a supplier that came."""
    wanted = keyed(
        supplierId=scene.id("Party", "party", "ACME"),
        locationId=scene.location("EWR"),
        lines=[{"itemId": scene.item(), "quantity": "10", "unitPrice": "1.50", "wantedOn": DAY}],
    )
    made = await scene.stage.play("planner", "CreatePurchaseOrder", **wanted)
    order = str(made.value["purchaseOrder"]["id"])
    await scene.stage.play("planner", "SendPurchaseOrder", **keyed(id=order))
    came = keyed(id=order, lines=[{"lineNumber": 1, "quantity": "10"}])
    await scene.stage.play("warehouse", "ReceivePurchaseOrder", **came)
    return order


def _bill(order: str, *, net: str = "15.00", quantity: str = "10") -> Variables:
    line = {"orderLineNumber": 1, "quantity": quantity, "net": net}
    number = f"ACME-{next(_serial)}"
    return keyed(purchaseOrderId=order, externalNumber=number, invoicedOn=DAY, lines=[line])


async def booked(scene: Scene) -> str:
    """A supplier's invoice that is to be paid."""
    wanted = _bill(await received(scene))
    done = await scene.stage.play("finance", "RecordSupplierInvoice", **wanted)
    return str(done.value["supplierInvoice"]["id"])


async def doubted(scene: Scene) -> str:
    """A supplier's invoice at another price."""
    wanted = _bill(await received(scene), net="20.00")
    done = await scene.stage.play("finance", "RecordSupplierInvoice", **wanted)
    return str(done.value["supplierInvoice"]["id"])


def _run(scene: Scene) -> Variables:
    return keyed(entityId=_entity(scene), currency="USD", dueUntil="2100-01-01")


async def proposed(scene: Scene) -> str:
    """A payment run that nobody was asked about."""
    await booked(scene)
    done = await scene.stage.play("finance", "ProposePaymentRun", **_run(scene))
    return str(done.value["paymentRun"]["id"])


async def approved(scene: Scene) -> str:
    """The same, approved by somebody else."""
    run = await proposed(scene)
    asked = await scene.stage.play("finance", "RequestPaymentRun", **keyed(id=run, reason="weekly"))
    query = """mutation($id: ID!) { approveRequest(input: { id: $id }) {
        approvalRequest { id } userErrors { code } } }"""
    await scene.stage.send("admin", query, id=asked.value["approvalRequest"]["id"])
    return run


async def term(scene: Scene) -> str:
    """A payment term."""
    wanted = keyed(code=f"T{next(_serial)}", name="A term", days=7)
    done = await scene.stage.play("finance", "CreatePaymentTerm", **wanted)
    return str(done.value["paymentTerm"]["id"])


def _code() -> Variables:
    rates = [{"component": "VAT", "percent": "19", "validFrom": DAY}]
    return keyed(code=f"TAX{next(_serial)}", name="A tax", rates=rates)


async def tax(scene: Scene) -> str:
    """A tax code."""
    done = await scene.stage.play("finance", "CreateTaxCode", **_code())
    return str(done.value["taxCode"]["id"])


async def quiet(scene: Scene) -> str:
    """A party that orders nothing."""
    wanted = keyed(code=f"QUIET{next(_serial)}", name="Quiet", isCustomer=True)
    made = await scene.stage.play("admin", "CreateParty", **wanted)
    return str(made.value["party"]["id"])


FINANCE = {
    "Invoices": Play("finance", lambda s: {"filter": {"customerId": s.prepared}}, quiet),
    "InvoiceInFull": Play("finance", lambda s: {"id": s.prepared}, billed),
    "CreditNotes": Play("finance", lambda s: {"filter": {"customerId": s.prepared}}, quiet),
    "Payments": Play("finance", lambda s: {"filter": {"partyId": s.prepared}}, quiet),
    "AgedBalances": Play("finance", lambda s: {"side": "RECEIVABLES", "asOf": "2000-01-01"}),
    "OpenDocuments": Play("finance", lambda s: {"side": "PAYABLES", "asOf": "2000-01-01"}),
    "AccountStatement": Play(
        "finance", lambda s: {"customerId": _customer(s), "currency": "USD", **ALWAYS}
    ),
    "BillOrder": Play("finance", lambda s: keyed(orderId=s.prepared), left),
    "CreditInvoice": Play(
        "finance", lambda s: keyed(invoiceId=s.prepared, reason="broken"), billed
    ),
    "ApplyCreditNote": Play(
        "finance",
        lambda s: keyed(creditNoteId=s.prepared[0], invoiceId=s.prepared[1], amount="0.01"),
        credited,
    ),
    "RecordReceipt": Play("finance", lambda s: _receipt(s, s.prepared), billed),
    "ApplyPayment": Play(
        "finance",
        lambda s: keyed(paymentId=s.prepared[0], invoices=[{"invoiceId": s.prepared[1]}]),
        paid_and_billed,
    ),
    "ReversePayment": Play(
        "finance", lambda s: keyed(paymentId=s.prepared, reason="bounced"), paid
    ),
    "RefundCustomer": Play("finance", lambda s: keyed(paymentId=s.prepared), paid),
    "RequestWriteOff": Play(
        "finance", lambda s: keyed(invoiceId=s.prepared, reason="a trifle"), billed
    ),
    "SupplierInvoices": Play("finance", lambda s: {"filter": {"supplierId": s.prepared}}, quiet),
    "SupplierInvoiceInFull": Play("finance", lambda s: {"id": s.prepared}, booked),
    "SuppliersDocuments": Play("finance", lambda _: {"filter": {"format": "x12.810"}}),
    "RecordSupplierInvoice": Play("finance", lambda s: _bill(s.prepared), received),
    "RequestSupplierInvoiceAcceptance": Play(
        "finance", lambda s: keyed(id=s.prepared, reason="agreed"), doubted
    ),
    "RejectSupplierInvoice": Play(
        "finance", lambda s: keyed(id=s.prepared, reason="not agreed"), doubted
    ),
    "AwaitSupplierReceipt": Play(
        "finance", lambda s: keyed(id=s.prepared, reason="to come"), doubted
    ),
    "ExpectSupplierCredit": Play(
        "finance", lambda s: keyed(id=s.prepared, reason="too much"), doubted
    ),
    "MatchSupplierInvoice": Play("finance", lambda s: keyed(id=s.prepared), doubted),
    "PaySupplier": Play("finance", lambda s: keyed(supplierInvoiceId=s.prepared), booked),
    "PaymentRuns": Play("finance", lambda s: {"filter": {"number": "PR-0"}}),
    "ProposePaymentRun": Play("finance", _run, booked),
    "RequestPaymentRun": Play("finance", lambda s: keyed(id=s.prepared, reason="weekly"), proposed),
    "MarkPaymentRunPaid": Play("finance", lambda s: keyed(id=s.prepared), approved),
    "DropPaymentRun": Play("finance", lambda s: keyed(id=s.prepared, reason="not today"), proposed),
    "FinanceSettings": Play("finance", lambda _: {"first": 20}, term),
    "PartyTerms": Play("finance", lambda s: {"partyId": s.prepared}, quiet),
    "EntityTerms": Play(
        "finance", lambda s: {"entityId": s.id("LegalEntity", "legal_entity", "EU1")}
    ),
    "CreatePaymentTerm": Play(
        "finance", lambda _: keyed(code=f"T{next(_serial)}", name="A term", days=7)
    ),
    "UpdatePaymentTerm": Play("finance", lambda s: keyed(id=s.prepared, days=9), term),
    "SetPartyFinance": Play(
        "finance", lambda s: keyed(partyId=s.prepared, invoiceAt="PERIOD"), quiet
    ),
    "SetCreditLimit": Play(
        "finance", lambda s: keyed(partyId=s.prepared, limit="100", currency="USD"), quiet
    ),
    "SetEntityFinance": Play("finance", lambda s: keyed(entityId=_entity(s), taxRounding="LINE")),
    "SetTaxRule": Play(
        "finance",
        lambda s: keyed(entityId=_entity(s), country="NZ", taxCodeId=s.prepared),
        tax,
    ),
    "CreateTaxCode": Play("finance", lambda _: _code()),
    "SetTaxRates": Play(
        "finance",
        lambda s: keyed(
            taxCodeId=s.prepared,
            rates=[{"component": "VAT", "percent": "20", "validFrom": "2030-01-01"}],
        ),
        tax,
    ),
    "RecordDelivery": Play("warehouse", lambda s: keyed(shipmentId=s.prepared), left_shipment),
    "MyInvoices": Play("customer", lambda _: {"first": 1}, billed),
    "MyPayments": Play("customer", lambda _: {"first": 1}, paid),
    "MyCreditNotes": Play("customer", lambda _: {"first": 1}),
    "MyBalance": Play(
        "customer",
        lambda s: {"customerId": _customer(s), "currency": "USD", **ALWAYS},
    ),
    "MyBills": Play("supplier", lambda _: {"first": 1}, booked),
}
