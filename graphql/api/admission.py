"""Whose operation may run now, in this process: shares of tenants, not who asks most.

A tenant alone has the process to itself. As soon as others ask too, one that uses more than its
share waits: it runs one operation at a time, rests after each for as long as it took, and starts
none while those of others run or wait. The rest leaves the process idle half of the time, so that
others meet it ready. Its queue is bounded; whoever finds it full is told to come again.

Operations that are done together (orders, which share a transaction) take one turn together: it
costs what it uses, not that for each of them, and they hold one place while they wait for each
other."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
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


# So many that are done together share a turn; of a heavy tenant fewer, so that what they do before
# and after each other's company is over soon.
TOGETHER = 64
TOGETHER_OF_HEAVY = 16


class QueueFull(Exception):
    """So many operations of the tenant wait that one more would only wait in vain."""


@dataclass(slots=True, eq=False)
class _Turn:
    """A turn under way: since when, how much of it is charged, and how many share it."""

    began: float
    charged: float
    members: int = 1


@dataclass(slots=True, eq=False)
class _Waiter:
    together: bool
    turn: "asyncio.Future[_Turn]"


@dataclass(slots=True)
class _Tenant:
    weight: float
    used: float = 0.0
    seen_at: float = 0.0
    started_at: float = 0.0
    rests_until: float = 0.0
    running: int = 0
    waiting: deque[_Waiter] = field(default_factory=deque)
    # The turn that those who are done together may still join.
    joint: _Turn | None = None

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

    def turn(self, tenant: str, weight: float = 1.0, *, together: bool = False) -> "Turn":
        """Wait for a turn and keep it for the block. Raises QueueFull.

        `together`: it is done together with others of the tenant that say so."""
        return Turn(self, tenant, weight, together)

    async def enter(self, tenant: str, weight: float, together: bool) -> tuple[_Tenant, _Turn]:
        """Wait for a turn; whose and which it is. Raises QueueFull."""
        one = self._present(tenant, weight)
        turn = self._joined(one) if together else None
        if turn is None:
            if one.waiting or not self._may_start(one):
                turn = await self._wait(tenant, one, together)
            else:
                turn = self._start(one, together)
        return one, turn

    def leave(self, one: _Tenant, turn: _Turn, seconds: float) -> None:
        """One of those who share a turn has ended, after so long."""
        self._usual_seconds += (seconds - self._usual_seconds) / 16
        self._leave(one, turn)

    def now(self) -> float:
        """The moment, in seconds."""
        return self._clock()

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

    async def _wait(self, tenant: str, one: _Tenant, together: bool) -> _Turn:
        if len(one.waiting) >= LONGEST_QUEUE:
            raise QueueFull
        waiter = _Waiter(together, asyncio.get_running_loop().create_future())
        one.waiting.append(waiter)
        self._queues[tenant] = one
        self._wake_later()
        try:
            return await waiter.turn
        except asyncio.CancelledError:
            if waiter in one.waiting:
                one.waiting.remove(waiter)
            elif not waiter.turn.cancelled():
                # It was let in just when its caller went away.
                self._leave(one, waiter.turn.result())
            raise

    def _start(self, one: _Tenant, together: bool) -> _Turn:
        turn = _Turn(self._clock(), self._usual_seconds)
        one.running += 1
        one.started_at = turn.began
        self._all.running += 1
        self._charge(one, turn.charged)
        if together:
            one.joint = turn
        return turn

    def _joined(self, one: _Tenant) -> _Turn | None:
        """The turn under way that one more may share; a heavy tenant's has to come to its end."""
        turn = one.joint
        if turn is None or turn.members >= TOGETHER or self._is_heavy(one):
            return None
        turn.members += 1
        return turn

    def _leave(self, one: _Tenant, turn: _Turn) -> None:
        """One of those who share the turn has ended; it is over with the last of them."""
        seconds = self._clock() - turn.began
        self._charge(one, seconds - turn.charged)
        turn.charged = seconds
        turn.members -= 1
        if not turn.members:
            if one.joint is turn:
                one.joint = None
            one.rests_until = self._clock() + REST * min(seconds, PATIENCE_SECONDS)
            one.running -= 1
            self._all.running -= 1
        if self._queues:
            self._let_in()

    def _charge(self, one: _Tenant, seconds: float) -> None:
        now = self._clock()
        one.note(now, seconds)
        self._all.note(now, seconds)

    def _let_in(self) -> None:
        """Start what may start, the tenant that used least of its share first."""
        for name, one in sorted(self._queues.items(), key=_use_of_share):
            while one.waiting:
                first = one.waiting[0]
                if first.turn.done():
                    # Its caller went away this moment.
                    one.waiting.popleft()
                    continue
                turn = self._joined(one) if first.together else None
                if turn is None and not self._may_start(one):
                    break
                one.waiting.popleft()
                if turn is None:
                    turn = self._start(one, first.together)
                first.turn.set_result(turn)
                if first.together:
                    self._gather(one, turn)
            if not one.waiting:
                del self._queues[name]
        self._wake_later()

    def _gather(self, one: _Tenant, turn: _Turn) -> None:
        """Let in those who wait and may share the turn."""
        at_most = TOGETHER_OF_HEAVY if self._is_heavy(one) else TOGETHER
        for waiter in [each for each in one.waiting if each.together]:
            if turn.members >= at_most:
                break
            one.waiting.remove(waiter)
            if not waiter.turn.done():
                turn.members += 1
                waiter.turn.set_result(turn)

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


class Turn:
    """A turn that is kept for a block. Not a generator: the event loop keeps a list of those."""

    __slots__ = ("_admission", "_asked", "_began", "_kept")

    def __init__(self, admission: Admission, tenant: str, weight: float, together: bool) -> None:
        self._admission = admission
        self._asked = tenant, weight, together

    async def __aenter__(self) -> None:
        self._kept = await self._admission.enter(*self._asked)
        self._began = self._admission.now()

    async def __aexit__(self, *_: object) -> None:
        self._admission.leave(*self._kept, self._admission.now() - self._began)


def _use_of_share(named: tuple[str, _Tenant]) -> float:
    return named[1].used / named[1].weight
