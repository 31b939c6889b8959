"""Reads: webhook subscriptions, their deliveries with every attempt, parked events."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.integration.models import WebhookAttempt, WebhookDelivery, WebhookSubscription
from domain.kernel.models import EventRecord, Outbox
from domain.kernel.paging import Ordering, Page, PageRequest, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

# Never the secret: it was shown once.
_SUBSCRIPTION: tuple[Any, ...] = (
    WebhookSubscription.id,
    WebhookSubscription.name,
    WebhookSubscription.url,
    WebhookSubscription.event_types,
    WebhookSubscription.status,
    WebhookSubscription.created_at,
)
_DELIVERY: tuple[Any, ...] = (
    WebhookDelivery.id,
    WebhookDelivery.subscription_id,
    WebhookDelivery.event_id,
    WebhookDelivery.aggregate,
    WebhookDelivery.aggregate_id,
    WebhookDelivery.status,
    WebhookDelivery.attempts,
    WebhookDelivery.due_at,
    WebhookDelivery.delivered_at,
    WebhookDelivery.body,
)
_PARKED: tuple[Any, ...] = (
    EventRecord.id,
    EventRecord.type,
    EventRecord.aggregate,
    EventRecord.aggregate_id,
    EventRecord.occurred_at,
    Outbox.attempts,
    Outbox.last_error,
    Outbox.parked_at,
)


def select_webhook_subscriptions(tenant_id: int) -> Select[Any]:
    """Every subscription that was not deleted, without its secret."""
    return select(*_SUBSCRIPTION).where(
        WebhookSubscription.tenant_id == tenant_id, WebhookSubscription.status != "deleted"
    )


def select_webhook_deliveries(
    tenant_id: int, *, subscription_id: int | None = None, status: str | None = None
) -> Select[Any]:
    """Deliveries, of one subscription or in one status (due, delivered, dead) if wanted."""
    statement = select(*_DELIVERY).where(WebhookDelivery.tenant_id == tenant_id)
    if subscription_id is not None:
        statement = statement.where(WebhookDelivery.subscription_id == subscription_id)
    if status is not None:
        statement = statement.where(WebhookDelivery.status == status)
    return statement


@query("webhooks.read")
async def webhook_subscriptions(reader: Reader, *, request: PageRequest) -> Page:
    """A page of subscriptions, oldest first."""
    return await fetch_page(
        reader,
        select_webhook_subscriptions(reader.tenant_id),
        ordering=Ordering((WebhookSubscription.id,)),
        request=request,
    )


@query("webhooks.read")
async def webhook_subscriptions_by_id(reader: Reader, *, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """The subscriptions with these ids, also deleted ones; those that are not the tenant's miss."""
    return await reader.rows(
        select(*_SUBSCRIPTION).where(
            WebhookSubscription.tenant_id == reader.tenant_id, WebhookSubscription.id.in_(ids)
        )
    )


@query("webhooks.read")
async def webhook_deliveries(
    reader: Reader,
    *,
    request: PageRequest,
    subscription_id: int | None = None,
    status: str | None = None,
) -> Page:
    """A page of deliveries, newest first."""
    return await fetch_page(
        reader,
        select_webhook_deliveries(reader.tenant_id, subscription_id=subscription_id, status=status),
        ordering=Ordering((WebhookDelivery.id,), descending=True),
        request=request,
    )


@query("webhooks.read")
async def webhook_deliveries_by_id(reader: Reader, *, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """The deliveries with these ids; those that are not the tenant's miss."""
    statement = select_webhook_deliveries(reader.tenant_id)
    return await reader.rows(statement.where(WebhookDelivery.id.in_(ids)))


@query("webhooks.read")
async def webhook_attempts(reader: Reader, *, delivery_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Every attempt of these deliveries, in the order they were made."""
    return await reader.rows(
        select(
            WebhookAttempt.id,
            WebhookAttempt.delivery_id,
            WebhookAttempt.attempted_at,
            WebhookAttempt.response_status,
            WebhookAttempt.error,
            WebhookAttempt.duration_ms,
        )
        .where(
            WebhookAttempt.tenant_id == reader.tenant_id,
            WebhookAttempt.delivery_id.in_(delivery_ids),
        )
        .order_by(WebhookAttempt.delivery_id, WebhookAttempt.id)
    )


@query("webhooks.read")
async def parked_events(reader: Reader, *, request: PageRequest) -> Page:
    """A page of the events that no attempt could handle, oldest first, each with its last error."""
    statement = (
        select(*_PARKED)
        .join(
            EventRecord,
            and_(EventRecord.tenant_id == Outbox.tenant_id, EventRecord.id == Outbox.event_id),
        )
        .where(Outbox.tenant_id == reader.tenant_id, Outbox.parked_at.is_not(None))
    )
    return await fetch_page(
        reader, statement, ordering=Ordering((EventRecord.id,)), request=request
    )
