"""Tenants as operators see them: their names, plans and counts, and no row of their business."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, Integer, Select, Text, column, func, select
from sqlalchemy import cast as as_type
from sqlalchemy.engine import Row

from domain.kernel.errors import NotFound
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

_TENANTS = func.house_tenants().table_valued(
    column("id", Integer),
    column("slug", Text),
    column("name", Text),
    column("status", Text),
    column("sandbox_of", Integer),
    column("plan", Text),
    column("created_at", DateTime(timezone=True)),
    column("live_at", DateTime(timezone=True)),
    column("erase_from", DateTime(timezone=True)),
    name="house_tenant",
)
COUNTS = (
    "users",
    "api_keys",
    "legal_entities",
    "locations",
    "channels",
    "orders_this_month",
    "stored_bytes",
)
BY_SLUG = Ordering((_TENANTS.c.slug,))


@query("operator.read")
async def tenants(reader: Reader, *, status: str | None = None, request: PageRequest) -> Listing:
    """A page of tenants, by slug. Raises InvalidInput on a foreign cursor."""
    statement = _tenants()
    if status is not None:
        statement = statement.where(_TENANTS.c.status == status)
    return await list_page(reader, statement, ordering=BY_SLUG, request=request)


@query("operator.read")
async def tenants_of_slugs(reader: Reader, *, slugs: Sequence[str]) -> dict[str, Row[Any]]:
    """The tenants of these slugs; an unknown one is left out."""
    rows = await reader.rows(_tenants().where(_TENANTS.c.slug.in_(slugs)))
    return {row.slug: row for row in rows}


@query("operator.read")
async def usage_of_tenants(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """How much each of these tenants has of what its plan limits; counts alone."""
    usage = func.usage_of_tenants(as_type(list(ids), ARRAY(Integer))).table_valued(
        column("tenant_id", Integer), *(column(name, BigInteger) for name in COUNTS)
    )
    rows = await reader.rows(select(usage))
    return {row.tenant_id: row for row in rows}


@query("operator.read")
async def tenant_of_slug(reader: Reader, *, slug: str) -> Row[Any]:
    """The tenant's row. Raises NotFound."""
    row = await reader.row(_tenants().where(_TENANTS.c.slug == slug))
    if row is None:
        raise NotFound("tenant")
    return row


def _tenants() -> Select[Any]:
    return select(*_TENANTS.c)
