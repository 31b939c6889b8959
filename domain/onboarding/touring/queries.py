"""Tours, by id and as a list."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.onboarding.models import Tour

NEWEST_FIRST = Ordering((Tour.created_at, Tour.id), descending=True)


@query("onboarding.read")
async def tours(
    reader: Reader, *, ordering: Ordering = NEWEST_FIRST, request: PageRequest
) -> Listing:
    """A page of tours. Raises InvalidInput on a foreign cursor."""
    return await list_page(reader, _tours(reader), ordering=ordering, request=request)


@query("onboarding.read")
async def tours_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The tours with these ids; an id of no row of the tenant is left out."""
    return {row.id: row for row in await reader.rows(_tours(reader).where(Tour.id.in_(ids)))}


def _tours(reader: Reader) -> Select[Any]:
    return select(*Tour.__table__.c).where(Tour.tenant_id == reader.tenant_id)
