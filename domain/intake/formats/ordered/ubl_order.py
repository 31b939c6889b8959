"""UBL Order (2.0 to 2.3; Peppol BIS Order 3, CEN BII)."""

from collections.abc import Iterator
from dataclasses import replace

from domain.intake.document import ParsedOrder, Totals
from domain.intake.formats.edifact_orders.codes import NO_ORDERS
from domain.intake.formats.moments import version_of
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.ordered.figures import totalled
from domain.intake.formats.ordered.ubl_lines import leaving_on, lines, noted, wanted_on
from domain.intake.formats.ordered.ubl_parties import (
    bill_to,
    endpoint,
    key_of_buyer,
    parties,
    ship_to,
)
from domain.intake.formats.ordered.words import BUYER, external_id, told_beside
from domain.intake.formats.ubl_parts import adjustments, at, currency_of
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

FORMAT = "ubl.order"
NOTES = (
    ("Note",),
    ("SalesOrderID",),
    ("AccountingCostCode",),
    ("AccountingCost",),
    ("ValidityPeriod", "EndDate"),
    ("QuotationDocumentReference", "ID"),
    ("OrderDocumentReference", "ID"),
    ("OriginatorDocumentReference", "ID"),
    ("Contract", "ID"),
    ("DeliveryTerms", "ID"),
    ("DeliveryTerms", "SpecialTerms"),
    ("PaymentTerms", "Note"),
    ("Delivery", "RequestedDeliveryPeriod", "StartDate"),
)
_MONEY = ("PriceAmount", "LineExtensionAmount", "TaxExclusiveAmount", "PayableAmount")


def read_order(root: Node) -> ParsedOrder:
    """What a UBL Order says."""
    told = XmlFields(whom=BUYER)
    number, buyer = root.value("ID"), root.first("BuyerCustomerParty")
    _refuse_kind(told, root)
    issued = told.moment(root.first("IssueDate"), root.first("IssueTime"))
    order = ParsedOrder(
        format=FORMAT,
        path=root.path,
        external_number=number,
        external_id=external_id(key_of_buyer(root), number),
        currency=currency(told, root),
        ordered_at=issued,
        sent_at=version_of(issued),
        lines=lines(told, root),
        ship_to=ship_to(root, at(buyer, "DeliveryContact")),
        bill_to=bill_to(root),
        parties=parties(root),
        sender=endpoint(buyer),
        receiver=endpoint(root.first("SellerSupplierParty")),
        buyer_reference=root.value("CustomerReference"),
        email=next(texts(buyer, ("Party", "Contact", "ElectronicMail")), None),
        prices_include_tax=False,
        source_status=root.value("OrderTypeCode"),
        requested_delivery_on=wanted_on(told, root),
        requested_ship_on=leaving_on(told, root),
        notes=noted(root, NOTES),
    )
    beside = adjustments(told, root)
    order = totalled(order, stated=_stated(told, root, order.currency), beside=beside)
    notes = (*order.notes, *told_beside(beside))
    return replace(order, notes=notes, problems=(*told.problems, *order.problems))


def _refuse_kind(told: XmlFields, root: Node) -> None:
    node = root.first("OrderTypeCode")
    what = NO_ORDERS.get(node.text) if node is not None else None
    if node is not None and what is not None:
        remedy = "Ask the buyer to call off from it by orders of their own."
        told.complain("order_kind_not_read", node, f"says that this is {what}", remedy=remedy)


def currency(told: XmlFields, root: Node) -> str | None:
    """The one currency that the order and its amounts are in."""
    stated = root.value("DocumentCurrencyCode") or root.value("PricingCurrencyCode")
    total = root.first("AnticipatedMonetaryTotal") or root.first("LegalMonetaryTotal")
    own = stated or currency_of(total)
    for node in _amounts(root):
        named = node.attributes.get("currencyID")
        own = own or named
        if named and named != own:
            told.complain("currencies_differ", node, f"is in {named[:3]} beside {own}")
            break
    return own


def _amounts(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.name in _MONEY:
            yield child
        elif child.name != "TaxTotal":
            yield from _amounts(child)


def _stated(told: XmlFields, root: Node, currency: str | None) -> Totals:
    """What is anticipated: the total with its tax where that is told, and as if nothing were
    prepaid or rounded."""
    sums = root.first("AnticipatedMonetaryTotal") or root.first("LegalMonetaryTotal")
    total = told.number(at(sums, "TaxInclusiveAmount"))
    if total is None and (payable := told.number(at(sums, "PayableAmount"))) is not None:
        rounding = told.number(at(sums, "PayableRoundingAmount"))
        prepaid = told.number(at(sums, "PrepaidAmount"))
        total = exact_sum((payable, prepaid, -rounding if rounding is not None else None))
    return Totals(
        subtotal=told.number(at(sums, "LineExtensionAmount")),
        discount=told.number(at(sums, "AllowanceTotalAmount")),
        shipping=told.number(at(sums, "ChargeTotalAmount")),
        tax=told.number(_tax(root, currency)),
        total=total,
    )


def _tax(root: Node, currency: str | None) -> Node | None:
    """The tax in the order's own currency; it may be told in another beside it."""
    own = root.all("TaxTotal", "TaxAmount")
    return next((n for n in own if n.attributes.get("currencyID", currency) == currency), None)
