"""What came of sending: kept, and what it means for the delivery and for the subscription."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from domain.integration.claims import call_up
from domain.integration.events import WebhookSubscriptionDisabled
from domain.integration.models import WebhookAttempt, WebhookDelivery, WebhookSubscription
from domain.integration.policy import Breaker, RetrySchedule, is_taken, status_after
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try: what was sent where, and the answer or why there was none. Nothing of it is a
    secret: the signature holds for its own message only. `retry_after`: the subscriber asks to be
    left alone for so long."""

    attempted_at: datetime
    duration_ms: int
    response_status: int | None = None
    error: str | None = None
    address: str | None = None
    request_headers: dict[str, str] | None = None
    request_body: str | None = None
    response_headers: dict[str, str] | None = None
    response_body: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Perseverance:
    """How failures are answered: of one delivery, and of a subscriber as a whole. `jitter` of 0
    to 1 spreads what would come at once."""

    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    breaker: Breaker = field(default_factory=Breaker)
    jitter: float = 0.0


async def record_attempt(
    work: Work, claimed: Row[Any], attempt: Attempt, perseverance: Perseverance
) -> str | None:
    """Keep the attempt at a claimed delivery and what the delivery is after it; returns that, or
    None if it was settled meanwhile (deleted subscription, or another attempt whose lease had run
    out). Failures in a row rest the subscription, and in the end disable it."""
    taken = is_taken(attempt.response_status)
    # Before the delivery, as everywhere; not at all where nothing of it changes.
    subscription = await _locked(work, claimed) if claimed.failures or not taken else None
    delivery = await _lock_delivery(work, claimed.id)
    await _keep(work, claimed.id, attempt)
    if subscription is not None:
        await _note_health(work, subscription, attempt, perseverance)
    if delivery is None or delivery.status != "due":
        return None
    status = await _settle(work, claimed.id, delivery.attempts + 1, attempt, perseverance)
    if status != "due":
        await _let_next(work, delivery)
    return status


async def withhold(work: Work, claimed: Row[Any], attempt: Attempt) -> None:
    """Give a claimed delivery up without a call: its owner may not see it."""
    delivery = await _lock_delivery(work, claimed.id)
    await _keep(work, claimed.id, attempt)
    if delivery is not None and delivery.status == "due":
        await _write(work, claimed.id, status="dead", attempts=delivery.attempts + 1)
        await _let_next(work, delivery)


async def disable_for(work: Work, claimed: Row[Any], reason: str) -> None:
    """Disable the subscription of a claimed delivery; the delivery waits until it is resumed."""
    subscription = await _locked(work, claimed)
    if subscription is not None:
        await _disable(work, subscription, reason)
    await _write(work, claimed.id, due_at=work.now)


async def _locked(work: Work, claimed: Row[Any]) -> Row[Any] | None:
    s = WebhookSubscription
    return await work.row(
        select(s.id, s.url, s.failures, s.failing_since)
        .where(
            s.tenant_id == work.tenant_id,
            s.id == claimed.subscription_id,
            s.status == "active",
        )
        # Not the key: new deliveries refer to it meanwhile.
        .with_for_update(key_share=True)
    )


async def _lock_delivery(work: Work, delivery_id: int) -> Row[Any] | None:
    d = WebhookDelivery
    return await work.row(
        select(d.attempts, d.status, d.subscription_id, d.aggregate, d.aggregate_id)
        .where(d.tenant_id == work.tenant_id, d.id == delivery_id)
        .with_for_update()
    )


async def _let_next(work: Work, settled: Row[Any]) -> None:
    await call_up(
        work,
        subscription_id=settled.subscription_id,
        aggregate=settled.aggregate,
        aggregate_id=settled.aggregate_id,
    )


async def _keep(work: Work, delivery_id: int, attempt: Attempt) -> None:
    await work.execute(
        insert(WebhookAttempt).values(
            tenant_id=work.tenant_id,
            delivery_id=delivery_id,
            attempted_at=attempt.attempted_at,
            response_status=attempt.response_status,
            error=attempt.error,
            duration_ms=attempt.duration_ms,
            address=attempt.address,
            request_headers=attempt.request_headers,
            request_body=attempt.request_body,
            response_headers=attempt.response_headers,
            response_body=attempt.response_body,
        )
    )


async def _settle(
    work: Work, delivery_id: int, attempts: int, attempt: Attempt, perseverance: Perseverance
) -> str:
    schedule = perseverance.schedule
    status = status_after(attempt.response_status, attempts=attempts, schedule=schedule)
    wait = schedule.wait(attempts, jitter=perseverance.jitter, asked=attempt.retry_after)
    await _write(
        work,
        delivery_id,
        status=status,
        attempts=attempts,
        due_at=work.now + wait,
        delivered_at=work.now if status == "delivered" else None,
    )
    return status


async def _write(work: Work, delivery_id: int, **values: Any) -> None:
    await work.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.tenant_id == work.tenant_id, WebhookDelivery.id == delivery_id)
        .values(**values)
    )


async def _note_health(
    work: Work, subscription: Row[Any], attempt: Attempt, perseverance: Perseverance
) -> None:
    if is_taken(attempt.response_status):
        await _write_health(work, subscription.id, failures=0, failing_since=None, resume_at=None)
        return
    failing_since = subscription.failing_since or work.now
    breaker, failures = perseverance.breaker, subscription.failures + 1
    reason = breaker.ends(
        failing_for=work.now - failing_since, response_status=attempt.response_status
    )
    if reason is not None:
        await _disable(work, subscription, reason)
        return
    rest = breaker.rest(failures, jitter=perseverance.jitter)
    await _write_health(
        work,
        subscription.id,
        failures=failures,
        failing_since=failing_since,
        resume_at=None if rest is None else work.now + rest,
    )


async def _write_health(work: Work, subscription_id: int, **values: Any) -> None:
    s = WebhookSubscription
    await work.execute(
        update(s).where(s.tenant_id == work.tenant_id, s.id == subscription_id).values(**values)
    )


async def _disable(work: Work, subscription: Row[Any], reason: str) -> None:
    await _write_health(work, subscription.id, status="disabled", disabled_reason=reason)
    work.record(
        WebhookSubscriptionDisabled(
            aggregate_id=subscription.id, url=subscription.url, reason=reason
        )
    )
    work.audit(
        "disable_webhook_subscription",
        subject="webhook_subscription",
        subject_id=subscription.id,
        before={"status": "active"},
        after={"status": "disabled"},
        reason=reason,
    )
