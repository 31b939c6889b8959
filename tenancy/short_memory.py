"""Answers that are remembered for a few seconds."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

MOST_KEPT = 10_000
Kept = TypeVar("Kept")


class ShortMemory(Generic[Kept]):
    """Remembers answers for `lifetime`; a change elsewhere counts here at the latest after it.

    Those who ask for the same thing while it is fetched share that one answer."""

    def __init__(self, lifetime: timedelta) -> None:
        self._lifetime = lifetime
        self._kept: OrderedDict[Hashable, tuple[datetime, Kept]] = OrderedDict()
        self._fetching: dict[Hashable, asyncio.Task[Kept]] = {}

    async def recall(
        self, key: Hashable, now: datetime, load: Callable[[], Coroutine[Any, Any, Kept]]
    ) -> Kept:
        """The remembered answer for `key`, or a fresh one from `load`."""
        kept = self._kept.get(key)
        if kept is not None and timedelta() <= now - kept[0] < self._lifetime:
            return kept[1]
        fetching = self._fetching.get(key)
        if fetching is None or fetching.get_loop() is not asyncio.get_running_loop():
            fetching = asyncio.ensure_future(load())
            self._fetching[key] = fetching
            fetching.add_done_callback(lambda done: self._arrived(key, now, done))
        # One who asked and went away must not take the answer from the others.
        return await asyncio.shield(fetching)

    def forget(self) -> None:
        """Forget everything, so that a change made here counts here at once. What is under way
        was perhaps read before the change: it is not kept, and nobody new waits for it."""
        self._kept.clear()
        self._fetching.clear()

    def _arrived(self, key: Hashable, now: datetime, done: "asyncio.Task[Kept]") -> None:
        # The exception, if any, is taken here too: perhaps nobody waits for it any more.
        failed = done.cancelled() or done.exception() is not None
        if self._fetching.get(key) is not done:
            return
        del self._fetching[key]
        # What is absent now may be made the next moment, and is asked for again at once.
        if failed or done.result() is None:
            return
        self._kept[key] = (now, done.result())
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
