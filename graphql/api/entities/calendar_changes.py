"""Working calendars and transit times are kept, on the API."""

from datetime import date
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.entities.calendars import WorkingCalendar, load_calendars
from api.entities.locations import Location, load_locations
from api.ids import row_id_of
from api.inputs import given
from api.user_errors import UserError
from api.writing import perform
from domain.entities.operations import calendars as operations
from domain.entities.operations.transit_times import WantedTransit, set_transit_times
from domain.kernel.work import Work


@strawberry.input(description="A day on which nobody works.")
class ClosedDayInput:
    on: date = strawberry.field(description="The day.")
    name: str | None = strawberry.field(default=None, description="What it is.")


@strawberry.input(description="A new working calendar.")
class CreateWorkingCalendarInput:
    code: str = strawberry.field(description="Short and unique, such as DE-BY.")
    name: str = strawberry.field(description="Its name.")
    working_days: str = strawberry.field(
        default="12345", description="ISO weekdays in order, Monday as 1."
    )
    closed_days: list[ClosedDayInput] = strawberry.field(
        default_factory=list, description="Holidays; at most 1,000."
    )


@strawberry.input(description="Changes of a calendar; what is left out stays.")
class UpdateWorkingCalendarInput:
    id: strawberry.ID = strawberry.field(description="The calendar's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    name: str | None = strawberry.field(default=None, description="New name.")
    working_days: str | None = strawberry.field(default=None, description="New weekdays.")
    closed_days: list[ClosedDayInput] | None = strawberry.field(
        default=None, description="All closed days anew."
    )


@strawberry.type(description="What createWorkingCalendar or updateWorkingCalendar did.")
class WorkingCalendarPayload:
    working_calendar: WorkingCalendar | None = strawberry.field(
        description="The calendar as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="How long goods travel on one lane; an empty word means all.")
class TransitTimeInput:
    days: int | None = strawberry.field(
        description="Days on which the carrier drives; null takes the lane away."
    )
    country: str = strawberry.field(default="", description="To this country (ISO 3166).")
    region: str = strawberry.field(default="", description="To this region of it.")
    postal_prefix: str = strawberry.field(default="", description="To postal codes that begin so.")
    service: str = strawberry.field(default="", description="By this carrier service.")
    weekend_delivery: bool = strawberry.field(
        default=False, description="Whether it drives and delivers on all seven days."
    )


@strawberry.input(description="Transit times of a location.")
class SetTransitTimesInput:
    location_id: strawberry.ID = strawberry.field(description="Where goods leave from.")
    times: list[TransitTimeInput] = strawberry.field(description="1 to 1,000 lanes.")


@strawberry.type(description="What setTransitTimes did.")
class SetTransitTimesPayload:
    location: Location | None = strawberry.field(description="The location.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class WorkingCalendarMutation:
    @strawberry.mutation(description="Create a working calendar. Needs entities.manage.")
    async def create_working_calendar(
        self,
        info: Info,
        input: Annotated[
            CreateWorkingCalendarInput, strawberry.argument(description="The calendar.")
        ],
    ) -> WorkingCalendarPayload:
        async def create(work: Work) -> dict[str, Any]:
            fields = given(input, "code", "name", "working_days")
            days = {each.on: each.name for each in input.closed_days}
            return {"id": await operations.create_calendar(work, closed_days=days, **fields)}

        done = await perform(info, create, input=input)
        calendar = await info.context.load_done(load_calendars, done["id"])
        return WorkingCalendarPayload(working_calendar=calendar, user_errors=done.user_errors)

    @strawberry.mutation(description="Change a working calendar. Needs entities.manage.")
    async def update_working_calendar(
        self,
        info: Info,
        input: Annotated[
            UpdateWorkingCalendarInput, strawberry.argument(description="The changes.")
        ],
    ) -> WorkingCalendarPayload:
        calendar_id = row_id_of(input.id, "WorkingCalendar")

        async def update(work: Work) -> dict[str, Any]:
            fields = given(input, "expected_version", "name", "working_days")
            if input.closed_days is not None:
                fields["closed_days"] = {each.on: each.name for each in input.closed_days}
            await operations.update_calendar(work, calendar_id=calendar_id, **fields)
            return {"id": calendar_id}

        done = await perform(info, update, input=input)
        calendar = await info.context.load_done(load_calendars, done["id"])
        return WorkingCalendarPayload(working_calendar=calendar, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Set or take away transit times of a location. Needs entities.manage."
    )
    async def set_transit_times(
        self,
        info: Info,
        input: Annotated[SetTransitTimesInput, strawberry.argument(description="The lanes.")],
    ) -> SetTransitTimesPayload:
        location_id = row_id_of(input.location_id, "Location", path=("locationId",))

        async def write(work: Work) -> dict[str, Any]:
            times = [WantedTransit(**given(each)) for each in input.times]
            await set_transit_times(work, location_id=location_id, times=times)
            return {"id": location_id}

        done = await perform(info, write, input=input)
        location = await info.context.load_done(load_locations, done["id"])
        return SetTransitTimesPayload(location=location, user_errors=done.user_errors)
