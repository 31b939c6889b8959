"""What a caller orders, in the caller's words, made into the lines of an order to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.outcomes import ItemNotSellable, ItemUnknown, PriceMissing, UnitUnknown
from domain.catalog.conversions import conversions
from domain.catalog.item_lookup import FoundItem, ItemCodeQuery, find_items
from domain.catalog.models import Item, ItemUnit
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.quantity import LARGEST, SCALE, to_base
from domain.kernel.reading import Reader
from domain.orders.capture import NewLine
from domain.pricing.price_finding import PriceRequest, find_prices

LARGEST_ORDER = 1000
# In major units, of one line: the sum of as many lines as an order has fits where it is kept.
LARGEST_AMOUNT = Decimal(10) ** 13


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """What is ordered: an item by its id or by a code (SKU, GTIN, the channel's or customer's).

    Without a unit it is the unit the code implies, else the base unit. `unit_price` is per unit in
    major units; without it the price lists tell."""

    item_id: int | None = None
    code: str | None = None
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None
    external_line: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which terms it is ordered: they decide codes and prices."""

    channel_id: int
    party_id: int | None
    currency: str
    on: date


async def new_lines(
    reader: Reader, lines: Sequence[OrderedLine], *, terms: Terms, first: int = 0
) -> tuple[NewLine, ...]:
    """The lines with their items, base quantities and prices; `first` is the place of the first.

    Raises InvalidInput, NotFound (item), ItemUnknown, ItemNotSellable, UnitUnknown, PriceMissing,
    QuantityNotExact."""
    for place, line in enumerate(lines, start=first):
        _require_sound(line, place)
    items = await _items(reader, lines, terms)
    for place, (line, found) in enumerate(zip(lines, items, strict=True), start=first):
        _require_sellable(line, found, place)
    sold = [item for item in items if item is not None]
    units = [
        line.unit or item.unit or item.base_unit for line, item in zip(lines, sold, strict=True)
    ]
    quantities = await _base_quantities(reader, lines, sold, units, first)
    prices = await _prices(reader, lines, sold, units, terms, first)
    return tuple(
        NewLine(
            item_id=item.item_id,
            quantity_ordered=line.quantity,
            unit=unit,
            quantity=quantity,
            unit_price=price,
            external_line=line.external_line,
            external_code=line.code,
            description=line.description,
        )
        for line, item, unit, quantity, price in zip(
            lines, sold, units, quantities, prices, strict=True
        )
    )


def require_quantity(quantity: Decimal, path: tuple[str | int, ...]) -> None:
    """Raise InvalidInput unless the quantity is above zero and has at most six decimals."""
    if not quantity.is_finite() or not 0 < quantity <= LARGEST:
        raise InvalidInput(f"Must be above 0 and at most {LARGEST}.", path=path)
    if quantity != quantity.quantize(SCALE):
        raise InvalidInput("Must have at most six decimals.", path=path)


def _require_sound(line: OrderedLine, place: int) -> None:
    require_quantity(line.quantity, ("lines", place, "quantity"))
    if (line.item_id is None) == (line.code is None):
        raise InvalidInput("Give either the item or a code of it.", path=("lines", place))
    price = line.unit_price
    if price is not None and (not price.is_finite() or not 0 <= price <= LARGEST):
        path = ("lines", place, "unit_price")
        raise InvalidInput(f"Must be between 0 and {LARGEST}.", path=path)


async def _items(
    reader: Reader, lines: Sequence[OrderedLine], terms: Terms
) -> list[FoundItem | None]:
    by_code = await find_items(
        reader,
        codes=[
            ItemCodeQuery((("channel", line.code), ("gtin", line.code), ("sku", line.code)))
            if line.code is not None
            else ItemCodeQuery(())
            for line in lines
        ],
        channel_id=terms.channel_id,
        party_id=terms.party_id,
    )
    by_id = await _items_by_id(reader, [n.item_id for n in lines if n.item_id is not None])
    return [
        found if line.item_id is None else by_id.get(line.item_id)
        for line, found in zip(lines, by_code, strict=True)
    ]


