"""Legal entities, by id and as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_CODE = Ordering((LegalEntity.code, LegalEntity.id))
ORDERINGS = {"code": BY_CODE, "name": Ordering((LegalEntity.name, LegalEntity.id))}


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntityFilter:
    """Which legal entities; what is None does not narrow."""

    code: str | None = None
    status: str | None = None
    currency: str | None = None
    # A selection of ids that narrows as well: what custom fields hold.
    among: Select[Any] | None = None


@query("entities.read")
async def legal_entities(
    reader: Reader,
    *,
    where: LegalEntityFilter,
    ordering: Ordering = BY_CODE,
    request: PageRequest,
) -> Page:
    """A page of legal entities. Raises InvalidInput on a foreign cursor."""
    return await fetch_page(reader, _listed(reader, where), ordering=ordering, request=request)


@query("entities.read")
async def legal_entity_count(reader: Reader, *, where: LegalEntityFilter) -> int:
    """How many legal entities the whole list has."""
    return await count_rows(reader, _listed(reader, where))


@query("entities.read")
async def legal_entities_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The legal entities with these ids; an id of no row of the tenant is left out."""
    statement = _all(reader).where(LegalEntity.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


def _all(reader: Reader) -> Select[Any]:
    return select(*LegalEntity.__table__.c).where(LegalEntity.tenant_id == reader.tenant_id)


def _listed(reader: Reader, where: LegalEntityFilter) -> Select[Any]:
    statement = _all(reader)
    if where.code is not None:
        statement = statement.where(LegalEntity.code == where.code)
    if where.status is not None:
        statement = statement.where(LegalEntity.status == where.status)
    if where.among is not None:
        statement = statement.where(LegalEntity.id.in_(where.among))
    if where.currency is not None:
        statement = statement.where(LegalEntity.currency == where.currency)
    return statement
