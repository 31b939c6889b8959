"""ORDER-X: the Cross Industry Order of UN/CEFACT (SCRDM), in any of its profiles."""

from dataclasses import replace

from domain.intake.changes import Change
from domain.intake.document import Notes, ParsedOrder, Purpose, Totals
from domain.intake.formats.cii_parts import (
    AGREEMENT,
    BODY,
    HEADER,
    SETTLEMENT,
    SUMS,
    TOTALS,
    adjustments,
    either,
    reference,
)
from domain.intake.formats.edifact_orders.codes import NO_ORDERS, PURPOSES, REPLACES_LINES
from domain.intake.formats.moments import version_of
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.ordered.cii_lines import lines
from domain.intake.formats.ordered.cii_moments import day_wanted, moment
from domain.intake.formats.ordered.cii_parties import (
    address,
    email_of,
    endpoint,
    key_of,
    parties,
)
from domain.intake.formats.ordered.figures import totalled
from domain.intake.formats.ordered.words import BUYER, external_id, storable, told_beside
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

FORMAT = "orderx.order"
ROOTS = ("SCRDMCCBDACIOMessageStructure", "CrossIndustryOrder")
_DELIVERY = "ApplicableHeaderTradeDelivery"
_NOTHING = Node("nothing")
CHANGE_KIND = "230"
RESPONSE_KIND = "231"
_NOTES = (
    ("Note", ("IncludedNote", "Content")),
    ("ValidUntil", ("EffectiveSpecifiedPeriod", "EndDateTime", "DateTimeString")),
)
_REFERENCES = (
    "QuotationReferencedDocument",
    "ContractReferencedDocument",
    "RequisitionReferencedDocument",
    "BlanketOrderReferencedDocument",
    "PreviousOrderReferencedDocument",
    "SellerOrderReferencedDocument",
)


def is_response(root: Node) -> bool:
    """Whether it is the seller's answer to an order, which is written alike."""
    return (either(root, HEADER) or _NOTHING).value("TypeCode") == RESPONSE_KIND


def read_order(root: Node) -> ParsedOrder:
    """What an ORDER-X order, or a change of one, says."""
    told = XmlFields(whom=BUYER)
    body = either(root, BODY) or _NOTHING
    settlement = either(body, SETTLEMENT) or _NOTHING
    order = _order(told, root, either(root, HEADER) or _NOTHING, body)
    beside = adjustments(told, settlement)
    if order.change is None or order.change.replaces_lines:
        order = totalled(order, stated=_stated(told, settlement), beside=beside)
    notes = (*order.notes, *told_beside(beside))
    return replace(order, notes=notes, problems=(*told.problems, *order.problems))


def _order(told: XmlFields, root: Node, header: Node, body: Node) -> ParsedOrder:
    agreement = either(body, AGREEMENT) or _NOTHING
    delivery = body.first(_DELIVERY) or _NOTHING
    settlement = either(body, SETTLEMENT) or _NOTHING
    buyer, own = agreement.first("BuyerTradeParty"), header.value("ID")
    purpose = _purpose(told, header)
    about = reference(agreement.first("BuyerOrderReferencedDocument"))
    number = own if purpose == "original" else about or own
    invoicee = settlement.first("InvoiceeTradeParty")
    issued = moment(told, header.first("IssueDateTime"))
    return ParsedOrder(
        format=FORMAT,
        path=root.name,
        external_number=number,
        external_id=external_id(key_of(buyer), number),
        currency=settlement.value("OrderCurrencyCode"),
        ordered_at=issued,
        sent_at=version_of(issued),
        purpose=purpose,
        change=None if purpose == "original" else _change(header, own),
        lines=lines(told, body),
        ship_to=address(delivery.first("ShipToTradeParty")),
        bill_to=address(buyer if invoicee is None and purpose == "original" else invoicee),
        parties=parties(agreement, delivery, settlement),
        sender=endpoint(buyer),
        receiver=endpoint(agreement.first("SellerTradeParty")),
        buyer_reference=agreement.value("BuyerReference"),
        email=email_of(buyer),
        prices_include_tax=False,
        cancelled=purpose == "cancel",
        source_status=header.value("TypeCode"),
        requested_delivery_on=day_wanted(told, delivery, "RequestedDeliverySupplyChainEvent"),
        requested_ship_on=day_wanted(told, delivery, "RequestedDespatchSupplyChainEvent"),
        is_test=_is_test(root),
        notes=_notes(header, agreement, own if number != own else None),
    )


def _change(header: Node, number: str | None) -> Change:
    function = header.value("PurposeCode") or ""
    return Change(number=number, replaces_lines=function in REPLACES_LINES)


def _purpose(told: XmlFields, header: Node) -> Purpose:
    """By the function of the message, else by the kind of the document."""
    kind, function = header.first("TypeCode"), header.first("PurposeCode")
    code = kind.text if kind is not None else ""
    if kind is not None and code in NO_ORDERS:
        remedy = "Ask the buyer to call off from it by orders of their own."
        what = f"says that this is {NO_ORDERS[code]}"
        told.complain("order_kind_not_read", kind, what, remedy=remedy)
    found = PURPOSES.get(function.text) if function is not None and function.text else "original"
    if found is None and function is not None:
        told.complain("purpose_unknown", function, "is a purpose that is not known")
    if code == CHANGE_KIND and found != "cancel":
        return "change"
    return found or "original"


def _is_test(root: Node) -> bool:
    told = root.value("ExchangedDocumentContext", "TestIndicator", "Indicator") or ""
    return told.lower() in ("true", "1")


def _stated(told: XmlFields, settlement: Node) -> Totals:
    sums = either(settlement, SUMS) or _NOTHING
    named = {name: told.number(sums.first(own)) for name, own in TOTALS.items()}
    currency = settlement.value("OrderCurrencyCode")
    taxes = (
        told.number(each)
        for each in sums.all("TaxTotalAmount")
        if each.attributes.get("currencyID", currency) == currency
    )
    total = named["gross"] if named["gross"] is not None else named["net"]
    return Totals(
        subtotal=named["lines"],
        discount=named["allowances"],
        shipping=named["charges"],
        tax=exact_sum(taxes),
        total=total,
    )


def _notes(header: Node, agreement: Node, change: str | None) -> Notes:
    free = [(name, text) for name, path in _NOTES for text in texts(header, path)]
    named = [(name, told) for name in _REFERENCES if (told := reference(agreement.first(name)))]
    own = [("Change", change)] if change else []
    return storable([*own, *free, *named])
