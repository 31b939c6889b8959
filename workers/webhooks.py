"""Webhooks on their way: claimed in one transaction, sent outside of any, noted in another.

A process that dies in between leaves a claim that runs out; the message is sent again and its
id tells the subscriber."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.integration.deliveries import claim_deliveries, record_attempt
from domain.integration.policy import RetrySchedule
from domain.kernel.activity import Activity, doing
from domain.kernel.reading import reading
from domain.kernel.work import unit_of_work
from tenancy.principals import system_principal
from workers.clock import utc_now
from workers.metering import CALL_SECONDS, DELIVERIES, outcome_of_call
from workers.webhook_call import CallLimits, call_subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """How webhooks are sent. A claim has to last longer than a call may take."""

    limits: CallLimits = field(default_factory=CallLimits)
    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    lease: timedelta = timedelta(seconds=60)
    at_once: int = 64
    for_each_subscription: int = 4


class WebhookSending:
    """The calls under way in this process.

    No subscription holds more than a few of them, so that a slow one delays only itself."""

    def __init__(self, engine: AsyncEngine, settings: WebhookSettings) -> None:
        self._engine = engine
        self._settings = settings
        self._calls: set[asyncio.Task[None]] = set()
        self._of_subscription: Counter[int] = Counter()

    async def step(self) -> bool:
        """Claim what is due and begin to send it; returns whether anything was claimed."""
        claimed = 0
        for tenant_id in await self.due_tenants():
            free = self._settings.at_once - len(self._calls)
            if free <= 0:
                break
            rows = await self._claim(tenant_id, free)
            for row in rows:
                self._begin(tenant_id, row)
            claimed += len(rows)
        return claimed > 0

    async def drain(self) -> None:
        """Wait until the calls under way have ended; each has its time limit."""
        await asyncio.gather(*self._calls, return_exceptions=True)

    async def due_tenants(self) -> Sequence[int]:
        """The tenants that have something to be sent."""
        async with reading(self._engine, system_principal(0, name="webhooks")) as reader:
            return await reader.values(
                text("SELECT tenant FROM tenants_with_due_webhooks(:now) AS tenant"),
                {"now": utc_now()},
            )

    async def _claim(self, tenant_id: int, free: int) -> Sequence[Row[Any]]:
        most = self._settings.for_each_subscription
        principal = system_principal(tenant_id, name="webhooks")
        async with unit_of_work(self._engine, principal, now=utc_now()) as work:
            return await claim_deliveries(
                work,
                limit=free,
                for_each_subscription=most,
                leave_out=[key for key, calls in self._of_subscription.items() if calls >= most],
                lease=self._settings.lease,
            )

    def _begin(self, tenant_id: int, row: Row[Any]) -> None:
        self._of_subscription[row.subscription_id] += 1
        call = asyncio.create_task(self._send(tenant_id, row))
        self._calls.add(call)
        call.add_done_callback(lambda ended: self._ended(ended, row.subscription_id))

    def _ended(self, call: asyncio.Task[None], subscription_id: int) -> None:
        self._calls.discard(call)
        self._of_subscription[subscription_id] -= 1
        if self._of_subscription[subscription_id] <= 0:
            del self._of_subscription[subscription_id]
        if not call.cancelled() and call.exception() is not None:
            # The outcome could not be noted; the claim runs out and the message is sent again.
            asyncio.get_running_loop().call_exception_handler(
                {"message": "A webhook's outcome was not noted", "exception": call.exception()}
            )

    async def _send(self, tenant_id: int, row: Row[Any]) -> None:
        # Not a slow operation of ours, however long the subscriber takes.
        with doing(Activity("webhook", "call_subscriber", tenant_id=tenant_id)) as activity:
            attempt = await call_subscriber(
                url=row.url,
                secret=row.secret,
                message=row.body,
                now=utc_now(),
                limits=self._settings.limits,
            )
            activity.outcome = outcome_of_call(attempt.response_status)
        DELIVERIES.labels(activity.outcome).inc()
        CALL_SECONDS.observe(activity.seconds)
        principal = system_principal(tenant_id, name="webhooks")
        async with unit_of_work(self._engine, principal, now=utc_now()) as work:
            await record_attempt(
                work,
                delivery_id=row.id,
                attempt=attempt,
                schedule=self._settings.schedule,
                jitter=random.random(),
            )
