"""Reads: what was and is to be sent to subscribers, with every attempt."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.integration.models import WebhookAttempt, WebhookDelivery
from domain.kernel.models import EventRecord
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

DELIVERIES_NEWEST_FIRST = Ordering((WebhookDelivery.id,), descending=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDeliveryFilter:
    """Which deliveries; what is None does not narrow. `status`: due, delivered or dead."""

    subscription_id: int | None = None
    event_id: int | None = None
    status: str | None = None
    types: Collection[str] | None = None


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
    if where.event_id is not None:
        statement = statement.where(WebhookDelivery.event_id == where.event_id)
    if where.types is not None:
        statement = statement.where(EventRecord.type.in_(where.types))
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
            WebhookAttempt.address,
            WebhookAttempt.request_headers,
            WebhookAttempt.request_body,
            WebhookAttempt.response_headers,
            WebhookAttempt.response_body,
        )
        .where(
            WebhookAttempt.tenant_id == reader.tenant_id,
            WebhookAttempt.delivery_id.in_(delivery_ids),
        )
        .order_by(WebhookAttempt.delivery_id, WebhookAttempt.id)
    )
