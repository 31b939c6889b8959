"""Pieces and lots that come back: a serial number only if it was shipped, a lot as it was."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import and_, select, tuple_

from domain.fulfilment.models import FulfilmentLine, PickedSerial, ShipmentLine
from domain.inventory.models import SerialNumber, StockBalance, StockMovement
from domain.kernel.work import Work
from domain.returns.models import ReturnUnit
from domain.returns.outcomes import SerialNotReturnable

Key = tuple[int, str]


async def shipped_pieces(work: Work, pieces: Sequence[Key]) -> dict[Key, int]:
    """The order line by which each piece (item id, code) last left; the pieces are locked.

    Raises SerialNotReturnable for one that never left, is in stock again, or waits here already."""
    if not pieces:
        return {}
    rows = await work.rows(
        select(SerialNumber.id, SerialNumber.item_id, SerialNumber.code, SerialNumber.state)
        .where(
            SerialNumber.tenant_id == work.tenant_id,
            tuple_(SerialNumber.item_id, SerialNumber.code).in_(sorted(set(pieces))),
        )
        .order_by(SerialNumber.id)
        .with_for_update()
    )
    ids = {(row.item_id, row.code): row.id for row in rows if row.state == "shipped"}
    here = await _here(work, pieces)
    for place, key in enumerate(pieces):
        if key not in ids or key in here or key in pieces[:place]:
            raise SerialNotReturnable(
                f"Serial number {key[1]} was not shipped, or is here already.",
                item_id=key[0],
                serial=key[1],
            )
    left = await _left_by(work, ids.values())
    return {key: left[serial_id] for key, serial_id in ids.items() if serial_id in left}


async def left_with(work: Work, pieces: Sequence[Key]) -> dict[Key, int]:
    """The order line by which each piece that is known last left. Nothing is locked."""
    rows = await work.rows(
        select(SerialNumber.id, SerialNumber.item_id, SerialNumber.code).where(
            SerialNumber.tenant_id == work.tenant_id,
            tuple_(SerialNumber.item_id, SerialNumber.code).in_(sorted(set(pieces))),
        )
    )
    left = await _left_by(work, [row.id for row in rows])
    return {(row.item_id, row.code): left[row.id] for row in rows if row.id in left}


async def _here(work: Work, pieces: Sequence[Key]) -> set[Key]:
    rows = await work.rows(
        select(ReturnUnit.item_id, ReturnUnit.serial).where(
            ReturnUnit.tenant_id == work.tenant_id,
            tuple_(ReturnUnit.item_id, ReturnUnit.serial).in_(sorted(set(pieces))),
            ReturnUnit.status != "disposed",
        )
    )
    return {(row.item_id, row.serial) for row in rows}


async def _left_by(work: Work, serial_ids: Collection[int]) -> dict[int, int]:
    rows = await work.rows(
        select(PickedSerial.serial_id, FulfilmentLine.order_line_id)
        .join(
            FulfilmentLine,
            and_(
                FulfilmentLine.tenant_id == PickedSerial.tenant_id,
                FulfilmentLine.id == PickedSerial.fulfilment_line_id,
            ),
        )
        .where(
            PickedSerial.tenant_id == work.tenant_id,
            PickedSerial.serial_id.in_(serial_ids),
            PickedSerial.shipment_id.is_not(None),
        )
        .order_by(PickedSerial.id)
    )
    return {row.serial_id: row.order_line_id for row in rows}


async def shipped_lots(work: Work, order_line_ids: Collection[int]) -> dict[int, set[str]]:
    """The lots of which goods left for each order line."""
    rows = await work.rows(
        select(ShipmentLine.order_line_id, StockBalance.lot)
        .distinct()
        .join(
            StockMovement,
            and_(
                StockMovement.tenant_id == ShipmentLine.tenant_id,
                StockMovement.reference_kind == "shipment",
                StockMovement.reference_id == ShipmentLine.shipment_id,
            ),
        )
        .join(
            StockBalance,
            and_(
                StockBalance.tenant_id == StockMovement.tenant_id,
                StockBalance.id == StockMovement.balance_id,
                StockBalance.item_id == ShipmentLine.item_id,
            ),
        )
        .where(
            ShipmentLine.tenant_id == work.tenant_id,
            ShipmentLine.order_line_id.in_(order_line_ids),
        )
    )
    found: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        found[row.order_line_id].add(row.lot)
    return found
