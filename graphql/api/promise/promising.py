"""A date for a basket, on the API."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated

import strawberry

from api.addresses import AddressInput
from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.expected_supplies import ExpectedSupply, load_supplies
from api.promise.pegs import PromiseSource
from api.scalars import Quantity, quantity
from domain.allocation.promising.queries import baskets as queries
from domain.allocation.promising.queries.baskets import BasketLine, BasketPromise
from domain.kernel.quantity import plain
from domain.promise.policies.promising import LinePromise, Option
from domain.promise.policies.supply_book import Part


@strawberry.enum(description="A way to serve a basket.")
class PromiseOptionKind(Enum):
    PARTS = strawberry.enum_value("parts", description="Each part as soon as it is there.")
    COMPLETE = strawberry.enum_value(
        "complete", description="All on one day, from as many locations as it takes."
    )
    ONE_LOCATION = strawberry.enum_value(
        "one_location", description="All on one day, from one location."
    )


@strawberry.type(description="A quantity of a line: what it rests on, when it leaves, arrives.")
class PromisedPart:
    source: PromiseSource = strawberry.field(description="What it rests on.")
    quantity: Quantity = strawberry.field(description="How much, in base units.")
    ships_on: date = strawberry.field(description="The day on which it leaves.")
    delivers_on: date | None = strawberry.field(
        description="The day on which it is there; null where no transit time is known."
    )
    buying: Decimal | None = strawberry.field(
        description="What would have to be bought for it, by minimum and pack; null for partners."
    )
    location_id: strawberry.Private[int]
    supply_id: strawberry.Private[int | None]
    supplier_id: strawberry.Private[int | None]

    @strawberry.field(description="Where it leaves from.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="The supply that is to come. Needs inventory.read.")
    async def supply(self, info: Info) -> ExpectedSupply | None:
        if self.supply_id is None:
            return None
        return await info.context.load(load_supplies, self.supply_id)

    @strawberry.field(description="From whom it would be bought; null for partners.")
    async def supplier(self, info: Info) -> Party | None:
        if self.supplier_id is None:
            return None
        return await info.context.load(load_parties, self.supplier_id)

    @classmethod
    def of(cls, part: Part, unit: str, *, internal: bool) -> "PromisedPart":
        """From the domain's answer; whom we buy from is told to nobody outside."""
        return cls(
            source=PromiseSource(part.source),
            quantity=quantity(part.quantity, unit),
            ships_on=part.ships_on,
            delivers_on=part.delivers_on,
            buying=plain(part.buying) if internal and part.buying is not None else None,
            location_id=part.location_id,
            supply_id=part.supply_id,
            supplier_id=part.supplier_id if internal else None,
        )


@strawberry.type(description="What a line of a basket may be promised.")
class PromisedLine:
    ships_on: date | None = strawberry.field(
        description="When the last part leaves; null: not all of it is in sight."
    )
    delivers_on: date | None = strawberry.field(description="When the last part is there.")
    short: Quantity = strawberry.field(
        description="What nothing is in sight for; to a customer whose channel tells no quantities "
        "(or none above its cap) all that is beyond them."
    )
    parts: list[PromisedPart] = strawberry.field(
        description="What it rests on; to such a customer one part, with the days of the last."
    )
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.type(description="One way to serve a basket, lines in its order.")
class PromiseOption:
    kind: PromiseOptionKind = strawberry.field(description="Which way.")
    ships_on: date | None = strawberry.field(description="When the last of it leaves.")
    delivers_on: date | None = strawberry.field(description="When the last of it is there.")
    in_time: bool | None = strawberry.field(
        description="Whether it is there by the wanted day; null when none was given."
    )
    lines: list[PromisedLine] = strawberry.field(description="Line by line.")


@strawberry.type(description="What a basket may be promised.")
class BasketPromised:
    chosen: PromiseOption = strawberry.field(description="In the way that was asked for.")
    options: list[PromiseOption] = strawberry.field(description="All the ways there are.")


