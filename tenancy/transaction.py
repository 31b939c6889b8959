"""How a transaction begins: the role and the tenant are set together with it, never before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tenancy.principals import Principal, system_principal
from tenancy.row_security import APP_ROLE

# set_config(…, true) is SET LOCAL as a function: one round trip sets everything, and nothing
# of it outlives the transaction (behind a pooler a session SET would leak to the next tenant).
# Sent as it is: every transaction begins with it.
_SCOPE = (
    f"SELECT set_config('role', '{APP_ROLE}', true), "
    "set_config('app.tenant_id', $1, true), "
    "set_config('app.party_id', $2, true), "
    "set_config('app.location_id', $3, true)"
)


async def enter_scope(connection: AsyncConnection, principal: Principal) -> None:
    """Give the running transaction the principal's eyes: its tenant, and a partner's own rows."""
    await connection.exec_driver_sql(
        _SCOPE,
        (
            str(principal.tenant_id),
            str(principal.party_id or ""),
            str(principal.location_id or ""),
        ),
    )


@asynccontextmanager
async def scoped_transaction(
    engine: AsyncEngine, principal: Principal, *, read_only: bool = False
) -> AsyncIterator[AsyncConnection]:
    """A transaction in the principal's scope: committed at the end, rolled back on exceptions."""
    async with engine.connect() as connection:
        if read_only:
            await connection.execution_options(postgresql_readonly=True)
        async with connection.begin():
            await enter_scope(connection, principal)
            yield connection


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A read-only transaction that sees one moment throughout (REPEATABLE READ).

    It begins in no tenant's scope; `enter_scope` moves it from tenant to tenant."""
    async with engine.connect() as connection:
        await connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        async with connection.begin():
            await enter_scope(connection, system_principal(0))
            yield connection
