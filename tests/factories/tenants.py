"""A tenant for a test, and the ways to act in it."""

import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.reading import Reader, reading
from domain.kernel.work import Work, unit_of_work
from tenancy.principals import Principal, PrincipalKind, system_principal
from tenancy.transaction import scoped_transaction

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class TenantUnderTest:
    """A tenant, acting as the system unless told otherwise."""

    engine: AsyncEngine
    id: int
    slug: str
    now: datetime
    principal: Principal

    @asynccontextmanager
    async def work(self, *, as_: Principal | None = None) -> AsyncIterator[Work]:
        """One unit of work, committed at the end."""
        async with unit_of_work(self.engine, as_ or self.principal, now=self.now) as work:
            yield work

    @asynccontextmanager
    async def read(self, *, as_: Principal | None = None) -> AsyncIterator[Reader]:
        """One read-only transaction."""
        async with reading(self.engine, as_ or self.principal) as reader:
            yield reader

    def user(self, *permissions: str, name: str = "somebody", id: int = 1) -> Principal:
        """A principal with just these permissions."""
        return Principal(
            tenant_id=self.id,
            kind=PrincipalKind.USER,
            id=id,
            name=name,
            permissions=frozenset(permissions),
        )

    def at(self, moment: datetime) -> "TenantUnderTest":
        """The same tenant at another moment."""
        return replace(self, now=moment)


async def new_tenant(engine: AsyncEngine, *, now: datetime) -> TenantUnderTest:
    """Create a tenant with a slug of its own."""
    slug = f"t{os.getpid()}-{next(_serial)}"
    async with scoped_transaction(engine, system_principal(0)) as connection:
        result = await connection.execute(
            text("SELECT create_tenant(:slug, :name, :now)"),
            {"slug": slug, "name": slug, "now": now},
        )
        tenant_id = int(result.scalar_one())
    return TenantUnderTest(engine, tenant_id, slug, now, system_principal(tenant_id))
