"""Webhook deliveries, claimed to be sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.integration.models import WebhookDelivery, WebhookSubscription
from domain.kernel.work import Work

# Of each subscription so many are looked at; those among them that wait for an earlier one are put
# aside, so that they are not in the way of others, and called up when the earlier one is settled.
LOOKED_AT = 200
PUT_ASIDE = timedelta(minutes=1)
# Whoever is called up comes before what has not been looked at yet.
AHEAD = timedelta(hours=1)
_CLAIMED: tuple[Any, ...] = (
    WebhookDelivery.id,
    WebhookDelivery.subscription_id,
    WebhookDelivery.event_id,
    WebhookDelivery.attempts,
    WebhookDelivery.body,
    WebhookSubscription.url,
    WebhookSubscription.secret,
    WebhookSubscription.previous_secret,
    WebhookSubscription.previous_secret_until,
    WebhookSubscription.query,
    WebhookSubscription.owner_kind,
    WebhookSubscription.owner_id,
    WebhookSubscription.failures,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """How much is claimed at once: in all, of each subscription, and of one that has failed
    `failing_after` times in a row a single one. Only of some subscriptions, or not of others."""

    limit: int
    for_each_subscription: int
    failing_after: int
    lease: timedelta
    leave_out: Collection[int] = ()
    only: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed: rows of the delivery with its subscription's url, secrets, query, owner
    and failures. `looked_through`: there may be more behind what waits."""

    rows: Sequence[Row[Any]] = ()
    looked_through: bool = False


async def claim_deliveries(work: Work, portion: Portion) -> Claim:
    """Claim due deliveries, oldest event first. Nobody else claims them before the lease has
    passed.

    Of one aggregate a subscriber gets an event only after all earlier ones were taken or given
    up. However much waits for one subscription, it costs nothing where another's is looked for."""
    first = await work.rows(_first_due(work, portion))
    waiting = [each for row in first for each in row.waiting or ()]
    if waiting:
        await _put_aside(work, waiting)
    heads = [each for row in first for each in _share(row, portion)]
    if not heads:
        return Claim(looked_through=bool(waiting))
    d, s = WebhookDelivery, WebhookSubscription
    rows = await work.rows(
        select(*_CLAIMED)
        .join(s, and_(s.tenant_id == d.tenant_id, s.id == d.subscription_id))
        # Said again on the row itself: it is checked once more after the lock was got.
        .where(d.tenant_id == work.tenant_id, d.id.in_(heads))
        .where(d.status == "due", d.due_at <= work.now)
        .order_by(d.event_id)
        .limit(portion.limit)
        .with_for_update(of=d, skip_locked=True)
    )
    if rows:
        await _write_due(work, [row.id for row in rows], work.now + portion.lease)
    return Claim(rows, looked_through=bool(waiting))


def _share(row: Row[Any], portion: Portion) -> Sequence[int]:
    """What of a subscription's deliveries may go out now."""
    is_failing = row.failures >= portion.failing_after
    ready: Sequence[int] = row.ready or ()
    return ready[: 1 if is_failing else portion.for_each_subscription]


def _first_due(work: Work, portion: Portion) -> Any:
    """Of each open subscription the first that are due: the ids of those that are ready, and of
    those that wait for an earlier event of the same aggregate."""
    s, d = WebhookSubscription, aliased(WebhookDelivery)
    few = (
        # In the list of columns, so that it is asked for these few alone.
        select(d.id, d.due_at, d.event_id, _has_earlier(d).label("waits"))
        .where(
            d.tenant_id == work.tenant_id,
            d.subscription_id == s.id,
            d.status == "due",
            d.due_at <= work.now,
        )
        .order_by(d.due_at, d.event_id)
        .limit(LOOKED_AT)
        .correlate(s)
        .subquery()
    )
    in_order = aggregate_order_by(few.c.id, few.c.due_at, few.c.event_id)
    each = select(
        func.array_agg(in_order).filter(~few.c.waits).label("ready"),
        func.array_agg(few.c.id).filter(few.c.waits).label("waiting"),
    ).lateral()
    return (
        select(s.id, s.failures, each.c.ready, each.c.waiting)
        .join(each, true())
        .where(*_open(work, portion))
        .order_by(s.id)
    )


async def call_up(work: Work, *, subscription_id: int, aggregate: str, aggregate_id: int) -> None:
    """A delivery was settled: the next one of its aggregate to its subscriber has its turn."""
    d, later = WebhookDelivery, aliased(WebhookDelivery)
    following = (
        select(later.id)
        .where(
            later.tenant_id == work.tenant_id,
            later.subscription_id == subscription_id,
            later.aggregate == aggregate,
            later.aggregate_id == aggregate_id,
            later.status == "due",
        )
        .order_by(later.event_id)
        .limit(1)
        .scalar_subquery()
    )
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, d.id == following, d.attempts == 0)
        .values(due_at=work.now - AHEAD)
    )


async def _put_aside(work: Work, ids: Sequence[int]) -> None:
    """Also when one was settled this very moment: then it costs the minute."""
    d = WebhookDelivery
    locked = (
        select(d.id)
        .where(d.tenant_id == work.tenant_id, d.id.in_(ids), d.status == "due", _has_earlier(d))
        .order_by(d.id)
        .with_for_update(skip_locked=True)
    )
    await _write_due(work, await work.values(locked), work.now + PUT_ASIDE)


async def _write_due(work: Work, ids: Sequence[int], due_at: datetime) -> None:
    d = WebhookDelivery
    if ids:
        await work.execute(
            update(d).where(d.tenant_id == work.tenant_id, d.id.in_(ids)).values(due_at=due_at)
        )


def _open(work: Work, portion: Portion) -> list[Any]:
    """Which subscriptions are sent to now."""
    s = WebhookSubscription
    conditions = [
        s.tenant_id == work.tenant_id,
        s.status == "active",
        or_(s.resume_at.is_(None), s.resume_at <= work.now),
        s.id.not_in(portion.leave_out),
    ]
    if portion.only is not None:
        conditions.append(s.id.in_(portion.only))
    return conditions


def _has_earlier(d: Any) -> Any:
    earlier = aliased(WebhookDelivery)
    return (
        select(earlier.id)
        .where(
            earlier.tenant_id == d.tenant_id,
            earlier.subscription_id == d.subscription_id,
            earlier.aggregate == d.aggregate,
            earlier.aggregate_id == d.aggregate_id,
            earlier.status == "due",
            earlier.event_id < d.event_id,
        )
        .exists()
    )
