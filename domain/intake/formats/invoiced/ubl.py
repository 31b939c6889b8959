"""UBL Invoice and CreditNote (2.0 to 2.3; Peppol BIS, XRechnung: EN 16931)."""

from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.invoiced.invoice import (
    Adjustment,
    InvoicedLine,
    InvoiceParty,
    ParsedInvoice,
    TaxPart,
    Totals,
    party,
)
from domain.intake.formats.invoiced.type_codes import CREDITS
from domain.intake.formats.invoiced.xml_fields import XmlFields, texts
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.xml_tree import Node

NAMESPACE = "urn:oasis:names:specification:ubl:schema:xsd:"
ROOTS = {"Invoice": "ubl.invoice", "CreditNote": "ubl.creditnote"}
_TYPES = ("InvoiceTypeCode", "CreditNoteTypeCode")
_QUANTITIES = ("InvoicedQuantity", "CreditedQuantity")
# Of a party: what it is known by, and what it is called.
_CODES = (
    ("Party", "PartyIdentification", "ID"),
    ("Party", "EndpointID"),
    ("CustomerAssignedAccountID",),
    ("Party", "PartyTaxScheme", "CompanyID"),
    ("Party", "PartyLegalEntity", "CompanyID"),
    ("Party", "PostalAddress", "ID"),
)
_NAMES = (("Party", "PartyName", "Name"), ("Party", "PartyLegalEntity", "RegistrationName"))
_TOTALS = {
    "lines": "LineExtensionAmount",
    "allowances": "AllowanceTotalAmount",
    "charges": "ChargeTotalAmount",
    "net": "TaxExclusiveAmount",
    "gross": "TaxInclusiveAmount",
    "prepaid": "PrepaidAmount",
    "rounding": "PayableRoundingAmount",
    "payable": "PayableAmount",
}


def read_ubl(root: Node) -> ParsedInvoice:
    """What a UBL Invoice or CreditNote says; its figures are not checked yet."""
    told = XmlFields()
    totals = root.first("LegalMonetaryTotal")
    kind = next((code for name in _TYPES if (code := root.value(name))), "")
    currency = root.value("DocumentCurrencyCode") or _currency(totals)
    taxes, tax = _taxes(told, root, currency)
    stated = {name: told.number(_at(totals, own)) for name, own in _TOTALS.items()}
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
        adjustments=_adjustments(told, root),
        taxes=taxes,
        totals=Totals(tax=tax, **stated),
        problems=tuple(told.problems),
    )


def _at(node: Node | None, *names: str) -> Node | None:
    return None if node is None else node.first(*names)


def _currency(totals: Node | None) -> str | None:
    for node in totals.children if totals is not None else ():
        if (found := node.attributes.get("currencyID")) is not None:
            return found
    return None


def _party(node: Node | None) -> InvoiceParty:
    return party(texts(node, *_CODES), texts(node, *_NAMES))


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


def _adjustments(told: XmlFields, node: Node) -> tuple[Adjustment, ...]:
    found = []
    for each in node.all("AllowanceCharge"):
        amount = told.number(each.first("Amount"))
        if amount is not None:
            found.append(
                Adjustment(
                    path=each.path,
                    amount=amount,
                    is_charge=each.value("ChargeIndicator") in ("true", "1"),
                    code=each.value("AllowanceChargeReasonCode"),
                    reason=each.value("AllowanceChargeReason"),
                )
            )
    return tuple(found)


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
        codes=_codes(item),
        description=next(texts(item, ("Name",), ("Description",)), None),
        quantity=told.number(quantity),
        unit=unit,
        price=told.number(_at(price, "PriceAmount")),
        price_basis=told.number(_at(price, "BaseQuantity")) or Decimal(1),
        amount=told.number(node.first("LineExtensionAmount")),
        adjustments=_adjustments(told, node),
    )


def unit_missing(node: Node) -> Problem:
    """BR-23: a quantity has a unit."""
    return Problem(
        "unit_missing",
        node.path,
        "The quantity has no unit (BR-23).",
        "Ask the supplier to send the invoice again with the unit of the quantity.",
    )


def _codes(item: Node | None) -> tuple[tuple[str, str], ...]:
    kinds = (
        ("gtin", "StandardItemIdentification"),
        ("buyer", "BuyersItemIdentification"),
        ("vendor", "SellersItemIdentification"),
        ("manufacturer", "ManufacturersItemIdentification"),
    )
    return tuple((kind, each) for kind, name in kinds for each in texts(item, (name, "ID")))
