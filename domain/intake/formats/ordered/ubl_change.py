"""UBL OrderChange and OrderCancellation: what becomes of an order that came before."""

from collections.abc import Iterator
from dataclasses import replace

from domain.intake.changes import Change, LineAction
from domain.intake.document import Notes, ParsedOrder, Problem
from domain.intake.formats.edifact_orders.codes import ACTIONS
from domain.intake.formats.moments import version_of
from domain.intake.formats.ordered.soundness import REFERENCE_MISSING
from domain.intake.formats.ordered.ubl_lines import (
    leaving_on,
    line_nodes,
    lines,
    noted,
    wanted_on,
)
from domain.intake.formats.ordered.ubl_order import NOTES, currency
from domain.intake.formats.ordered.ubl_parties import (
    bill_to,
    endpoint,
    key_of_buyer,
    parties,
    ship_to,
)
from domain.intake.formats.ordered.words import BUYER, external_id
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

CHANGE, CANCELLATION = "OrderChange", "OrderCancellation"
FORMATS = {CHANGE: "ubl.orderchange", CANCELLATION: "ubl.ordercancellation"}
# UBL's own words; Peppol writes the codes of UNTDID 1229.
_ACTIONS: dict[str, LineAction] = {
    "ADDED": "add",
    "CANCELLED": "remove",
    "REVISED": "change",
    "DISPUTED": "keep",
    "NOSTATUS": "keep",
    **ACTIONS,
    "42": "keep",
}


def read_change(root: Node) -> list[ParsedOrder]:
    """What an OrderChange says: of the lines that it names, and of the whole."""
    told = XmlFields(whom=BUYER)
    found = _about(told, root, root.value("OrderReference", "ID"))
    sequence = root.value("SequenceNumberID") or root.value("SequenceNumber") or ""
    is_counted = sequence.isascii() and sequence.isdigit() and len(sequence) < 10
    own = tuple(
        replace(line, action=_action(told, node), quantity_current=None)
        for line, node in zip(lines(told, root), line_nodes(root), strict=True)
    )
    order = replace(
        found,
        purpose="change",
        change=Change(number=root.value("ID"), sequence=int(sequence) if is_counted else 0),
        currency=currency(told, root),
        lines=own,
        ship_to=ship_to(root, root.first("BuyerCustomerParty", "DeliveryContact")),
        bill_to=bill_to(root, is_change=True),
        requested_delivery_on=wanted_on(told, root),
        requested_ship_on=leaving_on(told, root),
    )
    return [replace(order, problems=(*order.problems, *told.problems))]


def read_cancellation(root: Node) -> list[ParsedOrder]:
    """The orders that an OrderCancellation takes back."""
    told = XmlFields(whom=BUYER)
    numbers: list[str | None] = list(dict.fromkeys(texts(root, ("OrderReference", "ID"))))
    return [
        replace(
            _about(told, root, number),
            purpose="cancel",
            change=Change(number=root.value("ID")),
            cancelled=True,
        )
        for number in numbers or [None]
    ]


def _about(told: XmlFields, root: Node, number: str | None) -> ParsedOrder:
    """What every document about an order says of it: whose it is, which, and when it was sent."""
    issued = told.moment(root.first("IssueDate"), root.first("IssueTime"))
    buyer = root.first("BuyerCustomerParty")
    return ParsedOrder(
        format=FORMATS[root.name],
        path=root.path,
        external_number=number,
        external_id=external_id(key_of_buyer(root), number),
        ordered_at=issued,
        sent_at=version_of(issued),
        parties=parties(root),
        sender=endpoint(buyer),
        receiver=endpoint(root.first("SellerSupplierParty")),
        prices_include_tax=False,
        notes=_notes(root),
        problems=tuple(_unreferenced(root, number)),
    )


def _notes(root: Node) -> Notes:
    return noted(root, (("ID",), ("CancellationNote",), *NOTES))


def _unreferenced(root: Node, number: str | None) -> Iterator[Problem]:
    if number is None:
        path = f"{root.path}/OrderReference/ID"
        message = "The document does not say which order it is about."
        yield Problem(REFERENCE_MISSING, path, message, f"Ask {BUYER} to name the order.")


def _action(told: XmlFields, node: Node) -> LineAction | None:
    """What is to be done with a line; None where it does not say."""
    status = node.first("LineItem", "LineStatusCode")
    if status is None or not status.text:
        return None
    found = _ACTIONS.get(status.text.upper())
    if found is None:
        told.complain("line_status_unknown", status, "is a status that is not known")
    return found
