"""The log of events by query, and the types of events that there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.events.kinds import KIND, Event, event_of
from api.events.subjects import subject_of
from api.events.types import EventKind, event_type_of
from api.ids import split_id
from api.nodes import refetched_by
from domain.integration.queries import event_log as queries
from domain.kernel.reading import Reader


async def load_events(reader: Reader, ids: Sequence[int]) -> list[Event | None]:
    """A batch for loaders: the events of these row ids, in order."""
    rows = await queries.events_of_ids(reader, ids=ids)
    return [event_of(rows[i]) if i in rows else None for i in ids]


refetched_by(KIND, load_events)


@strawberry.input(description="Which events to list; conditions are joined by and.")
class EventFilter:
    types: list[str] | None = strawberry.field(default=None, description="Of these types.")
    object_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this object: an order, a stock document and so on."
    )
    occurred_from: datetime | None = strawberry.field(
        default=None, description="That happened then or later."
    )
    occurred_until: datetime | None = strawberry.field(
        default=None, description="That happened before then."
    )


async def _where(info: Info, filter: EventFilter | None) -> queries.EventFilter:
    if filter is None:
        return queries.EventFilter()
    narrowed: dict[str, Any] = {}
    if filter.object_id is not None:
        aggregate, row_id = await subject_of(info, filter.object_id)
        narrowed = {"aggregate": aggregate, "aggregate_id": row_id}
    return queries.EventFilter(
        types=filter.types,
        occurred_from=filter.occurred_from,
        occurred_until=filter.occurred_until,
        **narrowed,
    )


@strawberry.type
class EventQuery:
    @strawberry.field(
        description=(
            "One event; null if there is none that the caller may see. What a webhook's query "
            "begins with. Needs events.read, and to read the area that it tells of."
        )
    )
    async def event(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The event's id.")],
    ) -> Event | None:
        kind, row_id = split_id(id)
        return await info.context.load(load_events, row_id) if kind == KIND else None

    @strawberry.field(
        description=(
            "Events of the areas that the caller may read, newest first. Needs events.read."
        )
    )
    async def events(
        self,
        info: Info,
        filter: Annotated[
            EventFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Event]:
        reader = await info.context.reader()
        listing = await queries.events(
            reader, where=await _where(info, filter), request=wanted(first, after, last, before)
        )
        return connection(listing.page, event_of, count=listing.count)

    @strawberry.field(
        description=(
            "The types of events that the caller may see, each with its fields. Needs events.read."
        )
    )
    async def event_types(self, info: Info) -> list[EventKind]:
        found = await queries.event_types(await info.context.reader())
        return [event_type_of(each) for each in found]
