"""Movements: why a balance is what it is, and the documents behind them.

Every read goes through the balance, because a partner's scope is on the balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.inventory.models import StockBalance, StockDocument, StockMovement
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LATEST_FIRST = Ordering((StockMovement.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFilter:
    """Which movements; what is None does not narrow. Moments are inclusive."""

    balance_id: int | None = None
    item_id: int | None = None
    location_id: int | None = None
    kind: str | None = None
    reference_kind: str | None = None
    reference_id: int | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


@query("inventory.read")
async def movements(
    reader: Reader,
    *,
    where: MovementFilter,
    ordering: Ordering = LATEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of movements, the latest first, each with its item_id, location_id and base_unit."""
    statement = _all(reader)
    for name in ("balance_id", "kind", "reference_kind", "reference_id"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(StockMovement, name) == getattr(where, name))
    for name in ("item_id", "location_id"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(StockBalance, name) == getattr(where, name))
    if where.from_at is not None:
        statement = statement.where(StockMovement.occurred_at >= where.from_at)
    if where.to_at is not None:
        statement = statement.where(StockMovement.occurred_at <= where.to_at)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("inventory.read")
async def movements_of_references(
    reader: Reader, *, reference_kind: str, reference_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The movements behind which each document of a kind stands, oldest first."""
    statement = _all(reader).where(
        StockMovement.reference_kind == reference_kind,
        StockMovement.reference_id.in_(reference_ids),
    )
    rows = await reader.rows(statement.order_by(StockMovement.id))
    return grouped(reference_ids, rows, key="reference_id")


@query("inventory.read")
async def movements_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The movements with these ids; an id of none that the caller may see is left out."""
    rows = await reader.rows(_all(reader).where(StockMovement.id.in_(ids)))
    return {row.id: row for row in rows}


@query("inventory.read")
async def documents_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The stock documents with these ids; an id of none that the caller may see is left out."""
    statement = select(*StockDocument.__table__.c).where(
        StockDocument.tenant_id == reader.tenant_id, StockDocument.id.in_(ids)
    )
    return {row.id: row for row in await reader.rows(statement)}


def _all(reader: Reader) -> Select[Any]:
    return (
        select(
            *StockMovement.__table__.c,
            StockBalance.item_id,
            StockBalance.location_id,
            Item.base_unit,
        )
        .join(
            StockBalance,
            and_(
                StockBalance.tenant_id == StockMovement.tenant_id,
                StockBalance.id == StockMovement.balance_id,
            ),
        )
        .join(Item, and_(Item.tenant_id == StockBalance.tenant_id, Item.id == StockBalance.item_id))
        .where(StockMovement.tenant_id == reader.tenant_id)
    )
