"""The items of cXML orders."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.intake.document import ItemCode, ParsedLine
from domain.intake.formats.moments import day_of
from domain.intake.formats.numbers import exact_product
from domain.intake.formats.ordered.cxml_parties import address
from domain.intake.formats.ordered.figures import Priced, money_of
from domain.intake.formats.ordered.words import first_code, item_code, storable
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

_NOTHING = Node("nothing")
_ONE = Decimal(1)
_GTIN_DOMAINS = frozenset({"GTIN", "EAN", "EAN-13", "EANID", "UPC", "UPCID", "ISBN"})


def lines(told: XmlFields, asked: Node) -> tuple[ParsedLine, ...]:
    """The items; those of a set that has its own price are parts of it, and a set that has none
    only heads them."""
    nodes = list(asked.all("ItemOut"))
    heads = {
        node.attributes.get("lineNumber"): node
        for node in nodes
        if node.attributes.get("itemType") == "composite"
    }
    ordered = [node for node in nodes if not _is_head(node) and _whole(node, heads) is None]
    parts: dict[int, list[Node]] = {}
    for node in nodes:
        if (whole := _whole(node, heads)) is not None:
            parts.setdefault(id(whole), []).append(node)
    return tuple(
        replace(
            _line(told, node, place),
            parts=tuple(_line(told, p, n) for n, p in enumerate(parts.get(id(node), ()), 1)),
        )
        for place, node in enumerate(ordered, 1)
    )


def _is_head(node: Node) -> bool:
    kind, level = (node.attributes.get(name) for name in ("itemType", "compositeItemType"))
    return kind == "composite" and level == "itemLevel"


def _whole(node: Node, heads: dict[str | None, Node]) -> Node | None:
    """The set that an item is priced with."""
    above = node.attributes.get("parentLineNumber")
    whole = heads.get(above) if above else None
    return None if whole is None or _is_head(whole) else whole


def _line(told: XmlFields, node: Node, place: int) -> ParsedLine:
    detail = node.first("ItemDetail") or node.first("BlanketItemDetail") or _NOTHING
    quantity = told.attribute(node, "quantity")
    unit = detail.value("UnitOfMeasure")
    money = money_of(_priced(told, node, detail, quantity, unit))
    told.problems += money.problems
    if node.attributes.get("isReturn") == "yes":
        remedy = "Ask for a return of the goods; an order brings none back."
        told.complain("line_is_return", node, "is a return", remedy=remedy)
    codes = tuple(_codes(node, detail))
    return ParsedLine(
        line=place,
        path=node.path,
        quantity=quantity,
        external_code=first_code(codes),
        codes=codes,
        description=_description(detail),
        unit=unit,
        unit_price=money.unit_price,
        amount=money.amount,
        tax=money_in(told, node, "Tax"),
        line_reference=node.attributes.get("lineNumber"),
        ship_to=address(node, "ShipTo"),
        requested_delivery_on=day_of_attribute(told, node, "requestedDeliveryDate"),
        requested_ship_on=day_of_attribute(told, node, "requestedShipmentDate"),
        notes=storable([("Comments", text) for text in texts(node, ("Comments",))]),
    )


def _priced(
    told: XmlFields, node: Node, detail: Node, quantity: Decimal | None, unit: str | None
) -> Priced:
    """The price, which may be for several, or for another unit by a factor."""
    basis = detail.first("PriceBasisQuantity")
    price, count = money_in(told, detail, "UnitPrice"), _ONE
    if basis is not None:
        factor = told.attribute(basis, "conversionFactor")
        stated = told.attribute(basis, "quantity")
        count = _ONE if stated is None else stated
        price = price if price is None or factor is None else exact_product(price, factor)
    return Priced(path=node.path, quantity=quantity, unit=unit, price=price, basis=count)


def _codes(node: Node, detail: Node) -> Iterator[ItemCode]:
    own = node.first("ItemID") or _NOTHING
    named = (
        ("vendor", own, "SupplierPartID"),
        ("buyer", own, "BuyerPartID"),
        ("manufacturer", detail, "ManufacturerPartID"),
    )
    for kind, place, name in named:
        for text in texts(place, (name,)):
            yield item_code(kind, text, name)
    for each in (*own.all("IdReference"), *detail.all("ItemDetailIndustry", "IdReference")):
        domain, value = (each.attributes.get(name, "") for name in ("domain", "identifier"))
        if value:
            is_gtin = domain.upper() in _GTIN_DOMAINS
            yield ItemCode("gtin" if is_gtin else "other", value, domain or None)


def _description(detail: Node) -> str | None:
    found = detail.first("Description")
    return None if found is None else found.text or found.value("ShortName")


def day_of_attribute(told: XmlFields, node: Node, name: str) -> date | None:
    """The day that an attribute tells."""
    return day_of(told.attribute_moment(node, name))


def money_in(told: XmlFields, node: Node, *names: str) -> Decimal | None:
    """The amount in a node below."""
    return told.number(node.first(*names, "Money"))
