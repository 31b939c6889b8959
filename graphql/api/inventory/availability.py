"""Availability on the API: what of many items may be promised, and where."""

from operator import attrgetter
from typing import Annotated, ClassVar

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.locations import Location, load_locations
from api.from_rows import FromRow, WorkedOut
from api.ids import row_id_of
from api.inventory.coming import load_coming
from api.scalars import Quantity, quantity, quantity_of
from api.worked_out import OnRows
from domain.inventory.queries import availability as queries
from domain.kernel.errors import InvalidInput

MOST_ITEMS = 100


@strawberry.type(description="What there is of an item at a location, over owners and lots.")
class LocationAvailability(FromRow):
    on_hand: Quantity = strawberry.field(description="All that is there.")
    reserved: Quantity = strawberry.field(description="Promised to orders.")
    available: Quantity = strawberry.field(
        description="What may be promised; of a kit, what can be made of its components."
    )
    expired: Quantity = strawberry.field(description="Not available, being past its last day.")
    location_id: strawberry.Private[int]
    item_id: strawberry.Private[int]
    base_unit: strawberry.Private[str]

    @strawberry.field(description="Bought or told of, and to come here; not on hand.")
    async def incoming(self, info: Info) -> Quantity:
        coming = await info.context.load(load_coming, self.item_id)
        return quantity(coming.at(self.location_id).incoming, self.base_unit)

    @strawberry.field(description="On its way here from another location; on hand at neither.")
    async def in_transit(self, info: Info) -> Quantity:
        coming = await info.context.load(load_coming, self.item_id)
        return quantity(coming.at(self.location_id).in_transit, self.base_unit)

    @strawberry.field(description="The location.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    WORKED_OUT: ClassVar[WorkedOut] = {
        "on_hand": quantity_of("on_hand"),
        "reserved": quantity_of("reserved"),
        "available": quantity_of("available"),
        "expired": quantity_of("expired"),
    }


@strawberry.type(description="What there is of an item, in all and location by location.")
class ItemAvailability(FromRow):
    on_hand: Quantity = strawberry.field(description="All that is anywhere.")
    reserved: Quantity = strawberry.field(description="Promised to orders.")
    available: Quantity = strawberry.field(
        description="What may be promised; of a kit, what can be made of its components."
    )
    expired: Quantity = strawberry.field(description="Not available, being past its last day.")
    locations: list[LocationAvailability] = strawberry.field(
        description="The locations that have or had some."
    )
    item_id: strawberry.Private[int]
    base_unit: strawberry.Private[str]

    @strawberry.field(description="Bought or told of, and to come anywhere; not on hand.")
    async def incoming(self, info: Info) -> Quantity:
        coming = await info.context.load(load_coming, self.item_id)
        return quantity(coming.total.incoming, self.base_unit)

    @strawberry.field(description="On its way between locations; on hand at none.")
    async def in_transit(self, info: Info) -> Quantity:
        coming = await info.context.load(load_coming, self.item_id)
        return quantity(coming.total.in_transit, self.base_unit)

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    WORKED_OUT: ClassVar[WorkedOut] = {
        "on_hand": quantity_of("on_hand"),
        "reserved": quantity_of("reserved"),
        "available": quantity_of("available"),
        "expired": quantity_of("expired"),
        "locations": OnRows(LocationAvailability, attrgetter("locations")),
    }


@strawberry.type
class AvailabilityQuery:
    @strawberry.field(
        description=(
            "What may be promised of up to 100 items, in the order of the ids. An item that does "
            "not exist is left out. Needs inventory.read."
        )
    )
    async def availability(
        self,
        info: Info,
        item_ids: Annotated[list[strawberry.ID], strawberry.argument(description="The items.")],
        location_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="At these locations only; at all if absent."),
        ] = None,
        condition: Annotated[
            str, strawberry.argument(description="In this condition only.")
        ] = "new",
    ) -> list[ItemAvailability]:
        if max(len(item_ids), len(location_ids or ())) > MOST_ITEMS:
            raise InvalidInput(f"At most {MOST_ITEMS} ids at once.", path=("itemIds",))
        items = [row_id_of(i, "Item", path=("itemIds", n)) for n, i in enumerate(item_ids)]
        locations = (
            None
            if location_ids is None
            else [
                row_id_of(i, "Location", path=("locationIds", n))
                for n, i in enumerate(location_ids)
            ]
        )
        found = await queries.availability(
            await info.context.reader(),
            item_ids=items,
            location_ids=locations,
            condition=condition,
        )
        return [ItemAvailability.of(found[item_id]) for item_id in items if item_id in found]
