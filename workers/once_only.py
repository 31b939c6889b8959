"""An event is handled once in effect, however often its message arrives.

What a handler writes and the deletion of the outbox row are one transaction. The events of one
aggregate are handled in their order, by one worker at a time; other aggregates go on beside."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.activity import Activity, doing
from domain.kernel.models import EventRecord, Outbox
from domain.kernel.work import Behalf, Work, unit_of_work
from tenancy.principals import system_principal
from workers.backoff import FIRST_RETRY, LONGEST_RETRY, doubled
from workers.clock import utc_now
from workers.metering import HANDLED, HANDLING_SECONDS, PARKED
from workers.registry import Delivered, Handlers

log = logging.getLogger(__name__)

ATTEMPTS = 12
EVENTS_IN_ONE_TRANSACTION = 100
HANDLING_LIMIT = timedelta(seconds=60)
LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True, order=True)
class AggregateAddress:
    """Whose events are to be handled."""

    tenant_id: int
    aggregate: str
    aggregate_id: int


class Turn(Enum):
    """What became of one try to handle an aggregate's events."""

    DONE = "done"
    FAILED = "failed"
    TAKEN = "taken"  # Another worker is at it; come again.


async def handle(
    engine: AsyncEngine,
    handlers: Handlers,
    address: AggregateAddress,
    *,
    limit: timedelta = HANDLING_LIMIT,
) -> Turn:
    """Handle what waits for the aggregate, in at most `limit`.

    A failure is noted on the event's outbox row, which is due again later. Raises only when not
    even that could be written: the broker tries again."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await deliver(engine, handlers, address, now=utc_now())
    except Exception as error:
        log.exception("Handling %s failed outside of a handler", address)
        await _note_on_head(engine, address, error)
        return Turn.FAILED


_Run = Callable[[Work, Handlers, Row[Any], Activity], Awaitable[Exception | None]]


class _HandlerFailed(Exception):
    """Somewhere among the events a handler failed; what it raised is the cause."""


async def deliver(
    engine: AsyncEngine, handlers: Handlers, address: AggregateAddress, *, now: datetime
) -> Turn:
    """Handle the aggregate's waiting events in one transaction, up to the first that fails.

    A savepoint for each event costs two round trips, and failures are rare: first without."""
    try:
        return await _deliver(engine, handlers, address, now=now, run=_run_boldly)
    except _HandlerFailed:
        return await _deliver(engine, handlers, address, now=now, run=_run_carefully)


async def _deliver(
    engine: AsyncEngine,
    handlers: Handlers,
    address: AggregateAddress,
    *,
    now: datetime,
    run: _Run,
) -> Turn:
    principal = system_principal(address.tenant_id, name="worker")
    handled: list[Activity] = []
    async with unit_of_work(engine, principal, now=now) as work:
        turn_taken = await _take_turn(work, address)
        if turn_taken is None:
            return Turn.DONE
        if not turn_taken:
            return Turn.TAKEN
        done, turn = [], Turn.DONE
        for row in await _waiting(work, address):
            # The events after a parked one wait with it: their order is part of the promise.
            if row.parked_at is not None:
                break
            handled.append(_activity(work, row))
            error = await run(work, handlers, row, handled[-1])
            if error is not None:
                await _note(work, row, error)
                turn = Turn.FAILED
                break
            done.append(row.outbox_id)
        await _forget(work, done)
    for activity in handled:
        # Only now it is sure: what was rolled back has not been handled.
        HANDLED.labels(activity.name, activity.outcome).inc()
        HANDLING_SECONDS.labels(activity.name).observe(activity.seconds)
    return turn


async def _take_turn(work: Work, address: AggregateAddress) -> bool | None:
    """Whether it is ours; None for a tenant that is not served now: its events wait."""
    # Waiting on the rows would hold a thread and a connection for as long as the other works.
    # Two aggregates with the same hash only take turns without need.
    taken: bool | None = await work.value(
        select(
            func.pg_try_advisory_xact_lock(
                address.tenant_id, func.hashtext(f"{address.aggregate}:{address.aggregate_id}")
            )
        ).where(func.tenant_serves(address.tenant_id))
    )
    return taken


def _waiting_rows(address: AggregateAddress) -> Any:
    return (
        select(
            Outbox.id.label("outbox_id"),
            Outbox.attempts,
            Outbox.last_error,
            Outbox.parked_at,
            EventRecord.id,
            EventRecord.type,
            EventRecord.aggregate,
            EventRecord.aggregate_id,
            EventRecord.payload,
            EventRecord.occurred_at,
            EventRecord.actor,
            EventRecord.request_id,
            EventRecord.trace_context,
        )
        .join(
            EventRecord,
            and_(EventRecord.tenant_id == Outbox.tenant_id, EventRecord.id == Outbox.event_id),
        )
        .where(
            Outbox.tenant_id == address.tenant_id,
            Outbox.aggregate == address.aggregate,
            Outbox.aggregate_id == address.aggregate_id,
        )
        .order_by(Outbox.event_id)
        .with_for_update(of=Outbox)
    )


async def _waiting(work: Work, address: AggregateAddress) -> Sequence[Row[Any]]:
    return await work.rows(_waiting_rows(address).limit(EVENTS_IN_ONE_TRANSACTION))


async def _run_boldly(work: Work, handlers: Handlers, row: Row[Any], activity: Activity) -> None:
    try:
        await _run_handlers(work, handlers, row, activity)
    except Exception as error:
        raise _HandlerFailed from error


async def _run_carefully(
    work: Work, handlers: Handlers, row: Row[Any], activity: Activity
) -> Exception | None:
    try:
        async with work.attempt():
            await _run_handlers(work, handlers, row, activity)
            await work.flush()
    except Exception as error:
        log.warning("Handling event %s (%s) failed", row.id, row.type, exc_info=True)
        return error
    return None


async def _run_handlers(work: Work, handlers: Handlers, row: Row[Any], activity: Activity) -> None:
    event = Delivered(
        id=row.id,
        type=row.type,
        aggregate=row.aggregate,
        aggregate_id=row.aggregate_id,
        payload=row.payload,
        occurred_at=row.occurred_at,
        actor=row.actor,
    )
    with doing(activity), work.through(behalf=Behalf(name=row.actor)):
        for handler in handlers.of(row.type):
            await handler(work, event)


def _activity(work: Work, row: Row[Any]) -> Activity:
    return Activity(
        "event",
        row.type,
        tenant_id=work.tenant_id,
        request_id=row.request_id,
        event_id=row.id,
        principal=work.principal,
        trace_context=row.trace_context,
    )


async def _note(work: Work, row: Row[Any], error: Exception) -> None:
    """The event is due again later, or parked after its last attempt. What it was sent before it
    failed for the first time counts for nothing: nobody was there, or those before it failed."""
    attempts = 1 if row.last_error is None else row.attempts
    parked = attempts >= ATTEMPTS
    if parked:
        log.error("Event %s (%s) is parked after %s attempts", row.id, row.type, attempts)
        PARKED.labels(row.type).inc()
    await work.execute(
        update(Outbox)
        .where(Outbox.tenant_id == work.tenant_id, Outbox.id == row.outbox_id)
        .values(
            last_error=f"{type(error).__name__}: {error}"[:LONGEST_ERROR],
            attempts=attempts,
            due_at=work.now + doubled(FIRST_RETRY, attempts - 1, LONGEST_RETRY),
            parked_at=work.now if parked else None,
        )
    )


async def _note_on_head(engine: AsyncEngine, address: AggregateAddress, error: Exception) -> None:
    principal = system_principal(address.tenant_id, name="worker")
    async with unit_of_work(engine, principal, now=utc_now()) as work:
        row = await work.row(_waiting_rows(address).limit(1))
        if row is not None and row.parked_at is None:
            await _note(work, row, error)


async def _forget(work: Work, outbox_ids: Sequence[int]) -> None:
    if outbox_ids:
        await work.execute(
            delete(Outbox).where(Outbox.tenant_id == work.tenant_id, Outbox.id.in_(outbox_ids))
        )
