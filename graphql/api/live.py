"""GraphQL subscriptions: an area's objects as their events happen."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import global_id, optional_row_id
from domain.kernel.event_feed import EventFeed
from domain.kernel.event_log import Interest, LoggedEvent

KIND = "Event"

AfterEvent = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description=(
            "Take up after this event id, which an earlier result told; from now on if absent. An "
            "event may then be told twice: know it by its id."
        )
    ),
]


def event_id(event: LoggedEvent) -> strawberry.ID:
    """The id by which a client takes a subscription up again."""
    return global_id(KIND, event.id)


async def follow(
    info: Info, permission: str, interest: Interest, *, after: str | None = None
) -> AsyncGenerator[LoggedEvent]:
    """The caller's events of interest from now on, or after an event's id.

    Whatever is read between two of them shows the state after the first. For partners the
    interest must say among which objects they look. Raises NotPermitted, InvalidInput."""
    # Both may raise: before the first event, so that the client learns it at once.
    # A stream over HTTP that is taken up again says so in its Last-Event-ID header.
    after = after or info.context.extras.get("last_event_id")
    after_id = optional_row_id(after, KIND, path=("after",))
    (await info.context.reader()).require(permission)
    await info.context.scope.release()
    feed: EventFeed = info.context.services.feed
    events = feed.listen(info.context.principal, interest, after_id=after_id)
    async with aclosing(events):
        async for event in events:
            info.context.extras["event_id"] = event_id(event)
            yield event
            await info.context.scope.release()
