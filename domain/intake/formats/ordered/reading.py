"""The door to orders in XML: which documents are orders, and what they say."""

from collections.abc import Callable

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.ordered import cii_order, cxml_order, ubl_change, ubl_order
from domain.intake.formats.ordered.soundness import checked
from domain.intake.formats.recognition import Received, not_an_order, orders_reading
from domain.intake.formats.ubl_parts import NAMESPACE
from domain.intake.formats.xml_root import XmlRoot, root_of
from domain.intake.formats.xml_tree import Node, read_xml

_Parser = Callable[[Node], list[ParsedOrder]]
_WRAPPER = "StandardBusinessDocument"
_BLANKS = b" \t\r\n"
_UTF8_MARK = b"\xef\xbb\xbf"


def read(received: Received) -> Reading | None:
    """The reading of an order in XML; None for anything else."""
    root = root_of(received.text or "")
    told = None if root is None else _known(root)
    if told is None:
        return None
    format, parse = told
    tree, problem = read_xml(received.raw.removeprefix(_UTF8_MARK).lstrip(_BLANKS))
    if tree is None:
        return Reading(format, "faulty", problems=() if problem is None else (problem,))
    found = [checked(order) for order in parse(tree)]
    if found:
        return orders_reading(format, found)
    if format == cii_order.FORMAT:
        return not_an_order("orderx.response", "an ORDER-X answer to an order")
    return None


def _known(root: XmlRoot) -> tuple[str, _Parser] | None:
    if root.namespace.startswith(NAMESPACE):
        return _UBL.get(root.name)
    if root.name == _WRAPPER:
        return _wrapped(root)
    if root.name in cii_order.ROOTS:
        return cii_order.FORMAT, _of_cii
    if root.name == "cXML" and root.payload == cxml_order.PAYLOAD:
        return cxml_order.FORMAT, lambda tree: [cxml_order.read_order(tree)]
    return None


def _wrapped(root: XmlRoot) -> tuple[str, _Parser] | None:
    """A document in the header with which Peppol delivers it (SBDH)."""
    name = next((name for name in _UBL if f"{NAMESPACE}{name}-2" in root.head), None)
    if name is None:
        return None
    format, parse = _UBL[name]
    return format, lambda tree: [order for node in tree.all(name) for order in parse(node)]


_UBL: dict[str, tuple[str, _Parser]] = {
    "Order": (ubl_order.FORMAT, lambda root: [ubl_order.read_order(root)]),
    ubl_change.CHANGE: (ubl_change.FORMATS[ubl_change.CHANGE], ubl_change.read_change),
    ubl_change.CANCELLATION: (
        ubl_change.FORMATS[ubl_change.CANCELLATION],
        ubl_change.read_cancellation,
    ),
}


def _of_cii(root: Node) -> list[ParsedOrder]:
    return [] if cii_order.is_response(root) else [cii_order.read_order(root)]
