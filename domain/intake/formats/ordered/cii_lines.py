"""The lines of ORDER-X."""

from decimal import Decimal

from domain.intake.changes import LineAction
from domain.intake.document import ItemCode, Notes, ParsedLine
from domain.intake.formats.cii_parts import (
    LINE_AGREEMENT,
    LINE_DELIVERY,
    LINE_SETTLEMENT,
    LINE_SUMS,
    adjustments,
    counts,
    either,
    item_codes,
)
from domain.intake.formats.edifact_orders.codes import ACTIONS
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.ordered.cii_moments import day_wanted
from domain.intake.formats.ordered.cii_parties import address
from domain.intake.formats.ordered.figures import Priced, money_of
from domain.intake.formats.ordered.words import first_code, item_code, storable, told_beside
from domain.intake.formats.xml_fields import XmlFields, texts
from domain.intake.formats.xml_tree import Node

_NOTHING = Node("nothing")
_ONE = Decimal(1)


def lines(told: XmlFields, body: Node) -> tuple[ParsedLine, ...]:
    """The lines of an order, or of a change of one: then each with what is to be done with it."""
    found = [each for each in body.all("IncludedSupplyChainTradeLineItem") if counts(each)]
    return tuple(_line(told, node, place) for place, node in enumerate(found, 1))


def _line(told: XmlFields, node: Node, place: int) -> ParsedLine:
    product = node.first("SpecifiedTradeProduct")
    delivery = either(node, LINE_DELIVERY) or _NOTHING
    counted = delivery.first("RequestedQuantity")
    quantity = told.number(counted)
    unit = None if counted is None else counted.attributes.get("unitCode")
    priced = _priced(told, node, quantity, unit)
    money = money_of(priced)
    told.problems += money.problems
    codes = _codes(product)
    return ParsedLine(
        line=place,
        path=node.path,
        quantity=quantity,
        external_code=first_code(codes),
        codes=codes,
        description=next(texts(product, ("Name",), ("Description",)), None),
        unit=unit,
        unit_price=money.unit_price,
        amount=money.amount,
        line_reference=node.value("AssociatedDocumentLineDocument", "LineID"),
        ship_to=address(delivery.first("ShipToTradeParty")),
        requested_delivery_on=day_wanted(told, delivery, "RequestedDeliverySupplyChainEvent"),
        requested_ship_on=day_wanted(told, delivery, "RequestedDespatchSupplyChainEvent"),
        action=_action(told, node),
        notes=(*_line_notes(node), *told_beside(priced.beside)),
    )


def _priced(told: XmlFields, node: Node, quantity: Decimal | None, unit: str | None) -> Priced:
    """The net price; a gross price alone less what is taken off it."""
    agreement = either(node, LINE_AGREEMENT) or _NOTHING
    settlement = either(node, LINE_SETTLEMENT) or _NOTHING
    sums = either(settlement, LINE_SUMS)
    net = agreement.first("NetPriceProductTradePrice")
    price = net if net is not None else agreement.first("GrossPriceProductTradePrice") or _NOTHING
    amount, basis = told.number(price.first("ChargeAmount")), price.first("BasisQuantity")
    if net is None and amount is not None:
        amount += exact_sum(_applied(told, price)) or 0
    found = told.number(basis)
    return Priced(
        path=node.path,
        quantity=quantity,
        unit=unit,
        price=amount,
        basis=_ONE if found is None else found,
        basis_unit=None if basis is None else basis.attributes.get("unitCode"),
        stated=None if sums is None else told.number(sums.first("LineTotalAmount")),
        beside=adjustments(told, settlement),
    )


def _applied(told: XmlFields, price: Node) -> list[Decimal | None]:
    """What is taken off a gross price, or put on it."""
    found = []
    for each in price.all("AppliedTradeAllowanceCharge"):
        amount = told.number(each.first("ActualAmount"))
        is_charge = each.value("ChargeIndicator", "Indicator") in ("true", "1")
        found.append(amount if is_charge or amount is None else -amount)
    return found


def _codes(product: Node | None) -> tuple[ItemCode, ...]:
    named = [
        item_code(kind, node.text, node.attributes.get("schemeID"))
        for kind, node in item_codes(product)
    ]
    others = (item_code("other", text, None) for text in texts(product, ("ID",), ("ModelID",)))
    return (*named, *others)


def _line_notes(node: Node) -> Notes:
    free = ("AssociatedDocumentLineDocument", "IncludedNote", "Content")
    traits = node.all("SpecifiedTradeProduct", "ApplicableProductCharacteristic")
    described = [
        (name, value)
        for each in traits
        if (name := each.value("Description")) and (value := each.value("Value"))
    ]
    return storable([*(("Note", text) for text in texts(node, free)), *described])


def _action(told: XmlFields, node: Node) -> LineAction | None:
    """What is to be done with a line; None where it does not say."""
    status = node.first("AssociatedDocumentLineDocument", "LineStatusCode")
    if status is None or not status.text:
        return None
    found = ACTIONS.get(status.text)
    if found is None:
        told.complain("line_status_unknown", status, "is a status that is not known")
    return found
