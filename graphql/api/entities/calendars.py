"""Working calendars and transit times on the API."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id
from api.nodes import Node, refetched_by
from domain.entities.queries import calendars as queries
from domain.kernel.reading import Reader


@strawberry.type(description="A day on which nobody of a calendar works.")
class ClosedDay:
    on: date = strawberry.field(description="The day.")
    name: str | None = strawberry.field(description="What it is, such as Easter Monday.")


@strawberry.type(description="On which days somebody works.")
class WorkingCalendar(Node):
    code: str = strawberry.field(description="The tenant's own short code, unique.")
    name: str = strawberry.field(description="Its name.")
    working_days: str = strawberry.field(
        description="The ISO weekdays, Monday as 1: 12345 is Monday to Friday."
    )
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    row_id: strawberry.Private[int]

    @strawberry.field(description="The days on which nobody works, whatever weekday they are.")
    async def closed_days(self, info: Info) -> list[ClosedDay]:
        return await info.context.load(load_closed_days, self.row_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "WorkingCalendar":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("WorkingCalendar", row.id),
            code=row.code,
            name=row.name,
            working_days=row.working_days,
            version=row.version,
            row_id=row.id,
        )


@strawberry.type(description="How long goods travel from a location; an empty word means all.")
class TransitTime:
    country: str = strawberry.field(description="To this country (ISO 3166).")
    region: str = strawberry.field(description="To this region of it.")
    postal_prefix: str = strawberry.field(description="To postal codes that begin so.")
    service: str = strawberry.field(description="By this carrier service.")
    days: int = strawberry.field(description="Days on which the carrier drives.")
    weekend_delivery: bool = strawberry.field(
        description="Whether it drives and delivers on all seven days."
    )

    @classmethod
    def of(cls, row: Row[Any]) -> "TransitTime":
        """From a row of the domain's queries."""
        return cls(
            country=row.country,
            region=row.region,
            postal_prefix=row.postal_prefix,
            service=row.service,
            days=row.days,
            weekend_delivery=row.weekend_delivery,
        )


async def load_calendars(reader: Reader, ids: Sequence[int]) -> list[WorkingCalendar | None]:
    """A batch for loaders: the calendars of these row ids, in order."""
    rows = await queries.calendars_of_ids(reader, ids=ids)
    return [WorkingCalendar.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_closed_days(reader: Reader, ids: Sequence[int]) -> list[list[ClosedDay]]:
    """A batch for loaders: the closed days of each calendar."""
    rows = await queries.closed_days_of(reader, calendar_ids=ids)
    return [[ClosedDay(on=row.closed_on, name=row.name) for row in rows[each]] for each in ids]


async def load_transit_times(reader: Reader, ids: Sequence[int]) -> list[list[TransitTime]]:
    """A batch for loaders: the transit times of each location."""
    rows = await queries.transit_times_of(reader, location_ids=ids)
    return [[TransitTime.of(row) for row in rows[each]] for each in ids]


refetched_by("WorkingCalendar", load_calendars)


@strawberry.type
class WorkingCalendarQuery:
    @strawberry.field(description="The working calendars, by code. Needs entities.read.")
    async def working_calendars(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[WorkingCalendar]:
        listing = await queries.calendars(
            await info.context.reader(), request=wanted(first, after, last, before)
        )
        return connection(listing.page, WorkingCalendar.of, count=listing.count)
