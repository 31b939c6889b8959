"""Serial numbers: where each piece lies, and what happened to it.

Every read goes through the balance, because a partner's scope is on the balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.inventory.models import SerialMovement, SerialNumber, StockBalance, TransferLine
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_ID = Ordering((SerialNumber.id,))
ORDERINGS = {"id": BY_ID, "code": Ordering((SerialNumber.code, SerialNumber.id))}


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialFilter:
    """Which pieces; what is None does not narrow."""

    item_id: int | None = None
    code: str | None = None
    balance_id: int | None = None
    location_id: int | None = None
    state: str | None = None
    transfer_id: int | None = None


@query("inventory.read")
async def serial_numbers(
    reader: Reader, *, where: SerialFilter, ordering: Ordering = BY_ID, request: PageRequest
) -> Listing:
    """A page of pieces, in stock or gone."""
    statement = _all(reader)
    for name in ("item_id", "code", "balance_id", "state"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(SerialNumber, name) == getattr(where, name))
    if where.location_id is not None:
        statement = statement.where(StockBalance.location_id == where.location_id)
    if where.transfer_id is not None:
        statement = statement.where(TransferLine.transfer_id == where.transfer_id)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("inventory.read")
async def serials_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The pieces with these ids; an id of none that the caller may see is left out."""
    statement = _all(reader).where(SerialNumber.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("inventory.read")
async def history_of_serials(
    reader: Reader, *, serial_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What happened to each piece, oldest first, at the places that the caller may see."""
    rows = await reader.rows(
        select(*SerialMovement.__table__.c)
        .join(StockBalance, _at(SerialMovement))
        .where(
            SerialMovement.tenant_id == reader.tenant_id, SerialMovement.serial_id.in_(serial_ids)
        )
        .order_by(SerialMovement.id)
    )
    return grouped(serial_ids, rows, key="serial_id")


def _at(table: Any) -> Any:
    return and_(
        StockBalance.tenant_id == table.tenant_id,
        StockBalance.id == table.balance_id,
    )


def _all(reader: Reader) -> Select[Any]:
    return (
        select(*SerialNumber.__table__.c, StockBalance.location_id, TransferLine.transfer_id)
        .join(StockBalance, _at(SerialNumber))
        .outerjoin(
            TransferLine,
            and_(
                TransferLine.tenant_id == SerialNumber.tenant_id,
                TransferLine.id == SerialNumber.transfer_line_id,
            ),
        )
        .where(SerialNumber.tenant_id == reader.tenant_id)
    )
