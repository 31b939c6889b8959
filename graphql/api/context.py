"""What every resolver finds in `info.context`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import strawberry
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.loaders import Batch, Loaders
from domain.kernel.errors import NotPermitted
from domain.kernel.finishing import to_its_end
from domain.kernel.reading import Reader, reading
from tenancy.principals import Principal

logger = logging.getLogger("crossdock.api")

Value = TypeVar("Value")


class Unauthenticated(Exception):
    """The field needs a signed-in caller and there is none."""


class Scope:
    """One operation's own reading: a read-only transaction opened when first needed.

    Operations on one WebSocket share the context but never a connection."""

    def __init__(self, engine: AsyncEngine, principal: Callable[[], Principal]) -> None:
        self._engine = engine
        self._principal = principal
        self._opening = asyncio.Lock()
        self._open: AsyncExitStack | None = None
        self._reader: Reader | None = None
        self.loaders = Loaders(self.reader)

    async def reader(self) -> Reader:
        """The operation's reader."""
        # Root fields run at once: only the first of them opens the reading.
        async with self._opening:
            if self._reader is None:
                self._open = AsyncExitStack()
                self._reader = await self._open.enter_async_context(
                    reading(self._engine, self._principal())
                )
            return self._reader

    async def release(self) -> None:
        """End the reading and forget what was loaded; the next read sees the world anew. It ends
        whoever gives up meanwhile: a reading left open would keep its connection for ever.

        Called before each write too, so that no request holds two connections at once."""
        if self.loaders.are_running or self._open is not None:
            await to_its_end(self._end())
        self.loaders.forget()

    async def close(self) -> None:
        """As release, for the last time."""
        await self.release()
        # It is held by what it holds: only the collector would find both.
        self.loaders.close()

    async def _end(self) -> None:
        await self.loaders.finish()
        # Who is about to open the reading opens it first.
        async with self._opening:
            open_, self._open, self._reader = self._open, None, None
        if open_ is None:
            return
        try:
            await open_.aclose()
        except (SQLAlchemyError, OSError):
            # The connection is gone. Whoever read has its answer or its error already, and a
            # failing end of a reading must not become the answer to a write that stands.
            logger.warning("a reading could not be ended", exc_info=True)


_scope: ContextVar[Scope] = ContextVar("operation_scope")


@dataclass
class Context:
    """The caller and the means of one request or one WebSocket connection."""

    engine: AsyncEngine
    clock: Callable[[], datetime]
    request_id: str
    caller: Principal | None = None
    services: Any = None
    connection_params: dict[str, object] | None = None
    request: Any = None
    response: Any = None
    extras: dict[str, Any] = field(default_factory=dict)
    # The document that runs, parsed and validated (api.limits.documents.Document).
    document: Any = None

    @property
    def principal(self) -> Principal:
        """The signed-in caller. Raises Unauthenticated."""
        if self.caller is None:
            raise Unauthenticated
        return self.caller

    def require(self, permission: str) -> None:
        """Raise Unauthenticated or NotPermitted unless the caller holds it: said before anything
        that was asked is read, where reading it could be refused for other reasons."""
        if not self.principal.may(permission):
            raise NotPermitted(permission)

    @property
    def now(self) -> datetime:
        """This moment, aware."""
        return self.clock()

    def open_scope(self) -> Scope:
        """Begin an operation's scope in this task."""
        scope = Scope(self.engine, lambda: self.principal)
        _scope.set(scope)
        return scope

    @property
    def scope(self) -> Scope:
        """The running operation's scope."""
        return _scope.get()

    async def reader(self) -> Reader:
        """The running operation's reader. Raises Unauthenticated."""
        return await self.scope.reader()

    def load(self, batch: Batch[Value], key: Hashable, *arguments: Hashable) -> Awaitable[Value]:
        """Load `key` through the operation's loaders; see Loaders.load."""
        return self.scope.loaders.load(batch, key, *arguments)

    def load_all(
        self, batch: Batch[Value], keys: Sequence[Hashable], *arguments: Hashable
    ) -> Awaitable[list[Value]]:
        """Load many keys at once; see Loaders.load_all."""
        return self.scope.loaders.load_all(batch, keys, *arguments)

    def know(self, batch: Batch[Value], key: Hashable, value: Callable[[], Value]) -> None:
        """What the running operation has just written need not be loaded; see Loaders.know."""
        self.scope.loaders.know(batch, key, value)

    async def load_done(self, batch: Batch[Value], row_id: int | None) -> Value | None:
        """The object that a mutation made or changed, read after its commit; None if it did not.

        A caller that may write but not read gets no object, and no error: the write stands."""
        if row_id is None:
            return None
        try:
            return await self.load(batch, row_id)
        except NotPermitted:
            return None


Info = strawberry.Info[Context, None]