@strawberry.input(description="An item of a basket.")
class PromiseLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )


@strawberry.input(description="A basket that wants a date.")
class PromiseInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel it would come through.")
    lines: list[PromiseLineInput] = strawberry.field(description="What; 1 to 1,000 lines.")
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer; a partner itself if absent."
    )
    ship_to: AddressInput | None = strawberry.field(default=None, description="Where it goes.")
    service: str | None = strawberry.field(default=None, description="The carrier's service.")
    wanted_on: date | None = strawberry.field(
        default=None, description="The day on which it is to be there."
    )
    wanted_ship_on: date | None = strawberry.field(
        default=None, description="The day on which it is to leave, where the other is absent."
    )
    early_delivery_allowed: bool | None = strawberry.field(
        default=None,
        description="Whether it may be there before the wanted day; if not, it rests on what comes "
        "just in time. As the customer's record has it if absent.",
    )
    split_allowed: bool | None = strawberry.field(
        default=None, description="Several locations may serve it; as the channel has it if absent."
    )
    ship_complete: bool = strawberry.field(
        default=False, description="All of it is to be there on one day."
    )


@strawberry.type
class PromiseQuery:
    @strawberry.field(
        description="When a basket can leave and be there, and on what that rests. Nothing is kept "
        "for it. A partner asks for the portal. Needs promise.read."
    )
    async def promise(
        self,
        info: Info,
        input: Annotated[PromiseInput, strawberry.argument(description="The basket.")],
    ) -> BasketPromised:
        found = await queries.promise(
            await info.context.reader(),
            channel_id=row_id_of(input.channel_id, "Channel", path=("channelId",)),
            lines=[_line(place, line) for place, line in enumerate(input.lines)],
            now=info.context.now,
            party_id=optional_row_id(input.party_id, "Party", path=("partyId",)),
            ship_to=given(input.ship_to) if input.ship_to else None,
            service=input.service,
            wanted_on=input.wanted_on,
            wanted_ship_on=input.wanted_ship_on,
            early_delivery_allowed=input.early_delivery_allowed,
            split_allowed=input.split_allowed,
            ship_complete=input.ship_complete,
        )
        internal = not info.context.principal.is_partner
        items = [row_id_of(line.item_id, "Item") for line in input.lines]

        def shown(option: Option) -> PromiseOption:
            return _option(option, found, items, input, internal=internal)

        return BasketPromised(
            chosen=shown(found.chosen), options=[shown(each) for each in found.options]
        )


def _line(place: int, line: PromiseLineInput) -> BasketLine:
    item_id = row_id_of(line.item_id, "Item", path=("lines", place, "itemId"))
    return BasketLine(item_id=item_id, quantity=line.quantity, unit=line.unit)


def _option(
    option: Option,
    found: BasketPromise,
    items: list[int],
    input: PromiseInput,
    *,
    internal: bool,
) -> PromiseOption:
    lines = zip(option.lines, found.units, items, strict=True)
    return PromiseOption(
        kind=PromiseOptionKind(option.kind),
        ships_on=_last([line.ships_on for line in option.lines]),
        delivers_on=_last([line.delivers_on for line in option.lines]),
        in_time=_in_time(option, input),
        lines=[_promised(line, unit, item, internal=internal) for line, unit, item in lines],
    )


def _in_time(option: Option, input: PromiseInput) -> bool | None:
    wanted = input.wanted_on or input.wanted_ship_on
    if wanted is None:
        return None
    leaves = _last([line.ships_on for line in option.lines])
    day = option.last_due if input.wanted_on else leaves
    return day is not None and day <= wanted


def _promised(line: LinePromise, unit: str, item_id: int, *, internal: bool) -> PromisedLine:
    return PromisedLine(
        ships_on=line.ships_on,
        delivers_on=line.delivers_on,
        short=quantity(line.short, unit),
        parts=[PromisedPart.of(part, unit, internal=internal) for part in line.parts],
        item_id=item_id,
    )


def _last(days: list[date | None]) -> date | None:
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None
