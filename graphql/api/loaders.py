"""Loaders: what many fields ask for one by one is fetched at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from domain.kernel.reading import Reader

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# Gives the values in the order of the keys. Extra arguments are part of a loader's identity.
Batch = Callable[..., Awaitable[Sequence[Value]]]


class Loaders:
    """The loaders of one operation, one for each batch function and its arguments."""

    def __init__(self, reader: Callable[[], Awaitable[Reader]]) -> None:
        self._reader = reader
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}
        self._running: set[asyncio.Future[Any]] = set()
        self._known: dict[Any, Callable[[], Any]] = {}

    def know(self, batch: Batch[Value], key: Hashable, value: Callable[[], Value]) -> None:
        """A load of `key` by `batch` gives `value`: what was just written need not be read."""
        self._known[batch, key] = value

    def load(self, batch: Batch[Value], key: Hashable, *arguments: Hashable) -> Awaitable[Value]:
        """The value of `key`; keys asked for in the same tick share one call of `batch`.

        Shielded: a failing sibling cancels its neighbours, and must not cancel the shared call."""
        if not arguments and (known := self._known.get((batch, key))) is not None:
            there = asyncio.get_running_loop().create_future()
            there.set_result(known())
            return there
        identity = (batch, arguments)
        if identity not in self._loaders:

            async def fetch(keys: list[Any]) -> Sequence[Any]:
                return await batch(await self._reader(), keys, *arguments)

            self._loaders[identity] = DataLoader(load_fn=fetch)
        loading = asyncio.ensure_future(self._loaders[identity].load(key))
        self._running.add(loading)
        loading.add_done_callback(self._ended)
        return asyncio.shield(loading)

    def _ended(self, loading: asyncio.Future[Any]) -> None:
        self._running.discard(loading)
        if not loading.cancelled():
            loading.exception()  # Seen, also when whoever waited for it was cancelled.

    async def finish(self) -> None:
        """Wait for loads that nobody waits for any more: they still use the connection."""
        while self._running:
            await asyncio.wait(self._running)

    def forget(self) -> None:
        """Drop what was loaded: a mutation changed the world."""
        self._loaders.clear()
        self._known.clear()
