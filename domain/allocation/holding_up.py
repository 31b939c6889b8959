"""Who holds the stock that an order line waits for, and what would release some of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.engine import Row

from domain.allocation.shelf import hindrance_of
from domain.allocation.supply import Supply
from domain.inventory.models import ExpectedSupply, Lot, StockBalance, StockHold, StockReservation
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderLine

MOST = 50
RELEASES = {
    "expected_supply": "It is expected to come in.",
    "quality_control": "It lies in quality control; passing it makes it available.",
    "safety_stock": "It is kept as safety stock; lowering that makes it available.",
    "minimum_inventory": "The policy keeps it back as minimum inventory.",
    "protected_pool": "It is protected for others; changing or ending the pool makes it available.",
    "quarantined_lot": "Its lot is not released.",
    "other_entity": "It belongs to another legal entity.",
    "reserved": "Other orders hold it; cancelling one or taking from it makes it available.",
    "soft_hold": "A cart or quote holds it until that moment.",
}


@dataclass(frozen=True, slots=True)
class Holder:
    """An order that has stock which the line waits for; base units."""

    order_id: int
    order_number: str
    line_id: int
    location_id: int
    quantity: Decimal
    reserved_at: datetime


@dataclass(frozen=True, slots=True)
class Release:
    """What would bring stock or set some free: kind, where, how much (base units), and when, if
    that is known."""

    kind: str
    location_id: int
    quantity: Decimal
    expected_on: date | None = None
    expires_at: datetime | None = None


async def holders(reader: Reader, line: Row[Any], location_ids: Collection[int]) -> list[Holder]:
    """The orders that hold stock of the line's item where the policy looks, the latest first; only
    those that the caller may see."""
    rows = await reader.rows(
        select(
            SalesOrder.id.label("order_id"),
            SalesOrder.number,
            SalesOrderLine.id.label("line_id"),
            StockBalance.location_id,
            StockReservation.quantity,
            StockReservation.created_at,
        )
        .join(StockBalance, _same(StockBalance, StockReservation.balance_id))
        .join(SalesOrderLine, _same(SalesOrderLine, StockReservation.order_line_id))
        .join(SalesOrder, _same(SalesOrder, SalesOrderLine.order_id))
        .where(
            StockReservation.tenant_id == reader.tenant_id,
            StockReservation.status == "open",
            StockBalance.item_id == line.item_id,
            StockBalance.location_id.in_(location_ids),
            SalesOrderLine.id != line.id,
        )
        .order_by(StockReservation.created_at.desc(), StockReservation.id.desc())
        .limit(MOST)
    )
    return [
        Holder(
            row.order_id,
            row.number,
            row.line_id,
            row.location_id,
            row.quantity,
            row.created_at,
        )
        for row in rows
    ]


def _same(table: Any, reference: Any) -> Any:
    return and_(table.tenant_id == StockReservation.tenant_id, table.id == reference)


async def releases(
    reader: Reader,
    line: Row[Any],
    order: Row[Any],
    location_ids: Collection[int],
    supply: Supply,
) -> list[Release]:
    """What would bring stock of the line's item to where the policy looks, or free some there,
    what is nearest at hand first."""
    sources = [s for s in supply.sources(order.entity_id) if s.covers(line.item_id)]
    owners = [order.entity_id, *(source.owner_id for source in sources)]
    found = await _expected(reader, line, owners, location_ids)
    found += await _soft_holds(reader, line, location_ids)
    rows = await reader.rows(
        select(*StockBalance.__table__.c, Lot.status.label("lot_status"), Lot.expires_on)
        .outerjoin(
            Lot,
            and_(
                Lot.tenant_id == StockBalance.tenant_id,
                Lot.item_id == StockBalance.item_id,
                Lot.code == StockBalance.lot,
            ),
        )
        .where(
            StockBalance.tenant_id == reader.tenant_id,
            StockBalance.item_id == line.item_id,
            StockBalance.location_id.in_(location_ids),
        )
        .order_by(StockBalance.id)
    )
    kept = _kept_back(line, order, supply)
    for row in rows:
        found += _of_balance(row, owners, supply.at.date(), kept)
    return found


def _kept_back(line: Row[Any], order: Row[Any], supply: Supply) -> dict[int, Decimal]:
    policy = supply.policy(order.channel_id, order.entity_id)
    floors = {} if policy is None else supply.floors_of(policy)
    return {place: floor for (item, place), floor in floors.items() if item == line.item_id}


def _of_balance(
    row: Row[Any], owners: Collection[int], today: date, kept: dict[int, Decimal]
) -> list[Release]:
    place = row.location_id
    if row.owner_id not in owners:
        return [Release("other_entity", place, row.available)] if row.available else []
    hindrance = None
    if row.lot_status is not None:
        hindrance = hindrance_of(row.lot_status, row.expires_on, today)
    if hindrance is not None:
        quarantined = hindrance == "lot_not_released" and row.available
        return [Release("quarantined_lot", place, row.available)] if quarantined else []
    quantities = {
        "quality_control": row.quality_control,
        "safety_stock": min(row.safety_stock, row.on_hand),
        "minimum_inventory": min(row.available, kept.get(place, Decimal(0))),
        "reserved": row.reserved,
    }
    return [Release(kind, place, quantity) for kind, quantity in quantities.items() if quantity]


async def _expected(
    reader: Reader, line: Row[Any], owners: Collection[int], location_ids: Collection[int]
) -> list[Release]:
    rows = await reader.rows(
        select(
            ExpectedSupply.location_id,
            (ExpectedSupply.open - ExpectedSupply.pegged).label("free"),
            func.coalesce(ExpectedSupply.confirmed_on, ExpectedSupply.expected_on).label("day"),
        )
        .where(
            ExpectedSupply.tenant_id == reader.tenant_id,
            ExpectedSupply.item_id == line.item_id,
            ExpectedSupply.owner_id.in_(owners),
            ExpectedSupply.location_id.in_(location_ids),
            ExpectedSupply.status == "open",
        )
        .order_by("day", ExpectedSupply.id)
        .limit(MOST)
    )
    return [
        Release("expected_supply", row.location_id, max(row.free, Decimal(0)), expected_on=row.day)
        for row in rows
    ]


async def _soft_holds(
    reader: Reader, line: Row[Any], location_ids: Collection[int]
) -> list[Release]:
    rows = await reader.rows(
        select(StockBalance.location_id, StockReservation.quantity, StockHold.expires_at)
        .join(StockBalance, _same(StockBalance, StockReservation.balance_id))
        .join(StockHold, _same(StockHold, StockReservation.hold_id))
        .where(
            StockReservation.tenant_id == reader.tenant_id,
            StockReservation.status == "open",
            StockBalance.item_id == line.item_id,
            StockBalance.location_id.in_(location_ids),
        )
        .order_by(StockHold.expires_at)
        .limit(MOST)
    )
    return [
        Release("soft_hold", row.location_id, row.quantity, expires_at=row.expires_at)
        for row in rows
    ]
