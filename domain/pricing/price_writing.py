"""Prices of one list are written many at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, any_, delete, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.catalog.models import ItemUnit
from domain.catalog.units import fold_unit
from domain.kernel.bulk import RowFailure
from domain.kernel.governing import require_open
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.pricing.events import PricesChanged
from domain.pricing.models import Price, PriceList
from domain.pricing.policy import PRICE_LIST, price_fault

Key = tuple[int, int, str, Decimal]


@dataclass(frozen=True, slots=True)
class PricesWritten:
    """How many prices are new, and how many are other than before or gone."""

    created: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPrice:
    """What one `unit` of an item costs from `minimum_quantity` units on, in major units.

    Without a price, the one that stands there is taken away."""

    item_id: int
    unit: str
    unit_price: Decimal | None
    minimum_quantity: Decimal = Decimal(1)

    def on(self, price_list_id: int) -> "ListedPrice":
        """The same on a price list."""
        return ListedPrice(
            price_list_id=price_list_id,
            item_id=self.item_id,
            unit=self.unit,
            unit_price=self.unit_price,
            minimum_quantity=self.minimum_quantity,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPrice(WantedPrice):
    """A wanted price and the list it stands on."""

    price_list_id: int

    @property
    def key(self) -> Key:
        """What there is one price for."""
        return self.price_list_id, self.item_id, self.unit, self.minimum_quantity


async def checked_prices(
    reader: Reader, prices: Sequence[ListedPrice]
) -> tuple[list[ListedPrice], list[RowFailure]]:
    """Those that can be written, with the item's own spelling of the unit, and why not the rest.

    One statement."""
    units = await _units(reader, {price.item_id for price in prices})
    sound: list[ListedPrice] = []
    failures: list[RowFailure] = []
    seen: set[Key] = set()
    for row, price in enumerate(prices):
        spelling = units.get(price.item_id, {}).get(fold_unit(price.unit))
        price = replace(price, unit=spelling or price.unit)
        failure = _failure(row, price, units.get(price.item_id), spelling, seen)
        if failure is not None:
            failures.append(failure)
            continue
        seen.add(price.key)
        sound.append(price)
    return sound, failures


async def write_prices(work: Work, prices: Sequence[ListedPrice]) -> PricesWritten:
    """Write those that differ from what stands. Their lists must be locked.

    Every path to a price comes here. Raises ChangeRequestRequired."""
    await require_open(work, PRICE_LIST)
    standing = await _standing(work, prices)
    changed = [price for price in prices if standing.get(price.key) != price.unit_price]
    if not changed:
        return PricesWritten(0, 0)
    created = len([price for price in changed if price.key not in standing])
    await _write(work, changed)
    by_list: dict[int, list[ListedPrice]] = {}
    for price in changed:
        by_list.setdefault(price.price_list_id, []).append(price)
    await _raise_versions(work, by_list)
    for price_list_id, of_list in sorted(by_list.items()):
        _note(work, price_list_id, of_list, standing)
    return PricesWritten(created, len(changed) - created)


def _failure(
    row: int,
    price: ListedPrice,
    units: dict[str, str] | None,
    spelling: str | None,
    seen: set[Key],
) -> RowFailure | None:
    if units is None:
        return RowFailure(row=row, code="NOT_FOUND", message="No such item.", field="item")
    if spelling is None:
        message = f"The item has no such unit; it has {', '.join(sorted(units.values()))}."
        return RowFailure(row=row, code="UNKNOWN_UNIT", message=message, field="unit")
    fault = price_fault(price.minimum_quantity, price.unit_price)
    if fault is not None:
        return RowFailure(row=row, code="BAD_INPUT", message=fault[1], field=fault[0])
    if price.key in seen:
        message = "This item, unit and minimum quantity is given twice."
        return RowFailure(row=row, code="GIVEN_TWICE", message=message)
    return None


async def _units(reader: Reader, item_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    rows = await reader.rows(
        select(ItemUnit.item_id, ItemUnit.unit).where(
            ItemUnit.tenant_id == reader.tenant_id,
            ItemUnit.item_id == any_(literal(sorted(item_ids), ARRAY(BigInteger))),
        )
    )
    units: dict[int, dict[str, str]] = {}
    for row in rows:
        units.setdefault(row.item_id, {})[fold_unit(row.unit)] = row.unit
    return units


async def _standing(reader: Reader, prices: Sequence[ListedPrice]) -> dict[Key, Decimal]:
    lists = sorted({price.price_list_id for price in prices})
    items = sorted({price.item_id for price in prices})
    rows = await reader.rows(
        select(*Price.__table__.c).where(
            Price.tenant_id == reader.tenant_id,
            Price.price_list_id == any_(literal(lists, ARRAY(BigInteger))),
            Price.item_id == any_(literal(items, ARRAY(BigInteger))),
        )
    )
    return {(r.price_list_id, r.item_id, r.unit, r.minimum_quantity): r.unit_price for r in rows}


async def _write(work: Work, prices: Sequence[ListedPrice]) -> None:
    kept = [_row(work, price) for price in prices if price.unit_price is not None]
    gone = [price.key for price in prices if price.unit_price is None]
    if kept:
        statement = insert(Price)
        upsert = statement.on_conflict_do_update(
            index_elements=["tenant_id", "price_list_id", "item_id", "unit", "minimum_quantity"],
            set_={"unit_price": statement.excluded.unit_price},
        )
        await work.rows(upsert.returning(Price.id), kept)
    if gone:
        await work.execute(
            delete(Price).where(
                Price.tenant_id == work.tenant_id,
                tuple_(Price.price_list_id, Price.item_id, Price.unit, Price.minimum_quantity).in_(
                    gone
                ),
            )
        )


def _row(work: Work, price: ListedPrice) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant_id,
        "price_list_id": price.price_list_id,
        "item_id": price.item_id,
        "unit": price.unit,
        "minimum_quantity": price.minimum_quantity,
        "unit_price": price.unit_price,
    }


async def _raise_versions(work: Work, price_list_ids: Iterable[int]) -> None:
    ids = sorted(price_list_ids)
    await work.execute(
        update(PriceList)
        .where(
            PriceList.tenant_id == work.tenant_id,
            PriceList.id == any_(literal(ids, ARRAY(BigInteger))),
        )
        .values(version=PriceList.version + 1)
    )


def _note(
    work: Work,
    price_list_id: int,
    changed: Sequence[ListedPrice],
    standing: dict[Key, Decimal],
) -> None:
    items = tuple(sorted({price.item_id for price in changed}))
    work.record(PricesChanged(aggregate_id=price_list_id, item_ids=items))
    work.audit(
        "set_prices",
        subject="price_list",
        subject_id=price_list_id,
        before={"prices": [[*price.key[1:], standing.get(price.key)] for price in changed]},
        after={"prices": [[*price.key[1:], price.unit_price] for price in changed]},
    )
