"""Replays of webhooks on the API: begun, followed and cancelled."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.events.kinds import KIND as EVENT
from api.ids import global_id, optional_row_id, row_id_of
from api.live import AfterEvent, event_id, follow
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.webhooks.subscriptions import WebhookSubscription, load_webhook_subscriptions
from api.writing import perform
from domain.integration.operations import replays as operations
from domain.integration.queries import replays as queries
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.event_log import Interest
from domain.kernel.reading import Reader
from domain.kernel.work import Work

KIND = "WebhookReplay"


@strawberry.enum(description="How far a replay is.")
class WebhookReplayStatus(Enum):
    RUNNING = strawberry.enum_value("running", description="More of it becomes due.")
    DONE = strawberry.enum_value("done", description="All of it has become due.")
    CANCELLED = strawberry.enum_value("cancelled", description="No more of it becomes due.")


@strawberry.type(description="Events of a range that are sent again.")
class WebhookReplay(Node):
    status: WebhookReplayStatus = strawberry.field(description="How far it is.")
    occurred_from: datetime | None = strawberry.field(description="Of events from then on.")
    occurred_until: datetime | None = strawberry.field(description="Of events before then.")
    event_types: list[str] | None = strawberry.field(
        description="Of these types only; null: of all that were asked for."
    )
    undelivered_only: bool = strawberry.field(
        description="Whether only what was not delivered is sent."
    )
    events_total: int = strawberry.field(description="How many events it looks at.")
    events_done: int = strawberry.field(description="At how many it has looked.")
    deliveries: int = strawberry.field(description="How many deliveries it has made due.")
    asked_by: str = strawberry.field(description="Who asked for it.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    subscription_ids: strawberry.Private[list[int]]

    @strawberry.field(description="To whom they are sent, at most 100.")
    async def subscriptions(self, info: Info) -> list[WebhookSubscription]:
        found = await info.context.load_all(load_webhook_subscriptions, self.subscription_ids)
        return [each for each in found if each is not None]

    @classmethod
    def of(cls, row: Row[Any]) -> "WebhookReplay":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            status=WebhookReplayStatus(row.status),
            occurred_from=row.occurred_from,
            occurred_until=row.occurred_until,
            event_types=row.event_types,
            undelivered_only=row.undelivered_only,
            events_total=row.events_total,
            events_done=row.events_done,
            deliveries=row.deliveries,
            asked_by=row.asked_by,
            created_at=row.created_at,
            ended_at=row.ended_at,
            subscription_ids=row.subscription_ids,
        )


async def load_replays(reader: Reader, ids: Sequence[int]) -> list[WebhookReplay | None]:
    """A batch for loaders: the replays of these row ids, in order."""
    rows = await queries.webhook_replays_of_ids(reader, ids=ids)
    return [WebhookReplay.of(rows[i]) if i in rows else None for i in ids]


refetched_by(KIND, load_replays)


@strawberry.type
class WebhookReplayQuery:
    @strawberry.field(description="Replays of webhooks, newest first. Needs webhooks.read.")
    async def webhook_replays(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WebhookReplay]:
        reader = await info.context.reader()
        listing = await queries.webhook_replays(reader, request=wanted(first, after, last, before))
        return connection(listing.page, WebhookReplay.of, count=listing.count)


@strawberry.input(
    description=(
        "Which events to send again, to whom. The range begins at a moment, an event, or both."
    )
)
class ReplayWebhooksInput:
    subscription_id: strawberry.ID | None = strawberry.field(
        default=None, description="To this subscription."
    )
    subscription_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="To these subscriptions, at most 100."
    )
    occurred_from: datetime | None = strawberry.field(
        default=None, description="Events that happened then or later."
    )
    occurred_until: datetime | None = strawberry.field(
        default=None, description="Events that happened before then."
    )
    first_event_id: strawberry.ID | None = strawberry.field(
        default=None, description="From this event on, itself included."
    )
    last_event_id: strawberry.ID | None = strawberry.field(
        default=None, description="Up to this event, itself included."
    )
    event_types: list[str] | None = strawberry.field(
        default=None, description="Only these of the types that were asked for."
    )
    undelivered_only: bool = strawberry.field(
        default=False, description="Only what was not delivered and does not wait already."
    )


@strawberry.type(description="What replayWebhooks did.")
class ReplayWebhooksPayload:
    deliveries: int | None = strawberry.field(
        description="How many deliveries are due now; the worker adds the rest of a large replay."
    )
    webhook_replay: WebhookReplay | None = strawberry.field(
        description="The replay, to follow and to cancel."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing is sent.")


@strawberry.input(description="Which replay.")
class WebhookReplayInput:
    id: strawberry.ID = strawberry.field(description="The replay's id.")


@strawberry.type(description="What cancelWebhookReplay did.")
class WebhookReplayPayload:
    webhook_replay: WebhookReplay | None = strawberry.field(description="The replay as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why it is not cancelled.")


def _subscriptions(input: ReplayWebhooksInput) -> list[int]:
    one, many = input.subscription_id, input.subscription_ids or []
    if one is not None:
        return [row_id_of(one, "WebhookSubscription", path=("subscriptionId",))]
    if not 0 < len(many) <= operations.MOST_SUBSCRIPTIONS:
        message = f"Name 1 to {operations.MOST_SUBSCRIPTIONS} subscriptions."
        raise InvalidInput(message, path=("subscriptionIds",))
    return [
        row_id_of(each, "WebhookSubscription", path=("subscriptionIds", n))
        for n, each in enumerate(many)
    ]


def _range(input: ReplayWebhooksInput) -> operations.ReplayRange:
    return operations.ReplayRange(
        occurred_from=input.occurred_from,
        occurred_until=input.occurred_until,
        first_event_id=optional_row_id(input.first_event_id, EVENT, path=("firstEventId",)),
        last_event_id=optional_row_id(input.last_event_id, EVENT, path=("lastEventId",)),
    )


@strawberry.type
class WebhookReplayMutation:
    @strawberry.mutation(
        description=(
            "Send the events of a range again, or for the first time. The subscriber knows "
            "repetitions by webhook-id. Needs webhooks.manage."
        )
    )
    async def replay_webhooks(
        self,
        info: Info,
        input: Annotated[ReplayWebhooksInput, strawberry.argument(description="What to send.")],
    ) -> ReplayWebhooksPayload:
        info.context.require("webhooks.manage")
        subscription_ids, events = _subscriptions(input), _range(input)

        async def replay(work: Work) -> dict[str, Any]:
            begun = await operations.replay_webhooks(
                work,
                subscription_ids=subscription_ids,
                events=events,
                event_types=input.event_types,
                undelivered_only=input.undelivered_only,
            )
            return {"id": begun.replay_id, "deliveries": begun.deliveries}

        done = await perform(info, replay, input=input)
        return ReplayWebhooksPayload(
            deliveries=done["deliveries"],
            webhook_replay=await info.context.load_done(load_replays, done["id"]),
            user_errors=done.user_errors,
        )

    @strawberry.mutation(
        description="Make no more of a replay due; what is due is sent. Needs webhooks.manage."
    )
    async def cancel_webhook_replay(
        self,
        info: Info,
        input: Annotated[WebhookReplayInput, strawberry.argument(description="Which one.")],
    ) -> WebhookReplayPayload:
        replay_id = row_id_of(input.id, KIND)

        async def cancel(work: Work) -> dict[str, Any]:
            await operations.cancel_webhook_replay(work, replay_id=replay_id)
            return {"id": replay_id}

        done = await perform(info, cancel, input=input)
        return WebhookReplayPayload(
            webhook_replay=await info.context.load_done(load_replays, done["id"]),
            user_errors=done.user_errors,
        )


@strawberry.type(description="Something that happened to a replay, and the replay after it.")
class WebhookReplayChange:
    event_id: strawberry.ID = strawberry.field(
        description="The event's id, to know repetitions by and to take the subscription up again."
    )
    webhook_replay: WebhookReplay | None = strawberry.field(description="The replay as it is now.")


@strawberry.type
class WebhookReplaySubscription:
    @strawberry.subscription(
        description="Each step of a replay, as it is committed. Needs webhooks.read."
    )
    async def webhook_replay_changed(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Of this replay; of every replay if absent."),
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[WebhookReplayChange]:
        replay_id = optional_row_id(id, KIND)
        if replay_id is not None and await info.context.load(load_replays, replay_id) is None:
            raise NotFound(KIND)
        interest = Interest(aggregate="webhook_replay", aggregate_id=replay_id)
        async with aclosing(follow(info, "webhooks.read", interest, after=after)) as events:
            async for event in events:
                yield WebhookReplayChange(
                    event_id=event_id(event),
                    webhook_replay=await info.context.load(load_replays, event.aggregate_id),
                )
