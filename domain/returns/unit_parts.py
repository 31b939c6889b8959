"""A unit that came back is taken apart by whose its goods were: what was bought from another entity
goes its own way. The unit and the order are locked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.engine import Row

from domain.allocation.models import Allocation
from domain.fulfilment.models import FulfilmentLine, PickedSerial
from domain.intercompany.policies.returning import parts_of
from domain.intercompany.returning import bought_of_line
from domain.inventory.models import SerialNumber, StockBalance
from domain.kernel.inserting import insert_ids
from domain.kernel.work import Work
from domain.returns.models import ReturnUnit

MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPart:
    """Goods of a unit that left one owner's stock (base units), as a unit of their own.

    `allocation_id` is by which they had been bought; None: they were the selling entity's, and
    `before` is what came back of those before them."""

    id: int
    item_id: int
    location_id: int
    owner_id: int
    quantity: Decimal
    lot: str
    serial: str | None
    allocation_id: int | None
    before: Decimal


async def split_by_owner(
    work: Work, unit: Row[Any], order_line_id: int | None, *, disposed: Decimal, kind: str
) -> list[UnitPart]:
    """The parts of a unit, of whose order line so much was disposed of before it: the unit itself
    and, where there are several owners, new units beside it."""
    whole = [(None, unit.quantity)]
    if order_line_id is None or kind == MISSING:
        return _parts(unit, [unit.id], whole, disposed)
    bought = await bought_of_line(work, order_line_id=order_line_id)
    if not bought:
        return _parts(unit, [unit.id], whole, disposed)
    preferred = await _left_by(work, unit, order_line_id)
    parts = parts_of([(row.allocation_id, row.left) for row in bought], unit.quantity, preferred)
    ids = [unit.id, *await _new_units(work, unit, [quantity for _, quantity in parts])]
    return _parts(unit, ids, parts, disposed - sum(row.back for row in bought))


def _parts(
    unit: Row[Any],
    ids: Sequence[int],
    parts: Sequence[tuple[int | None, Decimal]],
    before: Decimal,
) -> list[UnitPart]:
    return [
        UnitPart(
            id=unit_id,
            item_id=unit.item_id,
            location_id=unit.location_id,
            owner_id=unit.owner_id,
            quantity=quantity,
            lot=unit.lot,
            serial=unit.serial,
            allocation_id=allocation_id,
            before=before,
        )
        for unit_id, (allocation_id, quantity) in zip(ids, parts, strict=True)
    ]


async def _left_by(work: Work, unit: Row[Any], order_line_id: int) -> Collection[int] | None:
    """The allocations by which goods of its serial number, or lot, left; None: it has neither."""
    line = FulfilmentLine
    of_tenant = line.tenant_id == work.tenant_id
    if unit.serial is not None:
        piece = and_(
            SerialNumber.tenant_id == PickedSerial.tenant_id,
            SerialNumber.id == PickedSerial.serial_id,
        )
        picked = and_(
            PickedSerial.tenant_id == line.tenant_id, PickedSerial.fulfilment_line_id == line.id
        )
        last = (
            select(line.allocation_id)
            .join(PickedSerial, picked)
            .join(SerialNumber, piece)
            .where(of_tenant, SerialNumber.item_id == unit.item_id)
            .where(SerialNumber.code == unit.serial, PickedSerial.shipment_id.is_not(None))
            .order_by(PickedSerial.id.desc())
            .limit(1)
        )
        return await work.values(last)
    if not unit.lot:
        return None
    return await work.values(
        select(Allocation.id)
        .join(
            StockBalance,
            and_(
                StockBalance.tenant_id == Allocation.tenant_id,
                StockBalance.id == Allocation.balance_id,
            ),
        )
        .where(
            Allocation.tenant_id == work.tenant_id,
            Allocation.order_line_id == order_line_id,
            StockBalance.lot == unit.lot,
        )
    )


async def _new_units(work: Work, unit: Row[Any], quantities: Sequence[Decimal]) -> list[int]:
    first, *others = quantities
    if not others:
        return []
    await work.execute(
        update(ReturnUnit)
        .where(ReturnUnit.tenant_id == work.tenant_id, ReturnUnit.id == unit.id)
        .values(quantity=first)
    )
    same = (
        *("return_id", "receipt_id", "line_id", "item_id", "location_id", "owner_id", "lot"),
        *("condition", "status", "created_at"),
    )
    kept = {name: getattr(unit, name) for name in same}
    return await insert_ids(work, ReturnUnit, [kept | {"quantity": each} for each in others])
