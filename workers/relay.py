"""The outbox to the broker: due events are claimed, pushed forward in time, and sent.

Pushing `due_at` forward is both the mark of having been sent and the sweeper: an event whose
message was lost with the broker or its worker is simply due again."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Float, Interval, cast, func, literal, select, text, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.models import Outbox
from domain.kernel.reading import reading
from domain.kernel.work import Work, unit_of_work
from tenancy.principals import system_principal
from workers.metering import RELAYED
from workers.once_only import AggregateAddress

log = logging.getLogger(__name__)

# Doubling further would only overflow; the cap was reached long before.
MOST_DOUBLINGS = 20


class Sender(Protocol):
    """Where the relay sends to. Both calls block, and raise when the broker is away."""

    def waiting(self) -> int:
        """How many messages wait or are being handled."""

    def send(self, addresses: Sequence[AggregateAddress]) -> None:
        """Send one message for each aggregate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much the relay claims, and how long it waits before it sends again."""

    batch: int = 100
    # Above it the outbox keeps the rest, so that no tenant fills the broker's queue.
    most_waiting: int = 500
    unanswered_for: timedelta = timedelta(seconds=30)
    unanswered_at_most: timedelta = timedelta(minutes=10)


async def relay_once(engine: AsyncEngine, sender: Sender, *, now: datetime, pace: Pace) -> int:
    """One round over the tenants with due events; returns how many events were sent.

    Raises what the broker raises; what was claimed and not sent is due at once."""
    sent = 0
    for tenant_id in await tenants_with_due_events(engine, now=now):
        # Asked before claiming: a broker that is away must not cost the events their turn.
        if await asyncio.to_thread(sender.waiting) >= pace.most_waiting:
            break
        sent += await _relay_tenant(engine, sender, tenant_id, now=now, pace=pace)
    return sent


async def tenants_with_due_events(engine: AsyncEngine, *, now: datetime) -> Sequence[int]:
    """The tenants that have events to be sent."""
    async with reading(engine, system_principal(0, name="relay")) as reader:
        return await reader.values(
            text(
                "SELECT tenant FROM tenants_with_due_events(:now) AS tenant "
                "WHERE tenant_serves(tenant)"
            ),
            {"now": now},
        )


async def _relay_tenant(
    engine: AsyncEngine, sender: Sender, tenant_id: int, *, now: datetime, pace: Pace
) -> int:
    principal = system_principal(tenant_id, name="relay")
    async with unit_of_work(engine, principal, now=now) as work:
        claimed = await claim_due_events(work, pace=pace)
    if not claimed:
        return 0
    addresses = dict.fromkeys(
        AggregateAddress(tenant_id, row.aggregate, row.aggregate_id) for row in claimed
    )
    try:
        await asyncio.to_thread(sender.send, list(addresses))
    except Exception:
        async with unit_of_work(engine, principal, now=now) as work:
            await _unclaim(work, claimed)
        raise
    RELAYED.inc(len(claimed))
    return len(claimed)


async def claim_due_events(work: Work, *, pace: Pace) -> Sequence[Row[Any]]:
    """Claim the tenant's due events, oldest first: rows of id, aggregate, aggregate_id.

    What another relay claims or a worker handles right now is skipped."""
    rows = await work.rows(
        select(Outbox.id, Outbox.aggregate, Outbox.aggregate_id)
        .where(
            Outbox.tenant_id == work.tenant_id,
            Outbox.due_at <= work.now,
            Outbox.parked_at.is_(None),
        )
        .order_by(Outbox.event_id)
        .limit(pace.batch)
        .with_for_update(skip_locked=True)
    )
    if rows:
        doublings = cast(func.least(Outbox.attempts, MOST_DOUBLINGS), Float)
        seconds = func.least(
            literal(pace.unanswered_for.total_seconds(), Float) * func.power(2.0, doublings),
            literal(pace.unanswered_at_most.total_seconds(), Float),
        )
        wait = func.make_interval(0, 0, 0, 0, 0, 0, seconds, type_=Interval)
        await work.execute(
            update(Outbox)
            .where(_these(work, rows))
            .values(attempts=Outbox.attempts + 1, due_at=literal(work.now) + wait)
        )
    return rows


async def _unclaim(work: Work, rows: Sequence[Row[Any]]) -> None:
    await work.execute(
        update(Outbox)
        .where(_these(work, rows))
        .values(attempts=Outbox.attempts - 1, due_at=work.now)
    )


def _these(work: Work, rows: Sequence[Row[Any]]) -> Any:
    return (Outbox.tenant_id == work.tenant_id) & Outbox.id.in_([row.id for row in rows])
