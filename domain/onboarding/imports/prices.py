"""Prices: one row for each list, item, unit and quantity break."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalog.models import Item
from domain.catalog.policy import sound_unit
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.imports.drafts import rows_by_code
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.records import Faults, Record, key_text
from domain.onboarding.imports.values import as_positive, as_price
from domain.onboarding.imports.written import Written
from domain.pricing.models import Price, PriceList
from domain.pricing.price_writing import ListedPrice, checked_prices, write_prices

COLUMNS = (
    Column(
        field="price_list",
        says="The code of the price list, which must exist.",
        aliases=("price list code", "pricelist", "list"),
        needed=True,
    ),
    Column(
        field="sku",
        says="The item's own code.",
        aliases=("item", "item code", "item number", "item no", "article", "part number"),
        needed=True,
    ),
    Column(
        field="unit",
        says="A unit of the item; its base unit if blank.",
        aliases=("uom", "unit of measure", "price unit"),
        read=sound_unit,
    ),
    Column(
        field="minimum_quantity",
        says="From so many units on; 1 if blank.",
        aliases=("min qty", "min quantity", "quantity break", "from quantity", "break quantity"),
        read=as_positive,
    ),
    Column(
        field="unit_price",
        says="Per unit, in major units of the list's currency.",
        aliases=("price", "standard price", "list price", "net price", "sales price"),
        read=as_price,
        needed=True,
    ),
)
_FIELDS_OF_FAILURES = {"item": "sku", "unit": "unit", "minimum_quantity": "minimum_quantity"}


@dataclass(frozen=True, slots=True)
class PricePlan:
    """Prices to write, and how many rows they come from."""

    prices: list[ListedPrice]


async def check_prices(work: Work, records: list[Record], faults: Faults) -> PricePlan:
    """The prices of the rows without faults; every fault is noted."""
    whole = [record for record in records if not faults.failed(record.row)]
    lists = await rows_by_code(work, PriceList, {r.values["price_list"] for r in whole})
    items = await rows_by_code(work, Item, {r.values["sku"] for r in whole}, code="sku")
    known: list[Record] = []
    for record in whole:
        list_code, sku = record.values["price_list"], record.values["sku"]
        if list_code not in lists:
            message, remedy = f"There is no price list {list_code}.", "Create the price list first."
            faults.add(record.row, "price_list", "UNKNOWN_PRICE_LIST", message, remedy)
        if sku not in items:
            message = f"There is no item {sku}."
            faults.add(record.row, "sku", "UNKNOWN_ITEM", message, "Import the item first.")
        if not faults.failed(record.row):
            known.append(record)
    wanted = [
        ListedPrice(
            price_list_id=lists[r.values["price_list"]].id,
            item_id=items[r.values["sku"]].id,
            unit=r.values.get("unit", items[r.values["sku"]].base_unit),
            minimum_quantity=r.values.get("minimum_quantity", Decimal(1)),
            unit_price=r.values["unit_price"],
        )
        for r in known
    ]
    sound, failures = await checked_prices(work, wanted)
    for failure in failures:
        column = _FIELDS_OF_FAILURES.get(failure.field or "")
        remedy = "Leave one of them out." if failure.code == "GIVEN_TWICE" else ""
        faults.add(known[failure.row].row, column, failure.code, failure.message, remedy)
    return PricePlan(sound)


async def write_listed_prices(work: Work, plan: PricePlan) -> Written:
    """Lock the lists, in id order, and write the prices."""
    ids = sorted({price.price_list_id for price in plan.prices})
    await work.rows(
        select(PriceList.id)
        .where(
            PriceList.tenant_id == work.tenant_id,
            PriceList.id == any_(literal(ids, ARRAY(BigInteger))),
        )
        .order_by(PriceList.id)
        .with_for_update()
    )
    done = await write_prices(work, plan.prices)
    return Written(done.created, done.changed, len(plan.prices) - done.created - done.changed)


async def found_prices(reader: Reader, plan: PricePlan) -> Sequence[tuple[str, int]]:
    """Key (list and SKU) and id of the wanted prices that stand."""
    pairs = {(each.price_list_id, each.item_id) for each in plan.prices}
    rows = await reader.rows(
        select(Price.id, PriceList.code, Item.sku, Price.price_list_id, Price.item_id)
        .join(
            PriceList,
            (PriceList.tenant_id == Price.tenant_id) & (PriceList.id == Price.price_list_id),
        )
        .join(Item, (Item.tenant_id == Price.tenant_id) & (Item.id == Price.item_id))
        .where(
            Price.tenant_id == reader.tenant_id,
            Price.price_list_id == any_(literal([p for p, _ in pairs], ARRAY(BigInteger))),
            Price.item_id == any_(literal([i for _, i in pairs], ARRAY(BigInteger))),
        )
    )
    return [
        (key_text((row.code, row.sku)), row.id)
        for row in rows
        if (row.price_list_id, row.item_id) in pairs
    ]
