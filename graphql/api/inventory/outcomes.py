"""What may be refused of stock, as typed user errors."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.locations import Location, load_locations
from api.promise.availability import StockLevel
from api.user_errors import UserError, answers
from domain.inventory.outcomes import (
    LocationClosed,
    LotBlocked,
    LotDiffers,
    ReservationSpent,
    SerialNotThere,
    SerialTaken,
    StockChanged,
    StockLacking,
    StockShort,
)


def _only(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A conversion that keeps the named fields; all that are no ids become decimals."""

    def convert(fields: dict[str, Any]) -> dict[str, Any]:
        return {
            name: fields[name] if name.endswith("_id") else Decimal(fields[name]) for name in names
        }

    return convert


def _with_days(fields: dict[str, Any]) -> dict[str, Any]:
    """The same with what was kept as text turned back into days."""
    return {
        name: date.fromisoformat(value)
        if name.endswith("_on") and isinstance(value, str)
        else value
        for name, value in fields.items()
    }


@answers(StockShort, convert=_only("item_id", "location_id", "requested", "available"))
@strawberry.type(description="Less is free than was asked for; nothing was moved.")
class StockShortError(UserError):
    requested: Decimal = strawberry.field(description="What was asked for, in base units.")
    available: Decimal = strawberry.field(
        description="What is free, in base units; to a customer at most the channel's cap."
    )
    item_id: strawberry.Private[int]
    location_id: strawberry.Private[int | None]

    @strawberry.field(description="The item that is short.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Where it is short; null: at all locations together.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)


def _in_a_word(fields: dict[str, Any]) -> dict[str, Any]:
    level = fields["level"]
    return {
        "requested": Decimal(fields["requested"]),
        "level": None if level is None else StockLevel(level),
        "item_id": fields["item_id"],
    }


@answers(StockLacking, convert=_in_a_word)
@strawberry.type(
    description="Less is free than a customer asked for, whom the channel tells no quantities; "
    "nothing was moved."
)
class StockLackingError(UserError):
    requested: Decimal = strawberry.field(description="What was asked for, in base units.")
    level: StockLevel | None = strawberry.field(
        description="What is free in a word; null where the channel tells not even that."
    )
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item that is short.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(StockChanged, convert=_only("item_id", "expected", "actual"))
@strawberry.type(description="The stock is not what the caller had seen; nothing was changed.")
class StockChangedError(UserError):
    expected: Decimal = strawberry.field(description="What the caller expected, in base units.")
    actual: Decimal = strawberry.field(description="What is on hand, in base units.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(LocationClosed, convert=_only("location_id"))
@strawberry.type(description="The location takes no stock any more.")
class LocationClosedError(UserError):
    location_id: strawberry.Private[int]

    @strawberry.field(description="The location.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)


@answers(ReservationSpent, convert=_only("requested", "available"))
@strawberry.type(description="The reservation holds less than is to be taken from it.")
class ReservationSpentError(UserError):
    requested: Decimal = strawberry.field(description="What was to be taken, in base units.")
    available: Decimal = strawberry.field(description="What it holds, in base units.")


@answers(LotDiffers, convert=_with_days)
@strawberry.type(description="The lot is known with other days than were told.")
class LotDiffersError(UserError):
    lot: str = strawberry.field(description="The lot.")
    manufactured_on: date | None = strawberry.field(description="The day it is known to be made.")
    expires_on: date | None = strawberry.field(description="Its last good day, as known.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(LotBlocked, convert=_with_days)
@strawberry.type(description="The lot may not leave.")
class LotBlockedError(UserError):
    lot: str = strawberry.field(description="The lot.")
    status: str = strawberry.field(description="One of quarantined, recalled and expired.")
    expires_on: date | None = strawberry.field(description="Its last good day, if it has one.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(SerialTaken)
@strawberry.type(description="A piece with this serial number is in stock already.")
class SerialTakenError(UserError):
    serial: str = strawberry.field(description="The serial number.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(SerialNotThere)
@strawberry.type(description="No such piece lies there in the state it was to be taken from.")
class SerialNotThereError(UserError):
    serial: str = strawberry.field(description="The serial number.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)
