"""A server that went away costs no request, and nobody is asked each time."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import living_connections
from app.database import connect
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction
from tests.factories.statements import counted_statements


async def _pid(engine: AsyncEngine) -> int:
    async with scoped_transaction(engine, system_principal(0)) as connection:
        return int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def test_a_connection_that_the_server_ended_is_replaced(
    database_url: str, owner_url: str
) -> None:
    engine, other = connect(database_url, pool_size=1), connect(owner_url, pool_size=1)
    try:
        before = await _pid(engine)
        async with other.connect() as owner:
            ending = text("SELECT pg_terminate_backend(:pid, 5000)")
            assert (await owner.execute(ending, {"pid": before})).scalar_one()
        assert await _pid(engine) != before
    finally:
        await engine.dispose()
        await other.dispose()


@pytest.mark.parametrize(("idle_seconds", "asked"), [(0.0, 1), (60.0, 0)])
async def test_only_one_that_lay_idle_is_asked(
    database_url: str, monkeypatch: pytest.MonkeyPatch, idle_seconds: float, asked: int
) -> None:
    engine = connect(database_url, pool_size=1)
    pings: list[int] = []
    monkeypatch.setattr(living_connections, "IDLE_SECONDS", idle_seconds)
    try:
        first = await _pid(engine)
        monkeypatch.setattr(
            "sqlalchemy.dialects.postgresql.asyncpg.AsyncAdapt_asyncpg_connection.ping",
            lambda _self: pings.append(1),
        )
        assert await _pid(engine) == first
    finally:
        await engine.dispose()
    assert len(pings) == asked


async def test_a_transaction_begins_and_enters_its_scope_in_one_message(database_url: str) -> None:
    engine = connect(database_url, pool_size=1)
    try:
        with counted_statements(engine) as statements:
            async with scoped_transaction(engine, system_principal(7), read_only=True) as reading:
                told = await reading.execute(
                    text(
                        "SELECT current_setting('app.tenant_id'), current_user, "
                        "current_setting('transaction_read_only')"
                    )
                )
                assert tuple(told.one()) == ("7", "crossdock_app", "on")
        assert len(statements) == 2
        async with engine.connect() as plain:
            left = await plain.execute(text("SELECT current_setting('app.tenant_id', true)"))
            assert left.scalar_one() in (None, "")
    finally:
        await engine.dispose()
