"""Reads: webhook subscriptions, their deliveries with every attempt, parked events, event types."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.integration.event_types import known_event_types
from domain.integration.models import WebhookAttempt, WebhookDelivery, WebhookSubscription
from domain.kernel.models import EventRecord, Outbox
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

SUBSCRIPTIONS_BY_AGE = Ordering((WebhookSubscription.id,))
DELIVERIES_NEWEST_FIRST = Ordering((WebhookDelivery.id,), descending=True)
PARKED_OLDEST_FIRST = Ordering((EventRecord.id,))

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
    WebhookDelivery.status,
    WebhookDelivery.attempts,
    WebhookDelivery.due_at,
    WebhookDelivery.delivered_at,
    WebhookDelivery.body,
    EventRecord.type,
    EventRecord.occurred_at,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeliveryFilter:
    """Which deliveries; what is None does not narrow. `status`: due, delivered or dead."""

    subscription_id: int | None = None
    status: str | None = None


@query("webhooks.read")
async def webhook_event_types(reader: Reader) -> list[str]:
    """The event types that can be subscribed to, in alphabetical order."""
    return sorted(known_event_types())


@query("webhooks.read")
async def webhook_subscriptions(
    reader: Reader, *, ordering: Ordering = SUBSCRIPTIONS_BY_AGE, request: PageRequest
) -> Page:
    """A page of subscriptions. Raises InvalidInput on a foreign cursor."""
    statement = _live_subscriptions(reader)
    return await fetch_page(reader, statement, ordering=ordering, request=request)


@query("webhooks.read")
async def webhook_subscription_count(reader: Reader) -> int:
    """How many subscriptions there are."""
    return await count_rows(reader, _live_subscriptions(reader))


@query("webhooks.read")
async def webhook_subscriptions_of_ids(
    reader: Reader, *, ids: Sequence[int]
) -> dict[int, Row[Any]]:
    """The subscriptions with these ids, deleted ones too; one that is not the tenant's misses."""
    statement = select(*_SUBSCRIPTION).where(
        WebhookSubscription.tenant_id == reader.tenant_id, WebhookSubscription.id.in_(ids)
    )
    return {row.id: row for row in await reader.rows(statement)}


def _live_subscriptions(reader: Reader) -> Select[Any]:
    return select(*_SUBSCRIPTION).where(
        WebhookSubscription.tenant_id == reader.tenant_id, WebhookSubscription.status != "deleted"
    )


@query("webhooks.read")
async def webhook_deliveries(
    reader: Reader,
    *,
    where: WebhookDeliveryFilter,
    ordering: Ordering = DELIVERIES_NEWEST_FIRST,
    request: PageRequest,
) -> Page:
    """A page of deliveries, newest first. Raises InvalidInput on a foreign cursor."""
    return await fetch_page(
        reader, _chosen_deliveries(reader, where), ordering=ordering, request=request
    )


@query("webhooks.read")
async def webhook_delivery_count(reader: Reader, *, where: WebhookDeliveryFilter) -> int:
    """How many deliveries the whole list has."""
    return await count_rows(reader, _chosen_deliveries(reader, where))


@query("webhooks.read")
async def webhook_deliveries_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The deliveries with these ids; one that is not the tenant's misses."""
    rows = await reader.rows(_deliveries(reader).where(WebhookDelivery.id.in_(ids)))
    return {row.id: row for row in rows}


def _deliveries(reader: Reader) -> Select[Any]:
    return (
        select(*_DELIVERY)
        .join(
            EventRecord,
            and_(
                EventRecord.tenant_id == WebhookDelivery.tenant_id,
                EventRecord.id == WebhookDelivery.event_id,
            ),
        )
        .where(WebhookDelivery.tenant_id == reader.tenant_id)
    )


def _chosen_deliveries(reader: Reader, where: WebhookDeliveryFilter) -> Select[Any]:
    statement = _deliveries(reader)
    if where.subscription_id is not None:
        statement = statement.where(WebhookDelivery.subscription_id == where.subscription_id)
    if where.status is not None:
        statement = statement.where(WebhookDelivery.status == where.status)
    return statement


@query("webhooks.read")
async def webhook_attempts(reader: Reader, *, delivery_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Every attempt of these deliveries, in the order they were made."""
    return await reader.rows(
        select(
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
async def parked_events(
    reader: Reader, *, ordering: Ordering = PARKED_OLDEST_FIRST, request: PageRequest
) -> Page:
    """A page of the events that no attempt could handle, oldest first, each with its last error."""
    return await fetch_page(reader, _parked(reader), ordering=ordering, request=request)


@query("webhooks.read")
async def parked_events_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Parked events by their ids; what is not parked (any more) is left out."""
    rows = await reader.rows(_parked(reader).where(EventRecord.id.in_(ids)))
    return {row.id: row for row in rows}


@query("webhooks.read")
async def parked_event_count(reader: Reader) -> int:
    """How many events are parked."""
    return await count_rows(reader, _parked(reader))


def _parked(reader: Reader) -> Select[Any]:
    return (
        select(*_PARKED)
        .join(
            EventRecord,
            and_(EventRecord.tenant_id == Outbox.tenant_id, EventRecord.id == Outbox.event_id),
        )
        .where(Outbox.tenant_id == reader.tenant_id, Outbox.parked_at.is_not(None))
    )
