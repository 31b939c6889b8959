"""Webhook deliveries: noted with the event, claimed to be sent, and what came of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.integration.models import WebhookAttempt, WebhookDelivery, WebhookSubscription
from domain.integration.policy import RetrySchedule, matches, status_after
from domain.integration.telling import told_data
from domain.kernel.work import Work
from tenancy.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event as subscribers are told it."""

    event_id: int
    type: str
    aggregate: str
    aggregate_id: int
    payload: Mapping[str, Any]
    occurred_at: datetime

    def body(self, tenant_slug: str) -> dict[str, Any]:
        """The message. Its id is the same for every subscriber, attempt and replay."""
        return {
            "id": message_id(self.event_id),
            "type": self.type,
            "occurred_at": self.occurred_at.isoformat(),
            "tenant": tenant_slug,
            "data": told_data(self.aggregate, self.aggregate_id, self.payload),
        }


def message_id(event_id: int) -> str:
    """What subscribers de-duplicate by: the webhook-id header."""
    return f"evt_{event_id}"


async def queue_deliveries(work: Work, told: Told) -> None:
    """Note one delivery, due now, for each active subscription to the event's type."""
    subscriptions = await work.rows(
        select(WebhookSubscription.id, WebhookSubscription.event_types, Tenant.slug)
        .join(Tenant, Tenant.id == WebhookSubscription.tenant_id)
        .where(
            WebhookSubscription.tenant_id == work.tenant_id, WebhookSubscription.status == "active"
        )
        .order_by(WebhookSubscription.id)
    )
    rows = [
        delivery_row(work, row.id, told, row.slug)
        for row in subscriptions
        if matches(row.event_types, told.type)
    ]
    if rows:
        await work.execute(insert(WebhookDelivery), rows)


def delivery_row(work: Work, subscription_id: int, told: Told, slug: str) -> dict[str, Any]:
    """The values of a delivery that is due now."""
    return {
        "tenant_id": work.tenant_id,
        "subscription_id": subscription_id,
        "event_id": told.event_id,
        "aggregate": told.aggregate,
        "aggregate_id": told.aggregate_id,
        "due_at": work.now,
        "body": told.body(slug),
    }


async def claim_deliveries(
    work: Work,
    *,
    limit: int,
    for_each_subscription: int,
    leave_out: Collection[int],
    lease: timedelta,
) -> Sequence[Row[Any]]:
    """Claim due deliveries, oldest first: rows of id, subscription_id, event_id, attempts, body,
    url, secret. Nobody else claims them before `lease` has passed.

    Of one aggregate a subscriber gets an event only after all earlier ones were taken or given
    up. Subscriptions to `leave_out` are passed over."""
    d = WebhookDelivery
    due = and_(d.tenant_id == work.tenant_id, d.status == "due", d.due_at <= work.now)
    ranked = (
        select(
            d.id,
            func.row_number().over(partition_by=d.subscription_id, order_by=d.event_id).label("n"),
        )
        .join(WebhookSubscription, _of_active_subscription())
        .where(due, ~_has_earlier(), d.subscription_id.not_in(leave_out))
        .subquery()
    )
    rows = await work.rows(
        select(
            d.id,
            d.subscription_id,
            d.event_id,
            d.attempts,
            d.body,
            WebhookSubscription.url,
            WebhookSubscription.secret,
        )
        .join(WebhookSubscription, _of_active_subscription())
        # Said again on the row itself: it is checked once more after the lock was got.
        .where(due, d.id.in_(select(ranked.c.id).where(ranked.c.n <= for_each_subscription)))
        .order_by(d.event_id)
        .limit(limit)
        .with_for_update(of=d, skip_locked=True)
    )
    if rows:
        await work.execute(
            update(d)
            .where(d.tenant_id == work.tenant_id, d.id.in_([row.id for row in rows]))
            .values(due_at=work.now + lease)
        )
    return rows


def _of_active_subscription() -> Any:
    return and_(
        WebhookSubscription.tenant_id == WebhookDelivery.tenant_id,
        WebhookSubscription.id == WebhookDelivery.subscription_id,
        WebhookSubscription.status == "active",
    )


def _has_earlier() -> Any:
    earlier, d = aliased(WebhookDelivery), WebhookDelivery
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try: the answer's status, or why there was none."""

    attempted_at: datetime
    duration_ms: int
    response_status: int | None = None
    error: str | None = None


async def record_attempt(
    work: Work,
    *,
    delivery_id: int,
    attempt: Attempt,
    schedule: RetrySchedule,
    jitter: float,
) -> str | None:
    """Keep the attempt and what the delivery is after it; returns that, or None if it was settled
    meanwhile (deleted subscription, or another attempt whose lease had run out)."""
    d = WebhookDelivery
    delivery = await work.row(
        select(d.attempts, d.status)
        .where(d.tenant_id == work.tenant_id, d.id == delivery_id)
        .with_for_update()
    )
    await work.execute(
        insert(WebhookAttempt).values(
            tenant_id=work.tenant_id,
            delivery_id=delivery_id,
            attempted_at=attempt.attempted_at,
            response_status=attempt.response_status,
            error=attempt.error,
            duration_ms=attempt.duration_ms,
        )
    )
    if delivery is None or delivery.status != "due":
        return None
    attempts = delivery.attempts + 1
    status = status_after(attempt.response_status, attempts=attempts, schedule=schedule)
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, d.id == delivery_id)
        .values(
            status=status,
            attempts=attempts,
            due_at=work.now + schedule.wait(attempts, jitter=jitter),
            delivered_at=work.now if status == "delivered" else None,
        )
    )
    return status


def wanted_types(patterns: Sequence[str], column: Any) -> Any:
    """The condition that `column` holds a type that a subscription to `patterns` wants."""
    return or_(
        column.in_([p for p in patterns if not p.endswith("*")]),
        *(func.starts_with(column, p[:-1]) for p in patterns if p.endswith("*")),
    )
