"""Loaders: what many fields ask for one by one is fetched at once."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Hashable, Sequence
from typing import Any, TypeVar

from domain.kernel.reading import Reader

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# Gives the values in the order of the keys; a value that is an exception is raised to whoever
# asked for it. Extra arguments are part of a loader's identity.
Batch = Callable[..., Awaitable[Sequence[Value]]]
_Fetch = Callable[[list[Any]], Awaitable[Sequence[Any]]]


class _Call:
    """One call of a batch function: its keys, then their values or its error."""

    def __init__(self, fetch: _Fetch, ended: Callable[["_Call"], None]) -> None:
        self.values: dict[Any, Any] = {}
        self.is_open = True
        self._error: BaseException | None = None
        self._fetch = fetch
        self._waiting: list[asyncio.Future[None]] = []
        self.running = asyncio.ensure_future(self._run())
        self.running.add_done_callback(lambda _: ended(self))

    async def _run(self) -> None:
        # Whoever runs in this tick may still add keys.
        await asyncio.sleep(0)
        self.is_open = False
        keys = list(self.values)
        try:
            self.values = dict(zip(keys, await self._fetch(keys), strict=True))
        except BaseException as error:
            self._error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for waiter in self._waiting:
                if not waiter.done():
                    waiter.set_result(None)

    async def done(self) -> dict[Any, Any]:
        """The values, once they are there. Raises what the batch function raised.

        A failing sibling cancels its neighbours; it cancels their waiting, never the call."""
        if not self.running.done():
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter
        if self._error is not None:
            raise self._error
        return self.values


class _Given:
    """In the place of a call: a value that was there before it was asked for."""

    def __init__(self, key: Any, value: Any) -> None:
        self.values = {key: value}

    async def done(self) -> dict[Any, Any]:
        """The value by its key."""
        return self.values


class _Loader:
    """The calls of one batch function with the same arguments; no key is asked for twice."""

    def __init__(self, fetch: _Fetch, running: set[_Call]) -> None:
        self._fetch = fetch
        self._running = running
        self._calls: dict[Any, _Call] = {}
        self._open: _Call | None = None

    def call_for(self, key: Any) -> _Call:
        """The call that fetches the key, or has fetched it."""
        call = self._calls.get(key)
        if call is None:
            call = self._open
            if call is None or not call.is_open:
                call = self._open = _Call(self._fetch, self._running.discard)
                self._running.add(call)
            call.values[key] = None
            self._calls[key] = call
        return call


class Loaders:
    """The loaders of one operation, one for each batch function and its arguments."""

    def __init__(self, reader: Callable[[], Awaitable[Reader]]) -> None:
        self._reader = reader
        self._loaders: dict[Any, _Loader] = {}
        self._running: set[_Call] = set()
        self._known: dict[Any, Callable[[], Any]] = {}

    def know(self, batch: Batch[Value], key: Hashable, value: Callable[[], Value]) -> None:
        """A load of `key` by `batch` gives `value`: what was just written need not be read."""
        self._known[batch, key] = value

    def load(
        self, batch: Batch[Value], key: Hashable, *arguments: Hashable
    ) -> Coroutine[Any, Any, Value]:
        """The value of `key`; keys asked for in the same tick share one call of `batch`."""
        known = None if arguments else self._known.get((batch, key))
        if known is not None:
            return _value(_Given(key, known()), key)
        return _value(self._loader(batch, arguments).call_for(key), key)

    def load_all(
        self, batch: Batch[Value], keys: Sequence[Hashable], *arguments: Hashable
    ) -> Awaitable[list[Value]]:
        """As a load of each key, in order, for the price of one. Raises the first error."""
        calls: list[_Call | _Given]
        call_for = self._loader(batch, arguments).call_for
        if self._known and not arguments:
            known = [self._known.get((batch, key)) for key in keys]
            calls = [
                _Given(key, value()) if value is not None else call_for(key)
                for key, value in zip(keys, known, strict=True)
            ]
        else:
            calls = [call_for(key) for key in keys]
        return _All(calls, keys)

    def _loader(self, batch: Batch[Any], arguments: tuple[Hashable, ...]) -> _Loader:
        loader = self._loaders.get((batch, arguments))
        if loader is None:

            async def fetch(keys: list[Any]) -> Sequence[Any]:
                return await batch(await self._reader(), keys, *arguments)

            loader = self._loaders[batch, arguments] = _Loader(fetch, self._running)
        return loader

    @property
    def are_running(self) -> bool:
        """Whether a load is under way."""
        return bool(self._running)

    async def finish(self) -> None:
        """Wait for loads that nobody waits for any more: they still use the connection."""
        while self._running:
            await asyncio.wait([call.running for call in self._running])

    def close(self) -> None:
        """Nothing is loaded any more."""
        self._reader = _nobody

    def forget(self) -> None:
        """Drop what was loaded: a mutation changed the world."""
        self._loaders.clear()
        self._known.clear()


async def _nobody() -> Reader:
    raise RuntimeError("The operation has ended: nothing is loaded any more.")


async def _value(call: "_Call | _Given", key: Any) -> Any:
    return _good((await call.done())[key])


class _All:
    """The values of many keys; unlike a coroutine it may be dropped without a word."""

    def __init__(self, calls: Sequence["_Call | _Given"], keys: Sequence[Any]) -> None:
        self._calls = calls
        self._keys = keys

    def __await__(self) -> Generator[Any, None, list[Any]]:
        for call in dict.fromkeys(self._calls):
            yield from call.done().__await__()
        return [_good(call.values[key]) for call, key in zip(self._calls, self._keys, strict=True)]


def _good(value: Any) -> Any:
    if isinstance(value, BaseException):
        raise value
    return value
