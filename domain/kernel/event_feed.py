"""Events as they happen, for those who listen in this process.

The gap problem: event ids are drawn before the commit, so an event may become visible after one
with a higher id. A listener that remembered only the highest id would miss it. The horizon of
running transactions (`pg_snapshot_xmin`) does not help: transactions are not numbered in the
order in which they draw ids, and one long transaction anywhere would hold back everybody. So
each listener reads again, for some seconds, from below what it has seen, and leaves out what it
has told. The time between drawing an id (at the end of a unit of work) and its commit is
milliseconds; the window is a thousand times that.

Events of one aggregate are written under the lock of its row: their ids and commits agree."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.event_log import (
    Interest,
    LoggedEvent,
    events_after,
    last_event_id,
    place_before,
)
from domain.kernel.reading import reading
from tenancy.principals import Principal

SETTLED_AFTER = timedelta(seconds=10)
MOST_UNSETTLED = 10_000
EVENTS_IN_ONE_READ = 100


class _Place:
    """Where a listener is in the log: all up to `floor` is settled, `told` lies above it."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.told: dict[int, float] = {}

    def note(self, event_id: int) -> None:
        """The event was told just now."""
        self.told[event_id] = time.monotonic()

    def settle(self) -> None:
        """Raise the floor over what was told long enough ago, or is too much to remember."""
        oldest = time.monotonic() - SETTLED_AFTER.total_seconds()
        excess = len(self.told) - MOST_UNSETTLED
        settled = [
            event_id
            for place, (event_id, told_at) in enumerate(self.told.items())
            if told_at < oldest or place < excess
        ]
        self.floor = max([self.floor, *settled])
        self.told = {i: told_at for i, told_at in self.told.items() if i > self.floor}


class _Listener:
    def __init__(self, interest: Interest) -> None:
        self.interest = interest
        self.woken = asyncio.Event()


class EventFeed:
    """Hands events to the listeners of one process.

    It keeps no events: `touched` wakes whom the news concern, and each reads for itself, in its
    own scope, as fast as it can take them. A wake-up that never came costs `look_every`."""

    def __init__(
        self, engine: AsyncEngine, *, look_every: timedelta = timedelta(seconds=2)
    ) -> None:
        self._engine = engine
        self._look_every = look_every.total_seconds()
        self._listeners: dict[int, set[_Listener]] = defaultdict(set)

    @property
    def listening(self) -> int:
        """How many listeners there are."""
        return sum(len(listeners) for listeners in self._listeners.values())

    def touched(self, tenant_id: int, aggregates: Sequence[tuple[str, int]]) -> None:
        """Events of these aggregates (kind, id) have been committed."""
        for listener in self._listeners.get(tenant_id, ()):
            if any(listener.interest.wakes(*aggregate) for aggregate in aggregates):
                listener.woken.set()

    async def listen(
        self, principal: Principal, interest: Interest, *, after_id: int | None = None
    ) -> AsyncGenerator[LoggedEvent]:
        """Events from now on, or everything after `after_id`, until the caller stops.

        Taken up again with `after_id`, a stream over several aggregates repeats what happened in
        the ten seconds before it: listeners know an event by its id."""
        listener = _Listener(interest)
        self._listeners[principal.tenant_id].add(listener)
        try:
            place = await self._start(principal, interest, after_id)
            while True:
                listener.woken.clear()
                async for event in self._news(principal, interest, place):
                    yield event
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_every):
                        await listener.woken.wait()
        finally:
            self._leave(principal.tenant_id, listener)

    def _leave(self, tenant_id: int, listener: _Listener) -> None:
        self._listeners[tenant_id].discard(listener)
        if not self._listeners[tenant_id]:
            del self._listeners[tenant_id]

    async def _start(
        self, principal: Principal, interest: Interest, after_id: int | None
    ) -> _Place:
        async with reading(self._engine, principal) as reader:
            if after_id is not None and interest.aggregate_id is not None:
                return _Place(after_id)
            newest = await last_event_id(reader) if after_id is None else after_id
            floor = await place_before(reader, event_id=newest, by=SETTLED_AFTER)
            place = _Place(floor)
            if after_id is None:
                # What is there already is no news; what shows up among it later is.
                for event in await events_after(
                    reader, interest, after_id=floor, limit=MOST_UNSETTLED
                ):
                    place.note(event.id)
            return place

    async def _news(
        self, principal: Principal, interest: Interest, place: _Place
    ) -> AsyncIterator[LoggedEvent]:
        full = True
        while full:
            async with reading(self._engine, principal) as reader:
                events = await events_after(
                    reader,
                    interest,
                    after_id=place.floor,
                    leave_out=place.told,
                    limit=EVENTS_IN_ONE_READ,
                )
            for event in events:
                place.note(event.id)
                yield event
            place.settle()
            full = len(events) == EVENTS_IN_ONE_READ
