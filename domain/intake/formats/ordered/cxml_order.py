"""cXML OrderRequest: an order, a newer state of one (update), or its withdrawal (delete)."""

from collections.abc import Iterable
from dataclasses import replace

from domain.intake.changes import Change
from domain.intake.document import Notes, ParsedOrder, Purpose, Totals
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.invoiced.invoice import Adjustment
from domain.intake.formats.moments import version_of
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.ordered.cxml_lines import day_of_attribute, lines, money_in
from domain.intake.formats.ordered.cxml_parties import address, identities, parties
from domain.intake.formats.ordered.figures import totalled
from domain.intake.formats.ordered.words import BUYER, external_id, storable, told_beside
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

FORMAT = "cxml.orderrequest"
PAYLOAD = "OrderRequest"
_NOTHING = Node("nothing")
_PURPOSES: dict[str, Purpose] = {
    "": "original",
    "new": "original",
    "update": "change",
    "delete": "cancel",
}
_NO_ORDERS = {"blanket": "a blanket order"}


def read_order(root: Node) -> ParsedOrder:
    """What an OrderRequest says."""
    told = XmlFields(whom=BUYER)
    request = root.first("Request") or _NOTHING
    asked = request.first(PAYLOAD) or _NOTHING
    header = asked.first("OrderRequestHeader") or asked
    number = header.attributes.get("orderID", "").strip() or None
    sender = next(identities(root, "From"), None)
    purpose = _purpose(told, header)
    order = ParsedOrder(
        format=FORMAT,
        path=asked.path,
        external_number=number,
        external_id=external_id(None if sender is None else sender[0], number),
        currency=_currency(told, asked),
        ordered_at=told.attribute_moment(header, "orderDate"),
        sent_at=version_of(told.attribute_moment(root, "timestamp")),
        purpose=purpose,
        change=None if purpose == "original" else _change(root, header),
        lines=lines(told, asked),
        ship_to=address(header, "ShipTo"),
        bill_to=address(header, "BillTo"),
        parties=parties(root, header),
        sender=_identity(sender),
        receiver=_identity(next(identities(root, "To"), None)),
        email=_email(header),
        prices_include_tax=False,
        cancelled=purpose == "cancel",
        source_status=header.attributes.get("type"),
        source_version=_version(header),
        requested_delivery_on=day_of_attribute(told, header, "requestedDeliveryDate"),
        requested_ship_on=day_of_attribute(told, header, "requestedShipmentDate"),
        is_test=request.attributes.get("deploymentMode") == "test",
        notes=_notes(header),
    )
    beside = _modifications(told, header)
    stated = _stated(told, asked, header, beside)
    order = totalled(order, stated=stated, beside=beside, of_goods=True)
    notes = (*order.notes, *told_beside(beside))
    return replace(order, notes=notes, problems=(*told.problems, *order.problems))


def _purpose(told: XmlFields, header: Node) -> Purpose:
    kind = header.attributes.get("orderType", "")
    if kind in _NO_ORDERS:
        remedy = "Ask the buyer to release from it by orders of their own."
        told.complain(
            "order_kind_not_read", header, f"says that this is {_NO_ORDERS[kind]}", remedy=remedy
        )
    stated = header.attributes.get("type", "")
    found = _PURPOSES.get(stated)
    if found is None:
        told.complain("purpose_unknown", header, f"has the type {excerpt(stated, 10)}, unknown")
    return found or "original"


def _change(root: Node, header: Node) -> Change:
    """An update says the whole order anew."""
    version = header.attributes.get("orderVersion", "")
    is_counted = version.isascii() and version.isdigit() and len(version) < 10
    return Change(
        number=root.attributes.get("payloadID"),
        sequence=int(version) if is_counted else 0,
        replaces_lines=True,
    )


def _identity(found: tuple[str, str | None] | None) -> str | None:
    return None if found is None else ":".join(part for part in (found[1], found[0]) if part)


def _version(header: Node) -> str | None:
    """The number of the order's version, so that a late older one does not take back a newer."""
    stated = header.attributes.get("orderVersion", "")
    is_counted = stated.isascii() and stated.isdigit() and len(stated) < 10
    return stated.zfill(10) if is_counted else None


def _currency(told: XmlFields, asked: Node) -> str | None:
    """The one currency of the order's total and its prices."""
    own = None
    price = ("ItemOut", "ItemDetail", "UnitPrice", "Money")
    places = (("OrderRequestHeader", "Total", "Money"), price)
    for node in (each for names in places for each in asked.all(*names)):
        named = node.attributes.get("currency")
        own = own or named
        if named and named != own:
            told.complain("currencies_differ", node, f"is in {named[:3]} beside {own}")
            break
    return own


def _email(header: Node) -> str | None:
    return next(texts(header, ("Contact", "Email"), ("BillTo", "Address", "Email")), None)


def _stated(told: XmlFields, asked: Node, header: Node, beside: Iterable[Adjustment]) -> Totals:
    """The total is that of the items; freight and modifications stand beside it."""
    freight = money_in(told, header, "Shipping")
    if freight is None:
        freight = exact_sum(money_in(told, each) for each in asked.all("ItemOut", "Shipping"))
    charges = [each.amount for each in beside if each.is_charge]
    shipping = exact_sum([freight, *charges])
    return Totals(
        shipping=shipping,
        tax=money_in(told, header, "Tax"),
        total=money_in(told, header, "Total"),
    )


def _modifications(told: XmlFields, header: Node) -> tuple[Adjustment, ...]:
    """What is put on the whole, or taken off it."""
    kinds = ((("AdditionalCost",), True), (("AdditionalDeduction", "DeductionAmount"), False))
    found = []
    for node in header.all("Total", "Modifications", "Modification"):
        for names, is_charge in kinds:
            amount = money_in(told, node, *names)
            if amount is not None:
                detail = node.first("ModificationDetail") or _NOTHING
                reason = detail.value("Description") or detail.attributes.get("name")
                found.append(
                    Adjustment(path=node.path, amount=amount, is_charge=is_charge, reason=reason)
                )
    return tuple(found)


def _notes(header: Node) -> Notes:
    free = [("Comments", text) for text in texts(header, ("Comments",))]
    names = ("agreementID", "requisitionID", "parentAgreementID", "orderVersion")
    told = [(name, header.attributes[name]) for name in names if header.attributes.get(name)]
    extrinsic = [
        (each.attributes.get("name") or each.name, each.text)
        for each in header.all("Extrinsic")
        if each.text
    ]
    return storable([*free, *told, *extrinsic])
