"""Webhooks are sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from domain.integration.events import WebhookReplayEnded, WebhooksReplayed
from domain.integration.models import WebhookDelivery, WebhookReplay
from domain.integration.replaying import count_events, lock_replay, note_next_part
from domain.integration.subscribers import lock_subscription, sound_event_types
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, NotPermitted
from domain.kernel.models import EventRecord
from domain.kernel.permissions import operation
from domain.kernel.work import Work

MOST_SUBSCRIPTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRange:
    """Which events: by moments (from inclusive, until exclusive), by event ids (both inclusive),
    or by both. One end has to be given at the beginning."""

    occurred_from: datetime | None = None
    occurred_until: datetime | None = None
    first_event_id: int | None = None
    last_event_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayBegun:
    """A replay, and how many deliveries its first part has made due."""

    replay_id: int
    deliveries: int


@operation("webhooks.manage")
async def replay_webhooks(
    work: Work,
    *,
    subscription_ids: Sequence[int],
    events: ReplayRange,
    event_types: list[str] | None = None,
    undelivered_only: bool = False,
) -> ReplayBegun:
    """Send again, or for the first time, the events of a range to one or many subscriptions: of
    the types that each asked for, or only of those among them that `event_types` names. The
    subscriber knows repetitions by id.

    About 2,000 deliveries are made due at once, the rest part by part by the worker. What happens
    after this moment is not of the replay. The log as a whole is the house's: a partner has single
    deliveries sent again. Raises NotFound, InvalidInput, NotPermitted for a partner."""
    if work.principal.is_partner:
        raise NotPermitted("webhooks.manage")
    await _require_events(work, events)
    _require_forward(events)
    types = None if event_types is None else sound_event_types(event_types)
    ids = sorted(set(subscription_ids))
    if not 0 < len(ids) <= MOST_SUBSCRIPTIONS:
        message = f"Name 1 to {MOST_SUBSCRIPTIONS} subscriptions."
        raise InvalidInput(message, path=("subscription_ids",))
    patterns: set[str] = set()
    for subscription_id in ids:
        patterns.update((await lock_subscription(work, subscription_id)).event_types)
    replay_id = await _begin(work, ids, events, types, undelivered_only, patterns)
    replay = await lock_replay(work, replay_id)
    assert replay is not None
    deliveries = await note_next_part(work, replay)
    for subscription_id in ids:
        work.record(WebhooksReplayed(aggregate_id=subscription_id, deliveries=deliveries))
    work.audit(
        "replay_webhooks",
        subject="webhook_replay",
        subject_id=replay_id,
        after={"subscription_ids": ids, "event_types": types, "events": replay.events_total},
    )
    return ReplayBegun(replay_id=replay_id, deliveries=deliveries)


async def _require_events(work: Work, events: ReplayRange) -> None:
    named = {each for each in (events.first_event_id, events.last_event_id) if each is not None}
    if not named:
        return
    found = await work.value(
        select(func.count())
        .select_from(EventRecord)
        .where(EventRecord.tenant_id == work.tenant_id, EventRecord.id.in_(named))
    )
    if found != len(named):
        raise NotFound("Event")


def _require_forward(events: ReplayRange) -> None:
    if events.occurred_from is None and events.first_event_id is None:
        raise InvalidInput("Say where the range begins.", path=("occurred_from",))
    begins, ends = events.occurred_from, events.occurred_until
    if begins is not None and ends is not None and begins >= ends:
        raise InvalidInput("The range ends before it begins.", path=("occurred_until",))
    first, last = events.first_event_id, events.last_event_id
    if first is not None and last is not None and first > last:
        raise InvalidInput("The range ends before it begins.", path=("last_event_id",))


async def _begin(
    work: Work,
    ids: list[int],
    events: ReplayRange,
    types: list[str] | None,
    undelivered_only: bool,
    patterns: set[str],
) -> int:
    newest = await work.value(
        select(func.max(EventRecord.id)).where(EventRecord.tenant_id == work.tenant_id)
    )
    bounds = ReplayRange(
        occurred_from=events.occurred_from,
        occurred_until=events.occurred_until,
        first_event_id=events.first_event_id,
        # What comes later is told anyhow; a replay has an end.
        last_event_id=min(events.last_event_id or newest or 0, newest or 0),
    )
    values: dict[str, Any] = {
        name: getattr(bounds, name) for name in ReplayRange.__dataclass_fields__
    }
    return int(
        await work.value(
            insert(WebhookReplay)
            .values(
                tenant_id=work.tenant_id,
                subscription_ids=ids,
                event_types=types,
                undelivered_only=undelivered_only,
                status="running",
                done_through=0,
                events_total=await count_events(work, bounds, patterns),
                events_done=0,
                deliveries=0,
                asked_by=work.actor.principal.name,
                created_at=work.now,
                **values,
            )
            .returning(WebhookReplay.id)
        )
    )


@operation("webhooks.manage")
async def cancel_webhook_replay(work: Work, *, replay_id: int) -> None:
    """Note no more of a replay; what is due already is sent. Raises NotFound, InvalidState."""
    replay = await lock_replay(work, replay_id)
    if replay is None:
        raise NotFound("webhook replay")
    if replay.status != "running":
        raise InvalidState("It has ended.", path=("id",), state=replay.status, allowed=[])
    await work.execute(
        update(WebhookReplay)
        .where(WebhookReplay.tenant_id == work.tenant_id, WebhookReplay.id == replay_id)
        .values(status="cancelled", ended_at=work.now)
    )
    work.record(
        WebhookReplayEnded(aggregate_id=replay_id, status="cancelled", deliveries=replay.deliveries)
    )
    work.audit("cancel_webhook_replay", subject="webhook_replay", subject_id=replay_id)


@operation("webhooks.manage")
async def redeliver_webhook(work: Work, *, delivery_id: int) -> None:
    """Send one delivery again, with all its attempts before it. Raises NotFound."""
    d = WebhookDelivery
    found = await work.row(
        select(d.subscription_id).where(d.tenant_id == work.tenant_id, d.id == delivery_id)
    )
    if found is None:
        raise NotFound("webhook delivery")
    await lock_subscription(work, found.subscription_id)
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, d.id == delivery_id)
        .values(status="due", attempts=0, due_at=work.now, delivered_at=None)
    )
    work.record(WebhooksReplayed(aggregate_id=found.subscription_id, deliveries=1))
    work.audit(
        "redeliver_webhook",
        subject="webhook_subscription",
        subject_id=found.subscription_id,
        after={"deliveries": 1},
    )