async def _items_by_id(reader: Reader, item_ids: Sequence[int]) -> dict[int, FoundItem]:
    if not item_ids:
        return {}
    rows = await reader.rows(
        select(Item.id, Item.sku, Item.base_unit, Item.status).where(
            Item.tenant_id == reader.tenant_id, Item.id.in_(item_ids)
        )
    )
    return {row.id: FoundItem(row.id, row.sku, row.base_unit, None, row.status) for row in rows}


def _require_sellable(line: OrderedLine, found: FoundItem | None, place: int) -> None:
    if found is None and line.code is None:
        raise NotFound("item")
    if found is None:
        message = f"No item is known under {line.code}."
        raise ItemUnknown(message, path=("lines", place, "code"), code=line.code)
    if found.status != "active":
        raise ItemNotSellable(
            f"{found.sku} is not for sale: it is {found.status}.",
            path=("lines", place),
            sku=found.sku,
            status=found.status,
        )


async def _base_quantities(
    reader: Reader,
    lines: Sequence[OrderedLine],
    items: Sequence[FoundItem],
    units: Sequence[str],
    first: int,
) -> list[Decimal]:
    pairs = [(item.item_id, unit) for item, unit in zip(items, units, strict=True)]
    known = await conversions(reader, pairs=pairs)
    for place, (pair, item) in enumerate(zip(pairs, items, strict=True), start=first):
        if pair not in known:
            allowed = await _units_of(reader, item.item_id)
            raise UnitUnknown(
                f"{item.sku} is not sold in {pair[1]}.",
                path=("lines", place, "unit"),
                sku=item.sku,
                unit=pair[1],
                allowed=allowed,
            )
    base = [to_base(line.quantity, known[pair]) for line, pair in zip(lines, pairs, strict=True)]
    for place, quantity in enumerate(base, start=first):
        if quantity > LARGEST:
            message = f"Must be at most {LARGEST} in the item's base unit."
            raise InvalidInput(message, path=("lines", place, "quantity"))
    return base


async def _units_of(reader: Reader, item_id: int) -> list[str]:
    wanted = select(ItemUnit.unit).where(
        ItemUnit.tenant_id == reader.tenant_id, ItemUnit.item_id == item_id
    )
    return list(await reader.values(wanted.order_by(ItemUnit.id)))


async def _prices(
    reader: Reader,
    lines: Sequence[OrderedLine],
    items: Sequence[FoundItem],
    units: Sequence[str],
    terms: Terms,
    first: int,
) -> list[Decimal]:
    asked = [n for n, line in enumerate(lines) if line.unit_price is None]
    found = await find_prices(
        reader,
        requests=[PriceRequest(items[n].item_id, units[n], lines[n].quantity) for n in asked],
        currency=terms.currency,
        channel_id=terms.channel_id,
        party_id=terms.party_id,
        on=terms.on,
    )
    listed = dict(zip(asked, found, strict=True))
    prices = [
        listed[n] if line.unit_price is None else line.unit_price for n, line in enumerate(lines)
    ]
    for place, price in enumerate(prices):
        if price is None:
            raise PriceMissing(
                f"No price list has a price for {items[place].sku} in {terms.currency}.",
                path=("lines", place + first),
                sku=items[place].sku,
                unit=units[place],
                currency=terms.currency,
            )
    found_prices = [price for price in prices if price is not None]
    for place, (line, price) in enumerate(zip(lines, found_prices, strict=True), start=first):
        if line.quantity * price > LARGEST_AMOUNT:
            message = f"The line's amount must be at most {LARGEST_AMOUNT:f}."
            raise InvalidInput(message, path=("lines", place, "quantity"))
    return found_prices
