"""Kits that are not kept assembled: an order of one is an order of its components."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import select, tuple_

from domain.allocation.outcomes import KitsNotWhole, KitWithoutComponents
from domain.catalog.kits import Bill, exploded
from domain.catalog.models import Item
from domain.inventory.models import ItemCost
from domain.kernel.errors import InvalidInput
from domain.kernel.money import share, to_major
from domain.kernel.quantity import LARGEST, SCALE, plain
from domain.kernel.reading import Reader
from domain.kernel.verdicts import Refused, verdicts
from domain.orders.capture import NewKit, NewLine, NewOrder


@dataclass(frozen=True, slots=True)
class Parts:
    """What the kits are made of by their ids, and of each item what one costs the entity (minor
    units, by entity and item) and in which unit it is kept."""

    bills: Mapping[int, Bill] = field(default_factory=dict)
    costs: Mapping[tuple[int, int], Decimal] = field(default_factory=dict)
    base_units: Mapping[int, str] = field(default_factory=dict)


async def orders_of_components(
    reader: Reader, orders: Sequence[NewOrder]
) -> list[NewOrder | Refused]:
    """The orders with a line for each component in the place of a kit's line; what cannot be is
    refused in its place: KitWithoutComponents, KitsNotWhole, InvalidInput.

    Nothing is sent when nobody orders a kit; else as many statements as for one order."""
    kits = {line.item_id for order in orders for line in order.lines if line.is_kit}
    if not kits:
        return list(orders)
    # A customer may be offered a kit without its components, and never sees what they cost us.
    async with reader.house() as house:
        parts = await parts_of_kits(house, kits, {order.entity_id for order in orders})
    return verdicts(orders, lambda order: _exploded_order(order, parts))


async def parts_of_kits(
    reader: Reader, kit_ids: Collection[int], entity_ids: Collection[int]
) -> Parts:
    """What there is to know of kits for orders of these entities; three statements."""
    bills = await exploded(reader, kit_ids)
    components = {component for bill in bills.values() for component in bill}
    pairs = sorted((entity, item) for entity in entity_ids for item in components)
    costs = await reader.rows(
        select(ItemCost.owner_id, ItemCost.item_id, ItemCost.quantity, ItemCost.value_minor).where(
            ItemCost.tenant_id == reader.tenant_id,
            tuple_(ItemCost.owner_id, ItemCost.item_id).in_(pairs),
            ItemCost.quantity > 0,
        )
    )
    units = await reader.rows(
        select(Item.id, Item.base_unit).where(
            Item.tenant_id == reader.tenant_id, Item.id.in_(components)
        )
    )
    return Parts(
        bills,
        {(row.owner_id, row.item_id): row.value_minor / row.quantity for row in costs},
        {row.id: row.base_unit for row in units},
    )


def _exploded_order(order: NewOrder, parts: Parts) -> NewOrder:
    lines = exploded_lines(order.lines, parts, entity_id=order.entity_id, currency=order.currency)
    return replace(order, lines=lines)


def exploded_lines(
    lines: Sequence[NewLine], parts: Parts, *, entity_id: int, currency: str, first: int = 0
) -> tuple[NewLine, ...]:
    """The lines of one order with components in the place of kits; `first` is the place of the
    first. Raises KitWithoutComponents, KitsNotWhole, InvalidInput."""
    made: list[NewLine] = []
    for place, line in enumerate(lines, start=first):
        if line.is_kit:
            bill = _sound_bill(line, parts, place)
            made += _components(line, bill, parts, entity_id, currency, place)
        else:
            made.append(line)
    return tuple(made)


def _sound_bill(line: NewLine, parts: Parts, place: int) -> Bill:
    bill = parts.bills.get(line.item_id)
    if not bill:
        message = "This kit has no components yet, so there is nothing to ship."
        raise KitWithoutComponents(message, path=("lines", place), item_id=line.item_id)
    if line.quantity != line.quantity.to_integral_value():
        message = "Kits are ordered in whole numbers."
        path = ("lines", place, "quantity")
        raise KitsNotWhole(message, path=path, requested=plain(line.quantity))
    for per_kit in bill.values():
        needed = per_kit * line.quantity
        if needed > LARGEST or needed != needed.quantize(SCALE):
            message = f"Needs more than {LARGEST} of a component, or less than can be kept."
            raise InvalidInput(message, path=("lines", place, "quantity"))
    return bill


def _components(
    line: NewLine, bill: Bill, parts: Parts, entity_id: int, currency: str, place: int
) -> list[NewLine]:
    kit = NewKit(
        position=place,
        item_id=line.item_id,
        quantity_ordered=line.quantity_ordered,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        external_line=line.external_line,
        external_code=line.external_code,
        description=line.description,
    )
    weights = _weights(bill, parts, entity_id)
    money = line.price(currency)
    shared = zip(
        share(money.gross_minor, weights),
        share(money.discount_minor, weights),
        share(money.tax_minor, weights),
        strict=True,
    )
    made = []
    for (item_id, per_kit), (gross, discount, tax) in zip(bill.items(), shared, strict=True):
        quantity = plain(per_kit * line.quantity)
        made.append(
            NewLine(
                item_id=item_id,
                quantity_ordered=quantity,
                unit=parts.base_units[item_id],
                quantity=quantity,
                unit_price=(to_major(gross, currency) / quantity).quantize(SCALE),
                amount_minor=gross,
                discount_minor=discount,
                tax_minor=tax,
                kit=kit,
                per_kit=per_kit,
                own_price=line.own_price,
                price_beyond_limit=line.price_beyond_limit,
                wanted_on=line.wanted_on,
                wanted_ship_on=line.wanted_ship_on,
            )
        )
    return made


def _weights(bill: Bill, parts: Parts, entity_id: int) -> list[Decimal]:
    """By which the kit's money is shared: what the components cost, where all of that is known."""
    costs = [parts.costs.get((entity_id, item), Decimal(0)) * n for item, n in bill.items()]
    return costs if all(cost > 0 for cost in costs) else list(bill.values())
