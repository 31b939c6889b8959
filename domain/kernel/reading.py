"""Reads: statements in one principal's scope, on one connection, one at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import CursorResult, Executable
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.kernel.direct import Fetched, fetched
from domain.kernel.errors import NotPermitted
from domain.kernel.finishing import to_its_end
from domain.kernel.prepared import Prepared
from tenancy.principals import Principal
from tenancy.transaction import (
    enter_scope,
    leave_partner_scope,
    return_to_partner_scope,
    scoped_transaction,
    snapshot,
)

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Statement = Executable | Prepared
Result = CursorResult[Any] | Fetched


class Reader:
    """Runs statements for one principal. A Work is a Reader that may also write.

    A connection serves one statement at a time; the lock lets concurrent resolvers share it."""

    def __init__(self, connection: AsyncConnection, principal: Principal) -> None:
        self.connection = connection
        self.principal = principal
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def house(self) -> "AsyncIterator[Reader]":
        """What is read through the reader it gives is seen with the whole tenant's eyes.

        For what the house works out for a partner (a date, a quantity), never to show it rows.
        Concurrent resolvers wait meanwhile: nothing of theirs is read with these eyes."""
        if not self.principal.is_partner:
            yield self
            return
        async with self._turn:
            await leave_partner_scope(self.connection)
            inner = _SharedReader(self.connection, self.principal)
            try:
                yield inner
            finally:
                await inner.settle()
                await to_its_end(return_to_partner_scope(self.connection, self.principal))

    @property
    def tenant_id(self) -> int:
        """The tenant of this transaction; every statement says it, the planner needs it."""
        return self.principal.tenant_id

    def require(self, permission: str) -> None:
        """Raise NotPermitted unless the principal holds `permission`."""
        if not self.principal.may(permission):
            raise NotPermitted(permission)

    async def execute(self, statement: Statement, parameters: Parameters = None) -> int:
        """Run a statement for its effect; returns the number of rows it touched."""
        return (await self._run(statement, parameters)).rowcount

    async def rows(self, statement: Statement, parameters: Parameters = None) -> Sequence[Row[Any]]:
        """All rows of a statement."""
        return (await self._run(statement, parameters)).all()

    async def row(self, statement: Statement, parameters: Parameters = None) -> Row[Any] | None:
        """The first row of a statement, or None."""
        return (await self._run(statement, parameters)).first()

    async def value(self, statement: Statement, parameters: Parameters = None) -> Any:
        """The first column of the first row, or None."""
        return (await self._run(statement, parameters)).scalar()

    async def values(self, statement: Statement, parameters: Parameters = None) -> Sequence[Any]:
        """The first column of every row."""
        return (await self._run(statement, parameters)).scalars().all()

    async def _run(self, statement: Statement, parameters: Parameters) -> Result:
        # The driver has fetched all rows when this returns: they are taken without a turn.
        async with self._turn:
            return await _executed(self.connection, statement, parameters)


async def _executed(
    connection: AsyncConnection, statement: Statement, parameters: Parameters
) -> Result:
    if not isinstance(statement, Prepared):
        return await connection.execute(statement, parameters)
    assert parameters is None or isinstance(parameters, Mapping)
    return await fetched(connection, statement, statement.values(parameters or {}))


class _SharedReader(Reader):
    """A reader of many resolvers, of which one may be cancelled because another was refused.

    A statement that has begun is let run to its end: cancelled, it would cost the connection."""

    async def settle(self) -> None:
        """Wait for the statement under way; the transaction must not end meanwhile, even when
        whoever waits is cancelled."""
        try:
            await self._idle()
        except asyncio.CancelledError:
            await to_its_end(self._idle())
            raise

    async def _idle(self) -> None:
        async with self._turn:
            pass

    async def _run(self, statement: Statement, parameters: Parameters) -> Result:
        await self._turn.acquire()
        running = asyncio.ensure_future(_executed(self.connection, statement, parameters))
        running.add_done_callback(self._ended)
        return await asyncio.shield(running)

    def _ended(self, running: asyncio.Future[Any]) -> None:
        self._turn.release()
        if not running.cancelled():
            running.exception()  # Seen, also when nobody waits for it any more.


@asynccontextmanager
async def reading(engine: AsyncEngine, principal: Principal) -> AsyncIterator[Reader]:
    """A read-only transaction in the principal's scope."""
    async with scoped_transaction(engine, principal, read_only=True) as connection:
        reader = _SharedReader(connection, principal)
        try:
            yield reader
        finally:
            await reader.settle()


@asynccontextmanager
async def one_moment(engine: AsyncEngine, principal: Principal) -> AsyncIterator[Reader]:
    """A read-only transaction in the principal's scope that sees one moment throughout, for what
    is read in many statements and has to agree. It takes a connection of its own."""
    async with snapshot(engine) as connection:
        await enter_scope(connection, principal)
        yield Reader(connection, principal)
