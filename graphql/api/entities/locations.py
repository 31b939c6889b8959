"""Locations on the API."""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.addresses import Address
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
from api.entities.calendars import (
    TransitTime,
    WorkingCalendar,
    load_calendars,
    load_transit_times,
)
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.governance.field_values import (
    CONDITIONS_SAY,
    Conditions,
    custom_fields_of,
    narrowed,
)
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from domain.entities.queries import locations as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


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
    receiving_days: int = strawberry.field(description="Working days from the dock to the shelf.")
    processing_days: int = strawberry.field(description="Working days from the order to the truck.")
    asks_acceptance: bool = strawberry.field(
        description="Whether it accepts work before it does it, and is asked before it is called "
        "off."
    )
    latitude: Decimal | None = strawberry.field(description="Degrees north, where it is known.")
    longitude: Decimal | None = strawberry.field(description="Degrees east, where it is known.")
    orders_per_day: int | None = strawberry.field(
        description="How many orders it can take on in a day; null: no limit."
    )
    units_per_day: Decimal | None = strawberry.field(
        description="How many base units it can take on in a day; null: no limit."
    )
    status: str = strawberry.field(description="Either active or closed.")
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    entity_id: strawberry.Private[int]
    row_id: strawberry.Private[int]
    custom_fields = custom_fields_of("location")
    calendar_id: strawberry.Private[int | None]

    @strawberry.field(description="The days on which it works; null: all.")
    async def calendar(self, info: Info) -> WorkingCalendar | None:
        if self.calendar_id is None:
            return None
        return await info.context.load(load_calendars, self.calendar_id)

    @strawberry.field(description="How long goods travel from here.")
    async def transit_times(self, info: Info) -> list[TransitTime]:
        return await info.context.load(load_transit_times, self.row_id)

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
            latitude=row.latitude,
            longitude=row.longitude,
            orders_per_day=row.orders_per_day,
            units_per_day=None if row.units_per_day is None else plain(row.units_per_day),
            receiving_days=row.receiving_days,
            processing_days=row.processing_days,
            asks_acceptance=row.asks_acceptance,
            status=row.status,
            version=row.version,
            entity_id=row.entity_id,
            row_id=row.id,
            calendar_id=row.calendar_id,
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
    custom_fields: Conditions = strawberry.field(default=None, description=CONDITIONS_SAY)


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
        where = await _where(info, filter or LocationFilter())
        page = await queries.locations(
            reader,
            where=where,
            ordering=chosen(queries.ORDERINGS, order_by, default="code"),
            request=wanted(first, after, last, before),
        )
        return connection(
            page, Location.of, count=lambda: queries.location_count(reader, where=where)
        )


async def _where(info: Info, filter: LocationFilter) -> queries.LocationFilter:
    entity_id = optional_row_id(filter.entity_id, "LegalEntity", path=("filter", "entityId"))
    fields = await narrowed(info, "location", given(filter))
    return queries.LocationFilter(**fields | {"entity_id": entity_id})
