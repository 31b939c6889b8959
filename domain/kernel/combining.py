"""Combining: what many callers ask at the same time is done together, in one transaction.

Nobody is kept waiting for company: the first begins at once, and those who come while it runs are
the next batch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Ask = TypeVar("Ask")
Told = TypeVar("Told")

AT_MOST = 64
LONGEST_QUEUE = 1_000


class QueueFull(Exception):
    """So many wait that one more would only wait in vain."""


class Closed(Exception):
    """The process is going down and takes nothing more."""


@dataclass(slots=True, eq=False)
class _Caller(Generic[Ask, Told]):
    ask: Ask
    key: Hashable | None
    told: "asyncio.Future[Told]"
    context: Context


@dataclass(slots=True)
class _Lane(Generic[Ask, Told]):
    waiting: "deque[_Caller[Ask, Told]]" = field(default_factory=deque)

    def next_batch(self, at_most: int) -> "list[_Caller[Ask, Told]]":
        """Those who go together: never two with one key, of which the second waits for the
        first's outcome. Whoever went away meanwhile is left out."""
        batch: list[_Caller[Ask, Told]] = []
        keys: set[Hashable] = set()
        later: deque[_Caller[Ask, Told]] = deque()
        while self.waiting and len(batch) < at_most:
            caller = self.waiting.popleft()
            if caller.told.done():
                continue
            if caller.key is not None and caller.key in keys:
                later.append(caller)
                continue
            keys.add(caller.key)
            batch.append(caller)
        self.waiting.extendleft(reversed(later))
        return batch


class Combiner(Generic[Ask, Told]):
    """Serves lanes of callers: those of one lane may share a transaction, at most `at_most`.

    `serve` does a batch, all of it or nothing, and tells each what became of it; a told exception
    is raised to its caller only. When it raises, the batch is tried again in halves, so that
    whoever is the cause fails alone; unless `is_final` says that trying again could do it twice,
    or would not help."""

    def __init__(
        self,
        serve: Callable[[Sequence[Ask]], Awaitable[Sequence[Told | Exception]]],
        *,
        is_final: Callable[[Exception], bool],
        at_most: int = AT_MOST,
        longest_queue: int = LONGEST_QUEUE,
    ) -> None:
        self._serve = serve
        self._is_final = is_final
        self._at_most = at_most
        self._longest_queue = longest_queue
        self._lanes: dict[Hashable, _Lane[Ask, Told]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._waiting = 0
        self._is_closed = False

    async def tell(self, lane: Hashable, ask: Ask, *, key: Hashable | None = None) -> Told:
        """What became of this ask. Two with one `key` are never done at the same time.

        Raises QueueFull, Closed, and what `serve` says or raises of it. A caller that goes away
        after its batch began leaves it to its end; before, it takes no part."""
        if self._is_closed:
            raise Closed
        if self._waiting >= self._longest_queue:
            raise QueueFull
        told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        caller = _Caller(ask, key, told, copy_context())
        is_idle = lane not in self._lanes
        self._lanes.setdefault(lane, _Lane()).waiting.append(caller)
        if is_idle:
            self._start(lane)
        self._waiting += 1
        try:
            return await told
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Take nothing more, and wait until all who wait are served."""
        self._is_closed = True
        while self._running:
            await asyncio.wait(self._running)

    def _start(self, lane: Hashable) -> None:
        batch = self._lanes[lane].next_batch(self._at_most)
        if not batch:
            del self._lanes[lane]
            return
        # Alone, its statements count as its own; together they are nobody's.
        context = batch[0].context if len(batch) == 1 else Context()
        task = asyncio.get_running_loop().create_task(self._run(batch), context=context)
        self._running.add(task)
        task.add_done_callback(lambda done: self._ended(lane, done))

    def _ended(self, lane: Hashable, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._start(lane)

    async def _run(self, batch: "list[_Caller[Ask, Told]]") -> None:
        try:
            await self._serve_all(batch)
        finally:
            # Cancelled in the midst of it: whoever has no answer yet gets none.
            for caller in batch:
                caller.told.cancel()

    async def _serve_all(self, batch: "list[_Caller[Ask, Told]]") -> None:
        try:
            outcomes = await self._serve([caller.ask for caller in batch])
        except Exception as fault:
            if len(batch) > 1 and not self._is_final(fault):
                middle = len(batch) // 2
                await self._serve_all(batch[:middle])
                await self._serve_all(batch[middle:])
                return
            outcomes = [fault] * len(batch)
        for caller, outcome in zip(batch, outcomes, strict=True):
            if caller.told.done():
                continue
            if isinstance(outcome, Exception):
                caller.told.set_exception(outcome)
            else:
                caller.told.set_result(outcome)
