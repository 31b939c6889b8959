"""The lines of UBL orders and of changes of them."""

from datetime import date
from decimal import Decimal

from domain.intake.document import ItemCode, Notes, ParsedLine, ScheduledQuantity
from domain.intake.formats.ordered.figures import Priced, money_of
from domain.intake.formats.ordered.ubl_parties import ship_to
from domain.intake.formats.ordered.words import first_code, item_code, storable, told_beside
from domain.intake.formats.ubl_parts import adjustments, at, item_codes
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

ONE = Decimal(1)
_LINE_NOTES = (("Note",), ("LineItem", "Note"), ("LineItem", "AccountingCostCode"))
_CANCELLED = frozenset({"2", "CANCELLED"})


def lines(told: XmlFields, root: Node) -> tuple[ParsedLine, ...]:
    """The lines of an order or of a change of it."""
    return tuple(_line(told, node, place) for place, node in enumerate(line_nodes(root), 1))


def line_nodes(root: Node) -> list[Node]:
    """Where the lines stand."""
    return [each for each in root.all("OrderLine") if each.first("LineItem") is not None]


def _line(told: XmlFields, node: Node, place: int) -> ParsedLine:
    own = node.first("LineItem") or node
    item, price, counted = own.first("Item"), own.first("Price"), own.first("Quantity")
    quantity = told.number(counted)
    unit = None if counted is None else counted.attributes.get("unitCode")
    basis, beside = at(price, "BaseQuantity"), adjustments(told, own)
    money = money_of(
        Priced(
            path=node.path,
            quantity=quantity,
            unit=unit,
            price=told.number(at(price, "PriceAmount")),
            basis=_basis(told, basis),
            basis_unit=None if basis is None else basis.attributes.get("unitCode"),
            stated=told.number(own.first("LineExtensionAmount")),
            beside=beside,
        )
    )
    told.problems += money.problems
    codes = _codes(item)
    gone = (own.value("LineStatusCode") or "").upper() in _CANCELLED
    return ParsedLine(
        line=place,
        path=node.path,
        quantity=quantity,
        external_code=first_code(codes),
        codes=codes,
        description=next(texts(item, ("Name",), ("Description",)), None),
        unit=unit,
        unit_price=money.unit_price,
        amount=money.amount,
        tax=_line_tax(told, own),
        line_reference=own.value("ID"),
        quantity_current=quantity * 0 if gone and quantity is not None else None,
        ship_to=ship_to(own),
        requested_delivery_on=wanted_on(told, own),
        requested_ship_on=leaving_on(told, own),
        schedule=_schedule(told, own),
        notes=(*noted(node, _LINE_NOTES), *_properties(item), *told_beside(beside)),
    )


def _basis(told: XmlFields, node: Node | None) -> Decimal:
    """For how many the price is: for one, where it is not told."""
    found = told.number(node)
    return ONE if found is None else found


def _line_tax(told: XmlFields, own: Node) -> Decimal | None:
    stated = own.first("TotalTaxAmount") or own.first("TaxTotal", "TaxAmount")
    return told.number(stated)


def _codes(item: Node | None) -> tuple[ItemCode, ...]:
    named = [
        item_code(kind, node.text, node.attributes.get("schemeID"))
        for kind, node in item_codes(item)
    ]
    further = ("AdditionalItemIdentification", "CatalogueItemIdentification")
    others = (
        item_code("other", each.text, each.attributes.get("schemeID"))
        for name in further
        for each in (item.all(name, "ID") if item is not None else ())
        if each.text
    )
    return (*named, *others)


def wanted_on(told: XmlFields, node: Node) -> date | None:
    """By when it is wanted: the end of the period, else its beginning."""
    places = (
        ("Delivery", "RequestedDeliveryPeriod", "EndDate"),
        ("Delivery", "LatestDeliveryDate"),
        ("Delivery", "RequestedDeliveryPeriod", "StartDate"),
        ("RequestedDeliveryPeriod", "EndDate"),
        ("RequestedDeliveryPeriod", "StartDate"),
    )
    return _first_day(told, node, places)


def leaving_on(told: XmlFields, node: Node) -> date | None:
    """When it is to leave."""
    return _first_day(told, node, (("Delivery", "Despatch", "RequestedDespatchDate"),))


def _first_day(told: XmlFields, node: Node, places: tuple[tuple[str, ...], ...]) -> date | None:
    found = (each for names in places for each in node.all(*names) if each.text)
    return told.day(next(found, None))


def _schedule(told: XmlFields, own: Node) -> tuple[ScheduledQuantity, ...]:
    """The shares of a line that is delivered in several."""
    shares = []
    for delivery in own.all("Delivery"):
        node = delivery.first("Quantity")
        quantity = told.number(node)
        if node is not None and quantity is not None:
            day = _first_day(
                told,
                delivery,
                (("RequestedDeliveryPeriod", "EndDate"), ("RequestedDeliveryPeriod", "StartDate")),
            )
            place = delivery.value("DeliveryLocation", "ID")
            unit = node.attributes.get("unitCode")
            shares.append(ScheduledQuantity(quantity, unit, place, on=day))
    return tuple(shares)


def noted(node: Node, places: tuple[tuple[str, ...], ...]) -> Notes:
    """Texts that only inform, by their places."""
    return storable((".".join(names), text) for names in places for text in texts(node, names))


def _properties(item: Node | None) -> Notes:
    """What describes the item beside its name."""
    return storable(
        (name, value)
        for each in (item.all("AdditionalItemProperty") if item is not None else ())
        if (name := each.value("Name")) and (value := each.value("Value"))
    )
