"""Webhook subscriptions are made, changed and ended through the API."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, Protocol

import strawberry

from api.context import Info
from api.ids import row_id_of
from api.inputs import given
from api.user_errors import UserError
from api.webhooks.reaching import require_reachable
from api.webhooks.subscriptions import WebhookSubscription, load_webhook_subscriptions
from api.webhooks.trying import refusal_of
from api.writing import Performed, perform
from domain.integration.operations import subscriptions as operations
from domain.kernel.work import Work

KIND = "WebhookSubscription"


QUERY = (
    "What is sent as data: a query of this API, query ($event: ID!) { event(id: $event) { … } }. "
    "It runs for each message with the rights of whoever subscribes. Without one the event's own "
    "fields are sent."
)


@strawberry.input(description="A new webhook subscription.")
class CreateWebhookSubscriptionInput:
    name: str = strawberry.field(description="What people call it; 1 to 200 characters.")
    url: str = strawberry.field(description="http(s); no private address, no password in it.")
    event_types: list[str] = strawberry.field(
        description='Types of eventTypes, or "order.*" for all that begin so, or "*".'
    )
    query: str | None = strawberry.field(default=None, description=QUERY)


@strawberry.input(description="Changes of a webhook subscription; what is left out stays.")
class UpdateWebhookSubscriptionInput:
    id: strawberry.ID = strawberry.field(description="The subscription's id.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    url: str | None = strawberry.field(
        default=strawberry.UNSET, description="New address; what waits goes there."
    )
    event_types: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="New event types, all of them."
    )
    query: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A new query for the payload; an empty one brings the standard message back.",
    )


@strawberry.input(description="Which webhook subscription.")
class WebhookSubscriptionInput:
    id: strawberry.ID = strawberry.field(description="The subscription's id.")
    overlap_hours: int = strawberry.field(
        default=24,
        description=(
            "With rotateWebhookSecret: so long messages are signed with the old secret too, 0 to "
            "168 hours. Nothing to the other mutations."
        ),
    )


@strawberry.type(description="What became of a webhook subscription.")
class WebhookSubscriptionPayload:
    webhook_subscription: WebhookSubscription | None = strawberry.field(
        description="The subscription as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="A webhook subscription with its new secret.")
class WebhookSecretPayload:
    webhook_subscription: WebhookSubscription | None = strawberry.field(
        description="The subscription as it is now."
    )
    secret: str | None = strawberry.field(
        description=(
            "The prefix whsec_ and the key of the signatures in base64. Told this once: null when "
            "an idempotent request is repeated."
        )
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


class _OfSubscription(Protocol):
    def __call__(self, work: Work, /, *, subscription_id: int) -> Awaitable[None]: ...


async def _subscription(info: Info, done: Performed) -> WebhookSubscription | None:
    return await info.context.load_done(load_webhook_subscriptions, done["id"])


async def _change(
    info: Info, input: WebhookSubscriptionInput, change: _OfSubscription
) -> WebhookSubscriptionPayload:
    subscription_id = row_id_of(input.id, KIND)

    async def run(work: Work) -> dict[str, Any]:
        await change(work, subscription_id=subscription_id)
        return {"id": subscription_id}

    done = await perform(info, run, input=input)
    return WebhookSubscriptionPayload(
        webhook_subscription=await _subscription(info, done), user_errors=done.user_errors
    )


async def _issue(
    info: Info, input: object, issue: Callable[[Work], Awaitable[operations.IssuedSecret]]
) -> WebhookSecretPayload:
    # Not among the operation's values: those are kept with an idempotency key.
    told: list[str] = []

    async def run(work: Work) -> dict[str, Any]:
        issued = await issue(work)
        told[:] = [issued.secret]
        return {"id": issued.subscription_id}

    done = await perform(info, run, input=input)
    return WebhookSecretPayload(
        webhook_subscription=await _subscription(info, done),
        secret=told[0] if told and done["id"] is not None else None,
        user_errors=done.user_errors,
    )


_Which = Annotated[WebhookSubscriptionInput, strawberry.argument(description="Which subscription.")]


@strawberry.type
class WebhookSubscriptionMutation:
    @strawberry.mutation(description="Subscribe an address to events. Needs webhooks.manage.")
    async def create_webhook_subscription(
        self,
        info: Info,
        input: Annotated[
            CreateWebhookSubscriptionInput, strawberry.argument(description="The subscription.")
        ],
    ) -> WebhookSecretPayload:
        services = info.context.services
        await require_reachable(info, input.url)
        refusal = await refusal_of(info, input.query, input.event_types)

        async def create(work: Work) -> operations.IssuedSecret:
            if refusal is not None:
                raise refusal
            return await operations.create_webhook_subscription(
                work, **given(input), keys=services.keys, reach=services.webhook_reach
            )

        return await _issue(info, input, create)

    @strawberry.mutation(description="Change a webhook subscription. Needs webhooks.manage.")
    async def update_webhook_subscription(
        self,
        info: Info,
        input: Annotated[
            UpdateWebhookSubscriptionInput, strawberry.argument(description="The changes.")
        ],
    ) -> WebhookSubscriptionPayload:
        subscription_id = row_id_of(input.id, KIND)
        changes = given(input, "name", "url", "event_types", "query")
        await require_reachable(info, changes.get("url"))
        refusal = await refusal_of(info, changes.get("query"), changes.get("event_types"))

        async def update(work: Work) -> dict[str, Any]:
            if refusal is not None:
                raise refusal
            await operations.update_webhook_subscription(
                work,
                subscription_id=subscription_id,
                reach=info.context.services.webhook_reach,
                **changes,
            )
            return {"id": subscription_id}

        done = await perform(info, update, input=input)
        return WebhookSubscriptionPayload(
            webhook_subscription=await _subscription(info, done), user_errors=done.user_errors
        )

    @strawberry.mutation(
        description="Send nothing for now; what waits is kept. Needs webhooks.manage."
    )
    async def pause_webhook_subscription(
        self, info: Info, input: _Which
    ) -> WebhookSubscriptionPayload:
        return await _change(info, input, operations.pause_webhook_subscription)

    @strawberry.mutation(description="Send again, first what waited. Needs webhooks.manage.")
    async def resume_webhook_subscription(
        self, info: Info, input: _Which
    ) -> WebhookSubscriptionPayload:
        return await _change(info, input, operations.resume_webhook_subscription)

    @strawberry.mutation(
        description="End a subscription; what waits is never sent. Needs webhooks.manage."
    )
    async def delete_webhook_subscription(
        self, info: Info, input: _Which
    ) -> WebhookSubscriptionPayload:
        return await _change(info, input, operations.delete_webhook_subscription)

    @strawberry.mutation(
        description=(
            "A new secret, in force at once. For a while messages are signed with the old one too, "
            "so that the subscriber changes over in its own time. Needs webhooks.manage."
        )
    )
    async def rotate_webhook_secret(self, info: Info, input: _Which) -> WebhookSecretPayload:
        subscription_id = row_id_of(input.id, KIND)
        overlap = timedelta(hours=min(max(input.overlap_hours, -1), 100_000))
        return await _issue(
            info,
            input,
            lambda work: operations.rotate_webhook_secret(
                work,
                subscription_id=subscription_id,
                keys=info.context.services.keys,
                overlap=overlap,
            ),
        )
