"""From when on how much may be promised, on the API."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated

import strawberry

from api.addresses import AddressInput
from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from domain.allocation.promising.queries import availability as promising
from domain.allocation.promising.queries.availability import AvailableFrom
from domain.kernel.errors import InvalidInput
from domain.promise.places import destination_of
from domain.promise.policies.timeline import STANDARD, Period
from domain.promise.queries import timelines as queries
from domain.promise.queries.timelines import ItemTimeline

MOST_ITEMS = 100


@strawberry.type(description="From a day on, until the next row's; quantities in base units.")
class AvailabilityPeriod:
    on: date = strawberry.field(description="From this day on.")
    opening: Decimal = strawberry.field(
        description="What is free as it begins: on hand less holds, safety stock, reservations."
    )
    incoming: Decimal = strawberry.field(description="What is to come on that day.")
    demand: Decimal = strawberry.field(description="What is promised for that day.")
    projected: Decimal = strawberry.field(description="Opening and incoming less demand.")
    available: Decimal = strawberry.field(
        description="What may be promised by then, so that nobody else has to wait for it; below "
        "zero, a shortage that nothing in sight covers."
    )
    unlimited: bool = strawberry.field(
        description="Any quantity may: it can still be bought until then."
    )
    ships_on: date | None = strawberry.field(
        description="The day on which what is picked from this day on leaves: cut-off, picking "
        "days and working days counted; null over all locations."
    )
    delivers_on: date | None = strawberry.field(
        description="The day on which it is there; null unless an address is given to which a "
        "transit time is known."
    )

    @classmethod
    def of(cls, period: Period) -> "AvailabilityPeriod":
        """From the domain's row."""
        return cls(
            on=period.on,
            opening=period.opening,
            incoming=period.incoming,
            demand=period.demand,
            projected=period.projected,
            available=period.available,
            unlimited=period.unlimited,
            ships_on=period.ships_on,
            delivers_on=period.delivers_on,
        )


@strawberry.type(description="The table of dates of an item, at a location or over all.")
class AvailabilityTimeline:
    on_hand: Decimal = strawberry.field(description="All that is there.")
    held: Decimal = strawberry.field(description="Of it under inspection or damaged.")
    safety_stock: Decimal = strawberry.field(description="Of it kept back.")
    reserved: Decimal = strawberry.field(description="Of it given to orders.")
    base_unit: str = strawberry.field(description="The unit of all quantities.")
    periods: list[AvailabilityPeriod] = strawberry.field(description="Row by row.")
    item_id: strawberry.Private[int]
    location_id: strawberry.Private[int | None]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(
        description="The location; null: all of them, and what waits without any supply in sight."
    )
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, found: ItemTimeline) -> "AvailabilityTimeline":
        """From the domain's answer."""
        return cls(
            on_hand=found.standing.on_hand,
            held=found.standing.held,
            safety_stock=found.standing.safety_stock,
            reserved=found.standing.reserved,
            base_unit=found.base_unit,
            periods=[AvailabilityPeriod.of(period) for period in found.periods],
            item_id=found.item_id,
            location_id=found.location_id,
        )


@strawberry.enum(description="What there is in a word.")
class StockLevel(Enum):
    OUT = strawberry.enum_value("out", description="Nothing.")
    LOW = strawberry.enum_value("low", description="Less than the channel counts as enough.")
    IN_STOCK = strawberry.enum_value("in_stock", description="Enough, or any quantity.")


@strawberry.type(description="From a day on so much may be promised, in base units.")
class ChannelAvailableFrom:
    on: date = strawberry.field(description="From this day on.")
    available: Decimal | None = strawberry.field(
        description="So much, at most the channel's cap for a customer; null where the channel "
        "tells customers levels only."
    )
    unlimited: bool = strawberry.field(description="Or any quantity.")
    level: StockLevel = strawberry.field(description="What there is in a word.")

    @classmethod
    def of(cls, found: AvailableFrom) -> "ChannelAvailableFrom":
        """From the domain's answer."""
        return cls(
            on=found.on,
            available=found.available,
            unlimited=found.unlimited,
            level=StockLevel(found.level),
        )


@strawberry.type(description="From when on how much of an item a channel may promise.")
class ChannelAvailability:
    from_days: list[ChannelAvailableFrom] = strawberry.field(description="Day by day, in sums.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


ItemIds = Annotated[list[strawberry.ID], strawberry.argument(description="Up to 100 items.")]


@strawberry.type
class PromiseAvailabilityQuery:
    @strawberry.field(
        description="The tables of dates of up to 100 items: over all locations first, then by "
        "location. What comes counts from the day on which it can be picked. With a channel: whose "
        "goods, where and by which rule it sells; what it may buy from other entities comes in on "
        "the day on which that can leave. Needs inventory.read."
    )
    async def availability_timelines(
        self,
        info: Info,
        item_ids: ItemIds,
        channel_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="As this channel sees it.")
        ] = None,
        ship_to: Annotated[
            AddressInput | None, strawberry.argument(description="Where it would go.")
        ] = None,
        service: Annotated[
            str | None, strawberry.argument(description="The carrier's service.")
        ] = None,
    ) -> list[AvailabilityTimeline]:
        reader, items = await info.context.reader(), _rows(item_ids)
        channel = optional_row_id(channel_id, "Channel", path=("channelId",))
        view = None
        if channel is not None:
            view = await promising.channel_view(
                reader, channel_id=channel, item_ids=items, now=info.context.now
            )
        found = await queries.timelines(
            reader,
            item_ids=items,
            now=info.context.now,
            owner_id=None if view is None else view.owner_id,
            sources=() if view is None else view.sources,
            location_ids=None if view is None else view.location_ids,
            rule=STANDARD if view is None else view.rule,
            destination=destination_of(given(ship_to), service) if ship_to else None,
        )
        return [AvailabilityTimeline.of(each) for item in items for each in found.get(item, ())]

    @strawberry.field(
        description="From when on how much of up to 100 items a channel may promise: what is free, "
        "then what is to come, then what can be bought. A customer asks for the portal, and is "
        "told what that shows: quantities, levels, or no days at all. Needs promise.read."
    )
    async def channel_availability(
        self,
        info: Info,
        item_ids: ItemIds,
        channel_id: Annotated[strawberry.ID, strawberry.argument(description="The channel.")],
    ) -> list[ChannelAvailability]:
        items = _rows(item_ids)
        found = await promising.channel_availability(
            await info.context.reader(),
            channel_id=row_id_of(channel_id, "Channel", path=("channelId",)),
            item_ids=items,
            now=info.context.now,
        )
        return [
            ChannelAvailability(
                from_days=[ChannelAvailableFrom.of(each) for each in found[item]], item_id=item
            )
            for item in items
        ]


def _rows(item_ids: list[strawberry.ID]) -> list[int]:
    if len(item_ids) > MOST_ITEMS:
        raise InvalidInput(f"At most {MOST_ITEMS} ids at once.", path=("itemIds",))
    return [row_id_of(i, "Item", path=("itemIds", n)) for n, i in enumerate(item_ids)]
