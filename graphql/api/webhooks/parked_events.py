"""Events that no attempt could handle, and what is decided about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, row_id_of
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform
from domain.integration.operations import parked_events as operations
from domain.integration.queries import parked_events as queries
from domain.kernel.reading import Reader
from domain.kernel.work import Work

KIND = "ParkedEvent"


@strawberry.type(
    description=(
        "An event that could not be handled after many attempts. Later events of the same object "
        "wait behind it."
    )
)
class ParkedEvent(Node):
    type: str = strawberry.field(description="The event's type, such as order.shipped.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    parked_at: datetime = strawberry.field(description="When it was given up for now.")
    attempts: int = strawberry.field(description="How often it was tried.")
    last_error: str | None = strawberry.field(description="Why the last attempt failed.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ParkedEvent":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            type=row.type,
            occurred_at=row.occurred_at,
            parked_at=row.parked_at,
            attempts=row.attempts,
            last_error=row.last_error,
        )


async def load_parked_events(reader: Reader, ids: Sequence[int]) -> list[ParkedEvent | None]:
    """A batch for loaders: the parked events of these row ids, in order."""
    rows = await queries.parked_events_of_ids(reader, ids=ids)
    return [ParkedEvent.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_parked_events)


@strawberry.type
class ParkedEventQuery:
    @strawberry.field(description="Events that could not be handled, oldest first.")
    async def parked_events(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ParkedEvent]:
        reader = await info.context.reader()
        page = await queries.parked_events(reader, request=wanted(first, after, last, before))
        return connection(page, ParkedEvent.of, count=lambda: queries.parked_event_count(reader))


@strawberry.input(description="Which parked event to try again.")
class RequeueParkedEventInput:
    id: strawberry.ID = strawberry.field(description="The parked event's id.")


@strawberry.input(description="Which parked event to give up.")
class SkipParkedEventInput:
    id: strawberry.ID = strawberry.field(description="The parked event's id.")
    reason: str = strawberry.field(description="Why; kept in the audit log.")


@strawberry.type(description="What was decided about a parked event.")
class ParkedEventPayload:
    id: strawberry.ID | None = strawberry.field(description="The event, no longer parked.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class ParkedEventMutation:
    @strawberry.mutation(
        description="Handle a parked event again, and those behind it. Needs webhooks.manage."
    )
    async def requeue_parked_event(
        self,
        info: Info,
        input: Annotated[RequeueParkedEventInput, strawberry.argument(description="Which.")],
    ) -> ParkedEventPayload:
        event_id = row_id_of(input.id, KIND)

        async def requeue(work: Work) -> dict[str, Any]:
            await operations.requeue_parked_event(work, event_id=event_id)
            return {"id": global_id(KIND, event_id)}

        done = await perform(info, requeue, input=input)
        return ParkedEventPayload(id=done["id"], user_errors=done.user_errors)

    @strawberry.mutation(
        description="Never handle a parked event; those behind it go on. Needs webhooks.manage."
    )
    async def skip_parked_event(
        self,
        info: Info,
        input: Annotated[SkipParkedEventInput, strawberry.argument(description="Which and why.")],
    ) -> ParkedEventPayload:
        event_id = row_id_of(input.id, KIND)

        async def skip(work: Work) -> dict[str, Any]:
            await operations.skip_parked_event(work, event_id=event_id, reason=input.reason)
            return {"id": global_id(KIND, event_id)}

        done = await perform(info, skip, input=input)
        return ParkedEventPayload(id=done["id"], user_errors=done.user_errors)
