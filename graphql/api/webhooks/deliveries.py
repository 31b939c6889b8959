"""Webhook deliveries on the API, with every attempt, and sending them again."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row
from strawberry.scalars import JSON

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.events.kinds import KIND as EVENT
from api.ids import global_id, optional_row_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.webhooks.subscriptions import WebhookSubscription, load_webhook_subscriptions
from api.writing import perform
from domain.integration.operations import replays as operations
from domain.integration.queries import deliveries as queries
from domain.kernel.reading import Reader
from domain.kernel.work import Work


@strawberry.enum(description="What has become of a webhook delivery.")
class WebhookDeliveryStatus(Enum):
    DUE = strawberry.enum_value("due", description="To be sent, for the first time or again.")
    DELIVERED = strawberry.enum_value("delivered", description="The subscriber took it (2xx).")
    DEAD = strawberry.enum_value("dead", description="Given up; redeliverWebhook sends it again.")


@strawberry.type(description="A header of an HTTP request or answer.")
class HttpHeader:
    name: str = strawberry.field(description="Its name, in lower case.")
    value: str = strawberry.field(description="Its value, the first 500 characters.")


def _headers(kept: dict[str, str] | None) -> list[HttpHeader]:
    return [HttpHeader(name=name, value=value) for name, value in (kept or {}).items()]


@strawberry.type(description="What was sent to a subscriber.")
class WebhookRequest:
    address: str | None = strawberry.field(description="The IP address that was called.")
    headers: list[HttpHeader] = strawberry.field(description="Its headers, the signature too.")
    body: str | None = strawberry.field(
        description="Its body, the message: the first 64 KB, as they were signed."
    )


@strawberry.type(description="What a subscriber answered.")
class WebhookResponse:
    status: int = strawberry.field(description="The HTTP status.")
    headers: list[HttpHeader] = strawberry.field(description="Its first 50 headers.")
    body: str = strawberry.field(description="The first 4 KB of its body.")


@strawberry.type(description="One try to deliver a webhook.")
class WebhookAttempt:
    attempted_at: datetime = strawberry.field(description="When the call began.")
    response_status: int | None = strawberry.field(
        description="The HTTP status of the answer; null without one."
    )
    error: str | None = strawberry.field(description="Why there was no answer.")
    duration_ms: int = strawberry.field(description="How long the call took, in milliseconds.")
    request: WebhookRequest | None = strawberry.field(
        description="What was sent; null where nothing was."
    )
    response: WebhookResponse | None = strawberry.field(
        description="What was answered; null where nothing was."
    )

    @classmethod
    def of(cls, row: Row[Any]) -> "WebhookAttempt":
        """From a row of the domain's queries."""
        sent, answered = row.request_headers, row.response_headers
        return cls(
            request=None
            if sent is None
            else WebhookRequest(address=row.address, headers=_headers(sent), body=row.request_body),
            response=None
            if row.response_status is None
            else WebhookResponse(
                status=row.response_status,
                headers=_headers(answered),
                body=row.response_body or "",
            ),
            attempted_at=row.attempted_at,
            response_status=row.response_status,
            error=row.error,
            duration_ms=row.duration_ms,
        )


async def load_webhook_attempts(
    reader: Reader, delivery_ids: Sequence[int]
) -> list[list[WebhookAttempt]]:
    """A batch for loaders: the attempts of each delivery, in the order they were made."""
    attempts: dict[int, list[WebhookAttempt]] = defaultdict(list)
    for row in await queries.webhook_attempts(reader, delivery_ids=delivery_ids):
        attempts[row.delivery_id].append(WebhookAttempt.of(row))
    return [attempts[delivery_id] for delivery_id in delivery_ids]


