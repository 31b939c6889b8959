"""What a subscriber is told: the standard message, or what its own query gives."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.integration.event_types import permission_of, sees
from domain.integration.owners import OwnerSuspended, load_account, owner_in
from domain.kernel.event_log import is_visible
from domain.kernel.reading import reading
from tenancy.accounts import Account
from tenancy.principals import Principal, PrincipalKind, system_principal
from tenancy.short_memory import ShortMemory

REMEMBERED_FOR = timedelta(seconds=5)
LONGEST_QUERY = timedelta(seconds=10)


class Payloads(Protocol):
    """Runs subscribers' queries; the application gives it, since queries are of the API."""

    async def payload(self, owner: Principal, query: str, event_id: int) -> Mapping[str, Any]:
        """What the query gives for an event with the owner's rights: `data`, and `errors` where
        there are some."""


class Withheld(Exception):
    """The owner may not see the event. Its words say why."""


class NotNow(Exception):
    """No message can be made for the moment; nothing is wrong with the subscription."""


class Unmade(Exception):
    """The query did not end in time: a failed attempt, as if the subscriber had not answered."""


class Messages:
    """Makes the messages of one process."""

    def __init__(self, engine: AsyncEngine, payloads: Payloads | None) -> None:
        self._engine = engine
        self._payloads = payloads
        self._accounts: ShortMemory[Account | None] = ShortMemory(REMEMBERED_FOR)

    async def message(self, tenant_id: int, row: Row[Any], now: datetime) -> Mapping[str, Any]:
        """The message of a claimed delivery, made anew for each attempt, so that it never shows
        more than the owner may see now. Raises OwnerGone, Withheld, Unmade or NotNow."""
        owner = await self._owner(tenant_id, row, now)
        standard: Mapping[str, Any] = row.body
        if not sees(owner, standard["type"]):
            needed = permission_of(standard["type"])
            raise Withheld(f"The owner may not see events of this type any more ({needed}).")
        if owner.is_partner and not await self._is_own(owner, row.event_id):
            raise Withheld("What the event tells of is not the owner's any more.")
        if row.query is None:
            return standard
        if self._payloads is None:
            raise NotNow("Nothing here can run queries.")
        try:
            async with asyncio.timeout(LONGEST_QUERY.total_seconds()):
                chosen = await self._payloads.payload(owner, row.query, row.event_id)
        except TimeoutError:
            raise Unmade("The query took too long.") from None
        envelope = {name: value for name, value in standard.items() if name != "data"}
        return {**envelope, **chosen}

    async def _is_own(self, owner: Principal, event_id: int) -> bool:
        async with reading(self._engine, owner) as reader:
            return await is_visible(reader, event_id=event_id)

    async def _owner(self, tenant_id: int, row: Row[Any], now: datetime) -> Principal:
        kind = PrincipalKind(row.owner_kind)
        if kind is PrincipalKind.SYSTEM:
            return system_principal(tenant_id, name="webhooks")
        account = await self._accounts.recall(
            (tenant_id, kind, row.owner_id),
            now,
            lambda: load_account(self._engine, tenant_id, kind, row.owner_id),
        )
        try:
            return owner_in(account, kind, now)
        except OwnerSuspended as reason:
            raise NotNow(str(reason)) from None
