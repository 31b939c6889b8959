"""What each line of an order costs, by the price lists that apply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.catalog.models import ItemUnit
from domain.catalog.units import fold_unit
from domain.kernel.quantity import Conversion
from domain.kernel.reading import Reader
from domain.pricing.models import Price, PriceList
from domain.pricing.policy import OfferedPrice, choose_price


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """A quantity of an item, in a unit of it (any spelling)."""

    item_id: int
    unit: str
    quantity: Decimal


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
    if not requests:
        return []
    items = sorted({request.item_id for request in requests})
    rows = await reader.rows(
        _offers(
            reader,
            items,
            currency=currency,
            on=on,
            channel_id=channel_id,
            party_id=party_id,
        )
    )
    by_item: dict[int, list[Row[Any]]] = {item: [] for item in items}
    for row in rows:
        by_item[row.item_id].append(row)
    return [_price(request, by_item[request.item_id]) for request in requests]


def _offers(
    reader: Reader,
    items: list[int],
    *,
    currency: str,
    on: date,
    channel_id: int | None,
    party_id: int | None,
) -> Select[Any]:
    """Every unit of the items, with each price in it that applies, or none."""
    lists = (
        select(Price, PriceList.party_id, PriceList.channel_id, PriceList.rank)
        .add_columns(PriceList.valid_from)
        .join(
            PriceList,
            (PriceList.tenant_id == Price.tenant_id) & (PriceList.id == Price.price_list_id),
        )
        .where(
            Price.tenant_id == reader.tenant_id,
            PriceList.tenant_id == reader.tenant_id,
            Price.item_id == any_(literal(items, ARRAY(BigInteger))),
            PriceList.currency == currency,
            PriceList.channel_id.is_(None) | (PriceList.channel_id == channel_id),
            PriceList.party_id.is_(None) | (PriceList.party_id == party_id),
            PriceList.valid_from <= on,
            PriceList.valid_until.is_(None) | (PriceList.valid_until >= on),
        )
        .subquery()
    )
    return (
        select(ItemUnit.item_id, ItemUnit.unit, ItemUnit.numerator, ItemUnit.denominator)
        .add_columns(lists.c.minimum_quantity, lists.c.unit_price, lists.c.price_list_id)
        .add_columns(lists.c.party_id, lists.c.channel_id, lists.c.rank, lists.c.valid_from)
        .outerjoin(lists, (lists.c.item_id == ItemUnit.item_id) & (lists.c.unit == ItemUnit.unit))
        .where(
            ItemUnit.tenant_id == reader.tenant_id,
            ItemUnit.item_id == any_(literal(items, ARRAY(BigInteger))),
        )
    )


def _price(request: PriceRequest, rows: Sequence[Row[Any]]) -> Decimal | None:
    units = {fold_unit(row.unit): Conversion(row.numerator, row.denominator) for row in rows}
    conversion = units.get(fold_unit(request.unit))
    if conversion is None:
        return None
    offers = [_offer(row) for row in rows if row.price_list_id is not None]
    return choose_price(offers, unit=request.unit, conversion=conversion, quantity=request.quantity)


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
