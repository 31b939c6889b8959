"""Locations, by id and as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, select
from sqlalchemy.engine import Row

from domain.entities.models import Location
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_CODE = Ordering((Location.code, Location.id))
ORDERINGS = {"code": BY_CODE, "name": Ordering((Location.name, Location.id))}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationFilter:
    """Which locations; what is None does not narrow."""

    code: str | None = None
    kind: str | None = None
    entity_id: int | None = None
    status: str | None = None
    # A selection of ids that narrows as well: what custom fields hold.
    among: Select[Any] | None = None


@query("entities.read")
async def locations(
    reader: Reader, *, where: LocationFilter, ordering: Ordering = BY_CODE, request: PageRequest
) -> Page:
    """A page of locations; a 3PL's own only, none for a customer. Raises InvalidInput."""
    return await fetch_page(reader, _listed(reader, where), ordering=ordering, request=request)


@query("entities.read")
async def location_count(reader: Reader, *, where: LocationFilter) -> int:
    """How many locations the whole list has."""
    return await count_rows(reader, _listed(reader, where))


@query("entities.read")
async def locations_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The locations with these ids; an id of no row of the tenant is left out."""
    statement = _all(reader).where(Location.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


def _all(reader: Reader) -> Select[Any]:
    statement = select(*Location.__table__.c).where(Location.tenant_id == reader.tenant_id)
    if reader.principal.location_id is not None:
        return statement.where(Location.id == reader.principal.location_id)
    return statement


def _listed(reader: Reader, where: LocationFilter) -> Select[Any]:
    statement = _all(reader)
    if reader.principal.party_id is not None:
        # By id it may see where its goods leave from; the list of our places is not its business.
        statement = statement.where(false())
    if where.code is not None:
        statement = statement.where(Location.code == where.code)
    if where.kind is not None:
        statement = statement.where(Location.kind == where.kind)
    if where.entity_id is not None:
        statement = statement.where(Location.entity_id == where.entity_id)
    if where.status is not None:
        statement = statement.where(Location.status == where.status)
    if where.among is not None:
        statement = statement.where(Location.id.in_(where.among))
    return statement
