"""Transfers and their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import Location
from domain.inventory.models import StockBalance, TransferLine, TransferOrder
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LATEST_FIRST = Ordering((TransferOrder.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFilter:
    """Which transfers; what is None does not narrow."""

    status: str | None = None
    source_id: int | None = None
    destination_id: int | None = None


@query("inventory.read")
async def transfer_orders(
    reader: Reader,
    *,
    where: TransferFilter,
    ordering: Ordering = LATEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of transfers, the latest first."""
    statement = _all(reader)
    if where.status is not None:
        statement = statement.where(TransferOrder.status == where.status)
    for column, location_id in (
        (TransferOrder.source_id, where.source_id),
        (TransferOrder.destination_id, where.destination_id),
    ):
        if location_id is not None:
            # A place that the caller does not see is no place: its number confirms nothing.
            seen = select(Location.id).where(
                Location.tenant_id == reader.tenant_id, Location.id == location_id
            )
            statement = statement.where(column.in_(seen))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("inventory.read")
async def transfer_orders_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The transfers with these ids; an id of none that the caller may see is left out."""
    rows = await reader.rows(_all(reader).where(TransferOrder.id.in_(ids)))
    return {row.id: row for row in rows}


@query("inventory.read")
async def lines_of_transfers(
    reader: Reader, *, transfer_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each transfer in their order, each with its base_unit, condition and lot."""
    rows = await reader.rows(
        select(*TransferLine.__table__.c, StockBalance.condition, StockBalance.lot, Item.base_unit)
        .outerjoin(
            StockBalance,
            and_(
                StockBalance.tenant_id == TransferLine.tenant_id,
                StockBalance.id == TransferLine.balance_id,
            ),
        )
        .join(Item, and_(Item.tenant_id == TransferLine.tenant_id, Item.id == TransferLine.item_id))
        .where(
            TransferLine.tenant_id == reader.tenant_id,
            TransferLine.transfer_id.in_(transfer_ids),
        )
        .order_by(TransferLine.transfer_id, TransferLine.line_number)
    )
    return grouped(transfer_ids, rows, key="transfer_id")


def _all(reader: Reader) -> Select[Any]:
    return select(*TransferOrder.__table__.c).where(TransferOrder.tenant_id == reader.tenant_id)
