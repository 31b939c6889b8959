"""Goods that came back: where they wait, what was found, and what was done with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import LegalEntity
from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.returns.models import ReturnDisposition, ReturnInspection, ReturnUnit

OLDEST_FIRST = Ordering((ReturnUnit.id,))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFilter:
    """Which units; what is None does not narrow."""

    status: str | None = None
    location_id: int | None = None
    item_id: int | None = None
    return_id: int | None = None


@query("returns.read")
async def returned_units(
    reader: Reader,
    *,
    where: UnitFilter,
    ordering: Ordering = OLDEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of goods that came back, the oldest first."""
    statement = _units(reader)
    for column, wanted in (
        (ReturnUnit.status, where.status),
        (ReturnUnit.location_id, where.location_id),
        (ReturnUnit.item_id, where.item_id),
        (ReturnUnit.return_id, where.return_id),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("returns.read")
async def units_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The units with these ids."""
    rows = await reader.rows(_units(reader).where(ReturnUnit.id.in_(ids)))
    return {row.id: row for row in rows}


@query("returns.read")
async def units_of_receipts(
    reader: Reader, *, receipt_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The units of each receipt."""
    rows = await reader.rows(
        _units(reader)
        .where(ReturnUnit.receipt_id.in_(receipt_ids))
        .order_by(ReturnUnit.receipt_id, ReturnUnit.id)
    )
    return grouped(receipt_ids, rows, key="receipt_id")


@query("returns.read")
async def inspections_of_units(
    reader: Reader, *, unit_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What was found of each unit."""
    rows = await reader.rows(
        select(*ReturnInspection.__table__.c)
        .where(
            ReturnInspection.tenant_id == reader.tenant_id, ReturnInspection.unit_id.in_(unit_ids)
        )
        .order_by(ReturnInspection.unit_id, ReturnInspection.id)
    )
    return grouped(unit_ids, rows, key="unit_id")


@query("returns.read")
async def dispositions_of_units(
    reader: Reader, *, unit_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What was done with each unit, with the currency of its owner's books."""
    rows = await reader.rows(_dispositions(reader).where(ReturnDisposition.unit_id.in_(unit_ids)))
    return grouped(unit_ids, rows, key="unit_id")


@query("returns.read")
async def dispositions_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The dispositions with these ids, as of units."""
    rows = await reader.rows(_dispositions(reader).where(ReturnDisposition.id.in_(ids)))
    return {row.id: row for row in rows}


def _dispositions(reader: Reader) -> Select[Any]:
    return (
        select(*ReturnDisposition.__table__.c, LegalEntity.currency)
        .join(
            ReturnUnit,
            and_(
                ReturnUnit.tenant_id == ReturnDisposition.tenant_id,
                ReturnUnit.id == ReturnDisposition.unit_id,
            ),
        )
        .join(
            LegalEntity,
            and_(
                LegalEntity.tenant_id == ReturnUnit.tenant_id,
                LegalEntity.id == ReturnUnit.owner_id,
            ),
        )
        .where(ReturnDisposition.tenant_id == reader.tenant_id)
    )


def _units(reader: Reader) -> Select[Any]:
    return (
        select(*ReturnUnit.__table__.c, Item.base_unit)
        .outerjoin(
            Item, and_(Item.tenant_id == ReturnUnit.tenant_id, Item.id == ReturnUnit.item_id)
        )
        .where(ReturnUnit.tenant_id == reader.tenant_id)
    )
