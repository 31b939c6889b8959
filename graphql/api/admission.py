"""Whose operation may run now, in this process: shares of tenants, not who asks most.

A tenant alone has the process to itself. As soon as others ask too, one that uses more than its
share waits: it runs one operation at a time, rests after each for as long as it took, and starts
none while those of others run or wait. The rest leaves the process idle half of the time, so that
others meet it ready. Its queue is bounded; whoever finds it full is told to come again."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

AT_ONCE = 32
LONGEST_QUEUE = 100
# Use is remembered for about as long, and a tenant counts as present for as long.
MEMORY_SECONDS = 5.0
# Above its share by this much a tenant is heavy: two that use the same shall not take turns at it.
LENIENCE = 1.25
# Even a heavy tenant starts an operation as often as this.
PATIENCE_SECONDS = 0.25
# How long a heavy tenant rests, by how long its operation took.
REST = 1.0


class QueueFull(Exception):
    """So many operations of the tenant wait that one more would only wait in vain."""


@dataclass(slots=True)
class _Tenant:
    weight: float
    used: float = 0.0
    seen_at: float = 0.0
    started_at: float = 0.0
    rests_until: float = 0.0
    running: int = 0
    waiting: "deque[asyncio.Future[float]]" = field(default_factory=deque)

    def note(self, now: float, seconds: float = 0.0) -> None:
        """Let what was used fade, and add to it."""
        self.used = self.used * math.exp((self.seen_at - now) / MEMORY_SECONDS) + seconds
        self.seen_at = now


class Admission:
    """The turns of one process. `clock` gives seconds."""

    def __init__(
        self, *, at_once: int = AT_ONCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._at_once = at_once
        self._clock = clock
        self._tenants: dict[str, _Tenant] = {}
        # All tenants together.
        self._all = _Tenant(0.0)
        self._swept_at = 0.0
        # What an operation takes of late: charged when it starts, set right when it ends, so that
        # a flood counts before its first operation has ended.
        self._usual_seconds = 0.01
        self._queues: dict[str, _Tenant] = {}
        self._waking: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, tenant: str, weight: float = 1.0) -> AsyncIterator[None]:
        """Wait for a turn and keep it for the block. Raises QueueFull."""
        one = self._present(tenant, weight)
        if one.waiting or not self._may_start(one):
            charged = await self._wait(tenant, one)
        else:
            charged = self._start(one)
        began = self._clock()
        try:
            yield
        finally:
            seconds = self._clock() - began
            self._usual_seconds += (seconds - self._usual_seconds) / 16
            self._charge(one, seconds - charged)
            one.rests_until = self._clock() + REST * min(seconds, PATIENCE_SECONDS)
            self._end(one)

    def _present(self, tenant: str, weight: float) -> _Tenant:
        now = self._clock()
        if now - self._swept_at > 1.0:
            self._sweep(now)
        one = self._tenants.get(tenant)
        if one is None:
            one = self._tenants[tenant] = _Tenant(0.0, seen_at=now)
        self._all.weight += weight - one.weight
        one.weight = weight
        one.note(now)
        return one

    def _sweep(self, now: float) -> None:
        """Forget who has not been seen for a while."""
        self._swept_at = now
        for name, one in list(self._tenants.items()):
            if not one.running and not one.waiting and now - one.seen_at > MEMORY_SECONDS:
                self._all.weight -= one.weight
                del self._tenants[name]

    async def _wait(self, tenant: str, one: _Tenant) -> float:
        if len(one.waiting) >= LONGEST_QUEUE:
            raise QueueFull
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        one.waiting.append(turn)
        self._queues[tenant] = one
        self._wake_later()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn in one.waiting:
                one.waiting.remove(turn)
            elif not turn.cancelled():
                # It was let in just when its caller went away.
                self._end(one)
            raise

    def _start(self, one: _Tenant) -> float:
        one.running += 1
        one.started_at = self._clock()
        self._all.running += 1
        self._charge(one, self._usual_seconds)
        return self._usual_seconds

    def _charge(self, one: _Tenant, seconds: float) -> None:
        now = self._clock()
        one.note(now, seconds)
        self._all.note(now, seconds)

    def _end(self, one: _Tenant) -> None:
        one.running -= 1
        self._all.running -= 1
        if self._queues:
            self._let_in()

    def _let_in(self) -> None:
        """Start what may start, the tenant that used least of its share first."""
        for name, one in sorted(self._queues.items(), key=_use_of_share):
            while one.waiting and self._may_start(one):
                one.waiting.popleft().set_result(self._start(one))
            if not one.waiting:
                del self._queues[name]
        self._wake_later()

    def _wake_later(self) -> None:
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        if self._queues:
            now = self._clock()
            rests = [one.rests_until - now for one in self._queues.values()]
            wait = min((rest for rest in rests if rest > 0), default=PATIENCE_SECONDS)
            self._waking = asyncio.get_running_loop().call_later(wait, self._wake)

    def _wake(self) -> None:
        self._waking = None
        self._let_in()

    def _may_start(self, one: _Tenant) -> bool:
        if not self._is_heavy(one):
            # Those of others may take long; they shall not keep it from its first.
            return self._all.running < self._at_once or one.running == 0
        if one.running or self._clock() < one.rests_until:
            return False
        others_wait = any(other is not one and other.waiting for other in self._queues.values())
        if self._all.running == 0 and not others_wait:
            return True
        return self._clock() - one.started_at >= PATIENCE_SECONDS

    def _is_heavy(self, one: _Tenant) -> bool:
        if len(self._tenants) < 2:
            return False
        now = self._clock()
        one.note(now)
        self._all.note(now)
        return one.used > LENIENCE * self._all.used * one.weight / self._all.weight


def _use_of_share(named: tuple[str, _Tenant]) -> float:
    return named[1].used / named[1].weight
