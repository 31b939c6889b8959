"""Events as they happen, by subscription."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from api.context import Info
from api.events.kinds import Event, event_of
from api.events.subjects import subject_of
from api.live import AfterEvent, follow
from domain.integration.event_types import SEE_EVENTS
from domain.integration.queries.event_log import interest_in


@strawberry.type
class EventSubscription:
    @strawberry.subscription(
        description=(
            "Each event of the areas that the caller may read, as it is committed. Needs "
            "events.read."
        )
    )
    async def event_happened(
        self,
        info: Info,
        types: Annotated[
            list[str] | None,
            strawberry.argument(
                description='Of these types, such as "order.shipped" or "order.*"; all if absent.'
            ),
        ] = None,
        object_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this object only.")
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[Event]:
        reader = await info.context.reader()
        reader.require(SEE_EVENTS)
        subject = (None, None) if object_id is None else await subject_of(info, object_id)
        interest = await interest_in(reader, types=types, subject=subject)
        async with aclosing(follow(info, SEE_EVENTS, interest, after=after)) as events:
            async for event in events:
                yield event_of(event)
