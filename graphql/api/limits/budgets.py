"""How many points a tenant and its apps may spend: a bucket each that fills all the time."""

import time
from dataclasses import dataclass
from typing import Protocol

from domain.kernel.value_objects import value_object
from domain.onboarding.door.plans import PLANS, Bucket, plan_named


@value_object()
class Spender:
    """Whose budgets an operation is paid from."""

    tenant: str
    app: str
    plan: str = "standard"


@value_object()
class Taken:
    """What a request for points gave: `granted` may be 0; then `wait_seconds` says how long it
    takes to have them. `left` is what the scarcer of the two buckets still holds."""

    granted: int
    left: int
    wait_seconds: float = 0.0
    tenant_left: int = 0
    app_left: int = 0


def share_of(spender: Spender) -> float:
    """What its plan gives a tenant of a busy process; 1 for the standard plan."""
    return plan_named(spender.plan).tenant.restored / PLANS["standard"].tenant.restored


class Budgets(Protocol):
    """The buckets of all tenants, shared by all processes."""

    async def take(self, spender: Spender, points: int) -> Taken:
        """Take the points from both buckets or from neither."""


class ProcessBudgets:
    """Buckets of this process only: for tests, and while the shared store does not answer."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[float, float]] = {}

    async def take(self, spender: Spender, points: int) -> Taken:
        """Take the points from both buckets or from neither."""
        plan = plan_named(spender.plan)
        now = time.monotonic()
        if len(self._levels) > 100_000:
            self._levels.clear()
        keys = (f"t:{spender.tenant}", f"a:{spender.tenant}:{spender.app}")
        buckets = (plan.tenant, plan.app)
        levels = [self._level(key, b, now) for key, b in zip(keys, buckets, strict=True)]
        wait = max(
            (points - level) / bucket.restored
            for level, bucket in zip(levels, buckets, strict=True)
        )
        granted = 0 if wait > 0 else points
        for key, level in zip(keys, levels, strict=True):
            self._levels[key] = (level - granted, now)
        left = [int(level) - granted for level in levels]
        return Taken(granted, min(left), max(0.0, wait), *left)

    def _level(self, key: str, bucket: Bucket, now: float) -> float:
        level, at = self._levels.get(key, (bucket.capacity, now))
        return min(bucket.capacity, level + (now - at) * bucket.restored)


@dataclass(slots=True)
class _Lease:
    points: int
    left: int
    until: float


class Purse:
    """What this process has taken ahead for each spender, so that a small operation does not
    cost a call to the store. What is not spent within `LEASE_SECONDS` is forgotten."""

    LEASE_SECONDS, MOST = 2.0, 50_000

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets
        self._leases: dict[Spender, _Lease] = {}

    async def pay(self, spender: Spender, points: int) -> Taken:
        """Pay for an operation before it runs; `granted` is 0 when it cannot be paid."""
        now = time.monotonic()
        lease = self._leases.get(spender)
        if lease is None or lease.until < now or lease.points < points:
            lump = plan_named(spender.plan).app.capacity // 100
            taken = await self._budgets.take(spender, max(points, lump))
            if not taken.granted and points < lump:
                taken = await self._budgets.take(spender, points)
            if not taken.granted:
                return taken
            if len(self._leases) >= self.MOST:
                self._leases.clear()
            # What an operation that ran meanwhile took ahead is not lost.
            lease = self._leases.get(spender)
            ahead = lease.points if lease is not None and lease.until >= now else 0
            lease = _Lease(ahead + taken.granted, taken.left, now + self.LEASE_SECONDS)
            self._leases[spender] = lease
        lease.points -= points
        return Taken(points, lease.left + lease.points)

    async def look(self, spender: Spender) -> Taken:
        """What both buckets hold now; nothing is taken."""
        return await self._budgets.take(spender, 0)

    def give_back(self, spender: Spender, points: int) -> int:
        """An operation cost less than it might have; what is left now."""
        lease = self._leases.get(spender)
        if lease is None:
            return 0
        lease.points += max(0, points)
        return lease.left + lease.points
