"""A replay goes on, part by part: each part is one transaction of the worker."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row

from domain.integration.deliveries import wanted_types
from domain.integration.events import WebhookReplayEnded, WebhookReplayProgressed, WebhookTested
from domain.integration.models import WebhookReplay, WebhookSubscription
from domain.integration.noting import Wanted, note_again, told_events
from domain.kernel.models import EventRecord
from domain.kernel.work import Work

# Deliveries noted in one transaction, about: few enough that nobody waits for it.
PART = 2_000
FEWEST_EVENTS = 20


async def note_next_part(work: Work, replay: Row[Any]) -> int:
    """Note the next events of a locked, running replay; returns how many deliveries it has made
    due. It tells that there is more to do, or that it has ended."""
    wanted = await _wanted(work, replay)
    limit = max(FEWEST_EVENTS, PART // max(1, len(wanted.patterns)))
    events = await told_events(
        work,
        EventRecord.id > replay.done_through,
        *conditions(replay, patterns_of(wanted)),
        limit=limit,
    )
    noted = await note_again(work, events, wanted)
    is_over = len(events) < limit
    values: dict[str, Any] = {
        "events_done": replay.events_done + len(events),
        "deliveries": replay.deliveries + noted,
    }
    if events:
        values["done_through"] = events[-1].event_id
    if is_over:
        values |= {"status": "done", "ended_at": work.now}
    await _write(work, replay.id, values)
    if is_over:
        deliveries = values["deliveries"]
        work.record(
            WebhookReplayEnded(aggregate_id=replay.id, status="done", deliveries=deliveries)
        )
    else:
        work.record(
            WebhookReplayProgressed(
                aggregate_id=replay.id,
                events_done=values["events_done"],
                events_total=replay.events_total,
            )
        )
    return noted


async def go_on_replaying(work: Work, *, replay_id: int) -> None:
    """Note the next part of a replay; nothing if it has ended or was cancelled meanwhile."""
    replay = await lock_replay(work, replay_id)
    if replay is not None and replay.status == "running":
        await note_next_part(work, replay)


async def lock_replay(work: Work, replay_id: int) -> Row[Any] | None:
    """The replay, locked; None if there is none."""
    return await work.row(
        select(*WebhookReplay.__table__.c)
        .where(WebhookReplay.tenant_id == work.tenant_id, WebhookReplay.id == replay_id)
        .with_for_update()
    )


async def count_events(work: Work, replay: Any, patterns: Collection[str]) -> int:
    """How many events a replay has to look at."""
    return int(
        await work.value(
            select(func.count())
            .select_from(EventRecord)
            .where(EventRecord.tenant_id == work.tenant_id, *conditions(replay, patterns))
        )
    )


def conditions(replay: Any, patterns: Collection[str]) -> list[Any]:
    """The conditions of a replay's range, for events of these patterns of types."""
    e = EventRecord
    found = [
        e.id <= replay.last_event_id,
        wanted_types(list(patterns), e.type),
        # A test was for one subscription, and for that moment.
        e.type != WebhookTested.type,
    ]
    if replay.first_event_id is not None:
        found.append(e.id >= replay.first_event_id)
    if replay.occurred_from is not None:
        found.append(e.occurred_at >= replay.occurred_from)
    if replay.occurred_until is not None:
        found.append(e.occurred_at < replay.occurred_until)
    return found


def patterns_of(wanted: Wanted) -> set[str]:
    """All patterns of types that anybody of a replay asked for."""
    return {pattern for patterns in wanted.patterns.values() for pattern in patterns}


async def _wanted(work: Work, replay: Row[Any]) -> Wanted:
    """Deleted subscriptions are told nothing any more; partners' are not replayed to."""
    s = WebhookSubscription
    rows = await work.rows(
        select(s.id, s.event_types)
        .where(
            s.tenant_id == work.tenant_id,
            s.id.in_(replay.subscription_ids),
            s.status != "deleted",
            s.party_id.is_(None),
        )
        .order_by(s.id)
    )
    return Wanted(
        patterns={row.id: row.event_types for row in rows},
        types=replay.event_types,
        undelivered_only=replay.undelivered_only,
    )


async def _write(work: Work, replay_id: int, values: dict[str, Any]) -> None:
    await work.execute(
        update(WebhookReplay)
        .where(WebhookReplay.tenant_id == work.tenant_id, WebhookReplay.id == replay_id)
        .values(**values)
    )
