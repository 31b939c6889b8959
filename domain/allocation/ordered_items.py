"""What a caller orders, in the caller's words, and which items that names."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Integer, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.allocation.outcomes import ItemNotSellable, ItemUnknown
from domain.catalog.item_lookup import FoundItem, ItemAsk, ItemCodeQuery, find_asked_items
from domain.catalog.models import Item
from domain.channels.assortments import offered
from domain.kernel.errors import NotFound
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.kernel.value_objects import value_object


@value_object(kw_only=True)
class OrderedLine:
    """What is ordered: an item by its id or by a code (SKU, GTIN, the channel's or customer's).

    Without a unit it is the unit the code implies, else the base unit. `unit_price` is per unit in
    major units; without it the price lists tell. `wanted_on` is the day on which it is to be there,
    `wanted_ship_on` on which it is to leave; without either it is wanted as the whole order is."""

    item_id: int | None = None
    code: str | None = None
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None
    external_line: str | None = None
    description: str | None = None
    wanted_on: date | None = None
    wanted_ship_on: date | None = None


@value_object(kw_only=True)
class Terms:
    """Under which terms it is ordered: they decide codes and prices."""

    channel_id: int
    party_id: int | None
    currency: str
    on: date
    # What the channel, and the customer that orders itself, are offered only; none: everything.
    assortment_id: int | None = None
    own_assortment_id: int | None = None

    @property
    def assortments(self) -> list[int]:
        """The assortments that an item has to be in."""
        limits = (self.assortment_id, self.own_assortment_id)
        return [limit for limit in limits if limit is not None]


@value_object()
class Asked:
    """The lines of one order and their terms; `first` is the place of the first line."""

    lines: Sequence[OrderedLine]
    terms: Terms
    first: int = 0

    def places(self) -> range:
        """The place of each line."""
        return range(self.first, self.first + len(self.lines))


@value_object()
class Items:
    """The items that orders name: by their ids, and by codes in somebody's words."""

    by_id: Mapping[int, FoundItem]
    # By the code as it was given, and whose words it is in.
    by_code: Mapping[tuple[str, int, int | None], FoundItem | None]

    def of(self, line: OrderedLine, terms: Terms) -> FoundItem | None:
        """The item that a line names, if there is one."""
        if line.item_id is not None:
            return self.by_id.get(line.item_id)
        return self.by_code[line.code or "", terms.channel_id, terms.party_id]


async def found_items(reader: Reader, asked: Sequence[Asked]) -> Items:
    """The items that the lines of orders name; two statements at most."""
    lines = [(line, each.terms) for each in asked for line in each.lines]
    keys = list(
        dict.fromkeys(
            (line.code, terms.channel_id, terms.party_id)
            for line, terms in lines
            if line.code is not None
        )
    )
    found = await find_asked_items(
        reader,
        [
            ItemAsk(ItemCodeQuery((("channel", c), ("gtin", c), ("sku", c))), channel, party)
            for c, channel, party in keys
        ],
    )
    ids = {line.item_id for line, _ in lines if line.item_id is not None}
    return Items(await _items_by_id(reader, ids), dict(zip(keys, found, strict=True)))


_ITEMS = Prepared(
    select(Item.id, Item.sku, Item.base_unit, Item.status, Item.kind).where(
        Item.tenant_id == bindparam("tenant", type_=Integer),
        Item.id == any_(bindparam("items", type_=ARRAY(BigInteger))),
    )
)


async def _items_by_id(reader: Reader, item_ids: Collection[int]) -> dict[int, FoundItem]:
    if not item_ids:
        return {}
    rows = await reader.rows(_ITEMS, {"tenant": reader.tenant_id, "items": sorted(item_ids)})
    return {
        row.id: FoundItem(row.id, row.sku, row.base_unit, None, row.status, row.kind == "kit")
        for row in rows
    }


Offered = Collection[tuple[int, int]]


async def offered_items(reader: Reader, asked: Sequence[Asked], items: Items) -> Offered:
    """(assortment, item) of what the orders' channels and customers are offered; no statement
    where all are offered everything."""
    limited = [each for each in asked if each.terms.assortments]
    if not limited:
        return ()
    named = [items.of(line, each.terms) for each in limited for line in each.lines]
    return await offered(
        reader,
        assortment_ids={n for each in limited for n in each.terms.assortments},
        item_ids={found.item_id for found in named if found is not None},
    )


def require_offered(terms: Terms, found: FoundItem, offers: Offered, place: int) -> None:
    """Raise ItemNotSellable unless the order's channel and customer are offered the item: a
    customer still sees what it has ordered before, and what its kits were made of."""
    if any((limit, found.item_id) not in offers for limit in terms.assortments):
        raise ItemNotSellable(
            f"{found.sku} is not offered here.",
            path=("lines", place),
            sku=found.sku,
            status="not_offered",
        )


def require_sellable(line: OrderedLine, found: FoundItem | None, place: int) -> FoundItem:
    """The item. Raises NotFound, ItemUnknown or ItemNotSellable unless it is one on sale."""
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
    return found
