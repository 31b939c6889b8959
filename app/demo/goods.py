"""What the demo company sells, in which units, under which codes, at what price and cost."""

from dataclasses import dataclass
from decimal import Decimal

from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.operations.item_units import set_item_unit
from domain.catalog.operations.items import create_item
from domain.catalog.policy import IdentifierKey
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.work import Work
from domain.pricing.operations.price_lists import create_price_list
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice


@dataclass(frozen=True, slots=True)
class Good:
    """One item: a case holds `per_case` eaches; money per each."""

    sku: str
    name: str
    gtin: str
    per_case: int
    usd: str
    eur: str
    cost: str


GOODS = (
    Good("TEA-GREEN", "Green tea, 100 g", "00012345600012", 12, "8.50", "7.90", "3.20"),
    Good("TEA-BLACK", "Black tea, 100 g", "00012345600029", 12, "7.25", "6.90", "2.75"),
    Good("MUG-BLUE", "Stoneware mug, blue", "00012345600036", 6, "14.00", "12.50", "5.10"),
    Good("MUG-RED", "Stoneware mug, red", "00012345600043", 6, "14.00", "12.50", "5.10"),
    Good("KETTLE-1L", "Kettle, 1 litre", "00012345600050", 4, "49.90", "45.00", "21.40"),
    Good("FILTER-80", "Paper filters, 80 pieces", "00012345600067", 24, "3.95", "3.50", "1.05"),
)
# How many eaches lie where at the start.
OPENING = {"EWR": 240, "RNO": 96, "HAM": 144}


async def stock_catalogue(work: Work, channels: dict[str, int]) -> dict[str, int]:
    """The items with their units, codes and prices; their ids by SKU."""
    items = {good.sku: await _item(work, good, channels) for good in GOODS}
    for currency, list_code in (("USD", "LIST-USD"), ("EUR", "LIST-EUR")):
        price_list_id = await create_price_list(
            work, code=list_code, name=f"List prices in {currency}", currency=currency
        )
        await set_prices(
            work,
            price_list_id=price_list_id,
            prices=[
                WantedPrice(
                    item_id=items[good.sku],
                    unit="EA",
                    unit_price=Decimal(good.usd if currency == "USD" else good.eur),
                )
                for good in GOODS
            ],
        )
    return items


async def _item(work: Work, good: Good, channels: dict[str, int]) -> int:
    item_id = await create_item(work, sku=good.sku, name=good.name, base_unit="EA")
    await set_item_unit(work, item_id=item_id, unit="CASE", numerator=Decimal(good.per_case))
    gtin = IdentifierKey(scheme="gtin", value=good.gtin)
    await assign_item_identifier(work, item_id=item_id, key=gtin)
    marketplace_code = IdentifierKey(
        scheme="channel", value=f"AMZ-{good.sku}", channel_id=channels["amazon"]
    )
    await assign_item_identifier(work, item_id=item_id, key=marketplace_code)
    return item_id


async def receive_goods(work: Work, catalogue: dict[str, int], locations: dict[str, int]) -> None:
    """The opening stock, received at cost, so that the books begin in step with the shelves."""
    for code, quantity in OPENING.items():
        await receive_stock(
            work,
            location_id=locations[code],
            reason="opening stock",
            lines=[
                ReceiptLine(
                    item_id=catalogue[good.sku],
                    quantity=Decimal(quantity),
                    unit="EA",
                    unit_cost=Decimal(good.cost),
                )
                for good in GOODS
            ],
        )
