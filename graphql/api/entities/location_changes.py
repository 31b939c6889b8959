"""Creating and changing locations on the API."""

from datetime import time
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.addresses import AddressInput, address_fields
from api.context import Info
from api.entities.locations import Location, LocationKind, load_locations
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.user_errors import UserError
from api.writing import perform
from domain.entities.operations import locations as operations
from domain.kernel.work import Work


@strawberry.input(description="A new location.")
class CreateLocationInput:
    code: str = strawberry.field(description="Short and unique, such as EAST.")
    name: str = strawberry.field(description="Its name.")
    kind: LocationKind = strawberry.field(description="What kind of place it is.")
    entity_id: strawberry.ID = strawberry.field(description="The legal entity that owns it.")
    time_zone: str = strawberry.field(default="UTC", description="IANA name, such as Europe/Oslo.")
    cut_off_time: time | None = strawberry.field(
        default=None, description="Time of day in its own zone, such as 15:30:00."
    )
    calendar_id: strawberry.ID | None = strawberry.field(
        default=None, description="The days on which it works; all if absent."
    )
    receiving_days: int = strawberry.field(
        default=0, description="Working days from the dock to the shelf."
    )
    processing_days: int = strawberry.field(
        default=0, description="Working days from the order to the truck."
    )
    asks_acceptance: bool = strawberry.field(
        default=False,
        description="Whether it accepts work before it does it, and lets go of it only if it "
        "agrees; for third parties.",
    )
    address: AddressInput | None = strawberry.field(default=None, description="Where it is.")
    orders_per_day: int | None = strawberry.field(
        default=None, description="How many orders it can take on in a day; no limit if absent."
    )
    units_per_day: Decimal | None = strawberry.field(
        default=None, description="How many base units it can take on in a day."
    )


@strawberry.type(description="What createLocation did.")
class CreateLocationPayload:
    location: Location | None = strawberry.field(description="The new location.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="Changes of a location; fields left out stay as they are.")
class UpdateLocationInput:
    id: strawberry.ID = strawberry.field(description="The location's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    code: str | None = strawberry.field(default=strawberry.UNSET, description="New code.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    kind: LocationKind | None = strawberry.field(default=strawberry.UNSET, description="New kind.")
    entity_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="New owner."
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description="New time zone (IANA name)."
    )
    cut_off_time: time | None = strawberry.field(
        default=strawberry.UNSET, description="New cut-off; null: none."
    )
    calendar_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="New calendar; null: every day."
    )
    receiving_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="New days from the dock to the shelf."
    )
    processing_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="New days from the order to the truck."
    )
    asks_acceptance: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it accepts work before it does it."
    )
    address: AddressInput | None = strawberry.field(
        default=strawberry.UNSET, description="Changed parts of the address."
    )
    orders_per_day: int | None = strawberry.field(
        default=strawberry.UNSET, description="New limit of orders in a day; null: none."
    )
    units_per_day: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="New limit of base units in a day; null: none."
    )
    status: str | None = strawberry.field(
        default=strawberry.UNSET, description="Either active or closed."
    )


@strawberry.type(description="What updateLocation did.")
class UpdateLocationPayload:
    location: Location | None = strawberry.field(description="The location as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


def _fields(input: CreateLocationInput | UpdateLocationInput, *names: str) -> dict[str, Any]:
    days = (
        "asks_acceptance",
        "receiving_days",
        "processing_days",
        "orders_per_day",
        "units_per_day",
    )
    fields = given(input, "code", "name", "kind", "time_zone", "cut_off_time", *days, *names)
    if input.calendar_id is not strawberry.UNSET:
        fields["calendar_id"] = optional_row_id(
            input.calendar_id, "WorkingCalendar", path=("calendarId",)
        )
    if input.entity_id is not strawberry.UNSET:
        fields["entity_id"] = optional_row_id(input.entity_id, "LegalEntity", path=("entityId",))
    return fields | address_fields(input.address)


@strawberry.type
class LocationMutation:
    @strawberry.mutation(description="Create a location. Needs entities.manage.")
    async def create_location(
        self,
        info: Info,
        input: Annotated[CreateLocationInput, strawberry.argument(description="The location.")],
    ) -> CreateLocationPayload:
        async def create(work: Work) -> dict[str, Any]:
            return {"id": await operations.create_location(work, **_fields(input))}

        done = await perform(info, create, input=input)
        location = await info.context.load_done(load_locations, done["id"])
        return CreateLocationPayload(location=location, user_errors=done.user_errors)

    @strawberry.mutation(description="Change a location. Needs entities.manage.")
    async def update_location(
        self,
        info: Info,
        input: Annotated[UpdateLocationInput, strawberry.argument(description="The changes.")],
    ) -> UpdateLocationPayload:
        location_id = row_id_of(input.id, "Location")

        async def update(work: Work) -> dict[str, Any]:
            await operations.update_location(
                work,
                location_id=location_id,
                expected_version=input.expected_version,
                **_fields(input, "status"),
            )
            return {"id": location_id}

        done = await perform(info, update, input=input)
        location = await info.context.load_done(load_locations, done["id"])
        return UpdateLocationPayload(location=location, user_errors=done.user_errors)
