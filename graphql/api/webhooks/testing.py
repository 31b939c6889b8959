"""Seeing what a subscriber would get, and having one message sent."""

from dataclasses import replace
from typing import Annotated, Any, cast

import strawberry
from strawberry.scalars import JSON

from api.context import Info
from api.events.kinds import KIND as EVENT
from api.ids import optional_row_id, row_id_of
from api.user_errors import UserError, described, user_error
from api.webhooks.chosen import QueryFaulty
from api.webhooks.subscriptions import WebhookSubscription, load_webhook_subscriptions
from api.webhooks.trying import payloads_of, refused_for
from api.writing import perform
from domain.integration.operations import subscriptions as operations
from domain.integration.owners import OwnerGone, OwnerSuspended, owner_principal
from domain.integration.queries.preview import Preview, webhook_preview
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import reading
from domain.kernel.work import Work
from tenancy.principals import Principal, PrincipalKind


@strawberry.input(description="Which message to show: of a subscription, or by a query.")
class PreviewWebhookInput:
    event_id: strawberry.ID = strawberry.field(description="Of this event, which has happened.")
    subscription_id: strawberry.ID | None = strawberry.field(
        default=None, description="As this subscription would be told."
    )
    query: str | None = strawberry.field(
        default=None, description="By this query instead; no subscription is needed."
    )


@strawberry.type(description="A message that is not sent.")
class PreviewWebhookPayload:
    body: JSON | None = strawberry.field(description="The message as it would be sent.")
    message_id: str | None = strawberry.field(description="What webhook-id would say.")
    user_errors: list[UserError] = strawberry.field(description="Why there is none.")


@strawberry.input(description="Where to send one message, and which.")
class SendTestWebhookInput:
    id: strawberry.ID = strawberry.field(description="The subscription's id.")
    event_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="That of this event; absent: of a test, integration.webhook_tested.",
    )


@strawberry.type(description="What sendTestWebhook did.")
class SendTestWebhookPayload:
    webhook_subscription: WebhookSubscription | None = strawberry.field(
        description="The subscription; webhookDeliveries shows what comes of it."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing is sent.")


async def _message(info: Info, found: Preview, query: str | None) -> dict[str, Any]:
    """The message with no more rights than the caller has itself."""
    chosen = found.query if query is None else query
    if chosen is None or not chosen.strip():
        return found.body
    payloads, caller = payloads_of(info), info.context.principal
    payloads.examine(chosen, caller)
    rights = caller if found.owner is None else await _narrowed(info, found.owner)
    made = await payloads.payload(rights, chosen, found.event_id)
    return {name: value for name, value in found.body.items() if name != "data"} | made


async def _narrowed(info: Info, owner: tuple[str, int]) -> Principal:
    """The owner as far as the caller may see what it sees; the system sees what the caller may."""
    caller = info.context.principal
    try:
        found = await owner_principal(
            info.context.engine, caller.tenant_id, owner, info.context.now
        )
    except (OwnerGone, OwnerSuspended) as gone:
        raise InvalidInput(str(gone), path=("subscriptionId",)) from None
    if found.kind is PrincipalKind.SYSTEM:
        return caller
    return replace(found, permissions=found.permissions & caller.permissions)


@strawberry.type
class WebhookTestMutation:
    @strawberry.mutation(
        description=(
            "Show the message that a subscriber would get for an event that has happened; nothing "
            "is sent or kept. What the caller itself may not see is left out. Needs webhooks.read "
            "and events.read."
        )
    )
    async def preview_webhook(
        self,
        info: Info,
        input: Annotated[PreviewWebhookInput, strawberry.argument(description="Which message.")],
    ) -> PreviewWebhookPayload:
        event_id = row_id_of(input.event_id, EVENT, path=("eventId",))
        subscription_id = optional_row_id(
            input.subscription_id, "WebhookSubscription", path=("subscriptionId",)
        )
        await info.context.scope.release()
        async with reading(info.context.engine, info.context.principal) as reader:
            found = await webhook_preview(
                reader, event_id=event_id, subscription_id=subscription_id
            )
        try:
            body = await _message(info, found, input.query)
        except QueryFaulty as faulty:
            refusal = user_error(described(refused_for(faulty.faults)))
            return PreviewWebhookPayload(body=None, message_id=None, user_errors=[refusal])
        return PreviewWebhookPayload(body=cast(JSON, body), message_id=body["id"], user_errors=[])

    @strawberry.mutation(
        description=(
            "Have one message sent to a subscription, to see whether it arrives. Needs "
            "webhooks.manage."
        )
    )
    async def send_test_webhook(
        self,
        info: Info,
        input: Annotated[SendTestWebhookInput, strawberry.argument(description="Where to.")],
    ) -> SendTestWebhookPayload:
        info.context.require("webhooks.manage")
        subscription_id = row_id_of(input.id, "WebhookSubscription")
        event_id = optional_row_id(input.event_id, EVENT, path=("eventId",))

        async def send(work: Work) -> dict[str, Any]:
            await operations.send_test_webhook(
                work, subscription_id=subscription_id, event_id=event_id
            )
            return {"id": subscription_id}

        done = await perform(info, send, input=input)
        return SendTestWebhookPayload(
            webhook_subscription=await info.context.load_done(
                load_webhook_subscriptions, done["id"]
            ),
            user_errors=done.user_errors,
        )
