"""Change requests, and the versions of what they changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.governance.models import ChangeRequest, ConfigurationVersion
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

NEWEST_FIRST = Ordering((ChangeRequest.id,), descending=True)
LATEST_FIRST = Ordering((ConfigurationVersion.id,), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which change requests; what is None does not narrow."""

    kind: str | None = None
    object_key: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFilter:
    """Which versions; what is None does not narrow."""

    kind: str | None = None
    object_key: str | None = None


@query("governance.read")
async def change_requests(
    reader: Reader, *, where: ChangeFilter, ordering: Ordering = NEWEST_FIRST, request: PageRequest
) -> Listing:
    """A page of change requests, the newest first."""
    return await list_page(
        reader, _narrowed(reader, ChangeRequest, where), ordering=ordering, request=request
    )


@query("governance.read")
async def change_requests_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The change requests with these ids; an id of no row is left out."""
    statement = _narrowed(reader, ChangeRequest, ChangeFilter()).where(ChangeRequest.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("governance.read")
async def configuration_versions(
    reader: Reader, *, where: VersionFilter, ordering: Ordering = LATEST_FIRST, request: PageRequest
) -> Listing:
    """A page of versions, the latest first."""
    return await list_page(
        reader, _narrowed(reader, ConfigurationVersion, where), ordering=ordering, request=request
    )


@query("governance.read")
async def versions_of_changes(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The version that each of these change requests made; one that made none is left out."""
    statement = _narrowed(reader, ConfigurationVersion, VersionFilter()).where(
        ConfigurationVersion.change_request_id.in_(ids)
    )
    return {row.change_request_id: row for row in await reader.rows(statement)}


def _narrowed(reader: Reader, table: Any, where: ChangeFilter | VersionFilter) -> Select[Any]:
    statement = select(*table.__table__.c).where(table.tenant_id == reader.tenant_id)
    for name in ("kind", "object_key", "status"):
        wanted = getattr(where, name, None)
        if wanted is not None:
            statement = statement.where(getattr(table, name) == wanted)
    return statement
