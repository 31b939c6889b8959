"""Locations on the API."""

from collections.abc import Sequence
from datetime import time
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.addresses import Address, AddressInput, address_fields
from api.connections import (
    After,
    Before,
    Connection,
    Direction,
    First,
    Last,
    chosen,
    connection,
    wanted,
)
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform
from domain.entities.operations import locations as operations
from domain.entities.queries import locations as queries
from domain.kernel.reading import Reader
from domain.kernel.work import Work


@strawberry.enum(description="What kind of place a location is.")
class LocationKind(Enum):
    OWNED = strawberry.enum_value("owned", description="A warehouse of our own.")
    THIRD_PARTY = strawberry.enum_value("third_party", description="A 3PL's warehouse.")
    STORE = strawberry.enum_value("store", description="A shop that also ships.")
    SUPPLIER = strawberry.enum_value("supplier", description="A supplier that ships for us.")
    IN_TRANSIT = strawberry.enum_value("in_transit", description="Stock between two places.")


@strawberry.type(description="A place where stock lies or travels.")
class Location(Node):
    code: str = strawberry.field(description="The tenant's own short code, unique.")
    name: str = strawberry.field(description="Its name.")
    kind: LocationKind = strawberry.field(description="What kind of place it is.")
    address: Address = strawberry.field(description="Where it is.")
    time_zone: str = strawberry.field(description="IANA name, such as America/New_York.")
    cut_off_time: time | None = strawberry.field(
        description="Orders before this time of day, in its own zone, leave the same day."
    )
    status: str = strawberry.field(description="Either active or closed.")
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    entity_id: strawberry.Private[int]

    @strawberry.field(description="The legal entity that owns it.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "Location":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Location", row.id),
            code=row.code,
            name=row.name,
            kind=LocationKind(row.kind),
            address=Address.of(row),
            time_zone=row.time_zone,
            cut_off_time=row.cut_off_time,
            status=row.status,
            version=row.version,
            entity_id=row.entity_id,
        )


async def load_locations(reader: Reader, ids: Sequence[int]) -> list[Location | None]:
    """A batch for loaders: the locations of these row ids, in order."""
    rows = await queries.locations_of_ids(reader, ids=ids)
    return [Location.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Location", load_locations)


@strawberry.input(description="Which locations to list; conditions are joined by and.")
class LocationFilter:
    code: str | None = strawberry.field(default=None, description="Exactly this code.")
    kind: LocationKind | None = strawberry.field(default=None, description="Of this kind.")
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Owned by this legal entity."
    )
    status: str | None = strawberry.field(default=None, description="Either active or closed.")


@strawberry.enum(description="What locations can be ordered by.")
class LocationOrderField(Enum):
    CODE = strawberry.enum_value("code", description="Their code.")
    NAME = strawberry.enum_value("name", description="Their name.")


@strawberry.input(description="The order of a list of locations.")
class LocationOrder:
    field: LocationOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class LocationQuery:
    @strawberry.field(description="The tenant's locations, by code. Needs entities.read.")
    async def locations(
        self,
        info: Info,
        filter: Annotated[
            LocationFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            LocationOrder | None, strawberry.argument(description="By code if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Location]:
        reader = await info.context.reader()
        where = _where(filter or LocationFilter())
        page = await queries.locations(
            reader,
            where=where,
            ordering=chosen(queries.ORDERINGS, order_by, default="code"),
            request=wanted(first, after, last, before),
        )
        return connection(
            page, Location.of, count=lambda: queries.location_count(reader, where=where)
        )


def _where(filter: LocationFilter) -> queries.LocationFilter:
    entity_id = optional_row_id(filter.entity_id, "LegalEntity", path=("filter", "entityId"))
    return queries.LocationFilter(**given(filter) | {"entity_id": entity_id})


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
    address: AddressInput | None = strawberry.field(default=None, description="Where it is.")


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
    address: AddressInput | None = strawberry.field(
        default=strawberry.UNSET, description="Changed parts of the address."
    )
    status: str | None = strawberry.field(
        default=strawberry.UNSET, description="Either active or closed."
    )


@strawberry.type(description="What updateLocation did.")
class UpdateLocationPayload:
    location: Location | None = strawberry.field(description="The location as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


def _fields(input: CreateLocationInput | UpdateLocationInput, *names: str) -> dict[str, Any]:
    fields = given(input, "code", "name", "kind", "time_zone", "cut_off_time", *names)
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
