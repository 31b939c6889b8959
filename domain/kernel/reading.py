"""Reads: statements in one principal's scope, on one connection, one at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.kernel.errors import NotPermitted
from tenancy.principals import Principal
from tenancy.transaction import scoped_transaction

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Reader:
    """Runs statements for one principal. A Work is a Reader that may also write.

    A connection serves one statement at a time; the lock lets concurrent resolvers share it."""

    def __init__(self, connection: AsyncConnection, principal: Principal) -> None:
        self.connection = connection
        self.principal = principal
        self._turn = asyncio.Lock()

    @property
    def tenant_id(self) -> int:
        """The tenant of this transaction; every statement says it, the planner needs it."""
        return self.principal.tenant_id

    def require(self, permission: str) -> None:
        """Raise NotPermitted unless the principal holds `permission`."""
        if not self.principal.may(permission):
            raise NotPermitted(permission)

    async def settle(self) -> None:
        """Wait for the statement under way: a resolver that was cancelled may still let go of it,
        and the transaction must not end meanwhile."""
        async with self._turn:
            pass

    async def execute(self, statement: Executable, parameters: Parameters = None) -> int:
        """Run a statement for its effect; returns the number of rows it touched."""
        async with self._turn:
            result = await self.connection.execute(statement, parameters)
            return result.rowcount

    async def rows(
        self, statement: Executable, parameters: Parameters = None
    ) -> Sequence[Row[Any]]:
        """All rows of a statement."""
        async with self._turn:
            return (await self.connection.execute(statement, parameters)).all()

    async def row(self, statement: Executable, parameters: Parameters = None) -> Row[Any] | None:
        """The first row of a statement, or None."""
        async with self._turn:
            return (await self.connection.execute(statement, parameters)).first()

    async def value(self, statement: Executable, parameters: Parameters = None) -> Any:
        """The first column of the first row, or None."""
        async with self._turn:
            return (await self.connection.execute(statement, parameters)).scalar()

    async def values(self, statement: Executable, parameters: Parameters = None) -> Sequence[Any]:
        """The first column of every row."""
        async with self._turn:
            return (await self.connection.execute(statement, parameters)).scalars().all()


@asynccontextmanager
async def reading(engine: AsyncEngine, principal: Principal) -> AsyncIterator[Reader]:
    """A read-only transaction in the principal's scope."""
    async with scoped_transaction(engine, principal, read_only=True) as connection:
        reader = Reader(connection, principal)
        try:
            yield reader
        finally:
            await reader.settle()
