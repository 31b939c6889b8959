"""What is prepared for the documents of those who connect other systems."""

import itertools
from typing import Any

from sqlalchemy import insert

from api.ids import global_id, row_id_of
from domain.integration.models import WebhookReplay
from tests.factories.document_plays import (
    Play,
    Scene,
    dead_delivery,
    keyed,
    new_subscription,
    paused_subscription,
)

# Everything in 2020 to 2100.
ALWAYS = {"occurredFrom": "2020-01-01T00:00:00Z", "occurredUntil": "2100-01-01T00:00:00Z"}
QUERY = """
query ($event: ID!) {
  event(id: $event) { type ... on OrderShipped { order { number lines { item { sku } } } } }
}
"""
_serial = itertools.count(1)


async def previewed(scene: Scene) -> dict[str, Any]:
    """A shipment's event, and a query for it."""
    shipped = '{ events(filter: { types: ["order.shipped"] }, last: 1) { nodes { id } } }'
    return {"eventId": await scene.first(shipped), "query": QUERY}


async def running_replay(scene: Scene) -> str:
    """A replay that has more to do."""
    subscription = await new_subscription(scene)
    async with scene.stage.tenant.work() as work:
        replay_id = await work.value(
            insert(WebhookReplay)
            .values(
                tenant_id=work.tenant_id,
                subscription_ids=[row_id_of(subscription, "WebhookSubscription")],
                undelivered_only=False,
                status="running",
                done_through=0,
                last_event_id=1,
                events_total=1,
                events_done=0,
                deliveries=0,
                asked_by="somebody",
                created_at=work.now,
            )
            .returning(WebhookReplay.id)
        )
    return global_id("WebhookReplay", replay_id)


def _with_query() -> dict[str, Any]:
    return {
        "name": f"chooses {next(_serial)}",
        "url": "https://shop.example/chosen",
        "eventTypes": ["order.shipped"],
        "query": QUERY,
    }


WEBHOOKS = {
    "WebhookSetUp": Play("admin"),
    "UpdateWebhookSubscription": Play(
        "admin", lambda s: keyed(id=s.prepared, name="renamed"), new_subscription
    ),
    "PauseWebhookSubscription": Play("admin", lambda s: keyed(id=s.prepared), new_subscription),
    "ResumeWebhookSubscription": Play("admin", lambda s: keyed(id=s.prepared), paused_subscription),
    "RotateWebhookSecret": Play("admin", lambda s: {"input": {"id": s.prepared}}, new_subscription),
    "WebhookSubscriptions": Play("admin"),
    "EventTypes": Play("admin"),
    "Events": Play("admin", lambda s: {"filter": {"types": ["order.shipped"]}}),
    "PreviewWebhook": Play("admin", lambda s: {"input": s.prepared}, previewed),
    "SubscribeWithQuery": Play("admin", lambda s: {"input": _with_query()}),
    "SendTestWebhook": Play("admin", lambda s: keyed(id=s.prepared), new_subscription),
    "WebhookReplays": Play("admin"),
    "CancelWebhookReplay": Play("admin", lambda s: keyed(id=s.prepared), running_replay),
    "DeliveryAttempts": Play("admin"),
    "DeliveryInFull": Play("admin", lambda s: {"id": s.prepared}, dead_delivery),
    "RedeliverWebhook": Play("admin", lambda s: keyed(id=s.prepared), dead_delivery),
    "ReplayWebhooks": Play(
        "admin", lambda s: keyed(subscriptionId=s.prepared, **ALWAYS), new_subscription
    ),
}
