"""How many connections stay open: of a tenant together, and of each caller."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from domain.onboarding.door.plans import STANDARD, plan_named

# A place that is not renewed is free again: its process has died.
RENEWED_SECONDS, KEPT_SECONDS = 20.0, 60.0


@dataclass(frozen=True, slots=True)
class PlaceOf:
    """Whose place a connection takes."""

    tenant: str
    caller: str
    plan: str = STANDARD


class NoPlace(Exception):
    """The tenant, or the caller alone, holds as many connections as its plan allows."""


class Places(Protocol):
    """The open connections of all processes."""

    async def take(self, whose: PlaceOf, name: str) -> bool:
        """Take or renew the place of this name; False when there is none left."""

    async def leave(self, whose: PlaceOf, name: str) -> None:
        """Give the place back."""

    async def taken(self, tenant: str) -> int:
        """How many connections the tenant holds."""


class ProcessPlaces:
    """Counts the connections of this process only: for tests, and while the shared store does
    not answer."""

    def __init__(self) -> None:
        self._names: dict[str, PlaceOf] = {}
        self._tenants: Counter[str] = Counter()
        self._callers: Counter[tuple[str, str]] = Counter()

    async def take(self, whose: PlaceOf, name: str) -> bool:
        """Take or renew the place of this name; False when there is none left."""
        plan = plan_named(whose.plan)
        key = (whose.tenant, whose.caller)
        if name in self._names:
            return True
        if (
            self._tenants[whose.tenant] >= plan.connections
            or self._callers[key] >= plan.connections_of_caller
        ):
            return False
        self._names[name] = whose
        self._tenants[whose.tenant] += 1
        self._callers[key] += 1
        return True

    async def leave(self, whose: PlaceOf, name: str) -> None:
        """Give the place back."""
        if self._names.pop(name, None) is None:
            return
        self._tenants[whose.tenant] -= 1
        self._callers[whose.tenant, whose.caller] -= 1
        # What counts nothing is not kept.
        self._tenants, self._callers = +self._tenants, +self._callers

    async def taken(self, tenant: str) -> int:
        """How many connections the tenant holds."""
        return self._tenants[tenant]


@asynccontextmanager
async def placed(places: Places, whose: PlaceOf) -> AsyncIterator[None]:
    """Hold a place meanwhile. Raises NoPlace."""
    name = secrets.token_hex(8)
    if not await places.take(whose, name):
        raise NoPlace
    renewing = asyncio.create_task(_renew(places, whose, name))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        await asyncio.shield(places.leave(whose, name))


async def _renew(places: Places, whose: PlaceOf, name: str) -> None:
    while True:
        await asyncio.sleep(RENEWED_SECONDS)
        await places.take(whose, name)
