"""Combining: what many callers ask at the same time is done together, in one transaction.

Nobody is kept waiting for company: the first begins at once, and those who come while it runs are
the next batch. That begins when the one before has only to be written and committed: while the
database does so, this process prepares. What both need, the database's locks keep apart."""

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


Serve = Callable[[Sequence[Ask], Callable[[], None]], Awaitable[Sequence[Told | Exception]]]


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
        """Those who go together: never two with one key, of which the second goes with a later
        batch. Whoever went away meanwhile is left out."""
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


@dataclass(slots=True)
class _Turn:
    """A batch's right to begin the next one, once. Who comes later than its ending finds the lane
    taken until it has ended, and company to wait with."""

    start: Callable[[], None]
    is_over: bool = False

    def pass_on(self, *, wants: bool) -> None:
        """Begin the next batch now, if it is wanted and was not begun yet."""
        if wants and not self.is_over:
            self.is_over = True
            self.start()


class Combiner(Generic[Ask, Told]):
    """Serves lanes of callers: those of one lane may share a transaction, at most `at_most`.

    `serve` does a batch, all of it or nothing, and tells each what became of it; a told exception
    is raised to its caller only. It calls what it is given beside the batch once it takes no lock
    any more: those who wait by then may begin. When it raises, the batch is tried again in halves,
    so that whoever is the cause fails alone; unless `is_final` says that trying again could do it
    twice, or would not help."""

    def __init__(
        self,
        serve: Serve[Ask, Told],
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
        """What became of this ask. Two with one `key` are never in one transaction.

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
        turn = _Turn(lambda: self._start(lane))
        serving = self._run(batch, lambda: turn.pass_on(wants=self._is_waited_for(lane)))
        task = asyncio.get_running_loop().create_task(serving, context=context)
        self._running.add(task)
        task.add_done_callback(lambda _: turn.pass_on(wants=True))
        task.add_done_callback(self._running.discard)

    def _is_waited_for(self, lane: Hashable) -> bool:
        return lane in self._lanes and bool(self._lanes[lane].waiting)

    async def _run(self, batch: "list[_Caller[Ask, Told]]", go_on: Callable[[], None]) -> None:
        try:
            await self._serve_all(batch, go_on)
        finally:
            # Cancelled in the midst of it: whoever has no answer yet gets none.
            for caller in batch:
                caller.told.cancel()

    async def _serve_all(
        self, batch: "list[_Caller[Ask, Told]]", go_on: Callable[[], None]
    ) -> None:
        try:
            outcomes = await self._serve([caller.ask for caller in batch], go_on)
        except Exception as fault:
            if len(batch) > 1 and not self._is_final(fault):
                middle = len(batch) // 2
                await self._serve_all(batch[:middle], go_on)
                await self._serve_all(batch[middle:], go_on)
                return
            outcomes = [fault] * len(batch)
        for place, (caller, outcome) in enumerate(zip(batch, outcomes, strict=True)):
            if place:
                # What all of them do next, done at once, would keep the next batch from what the
                # database answers meanwhile.
                await asyncio.sleep(0)
            if caller.told.done():
                continue
            if isinstance(outcome, Exception):
                caller.told.set_exception(outcome)
            else:
                caller.told.set_result(outcome)
