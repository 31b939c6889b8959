"""How a transaction begins: the role and the tenant are set together with it, never before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tenancy.driver import begin
from tenancy.principals import Principal, system_principal
from tenancy.row_security import APP_ROLE

# set_config(…, true) is SET LOCAL as a function: one round trip sets everything, and nothing
# of it outlives the transaction (behind a pooler a session SET would leak to the next tenant).
_SCOPE = (
    f"SELECT set_config('role', '{APP_ROLE}', true), "
    "set_config('app.tenant_id', $1, true), "
    "set_config('app.party_id', $2, true), "
    "set_config('app.location_id', $3, true)"
)
# A customer's people see those below it too, of the items that it is offered. Asked for with each
# transaction, not remembered: a party that was moved elsewhere is gone at once.
_CUSTOMER = (
    "SELECT set_config('app.tree', party_tree({0}), true), "
    "set_config('app.assortment', assortment_of({0}), true); "
    "SELECT set_config('app.party_id', current_setting('app.tree'), true)"
)
_PARTNER = (
    "SELECT set_config('app.party_id', coalesce(current_setting('app.tree', true), ''), true), "
    "set_config('app.location_id', $1, true)"
)
_HOUSE = "SELECT set_config('app.party_id', '', true), set_config('app.location_id', '', true)"


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
    if principal.party_id is not None:
        for statement in _CUSTOMER.format(int(principal.party_id)).split("; "):
            await connection.exec_driver_sql(statement)


async def return_to_partner_scope(connection: AsyncConnection, principal: Principal) -> None:
    """Undo `leave_partner_scope`; the parties are those that the transaction began with."""
    await connection.exec_driver_sql(_PARTNER, (_number(principal.location_id),))


async def leave_partner_scope(connection: AsyncConnection) -> None:
    """Give the running transaction the whole tenant's eyes, until it returns to the partner's."""
    await connection.exec_driver_sql(_HOUSE)


@asynccontextmanager
async def scoped_transaction(
    engine: AsyncEngine, principal: Principal, *, read_only: bool = False
) -> AsyncIterator[AsyncConnection]:
    """A transaction in the principal's scope: committed at the end, rolled back on exceptions."""
    async with engine.connect() as connection, connection.begin():
        await begin(connection, _opening(principal, read_only))
        yield connection


def _opening(principal: Principal, read_only: bool) -> str:
    """The same as _SCOPE, with what it is to be in its text."""
    scope = (
        f"SELECT set_config('role', '{APP_ROLE}', true), "
        f"set_config('app.tenant_id', '{int(principal.tenant_id)}', true), "
        f"set_config('app.party_id', '{_number(principal.party_id)}', true), "
        f"set_config('app.location_id', '{_number(principal.location_id)}', true)"
    )
    if principal.party_id is not None:
        scope += f"; {_CUSTOMER.format(int(principal.party_id))}"
    return f"{scope}; SET TRANSACTION READ ONLY" if read_only else scope


def _number(row_id: int | None) -> str:
    return str(int(row_id)) if row_id else ""


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
