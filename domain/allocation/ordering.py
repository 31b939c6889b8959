"""What a caller orders, in the caller's words, made into the lines of an order to be."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.ordered_items import Asked as Asked
from domain.allocation.ordered_items import (
    Items,
    Offered,
    found_items,
    offered_items,
    require_offered,
    require_sellable,
)
from domain.allocation.ordered_items import OrderedLine as OrderedLine
from domain.allocation.ordered_items import Terms as Terms
from domain.allocation.outcomes import PriceMissing, UnitUnknown
from domain.catalog.conversions import conversions
from domain.catalog.item_lookup import FoundItem
from domain.catalog.models import ItemUnit
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, SCALE, Conversion, to_base
from domain.kernel.reading import Reader
from domain.kernel.value_objects import value_object
from domain.kernel.verdicts import Refused, accepted, verdicts
from domain.orders.capture import NewLine
from domain.pricing.price_finding import Buying, PriceRequest, find_prices_for

LARGEST_ORDER = 1000
# In major units, of one line: the sum of as many lines as an order has fits where it is kept.
LARGEST_AMOUNT = Decimal(10) ** 13


async def new_lines(
    reader: Reader, lines: Sequence[OrderedLine], *, terms: Terms, first: int = 0
) -> tuple[NewLine, ...]:
    """The lines with their items, base quantities and prices; `first` is the place of the first.

    Raises InvalidInput, NotFound (item), ItemUnknown, ItemNotSellable, UnitUnknown, PriceMissing,
    QuantityNotExact."""
    [found] = await lines_of_orders(reader, [Asked(lines, terms, first)])
    if isinstance(found, Refused):
        raise found
    return found


async def lines_of_orders(
    reader: Reader, asked: Sequence[Asked | Refused]
) -> list[tuple[NewLine, ...] | Refused]:
    """As new_lines, for many orders in as many statements as for one; what new_lines raises stands
    in the place of the order that it is about."""
    sound = verdicts(asked, _sound)
    items = await found_items(reader, accepted(sound))
    offers = await offered_items(reader, accepted(sound), items)
    named = verdicts(sound, lambda each: _named(each, items, offers))
    lines = [line for each in accepted(named) for line in each.lines]
    known = await conversions(reader, pairs=[(line.item.item_id, line.unit) for line in lines])
    unknown = {n.item.item_id for n in lines if (n.item.item_id, n.unit) not in known}
    allowed = await _units_of(reader, unknown)
    measured = verdicts(named, lambda each: _measured(each, known, allowed))
    prices = await _found_prices(reader, accepted(measured))
    return verdicts(measured, lambda each: _priced(each, prices))


@value_object()
class _Line:
    """A line on its way: what was ordered, of which item, in which unit, in base units."""

    place: int
    ordered: OrderedLine
    item: FoundItem
    unit: str
    quantity: Decimal = Decimal(0)

    def at(self, price: Decimal) -> NewLine:
        return NewLine(
            item_id=self.item.item_id,
            quantity_ordered=self.ordered.quantity,
            unit=self.unit,
            quantity=self.quantity,
            unit_price=price,
            external_line=self.ordered.external_line,
            external_code=self.ordered.code,
            description=self.ordered.description,
            wanted_on=self.ordered.wanted_on,
            wanted_ship_on=self.ordered.wanted_ship_on,
            own_price=self.ordered.unit_price is not None,
            is_kit=self.item.is_kit,
        )


@value_object()
class _Lines:
    terms: Terms
    lines: tuple[_Line, ...]


def require_quantity(quantity: Decimal, path: tuple[str | int, ...]) -> None:
    """Raise InvalidInput unless the quantity is above zero and has at most six decimals."""
    if not quantity.is_finite() or not 0 < quantity <= LARGEST:
        raise InvalidInput(f"Must be above 0 and at most {LARGEST}.", path=path)
    if quantity != quantity.quantize(SCALE):
        raise InvalidInput("Must have at most six decimals.", path=path)


def _sound(asked: Asked) -> Asked:
    for place, line in zip(asked.places(), asked.lines, strict=True):
        _require_sound(line, place)
    return asked


def _require_sound(line: OrderedLine, place: int) -> None:
    require_quantity(line.quantity, ("lines", place, "quantity"))
    if (line.item_id is None) == (line.code is None):
        raise InvalidInput("Give either the item or a code of it.", path=("lines", place))
    price = line.unit_price
    if price is not None and (not price.is_finite() or not 0 <= price <= LARGEST):
        path = ("lines", place, "unit_price")
        raise InvalidInput(f"Must be between 0 and {LARGEST}.", path=path)


def _named(asked: Asked, items: Items, offers: Offered) -> _Lines:
    found = [(line, items.of(line, asked.terms)) for line in asked.lines]
    for place, (line, item) in zip(asked.places(), found, strict=True):
        require_offered(asked.terms, require_sellable(line, item, place), offers, place)
    return _Lines(
        asked.terms,
        tuple(
            _Line(place, line, item, line.unit or item.unit or item.base_unit)
            for place, (line, item) in zip(asked.places(), found, strict=True)
            if item is not None
        ),
    )


def _measured(
    order: _Lines,
    known: Mapping[tuple[int, str], Conversion],
    allowed: Mapping[int, list[str]],
) -> _Lines:
    for line in order.lines:
        if (line.item.item_id, line.unit) not in known:
            raise UnitUnknown(
                f"{line.item.sku} is not sold in {line.unit}.",
                path=("lines", line.place, "unit"),
                sku=line.item.sku,
                unit=line.unit,
                allowed=allowed.get(line.item.item_id, []),
            )
    measured = []
    for line in order.lines:
        quantity = to_base(line.ordered.quantity, known[line.item.item_id, line.unit])
        measured.append(_Line(line.place, line.ordered, line.item, line.unit, quantity))
    for line in measured:
        if line.quantity > LARGEST:
            message = f"Must be at most {LARGEST} in the item's base unit."
            raise InvalidInput(message, path=("lines", line.place, "quantity"))
    return _Lines(order.terms, tuple(measured))


async def _units_of(reader: Reader, item_ids: Collection[int]) -> dict[int, list[str]]:
    """The units of items, for those who asked for another."""
    if not item_ids:
        return {}
    wanted = select(ItemUnit.item_id, ItemUnit.unit).where(
        ItemUnit.tenant_id == reader.tenant_id, ItemUnit.item_id.in_(item_ids)
    )
    units: dict[int, list[str]] = defaultdict(list)
    for row in await reader.rows(wanted.order_by(ItemUnit.id)):
        units[row.item_id].append(row.unit)
    return units


# Of each day: the price of a request for its buyer.
_Prices = Mapping[date, Mapping[tuple[PriceRequest, Buying], Decimal | None]]


def _request(line: _Line, terms: Terms) -> tuple[PriceRequest, Buying]:
    request = PriceRequest(line.item.item_id, line.unit, line.ordered.quantity)
    return request, Buying(terms.currency, terms.channel_id, terms.party_id)


async def _found_prices(reader: Reader, orders: Sequence[_Lines]) -> _Prices:
    """Orders that come at once are of one day; another day's have a statement of their own."""
    asked: dict[date, dict[tuple[PriceRequest, Buying], None]] = defaultdict(dict)
    for order in orders:
        for line in order.lines:
            if line.ordered.unit_price is None:
                asked[order.terms.on][_request(line, order.terms)] = None
    return {
        day: dict(zip(requests, await find_prices_for(reader, list(requests), on=day), strict=True))
        for day, requests in asked.items()
    }


def _priced(order: _Lines, listed: _Prices) -> tuple[NewLine, ...]:
    priced = []
    for line in order.lines:
        price = line.ordered.unit_price
        if price is None:
            price = listed[order.terms.on][_request(line, order.terms)]
        if price is None:
            raise PriceMissing(
                f"No price list has a price for {line.item.sku} in {order.terms.currency}.",
                path=("lines", line.place),
                sku=line.item.sku,
                unit=line.unit,
                currency=order.terms.currency,
            )
        priced.append(line.at(price))
    for line, new in zip(order.lines, priced, strict=True):
        if new.quantity_ordered * new.unit_price > LARGEST_AMOUNT:
            message = f"The line's amount must be at most {LARGEST_AMOUNT:f}."
            raise InvalidInput(message, path=("lines", line.place, "quantity"))
    return tuple(priced)
