"""Webhooks on their way: claimed in one transaction, sent outside of any, noted in another.

A process that dies in between leaves a claim that runs out; the message is sent again and its
id tells the subscriber."""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.integration.attempts import (
    Attempt,
    Perseverance,
    disable_for,
    record_attempt,
    withhold,
)
from domain.integration.claims import Claim, Portion, claim_deliveries
from domain.integration.owners import OwnerGone
from domain.integration.policy import Breaker, RetrySchedule
from domain.integration.retention import DELIVERIES_KEPT
from domain.kernel.activity import Activity, doing
from domain.kernel.reading import reading
from domain.kernel.sealing import CannotOpen, Keyring
from domain.kernel.work import unit_of_work
from tenancy.principals import system_principal
from workers.clock import utc_now
from workers.metering import CALL_SECONDS, DELIVERIES, outcome_of_call
from workers.webhook_call import CallLimits, call_subscriber
from workers.webhook_messages import (
    Messages,
    NotNow,
    Payloads,
    Unmade,
    Withheld,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """How webhooks are sent. A claim has to last longer than a query and a call may take. Slow
    subscribers share places of their own, so that they take none from the others."""

    limits: CallLimits = field(default_factory=CallLimits)
    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    breaker: Breaker = field(default_factory=Breaker)
    lease: timedelta = timedelta(seconds=60)
    at_once: int = 64
    for_each_subscription: int = 4
    # A subscriber whose calls take longer counts as slow until one is quick.
    slow_after: timedelta = timedelta(seconds=2)
    slow_at_once: int = 64
    kept: timedelta = DELIVERIES_KEPT
    # What the secrets of subscriptions were sealed by.
    keys: Keyring = field(default_factory=Keyring.random)


class WebhookSending:
    """The calls under way in this process.

    No subscription holds more than a few of them, and what takes long moves over to the places of
    the slow ones: a slow subscriber delays only itself."""

    def __init__(
        self, engine: AsyncEngine, settings: WebhookSettings, payloads: Payloads | None = None
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._messages = Messages(engine, payloads)
        # Each call under way, with its subscription and since when.
        self._calls: dict[asyncio.Task[None], tuple[int, float]] = {}
        self._of_subscription: Counter[int] = Counter()
        self._slow: set[int] = set()

    async def step(self) -> bool:
        """Claim what is due and begin to send it; returns whether there may be more."""
        goes_on = False
        self._find_slow()
        tenants = list(await self.due_tenants())
        random.shuffle(tenants)
        for place, tenant_id in enumerate(tenants):
            # No tenant takes what those behind it need.
            for claim in await self._claim(tenant_id, among=len(tenants) - place):
                for row in claim.rows:
                    self._begin(tenant_id, row)
                goes_on |= claim.looked_through or len(claim.rows) > 0
        return goes_on

    async def drain(self) -> None:
        """Wait until the calls under way have ended; each has its time limit."""
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def due_tenants(self) -> Sequence[int]:
        """The tenants that have something to be sent."""
        async with reading(self._engine, system_principal(0, name="webhooks")) as reader:
            return await reader.values(
                text(
                    "SELECT tenant FROM tenants_with_due_webhooks(:now) AS tenant "
                    "WHERE tenant_serves(tenant)"
                ),
                {"now": utc_now()},
            )

    async def _claim(self, tenant_id: int, *, among: int) -> list[Claim]:
        of_slow = sum(key in self._slow for key, _ in self._calls.values())
        free = self._settings.at_once - (len(self._calls) - of_slow)
        free_for_slow = self._settings.slow_at_once - of_slow
        slow = self._slow - self._busy()
        portion = Portion(
            limit=math.ceil(free / among),
            for_each_subscription=self._settings.for_each_subscription,
            failing_after=self._settings.breaker.failures,
            lease=self._settings.lease,
            leave_out=self._busy() | self._slow,
        )
        for_slow = replace(portion, limit=math.ceil(free_for_slow / among), leave_out=(), only=slow)
        claims: list[Claim] = []
        principal = system_principal(tenant_id, name="webhooks")
        async with unit_of_work(self._engine, principal, now=utc_now()) as work:
            if free > 0:
                claims.append(await claim_deliveries(work, portion))
            if slow and free_for_slow > 0:
                claims.append(await claim_deliveries(work, for_slow))
        return claims

    def _busy(self) -> set[int]:
        most = self._settings.for_each_subscription
        return {key for key, calls in self._of_subscription.items() if calls >= most}

    def _find_slow(self) -> None:
        """Who lets a call wait for long is slow before the call has ended."""
        since = time.monotonic() - self._settings.slow_after.total_seconds()
        self._slow.update(key for key, began in self._calls.values() if began < since)

    def _begin(self, tenant_id: int, row: Row[Any]) -> None:
        # One that fails is tried by one call at a time.
        is_failing = row.failures >= self._settings.breaker.failures
        weight = self._settings.for_each_subscription if is_failing else 1
        self._of_subscription[row.subscription_id] += weight
        call = asyncio.create_task(self._send(tenant_id, row))
        self._calls[call] = (row.subscription_id, time.monotonic())
        call.add_done_callback(lambda ended: self._ended(ended, row.subscription_id, weight))

    def _ended(self, call: asyncio.Task[None], subscription_id: int, weight: int) -> None:
        del self._calls[call]
        self._of_subscription[subscription_id] -= weight
        if self._of_subscription[subscription_id] <= 0:
            del self._of_subscription[subscription_id]
        if not call.cancelled() and call.exception() is not None:
            # The outcome could not be noted; the claim runs out and the message is sent again.
            asyncio.get_running_loop().call_exception_handler(
                {"message": "A webhook's outcome was not noted", "exception": call.exception()}
            )

    async def _send(self, tenant_id: int, row: Row[Any]) -> None:
        now = utc_now()
        try:
            message = await self._messages.message(tenant_id, row, now)
            secrets = self._in_force(tenant_id, row)
        except (OwnerGone, Withheld, NotNow) as reason:
            await self._unsent(tenant_id, row, reason)
            return
        except (Unmade, CannotOpen) as reason:
            await self._record(tenant_id, row, _unanswered(str(reason)))
            return
        # Not a slow operation of ours, however long the subscriber takes.
        with doing(Activity("webhook", "call_subscriber", tenant_id=tenant_id)) as activity:
            attempt = await call_subscriber(
                url=row.url,
                secrets=secrets,
                message=message,
                now=now,
                limits=self._settings.limits,
            )
            activity.outcome = outcome_of_call(attempt.response_status)
        DELIVERIES.labels(activity.outcome).inc()
        CALL_SECONDS.observe(activity.seconds)
        self._note_pace(row.subscription_id, activity.seconds)
        await self._record(tenant_id, row, attempt)

    def _note_pace(self, subscription_id: int, seconds: float) -> None:
        if seconds > self._settings.slow_after.total_seconds():
            self._slow.add(subscription_id)
        else:
            self._slow.discard(subscription_id)

    def _in_force(self, tenant_id: int, row: Row[Any]) -> list[str]:
        """The secrets that a message is signed with now: the new one, and for a while the old."""
        until = row.previous_secret_until
        kept = [row.secret]
        if row.previous_secret is not None and until is not None and until > utc_now():
            kept.append(row.previous_secret)
        return [self._settings.keys.opened(each, tenant_id=tenant_id) for each in kept]

    async def _unsent(self, tenant_id: int, row: Row[Any], reason: Exception) -> None:
        principal = system_principal(tenant_id, name="webhooks")
        async with unit_of_work(self._engine, principal, now=utc_now()) as work:
            if isinstance(reason, OwnerGone):
                await disable_for(work, row, str(reason))
            elif isinstance(reason, Withheld):
                await withhold(work, row, _unanswered(str(reason)))
            # Else the claim runs out, and it is tried again.

    async def _record(self, tenant_id: int, row: Row[Any], attempt: Attempt) -> None:
        principal = system_principal(tenant_id, name="webhooks")
        perseverance = Perseverance(
            schedule=self._settings.schedule,
            breaker=self._settings.breaker,
            jitter=random.random(),
        )
        async with unit_of_work(self._engine, principal, now=utc_now()) as work:
            await record_attempt(work, row, attempt, perseverance)


def _unanswered(error: str) -> Attempt:
    return Attempt(attempted_at=utc_now(), duration_ms=0, error=error)
