"""What is on its way between locations: outside of what is on hand anywhere."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, func, select

from domain.inventory.models import TransferLine, TransferOrder
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class Arriving:
    """A quantity (base units) of an item that is on its way to a location, expected on a day."""

    item_id: int
    location_id: int
    owner_id: int
    expected_on: date | None
    quantity: Decimal


async def in_transit_of(
    reader: Reader,
    item_ids: Collection[int],
    location_ids: Collection[int] | None = None,
) -> dict[tuple[int, int], Decimal]:
    """What is on its way of items to locations (all if None), by (item id, destination id), in
    base units; nothing is left out. One read of a small partial index."""
    statement = select(
        TransferLine.item_id,
        TransferLine.destination_id,
        func.sum(TransferLine.in_transit).label("quantity"),
    ).where(
        TransferLine.tenant_id == reader.tenant_id,
        TransferLine.item_id.in_(item_ids),
        TransferLine.in_transit > 0,
    )
    if location_ids is not None:
        statement = statement.where(TransferLine.destination_id.in_(location_ids))
    rows = await reader.rows(statement.group_by(TransferLine.item_id, TransferLine.destination_id))
    return {(row.item_id, row.destination_id): plain(row.quantity) for row in rows}


async def arriving(reader: Reader, item_ids: Collection[int]) -> list[Arriving]:
    """What is on its way of items, transfer by transfer, the earliest day first."""
    rows = await reader.rows(
        select(
            TransferLine.item_id,
            TransferLine.destination_id,
            TransferOrder.owner_id,
            TransferOrder.expected_on,
            TransferLine.in_transit,
        )
        .join(
            TransferOrder,
            and_(
                TransferOrder.tenant_id == TransferLine.tenant_id,
                TransferOrder.id == TransferLine.transfer_id,
            ),
        )
        .where(
            TransferLine.tenant_id == reader.tenant_id,
            TransferLine.item_id.in_(item_ids),
            TransferLine.in_transit > 0,
        )
        .order_by(TransferOrder.expected_on.nulls_last(), TransferLine.id)
    )
    return [
        Arriving(r.item_id, r.destination_id, r.owner_id, r.expected_on, plain(r.in_transit))
        for r in rows
    ]
