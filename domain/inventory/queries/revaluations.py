"""Documents that changed what stock cost or is worth: landed cost, and revaluations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.inventory.models import (
    LandedCharge,
    LandedCost,
    LandedShare,
    RevaluationLine,
    StockRevaluation,
)
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

LATEST_LANDED_FIRST = Ordering((LandedCost.id,), descending=True)
LATEST_REVALUED_FIRST = Ordering((StockRevaluation.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """Which documents; what is None does not narrow."""

    entity_id: int | None = None
    status: str | None = None
    kind: str | None = None


@query("inventory.value")
async def landed_costs(reader: Reader, *, where: DocumentFilter, request: PageRequest) -> Listing:
    """A page of landed cost documents, the latest first."""
    statement = _narrowed(_landed(reader), LandedCost, where)
    return await list_page(reader, statement, ordering=LATEST_LANDED_FIRST, request=request)


@query("inventory.value")
async def landed_costs_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The documents with these ids; an id of no row of the tenant is left out."""
    rows = await reader.rows(_landed(reader).where(LandedCost.id.in_(ids)))
    return {row.id: row for row in rows}


@query("inventory.value")
async def charges_of_landed_costs(
    reader: Reader, *, landed_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The charges of each document, in their order, with its currency."""
    statement = (
        select(*LandedCharge.__table__.c, LandedCost.currency)
        .join(LandedCost, _of_landed(LandedCharge))
        .where(
            LandedCharge.tenant_id == reader.tenant_id, LandedCharge.landed_cost_id.in_(landed_ids)
        )
        .order_by(LandedCharge.landed_cost_id, LandedCharge.line_number)
    )
    return grouped(landed_ids, await reader.rows(statement), key="landed_cost_id")


@query("inventory.value")
async def shares_of_landed_costs(
    reader: Reader, *, landed_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What each receipt bears of each document, with its currency and the item's base_unit."""
    statement = (
        select(*LandedShare.__table__.c, LandedCost.currency, Item.base_unit)
        .join(LandedCost, _of_landed(LandedShare))
        .join(Item, and_(Item.tenant_id == LandedShare.tenant_id, Item.id == LandedShare.item_id))
        .where(
            LandedShare.tenant_id == reader.tenant_id, LandedShare.landed_cost_id.in_(landed_ids)
        )
        .order_by(LandedShare.landed_cost_id, LandedShare.layer_id)
    )
    return grouped(landed_ids, await reader.rows(statement), key="landed_cost_id")


@query("inventory.value")
async def stock_revaluations(
    reader: Reader, *, where: DocumentFilter, request: PageRequest
) -> Listing:
    """A page of revaluations, the latest first."""
    statement = _narrowed(_revalued(reader), StockRevaluation, where)
    if where.kind is not None:
        statement = statement.where(StockRevaluation.kind == where.kind)
    return await list_page(reader, statement, ordering=LATEST_REVALUED_FIRST, request=request)


@query("inventory.value")
async def stock_revaluations_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The revaluations with these ids; an id of no row of the tenant is left out."""
    rows = await reader.rows(_revalued(reader).where(StockRevaluation.id.in_(ids)))
    return {row.id: row for row in rows}


@query("inventory.value")
async def lines_of_revaluations(
    reader: Reader, *, revaluation_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The lines of each revaluation, with its currency and the item's base_unit."""
    statement = (
        select(*RevaluationLine.__table__.c, StockRevaluation.currency, Item.base_unit)
        .join(
            StockRevaluation,
            and_(
                StockRevaluation.tenant_id == RevaluationLine.tenant_id,
                StockRevaluation.id == RevaluationLine.revaluation_id,
            ),
        )
        .join(
            Item,
            and_(Item.tenant_id == RevaluationLine.tenant_id, Item.id == RevaluationLine.item_id),
        )
        .where(
            RevaluationLine.tenant_id == reader.tenant_id,
            RevaluationLine.revaluation_id.in_(revaluation_ids),
        )
        .order_by(RevaluationLine.id)
    )
    return grouped(revaluation_ids, await reader.rows(statement), key="revaluation_id")


def _landed(reader: Reader) -> Select[Any]:
    return select(*LandedCost.__table__.c).where(LandedCost.tenant_id == reader.tenant_id)


def _revalued(reader: Reader) -> Select[Any]:
    return select(*StockRevaluation.__table__.c).where(
        StockRevaluation.tenant_id == reader.tenant_id
    )


def _of_landed(table: Any) -> Any:
    return and_(LandedCost.tenant_id == table.tenant_id, LandedCost.id == table.landed_cost_id)


def _narrowed(statement: Select[Any], table: Any, where: DocumentFilter) -> Select[Any]:
    if where.entity_id is not None:
        statement = statement.where(table.entity_id == where.entity_id)
    if where.status is not None:
        statement = statement.where(table.status == where.status)
    return statement
