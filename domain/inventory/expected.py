"""Supply that is to come: what callers tell of it, checked and in base units."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import LegalEntity, Location, Party
from domain.inventory.events import ExpectedSupplyChanged
from domain.inventory.goods import Goods, goods_of, known_goods
from domain.inventory.models import ExpectedSupply
from domain.kernel import text
from domain.kernel.bulk import RowFailure
from domain.kernel.errors import Expected, InvalidInput, InvalidState, NotFound, Refusal
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work

KINDS = ("purchase", "transfer", "production", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Supply that is to come, as it is told: a quantity of a unit (the base unit if absent).

    Without an owner it is the location's own entity. `external_reference` is the other system's
    name for it, such as a purchase order's number and line: it is known by it when told again."""

    item_id: int
    location_id: int
    quantity: Decimal
    expected_on: date
    unit: str | None = None
    owner_id: int | None = None
    kind: str = "purchase"
    supplier_id: int | None = None
    external_reference: str | None = None
    confirmed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows of an announcement refer to, as far as the tenant has it."""

    goods: dict[int, Goods]
    places: dict[int, Row[Any]]
    entities: frozenset[int]
    suppliers: frozenset[int]


async def known_of(reader: Reader, rows: Sequence[Announced]) -> Known:
    """The items, locations, owners and suppliers that the rows name; four statements."""
    places = await reader.rows(
        select(Location.id, Location.entity_id, Location.status).where(
            Location.tenant_id == reader.tenant_id,
            Location.id.in_({row.location_id for row in rows}),
        )
    )
    entities = await reader.values(
        select(LegalEntity.id).where(
            LegalEntity.tenant_id == reader.tenant_id,
            LegalEntity.id.in_({row.owner_id for row in rows if row.owner_id is not None}),
        )
    )
    suppliers = await reader.values(
        select(Party.id).where(
            Party.tenant_id == reader.tenant_id,
            Party.is_supplier,
            Party.id.in_({row.supplier_id for row in rows if row.supplier_id is not None}),
        )
    )
    return Known(
        await known_goods(reader, {row.item_id for row in rows}),
        {place.id: place for place in places},
        frozenset(entities),
        frozenset(suppliers),
    )


def sound_row(row: Announced, known: Known, *, path: tuple[str | int, ...] = ()) -> dict[str, Any]:
    """The row as it is stored. Raises NotFound, InvalidInput, QuantityNotExact."""
    goods, place = known.goods.get(row.item_id), known.places.get(row.location_id)
    if goods is None:
        raise NotFound("item")
    if place is None:
        raise NotFound("location")
    if place.status != "active":
        raise InvalidInput("The location is closed.", path=(*path, "location_id"))
    if row.owner_id is not None and row.owner_id not in known.entities:
        raise NotFound("legal entity")
    if row.supplier_id is not None and row.supplier_id not in known.suppliers:
        raise NotFound("supplier")
    return {
        "item_id": row.item_id,
        "location_id": row.location_id,
        "owner_id": row.owner_id or place.entity_id,
        "kind": text.choice(row.kind, KINDS, path=(*path, "kind")),
        "quantity": sound_quantity(row.quantity, row.unit, goods, path=path),
        "expected_on": row.expected_on,
        "confirmed_on": row.confirmed_on,
        "supplier_id": row.supplier_id,
        "external_reference": text.optional(
            row.external_reference, path=(*path, "external_reference")
        ),
    }


def sound_quantity(
    quantity: Decimal, unit: str | None, goods: Goods, *, path: tuple[str | int, ...] = ()
) -> Decimal:
    """What is to come, in base units. Raises InvalidInput, QuantityNotExact."""
    path = (*path, "quantity")
    amount = goods.in_base(quantity, unit, path=path)
    if amount <= 0:
        raise InvalidInput("Must be more than zero.", path=path)
    return amount


def failure_of(row: int, refusal: Expected | Refusal) -> RowFailure:
    """Why one row of many was refused."""
    path = getattr(refusal, "path", ())
    return RowFailure(
        row=row,
        code="NOT_FOUND" if isinstance(refusal, NotFound) else "BAD_INPUT",
        message=refusal.message,
        field=str(path[-1]) if path else None,
    )


def all_supplies(reader: Reader) -> Select[Any]:
    """Supplies with their item's base unit."""
    return (
        select(*ExpectedSupply.__table__.c, Item.base_unit)
        .join(
            Item,
            (Item.tenant_id == ExpectedSupply.tenant_id) & (Item.id == ExpectedSupply.item_id),
        )
        .where(ExpectedSupply.tenant_id == reader.tenant_id)
    )


async def find_supplies(reader: Reader, ids: Collection[int]) -> dict[int, Row[Any]]:
    """The supplies with these ids; what is not there is left out."""
    rows = await reader.rows(all_supplies(reader).where(ExpectedSupply.id.in_(ids)))
    return {row.id: row for row in rows}


async def lock_supplies(work: Work, ids: Collection[int]) -> dict[int, Row[Any]]:
    """The supplies, locked in id order. Raises NotFound when one is not there."""
    rows = await work.rows(
        select(*ExpectedSupply.__table__.c)
        .where(ExpectedSupply.tenant_id == work.tenant_id, ExpectedSupply.id.in_(set(ids)))
        .order_by(ExpectedSupply.id)
        .with_for_update()
    )
    if len(rows) != len(set(ids)):
        raise NotFound("expected supply")
    return {row.id: row for row in rows}


def require_no_transfer(row: Row[Any]) -> None:
    """Raise InvalidState for a supply that comes with a transfer: what came is told there. So it
    is with what comes of a purchase order."""
    if row.transfer_line_id is not None:
        message = "This comes with a transfer: receive or close the transfer."
        raise InvalidState(message, state=row.status, allowed=[])
    require_no_purchase(row)


def require_no_purchase(row: Row[Any]) -> None:
    """Raise InvalidState for a supply that is a purchase order's: the order says what comes."""
    if row.purchase_line_id is not None:
        message = "This is of a purchase order: confirm, receive or cancel it there."
        raise InvalidState(message, state=row.status, allowed=[])


async def goods_of_item(reader: Reader, item_id: int) -> Goods:
    """The units of one item. Raises NotFound."""
    return (await goods_of(reader, [item_id]))[item_id]


def tell(work: Work, supply_id: int, what: str, *, row: Any, open_: Decimal) -> None:
    """Record what happened to a supply; `row` has its item, location and day."""
    work.record(
        ExpectedSupplyChanged(
            aggregate_id=supply_id,
            what=what,
            item_ids=(row["item_id"],),
            location_id=row["location_id"],
            expected_on=row["expected_on"].isoformat(),
            open=f"{plain(open_):f}",
        )
    )
