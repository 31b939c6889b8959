"""What may be refused of stock, as typed user errors."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.locations import Location, load_locations
from api.user_errors import UserError, answers
from domain.inventory.outcomes import LocationClosed, ReservationSpent, StockChanged, StockShort


def _only(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A conversion that keeps the named fields; all that are no ids become decimals."""

    def convert(fields: dict[str, Any]) -> dict[str, Any]:
        return {
            name: fields[name] if name.endswith("_id") else Decimal(fields[name]) for name in names
        }

    return convert


@answers(StockShort, convert=_only("item_id", "location_id", "requested", "available"))
@strawberry.type(description="Less is free than was asked for; nothing was moved.")
class StockShortError(UserError):
    requested: Decimal = strawberry.field(description="What was asked for, in base units.")
    available: Decimal = strawberry.field(description="What is free, in base units.")
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
