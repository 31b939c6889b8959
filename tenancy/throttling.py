"""How often something may be tried. The application counts in its shared store; this file holds
the contract and the counter of a single process."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tenancy.failures import TooManyAttempts

MOST_KEYS = 100_000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `attempts` within `window`."""

    attempts: int
    window: timedelta


ATTEMPTS_PER_USER = Limit(10, timedelta(minutes=5))
ATTEMPTS_PER_ADDRESS = Limit(100, timedelta(minutes=5))
SIGN_UPS_PER_ADDRESS = Limit(20, timedelta(hours=1))
CODES_PER_ADDRESS = Limit(60, timedelta(hours=1))
LETTERS_PER_MAILBOX = Limit(3, timedelta(hours=1))


class Throttle(Protocol):
    """Counts attempts by key. An attempt is counted before it is made, so that a thousand at
    once cannot all pass."""

    async def take(self, key: str, limit: Limit, now: datetime) -> timedelta | None:
        """Count one attempt; None when it may be made, else how long to wait."""

    async def clear(self, key: str) -> None:
        """Forget the attempts of a key, after one that succeeded."""


class ProcessThrottle:
    """Counts in this process only: enough for one API process and for tests."""

    def __init__(self) -> None:
        self._windows: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    async def take(self, key: str, limit: Limit, now: datetime) -> timedelta | None:
        """Count one attempt; None when it may be made, else how long to wait."""
        ends_at, count = self._windows.get(key, (now + limit.window, 0))
        if ends_at <= now:
            ends_at, count = now + limit.window, 0
        if count >= limit.attempts:
            return ends_at - now
        self._windows[key] = (ends_at, count + 1)
        while len(self._windows) > MOST_KEYS:
            self._windows.popitem(last=False)
        return None

    async def clear(self, key: str) -> None:
        """Forget the attempts of a key, after one that succeeded."""
        self._windows.pop(key, None)


async def admit_attempt(
    throttle: Throttle,
    *,
    tenant: str | None,
    username: str | None,
    address: str | None,
    now: datetime,
    per_address: int = ATTEMPTS_PER_ADDRESS.attempts,
) -> str:
    """Count one sign-in by address and by user; the user's counter is returned, to be cleared
    after success. Raises TooManyAttempts."""
    counter = _counter("user", tenant or "", username or "")
    limits = [(counter, ATTEMPTS_PER_USER)]
    if address is not None:
        limit = Limit(per_address, ATTEMPTS_PER_ADDRESS.window)
        limits.insert(0, (_counter("address", address), limit))
    for key, limit in limits:
        wait = await throttle.take(key, limit, now)
        if wait is not None:
            raise TooManyAttempts(wait)
    return counter


async def admit(throttle: Throttle, kind: str, whose: str, limit: Limit, now: datetime) -> None:
    """Count one attempt of this kind by whoever it is. Raises TooManyAttempts."""
    wait = await throttle.take(_counter(kind, whose), limit, now)
    if wait is not None:
        raise TooManyAttempts(wait)


def _counter(kind: str, *parts: str) -> str:
    # Hashed: the length is bounded, and nobody's name lies about in the store.
    said = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return f"sign-in:{kind}:{hashlib.sha256(said).hexdigest()}"
