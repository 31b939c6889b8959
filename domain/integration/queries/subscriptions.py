"""Reads: webhook subscriptions, never their secrets."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.integration.event_types import known_event_types
from domain.integration.models import WebhookSubscription
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

SUBSCRIPTIONS_BY_AGE = Ordering((WebhookSubscription.id,))
# Never the secrets: each was shown once.
_SUBSCRIPTION: tuple[Any, ...] = (
    WebhookSubscription.id,
    WebhookSubscription.name,
    WebhookSubscription.url,
    WebhookSubscription.event_types,
    WebhookSubscription.status,
    WebhookSubscription.created_at,
    WebhookSubscription.query,
    WebhookSubscription.owner_kind,
    WebhookSubscription.owner_id,
    WebhookSubscription.previous_secret_until,
    WebhookSubscription.failures,
    WebhookSubscription.failing_since,
    WebhookSubscription.resume_at,
    WebhookSubscription.disabled_reason,
)


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
