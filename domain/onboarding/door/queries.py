"""Client apps, their documents, what a tenant settled for its door, and its plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.engine import Row

from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.quotas import MEGABYTE
from domain.kernel.reading import Reader
from domain.onboarding.door.plans import Plan, plan_named
from tenancy.models import ClientApp, DoorSettings, RegisteredDocument, TenantPlan, TenantQuota
from tenancy.quotas import ORDERS, QUOTAS, STORED, quota_of_plan

APPS_BY_NAME = Ordering((ClientApp.name, ClientApp.id))
DOCUMENTS_BY_NAME = Ordering((RegisteredDocument.name, RegisteredDocument.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """Which documents; what is None does not narrow."""

    app_id: int | None = None
    hash: str | None = None
    is_retired: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a tenant settled; as given here where it settled nothing."""

    origins: Sequence[str] = ()
    only_trusted_partners: bool = False
    only_trusted_public_apps: bool = False
    only_trusted_everybody: bool = False
    version: int = 1


@query("apps.read")
async def client_apps(
    reader: Reader, *, ordering: Ordering = APPS_BY_NAME, request: PageRequest
) -> Listing:
    """A page of apps, closed ones too. Raises InvalidInput on a foreign cursor."""
    return await list_page(reader, _apps(reader), ordering=ordering, request=request)


@query("apps.read")
async def client_apps_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The apps with these ids; an id of no row of the tenant is left out."""
    return {row.id: row for row in await reader.rows(_apps(reader).where(ClientApp.id.in_(ids)))}


@query("apps.read")
async def document_counts(reader: Reader, *, ids: Sequence[int]) -> dict[int, int]:
    """How many documents each of these apps may send."""
    rows = await reader.rows(
        select(RegisteredDocument.app_id, func.count().label("documents"))
        .where(
            RegisteredDocument.tenant_id == reader.tenant_id,
            RegisteredDocument.app_id.in_(ids),
            RegisteredDocument.retired_at.is_(None),
        )
        .group_by(RegisteredDocument.app_id)
    )
    return {row.app_id: row.documents for row in rows}


@query("apps.read")
async def registered_documents(
    reader: Reader,
    *,
    where: DocumentFilter,
    ordering: Ordering = DOCUMENTS_BY_NAME,
    request: PageRequest,
) -> Listing:
    """A page of documents, by name. Raises InvalidInput on a foreign cursor."""
    return await list_page(reader, _listed(reader, where), ordering=ordering, request=request)


@query("apps.read")
async def registered_documents_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The documents with these ids; an id of no row of the tenant is left out."""
    statement = _documents(reader).where(RegisteredDocument.id.in_(ids))
    return {row.id: row for row in await reader.rows(statement)}


@query("apps.read")
async def door_settings(reader: Reader) -> Settled:
    """What the tenant settled."""
    row = await reader.row(
        select(
            DoorSettings.origins,
            DoorSettings.only_trusted_partners,
            DoorSettings.only_trusted_public_apps,
            DoorSettings.only_trusted_everybody,
            DoorSettings.version,
        ).where(DoorSettings.tenant_id == reader.tenant_id)
    )
    return Settled() if row is None else Settled(**row._mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much of something the tenant may have (None: without limit), and how much it has."""

    name: str
    allowed: int | None
    used: int


@query("apps.read")
async def quotas(reader: Reader) -> list[Quota]:
    """What the tenant may have and has, counted now."""
    plan_name = await reader.value(
        select(TenantPlan.plan).where(TenantPlan.tenant_id == reader.tenant_id)
    )
    own = {
        row.quota: row.allowed
        for row in await reader.rows(
            select(TenantQuota.quota, TenantQuota.allowed).where(
                TenantQuota.tenant_id == reader.tenant_id
            )
        )
    }
    usage = await reader.row(
        text("SELECT * FROM usage_of_tenants(ARRAY[:tenant]::int[])"), {"tenant": reader.tenant_id}
    )
    assert usage is not None
    used = {
        **usage._mapping,
        ORDERS: usage.orders_this_month,
        STORED: -(-usage.stored_bytes // MEGABYTE),
    }
    return [
        Quota(name=name, allowed=own.get(name, quota_of_plan(plan_name, name)), used=used[name])
        for name in QUOTAS
    ]


@query("apps.read")
async def plan(reader: Reader) -> Plan:
    """The tenant's plan."""
    return plan_named(
        await reader.value(select(TenantPlan.plan).where(TenantPlan.tenant_id == reader.tenant_id))
    )


def _apps(reader: Reader) -> Select[Any]:
    return select(*ClientApp.__table__.c).where(ClientApp.tenant_id == reader.tenant_id)


def _documents(reader: Reader) -> Select[Any]:
    return select(*RegisteredDocument.__table__.c).where(
        RegisteredDocument.tenant_id == reader.tenant_id
    )


def _listed(reader: Reader, where: DocumentFilter) -> Select[Any]:
    statement = _documents(reader)
    if where.app_id is not None:
        statement = statement.where(RegisteredDocument.app_id == where.app_id)
    if where.hash is not None:
        statement = statement.where(RegisteredDocument.hash == where.hash)
    if where.is_retired is not None:
        retired = RegisteredDocument.retired_at
        statement = statement.where(retired.is_not(None) if where.is_retired else retired.is_(None))
    return statement
