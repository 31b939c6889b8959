"""cXML InvoiceDetailRequest: invoices, credit and debit memos."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.invoiced.invoice import (
    Adjustment,
    InvoicedLine,
    InvoiceParty,
    ParsedInvoice,
    Totals,
    party,
)
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

FORMAT = "cxml.invoicedetailrequest"
_REQUEST = ("Request", "InvoiceDetailRequest")
_CREDITS = frozenset({"creditMemo", "lineLevelCreditMemo"})
_ITEMS = ("InvoiceDetailItem", "InvoiceDetailServiceItem")
# Of the summary and of a line: amounts beside the subtotal, and whether they are charges.
_BESIDE = (
    ("ShippingAmount", True, "FC"),
    ("SpecialHandlingAmount", True, None),
    ("InvoiceDetailLineShipping", True, "FC"),
    ("InvoiceDetailLineSpecialHandling", True, None),
    ("InvoiceDetailDiscount", False, None),
)


def is_invoice(root: Node) -> bool:
    """Whether a cXML document is an invoice."""
    return root.name == "cXML" and root.first(*_REQUEST) is not None


def read_cxml(root: Node) -> ParsedInvoice:
    """What an InvoiceDetailRequest says; its figures are not checked yet."""
    told = XmlFields()
    request = root.first(*_REQUEST) or Node("nothing")
    header = request.first("InvoiceDetailRequestHeader") or Node("nothing")
    summary = request.first("InvoiceDetailSummary") or Node("nothing")
    issued = header.attributes.get("invoiceDate", "")
    orders = [*request.all("InvoiceDetailOrder"), *request.all("InvoiceDetailHeaderOrder")]
    lines = tuple(line for order in orders for line in _lines(told, order))
    named = {line.order for line in lines}
    return ParsedInvoice(
        format=FORMAT,
        path=request.path,
        number=header.attributes.get("invoiceID") or None,
        is_credit=header.attributes.get("purpose") in _CREDITS,
        issued_on=told.day_of(header, issued) if issued else None,
        currency=_currency(summary) or _currency(request),
        order=next(iter(named)) if len(named) == 1 else None,
        corrects=tuple(_corrected(header)),
        seller=_party(root, header, "From", ("remitTo", "from", "issuerOfInvoice")),
        buyer=_party(root, header, "To", ("billTo", "soldTo")),
        lines=lines,
        adjustments=_beside(told, summary),
        totals=_totals(told, summary),
        problems=(*_withdrawn(header), *told.problems),
    )


def _withdrawn(header: Node) -> Iterator[Problem]:
    if header.attributes.get("operation") == "delete":
        message = "It takes back an invoice that was sent before."
        remedy = "Reject the invoice that it means, or ask the supplier for a credit note."
        yield Problem("invoice_withdrawn", header.path, message, remedy)


def _currency(node: Node) -> str | None:
    if node.name == "Money" and node.attributes.get("currency"):
        return node.attributes["currency"]
    return next((found for child in node.children if (found := _currency(child))), None)


def _corrected(header: Node) -> Iterator[str]:
    for node in (*header.all("InvoiceIDInfo"), *header.all("InvoiceReference")):
        if node.attributes.get("invoiceID"):
            yield node.attributes["invoiceID"]


def _party(root: Node, header: Node, place: str, roles: tuple[str, ...]) -> InvoiceParty:
    contacts = [
        each
        for each in header.all("InvoicePartner", "Contact")
        if each.attributes.get("role") in roles
    ]
    ids = [each.attributes["addressID"] for each in contacts if each.attributes.get("addressID")]
    names = [name for each in contacts for name in texts(each, ("Name",))]
    told = texts(root.first("Header", place), ("Credential", "Identity"))
    return party([*told, *ids], names)


def _money(told: XmlFields, node: Node | None) -> Decimal | None:
    return None if node is None else told.number(node.first("Money"))


def _totals(told: XmlFields, summary: Node) -> Totals:
    def stated(name: str) -> Decimal | None:
        # Zero is how many write that they say none.
        return _money(told, summary.first(name)) or None

    return Totals(
        lines=stated("SubtotalAmount"),
        tax=_money(told, summary.first("Tax")),
        gross=stated("NetAmount"),
        prepaid=stated("DepositAmount"),
        payable=stated("DueAmount"),
    )


def _beside(told: XmlFields, node: Node) -> tuple[Adjustment, ...]:
    found = []
    for name, is_charge, code in _BESIDE:
        for each in node.all(name):
            amount = _money(told, each)
            if amount:
                found.append(
                    Adjustment(path=each.path, amount=amount, is_charge=is_charge, code=code)
                )
    return tuple(found)


def _lines(told: XmlFields, order: Node) -> Iterator[InvoicedLine]:
    reference = _order_number(order)
    for name in _ITEMS:
        for node in order.all(name):
            yield _line(told, node, reference)


def _order_number(order: Node) -> str | None:
    info = order.first("InvoiceDetailOrderInfo")
    if info is None:
        return None
    reference = info.first("OrderReference")
    if reference is not None and reference.attributes.get("orderID"):
        return reference.attributes["orderID"]
    named = info.first("OrderIDInfo")
    if named is not None:
        return named.attributes.get("orderID") or None
    document = info.first("OrderReference", "DocumentReference")
    return None if document is None else document.attributes.get("payloadID") or None


def _line(told: XmlFields, node: Node, order: str | None) -> InvoicedLine:
    item = node.first("InvoiceDetailItemReference") or Node("nothing")
    own = _beside(told, node)
    subtotal = _money(told, node.first("SubtotalAmount"))
    if subtotal is not None:
        # The subtotal is without the line's own shipping and discount.
        subtotal += sum((each.signed for each in own), Decimal(0))
    price = node.first("UnitPrice", "Money")
    return InvoicedLine(
        path=node.path,
        line=node.attributes.get("invoiceLineNumber"),
        order=order,
        order_line=item.attributes.get("lineNumber"),
        codes=tuple(_codes(item)),
        description=next(texts(item, ("Description",)), None),
        quantity=told.attribute(node, "quantity"),
        unit=node.value("UnitOfMeasure"),
        price=told.number(price),
        amount=subtotal,
        adjustments=own,
    )


def _codes(item: Node) -> Iterator[tuple[str, str]]:
    for each in texts(item, ("ItemID", "BuyerPartID")):
        yield "buyer", each
    for each in texts(item, ("ItemID", "SupplierPartID")):
        yield "vendor", each
