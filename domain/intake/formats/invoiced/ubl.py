"""UBL Invoice and CreditNote (2.0 to 2.3; Peppol BIS, XRechnung: EN 16931)."""

from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.invoiced.invoice import (
    InvoicedLine,
    InvoiceParty,
    ParsedInvoice,
    TaxPart,
    Totals,
    party,
)
from domain.intake.formats.invoiced.type_codes import CREDITS
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.ubl_parts import (
    PARTY_CODES,
    PARTY_NAMES,
    TOTALS,
    adjustments,
    at,
    currency_of,
    item_codes,
)
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

ROOTS = {"Invoice": "ubl.invoice", "CreditNote": "ubl.creditnote"}
_TYPES = ("InvoiceTypeCode", "CreditNoteTypeCode")
_QUANTITIES = ("InvoicedQuantity", "CreditedQuantity")


def read_ubl(root: Node) -> ParsedInvoice:
    """What a UBL Invoice or CreditNote says; its figures are not checked yet."""
    told = XmlFields()
    totals = root.first("LegalMonetaryTotal")
    kind = next((code for name in _TYPES if (code := root.value(name))), "")
    currency = root.value("DocumentCurrencyCode") or currency_of(totals)
    taxes, tax = _taxes(told, root, currency)
    stated = {name: told.number(at(totals, own)) for name, own in TOTALS.items()}
    stated["third_party"] = _third_party(told, root)
    due = root.first("DueDate") or root.first("PaymentMeans", "PaymentDueDate")
    name = root.name
    return ParsedInvoice(
        format=ROOTS[name],
        path=name,
        number=root.value("ID"),
        is_credit=name == "CreditNote" or kind in CREDITS,
        issued_on=told.day(root.first("IssueDate")),
        due_on=told.day(due),
        currency=currency,
        order=root.value("OrderReference", "ID"),
        corrects=tuple(texts(root, ("BillingReference", "InvoiceDocumentReference", "ID"))),
        seller=_party(root.first("AccountingSupplierParty")),
        buyer=_party(root.first("AccountingCustomerParty")),
        lines=tuple(_line(told, node) for node in root.all(f"{name}Line")),
        adjustments=adjustments(told, root),
        taxes=taxes,
        totals=Totals(tax=tax, **stated),
        problems=tuple(told.problems),
    )


def _party(node: Node | None) -> InvoiceParty:
    return party(texts(node, *PARTY_CODES), texts(node, *PARTY_NAMES))


def _taxes(
    told: XmlFields, root: Node, currency: str | None
) -> tuple[tuple[TaxPart, ...], Decimal | None]:
    """The taxes in the invoice's own currency (they may be told in the tax office's too), and what
    they come to."""
    parts: list[TaxPart] = []
    total: Decimal | None = None
    for node in root.all("TaxTotal"):
        amount = node.first("TaxAmount")
        if amount is None or amount.attributes.get("currencyID", currency) != currency:
            continue
        total = (total or Decimal(0)) + (told.number(amount) or Decimal(0))
        for part in node.all("TaxSubtotal"):
            own = told.number(part.first("TaxAmount"))
            if own is None:
                continue
            parts.append(
                TaxPart(
                    path=part.path,
                    amount=own,
                    taxable=told.number(part.first("TaxableAmount")),
                    rate=told.number(part.first("TaxCategory", "Percent")),
                    category=part.value("TaxCategory", "ID"),
                )
            )
    return tuple(parts), total


def _third_party(told: XmlFields, root: Node) -> Decimal | None:
    """What is collected for others: XRechnung's extension (BG-DEX-09) writes it where others write
    what was prepaid."""
    profile = root.value("CustomizationID") or ""
    if "xrechnung" not in profile or "extension" not in profile:
        return None
    return exact_sum(told.number(each) for each in root.all("PrepaidPayment", "PaidAmount"))


def _line(told: XmlFields, node: Node) -> InvoicedLine:
    quantity = next((each for name in _QUANTITIES if (each := node.first(name))), None)
    item, price = node.first("Item"), node.first("Price")
    unit = None if quantity is None else quantity.attributes.get("unitCode")
    if quantity is not None and quantity.text and not unit:
        told.problems.append(unit_missing(quantity))
    return InvoicedLine(
        path=node.path,
        line=node.value("ID"),
        order=node.value("OrderLineReference", "OrderReference", "ID"),
        order_line=node.value("OrderLineReference", "LineID"),
        codes=tuple((kind, each.text) for kind, each in item_codes(item)),
        description=next(texts(item, ("Name",), ("Description",)), None),
        quantity=told.number(quantity),
        unit=unit,
        price=told.number(at(price, "PriceAmount")),
        price_basis=told.number(at(price, "BaseQuantity")) or Decimal(1),
        amount=told.number(node.first("LineExtensionAmount")),
        adjustments=adjustments(told, node),
    )


def unit_missing(node: Node) -> Problem:
    """BR-23: a quantity has a unit."""
    return Problem(
        "unit_missing",
        node.path,
        "The quantity has no unit (BR-23).",
        "Ask the supplier to send the invoice again with the unit of the quantity.",
    )
