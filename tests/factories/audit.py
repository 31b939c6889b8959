"""The audit log, looked at and tampered with: as the owner of the tables, whom nothing stops."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.checking import check
from app.database import async_url
from domain.kernel.audit_chain import seal_audit
from domain.kernel.models import AuditEntry
from domain.kernel.reading import reading
from tenancy.principals import system_principal
from tests.factories.tenants import TenantUnderTest

CHAIN = ("the_audit_log_is_as_it_was_sealed", "no_audit_entry_came_late")


async def write_entries(tenant: TenantUnderTest, *names: str) -> None:
    """One entry for each name, each in a transaction of its own."""
    for subject_id, name in enumerate(names, start=1):
        async with tenant.work() as work:
            work.audit("rename", subject="thing", subject_id=subject_id, after={"name": name})


async def seal(tenant: TenantUnderTest, *, limit: int = 1_000) -> int:
    """Seal what is committed; gives how many."""
    async with tenant.work() as work:
        return await seal_audit(work, limit=limit)


async def as_owner(owner_url: str, *statements: str, **values: Any) -> None:
    """Run statements as a superuser: no right and no row security stands in the way."""
    engine = create_async_engine(async_url(owner_url))
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement), values)
    await engine.dispose()


async def broken_links(tenant: TenantUnderTest) -> Sequence[dict[str, Any]]:
    """What `crossdock check` says of the tenant's audit log."""
    report = await check(tenant.engine, tenant_slug=tenant.slug)
    return [each for each in report.violations if each["invariant"] in CHAIN]


async def audited_documents(engine: AsyncEngine) -> set[str]:
    """The names of the GraphQL operations through which anything was written, in any tenant."""
    async with reading(engine, system_principal(0)) as reader:
        tenants = await reader.values(text("SELECT tenant_id FROM all_tenants()"))
    found: set[str] = set()
    for tenant_id in tenants:
        async with reading(engine, system_principal(tenant_id)) as reader:
            documents = await reader.values(
                select(AuditEntry.document)
                .where(AuditEntry.tenant_id == tenant_id, AuditEntry.document.op("^@")("graphql:"))
                .distinct()
            )
        found |= {each.removeprefix("graphql:").partition("#")[0] for each in documents}
    return found
