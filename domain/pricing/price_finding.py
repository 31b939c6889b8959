"""What each line of an order costs, by the price lists that apply."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.catalog.models import ItemUnit
from domain.catalog.units import fold_unit
from domain.kernel.prepared import Prepared
from domain.kernel.quantity import Conversion
from domain.kernel.reading import Reader
from domain.kernel.value_objects import value_object
from domain.pricing.models import Price, PriceList
from domain.pricing.policy import OfferedPrice, choose_price


@value_object()
class PriceRequest:
    """A quantity of an item, in a unit of it (any spelling)."""

    item_id: int
    unit: str
    quantity: Decimal


@value_object()
class Buying:
    """Who buys in which currency through which channel: what decides which lists apply."""

    currency: str
    channel_id: int | None
    party_id: int | None


async def find_prices(
    reader: Reader,
    *,
    requests: Sequence[PriceRequest],
    currency: str,
    channel_id: int | None,
    party_id: int | None,
    on: date,
) -> list[Decimal | None]:
    """The price of one unit for each request, in major units of `currency`, or None.

    One statement for all. None too for a unit that the item does not have."""
    buying = Buying(currency, channel_id, party_id)
    return await find_prices_for(reader, [(each, buying) for each in requests], on=on)


async def find_prices_for(
    reader: Reader, requests: Sequence[tuple[PriceRequest, Buying]], *, on: date
) -> list[Decimal | None]:
    """As find_prices, for requests of several buyers; one statement for all."""
    if not requests:
        return []
    buyers = {buying for _, buying in requests}
    values = {
        "tenant": reader.tenant_id,
        "items": sorted({request.item_id for request, _ in requests}),
        "currencies": sorted({each.currency for each in buyers}),
        "channels": sorted({each.channel_id or 0 for each in buyers}),
        "parties": sorted({each.party_id or 0 for each in buyers}),
        "on_day": on,
    }
    by_item: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in await reader.rows(_offers(), values):
        by_item[row.item_id].append(row)
    return [_price(request, buying, by_item[request.item_id]) for request, buying in requests]


@cache
def _offers() -> Prepared:
    """Every unit of the items, with each price in it that applies to any of the buyers, or none."""

    def among(column: Any, name: str) -> Any:
        return column == any_(bindparam(name, type_=ARRAY(column.type)))

    lists = (
        select(Price, PriceList.party_id, PriceList.channel_id, PriceList.rank)
        .add_columns(PriceList.valid_from, PriceList.currency)
        .join(
            PriceList,
            (PriceList.tenant_id == Price.tenant_id) & (PriceList.id == Price.price_list_id),
        )
        .where(
            Price.tenant_id == bindparam("tenant", type_=Integer),
            PriceList.tenant_id == bindparam("tenant", type_=Integer),
            among(Price.item_id, "items"),
            among(PriceList.currency, "currencies"),
            PriceList.channel_id.is_(None) | among(PriceList.channel_id, "channels"),
            PriceList.party_id.is_(None) | among(PriceList.party_id, "parties"),
            PriceList.valid_from <= bindparam("on_day", type_=Date),
            PriceList.valid_until.is_(None)
            | (PriceList.valid_until >= bindparam("on_day", type_=Date)),
        )
        .subquery()
    )
    return Prepared(
        select(ItemUnit.item_id, ItemUnit.unit, ItemUnit.numerator, ItemUnit.denominator)
        .add_columns(lists.c.minimum_quantity, lists.c.unit_price, lists.c.price_list_id)
        .add_columns(lists.c.party_id, lists.c.channel_id, lists.c.rank, lists.c.valid_from)
        .add_columns(lists.c.currency)
        .outerjoin(lists, (lists.c.item_id == ItemUnit.item_id) & (lists.c.unit == ItemUnit.unit))
        .where(
            ItemUnit.tenant_id == bindparam("tenant", type_=Integer),
            among(ItemUnit.item_id, "items"),
        )
    )


def _price(request: PriceRequest, buying: Buying, rows: Sequence[Row[Any]]) -> Decimal | None:
    units = {fold_unit(row.unit): Conversion(row.numerator, row.denominator) for row in rows}
    conversion = units.get(fold_unit(request.unit))
    if conversion is None:
        return None
    offers = [_offer(row) for row in rows if _applies(row, buying)]
    return choose_price(offers, unit=request.unit, conversion=conversion, quantity=request.quantity)


def _applies(row: Row[Any], buying: Buying) -> bool:
    return (
        row.price_list_id is not None
        and row.currency == buying.currency
        and row.channel_id in (None, buying.channel_id)
        and row.party_id in (None, buying.party_id)
    )


def _offer(row: Row[Any]) -> OfferedPrice:
    return OfferedPrice(
        unit=row.unit,
        conversion=Conversion(row.numerator, row.denominator),
        minimum_quantity=row.minimum_quantity,
        unit_price=row.unit_price,
        price_list_id=row.price_list_id,
        for_party=row.party_id is not None,
        for_channel=row.channel_id is not None,
        rank=row.rank,
        valid_from=row.valid_from,
    )
