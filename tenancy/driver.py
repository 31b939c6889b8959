"""The driver beneath SQLAlchemy, where it is spoken to directly."""

from collections.abc import Awaitable, Sequence
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection


class OpeningConnection(asyncpg.Connection):  # type: ignore[misc]
    """The driver's connection, whose next transaction begins with `opening`: one message says
    both. The application's engine is made with it as its connection_class."""

    opening = ""

    async def execute(self, query: str, *args: Any, **more: Any) -> str:
        """As the driver's; a BEGIN takes the opening along."""
        if self.opening and query.startswith("BEGIN"):
            query, self.opening = query + self.opening, ""
        told: str = await super().execute(query, *args, **more)
        return told


def driver_of(connection: AsyncConnection) -> Any:
    """The driver's own connection."""
    return _synchronous(connection).connection.driver_connection


async def begin(connection: AsyncConnection, opening: str) -> None:
    """Begin the driver's transaction now, not with the first statement, with these commands.

    Raises what SQLAlchemy raises of a statement; the connection then leaves the pool."""
    adapter: Any = _synchronous(connection).connection.dbapi_connection
    driver_of(connection).opening = opening
    try:
        await seen(connection, opening, (), adapter._start_transaction())
    except BaseException:
        # It may be in a transaction that nobody knows of.
        await connection.invalidate()
        raise


async def seen(
    connection: AsyncConnection,
    text: str,
    values: Sequence[Any],
    running: Awaitable[Any],
    cursor: Any = None,
) -> None:
    """Await a statement that the driver runs: SQLAlchemy's listeners see it, and what it raises is
    what SQLAlchemy raises. A connection that is lost leaves the pool."""
    sync = _synchronous(connection)
    for tell in sync.dispatch.before_cursor_execute:
        tell(sync, cursor, text, values, None, False)
    try:
        await running
    except BaseException as error:
        await connection.run_sync(_fail, text, values, error)
    for tell in sync.dispatch.after_cursor_execute:
        tell(sync, cursor, text, values, None, False)


def _fail(sync: Connection, text: str, values: Sequence[Any], error: BaseException) -> None:
    adapter: Any = sync.connection.dbapi_connection
    known: Any = sync
    try:
        adapter._handle_exception(error)
    except BaseException as translated:
        known._handle_dbapi_exception(translated, text, values, None, None)


def _synchronous(connection: AsyncConnection) -> Connection:
    sync = connection.sync_connection
    assert sync is not None
    return sync
