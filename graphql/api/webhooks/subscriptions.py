"""Webhook subscriptions on the API."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id
from api.nodes import Node, load_any, refetched_by
from domain.integration.queries import subscriptions as queries
from domain.kernel.reading import Reader
from tenancy.principals import Principal


@strawberry.enum(description="Whether a subscription is told.")
class WebhookSubscriptionStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="Events are noted and sent.")
    PAUSED = strawberry.enum_value(
        "paused", description="Nothing is sent and no new event is noted; what waits is kept."
    )
    DISABLED = strawberry.enum_value(
        "disabled", description="As PAUSED, by us: disabledReason says why."
    )
    DELETED = strawberry.enum_value("deleted", description="Ended; kept for its history.")


@strawberry.enum(description="What can be done with a webhook subscription.")
class WebhookSubscriptionAction(Enum):
    UPDATE = strawberry.enum_value("update", description="updateWebhookSubscription.")
    PAUSE = strawberry.enum_value("pause", description="pauseWebhookSubscription.")
    RESUME = strawberry.enum_value("resume", description="resumeWebhookSubscription.")
    ROTATE_SECRET = strawberry.enum_value("rotate_secret", description="rotateWebhookSecret.")
    TEST = strawberry.enum_value("test", description="sendTestWebhook.")
    REPLAY = strawberry.enum_value("replay", description="replayWebhooks.")
    DELETE = strawberry.enum_value("delete", description="deleteWebhookSubscription.")


def _actions(status: str, principal: Principal) -> list[WebhookSubscriptionAction]:
    if status == "deleted" or not principal.may("webhooks.manage"):
        return []
    action = WebhookSubscriptionAction
    switch = [action.PAUSE, action.TEST] if status == "active" else [action.RESUME]
    return [action.UPDATE, *switch, action.ROTATE_SECRET, action.REPLAY, action.DELETE]


@strawberry.type(
    description=(
        "An address that is told of events by signed HTTP calls (Standard Webhooks): headers "
        "webhook-id, webhook-timestamp, webhook-signature. The same webhook-id is the same event."
    )
)
class WebhookSubscription(Node):
    name: str = strawberry.field(description="What people call it.")
    url: str = strawberry.field(description="Where the calls go.")
    event_types: list[str] = strawberry.field(
        description='Event types, such as "order.shipped", "order.*" or "*".'
    )
    status: WebhookSubscriptionStatus = strawberry.field(description="Whether it is told.")
    created_at: datetime = strawberry.field(description="When it was made.")
    query: str | None = strawberry.field(
        description="What chooses the payload; null: the event's own fields are sent."
    )
    old_secret_until: datetime | None = strawberry.field(
        description="Until then messages are signed with the secret before this one too."
    )
    failures: int = strawberry.field(description="How many calls in a row were not taken.")
    failing_since: datetime | None = strawberry.field(
        description="Since when no call was taken; null: the last one was."
    )
    resume_at: datetime | None = strawberry.field(
        description="After failures in a row nothing is sent before then."
    )
    disabled_reason: str | None = strawberry.field(description="Why we stopped sending.")
    state: strawberry.Private[str]
    owner: strawberry.Private[tuple[str, int]]

    @strawberry.field(
        description=(
            "Whose rights count for what is sent, a User or an ApiKey: whoever made it, or last "
            "led it elsewhere. Null: Crossdock itself, or gone. Needs users.read."
        )
    )
    async def owned_by(self, info: Info) -> Node | None:
        kind, row_id = self.owner
        named = {"user": "User", "api_key": "ApiKey"}.get(kind)
        if named is None:
            return None
        found: Node | None = await info.context.load(load_any, global_id(named, row_id))
        return found

    @strawberry.field(description="What the caller may do with it now.")
    def supported_actions(self, info: Info) -> list[WebhookSubscriptionAction]:
        return _actions(self.state, info.context.principal)

    @classmethod
    def of(cls, row: Row[Any]) -> "WebhookSubscription":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("WebhookSubscription", row.id),
            name=row.name,
            url=row.url,
            event_types=row.event_types,
            status=WebhookSubscriptionStatus(row.status),
            created_at=row.created_at,
            query=row.query,
            old_secret_until=row.previous_secret_until,
            failures=row.failures,
            failing_since=row.failing_since,
            resume_at=row.resume_at,
            disabled_reason=row.disabled_reason,
            owner=(row.owner_kind, row.owner_id),
            state=row.status,
        )


async def load_webhook_subscriptions(
    reader: Reader, ids: Sequence[int]
) -> list[WebhookSubscription | None]:
    """A batch for loaders: the subscriptions of these row ids, in order."""
    rows = await queries.webhook_subscriptions_of_ids(reader, ids=ids)
    return [WebhookSubscription.of(rows[i]) if i in rows else None for i in ids]


refetched_by("WebhookSubscription", load_webhook_subscriptions)


@strawberry.type
class WebhookSubscriptionQuery:
    @strawberry.field(description="The event types that can be subscribed to. Needs webhooks.read.")
    async def webhook_event_types(self, info: Info) -> list[str]:
        return await queries.webhook_event_types(await info.context.reader())

    @strawberry.field(description="The tenant's webhook subscriptions, oldest first.")
    async def webhook_subscriptions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookSubscription]:
        reader = await info.context.reader()
        page = await queries.webhook_subscriptions(
            reader, request=wanted(first, after, last, before)
        )
        return connection(
            page,
            WebhookSubscription.of,
            count=lambda: queries.webhook_subscription_count(reader),
        )