@strawberry.type(description="One event for one subscriber.")
class WebhookDelivery(Node):
    event_type: str = strawberry.field(description="The type of the event.")
    event_id: strawberry.ID = strawberry.field(
        description="The event's id, to ask for it and to replay from it."
    )
    occurred_at: datetime = strawberry.field(description="When the event happened.")
    status: WebhookDeliveryStatus = strawberry.field(description="What has become of it.")
    attempt_count: int = strawberry.field(description="Tries since it last became due anew.")
    due_at: datetime = strawberry.field(description="When it is tried next, if it is due.")
    delivered_at: datetime | None = strawberry.field(description="When the subscriber took it.")
    body: JSON = strawberry.field(
        description="The message with the event's own fields. Where a query chooses the payload, "
        "the attempts show what was sent."
    )
    row_id: strawberry.Private[int]
    subscription_id: strawberry.Private[int]

    @strawberry.field(description="Who is told.")
    async def subscription(self, info: Info) -> WebhookSubscription | None:
        return await info.context.load(load_webhook_subscriptions, self.subscription_id)

    @strawberry.field(description="Every try ever made, the first one first.")
    async def attempts(self, info: Info) -> list[WebhookAttempt]:
        return await info.context.load(load_webhook_attempts, self.row_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "WebhookDelivery":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("WebhookDelivery", row.id),
            event_type=row.type,
            event_id=global_id(EVENT, row.event_id),
            occurred_at=row.occurred_at,
            status=WebhookDeliveryStatus(row.status),
            attempt_count=row.attempts,
            due_at=row.due_at,
            delivered_at=row.delivered_at,
            body=row.body,
            row_id=row.id,
            subscription_id=row.subscription_id,
        )


async def load_webhook_deliveries(
    reader: Reader, ids: Sequence[int]
) -> list[WebhookDelivery | None]:
    """A batch for loaders: the deliveries of these row ids, in order."""
    rows = await queries.webhook_deliveries_of_ids(reader, ids=ids)
    return [WebhookDelivery.of(rows[i]) if i in rows else None for i in ids]


refetched_by("WebhookDelivery", load_webhook_deliveries)


@strawberry.input(description="Which deliveries to list; conditions are joined by and.")
class WebhookDeliveryFilter:
    subscription_id: strawberry.ID | None = strawberry.field(
        default=None, description="To this subscription."
    )
    event_id: strawberry.ID | None = strawberry.field(default=None, description="Of this event.")
    types: list[str] | None = strawberry.field(
        default=None, description="Of events of these types."
    )
    status: WebhookDeliveryStatus | None = strawberry.field(
        default=None, description="In this status."
    )


@strawberry.type
class WebhookDeliveryQuery:
    @strawberry.field(description="Webhook deliveries, newest first. Needs webhooks.read.")
    async def webhook_deliveries(
        self,
        info: Info,
        filter: Annotated[
            WebhookDeliveryFilter | None,
            strawberry.argument(description="Which ones; all if absent."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookDelivery]:
        reader = await info.context.reader()
        where = _where(filter)
        page = await queries.webhook_deliveries(
            reader, where=where, request=wanted(first, after, last, before)
        )
        return connection(
            page,
            WebhookDelivery.of,
            count=lambda: queries.webhook_delivery_count(reader, where=where),
        )


def _where(filter: WebhookDeliveryFilter | None) -> queries.WebhookDeliveryFilter:
    if filter is None:
        return queries.WebhookDeliveryFilter()
    return queries.WebhookDeliveryFilter(
        subscription_id=optional_row_id(
            filter.subscription_id, "WebhookSubscription", path=("filter", "subscriptionId")
        ),
        event_id=optional_row_id(filter.event_id, EVENT, path=("filter", "eventId")),
        **given(filter, "status", "types"),
    )


@strawberry.input(description="Which delivery to send again.")
class RedeliverWebhookInput:
    id: strawberry.ID = strawberry.field(description="The delivery's id.")


@strawberry.type(description="What redeliverWebhook did.")
class RedeliverWebhookPayload:
    webhook_delivery: WebhookDelivery | None = strawberry.field(
        description="The delivery as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it is not sent.")


@strawberry.type
class WebhookDeliveryMutation:
    @strawberry.mutation(description="Send one delivery again. Needs webhooks.manage.")
    async def redeliver_webhook(
        self,
        info: Info,
        input: Annotated[RedeliverWebhookInput, strawberry.argument(description="Which one.")],
    ) -> RedeliverWebhookPayload:
        delivery_id = row_id_of(input.id, "WebhookDelivery")

        async def redeliver(work: Work) -> dict[str, Any]:
            await operations.redeliver_webhook(work, delivery_id=delivery_id)
            return {"id": delivery_id}

        done = await perform(info, redeliver, input=input)
        return RedeliverWebhookPayload(
            webhook_delivery=await info.context.load_done(load_webhook_deliveries, done["id"]),
            user_errors=done.user_errors,
        )
