"""Reads: the message that a subscriber would get."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from domain.integration.deliveries import Told
from domain.integration.event_types import sees
from domain.integration.models import WebhookSubscription
from domain.integration.noting import told_events
from domain.kernel.errors import NotFound
from domain.kernel.models import EventRecord
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from tenancy.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An event's standard message, and what a subscription would make of it: its query, and its
    owner by kind and id (None without a subscription)."""

    event_id: int
    body: dict[str, Any]
    query: str | None = None
    owner: tuple[str, int] | None = None


@query("webhooks.read")
async def webhook_preview(
    reader: Reader, *, event_id: int, subscription_id: int | None = None
) -> Preview:
    """What is needed to show a message. Raises NotFound for an event that is not the reader's to
    see, and for the subscription."""
    found = await told_events(reader, EventRecord.id == event_id, limit=1)
    if not found or not sees(reader.principal, found[0].type):
        raise NotFound("Event")
    if subscription_id is None:
        return Preview(event_id=event_id, body=await _body(reader, found[0]))
    s = WebhookSubscription
    row = await reader.row(
        select(s.query, s.owner_kind, s.owner_id).where(
            s.tenant_id == reader.tenant_id, s.id == subscription_id, s.status != "deleted"
        )
    )
    if row is None:
        raise NotFound("webhook subscription")
    return Preview(
        event_id=event_id,
        body=await _body(reader, found[0]),
        query=row.query,
        owner=(row.owner_kind, row.owner_id),
    )


async def _body(reader: Reader, told: Told) -> dict[str, Any]:
    slug = await reader.value(select(Tenant.slug).where(Tenant.id == reader.tenant_id))
    return told.body(slug)
