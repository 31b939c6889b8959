"""What promises rest on, on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.entities.locations import Location, load_locations
from api.inventory.expected_supplies import ExpectedSupply, load_supplies
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.promise.queries import pegs as queries


@strawberry.enum(description="What a promise rests on.")
class PromiseSource(Enum):
    STOCK = strawberry.enum_value("stock", description="It is there.")
    EXPECTED = strawberry.enum_value("expected", description="It is to come.")
    TO_BUY = strawberry.enum_value("to_buy", description="It is still to be bought.")


@strawberry.type(description="What a waiting part of an order line rests on.")
class PromisePeg:
    source: PromiseSource = strawberry.field(description="What it rests on.")
    quantity: Decimal = strawberry.field(description="How much, in base units.")
    ships_on: date = strawberry.field(description="When it leaves.")
    delivers_on: date | None = strawberry.field(
        description="When it is there; null where no transit time is known."
    )
    location_id: strawberry.Private[int]
    supply_id: strawberry.Private[int | None]

    @strawberry.field(description="Where it leaves from.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="The supply that is to come. Needs inventory.read.")
    async def supply(self, info: Info) -> ExpectedSupply | None:
        if self.supply_id is None:
            return None
        return await info.context.load(load_supplies, self.supply_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "PromisePeg":
        """From a row of the domain's queries."""
        return cls(
            source=PromiseSource(row.source),
            quantity=plain(row.quantity),
            ships_on=row.ships_on,
            delivers_on=row.delivers_on,
            location_id=row.location_id,
            supply_id=row.supply_id,
        )


async def load_pegs(reader: Reader, ids: Sequence[int]) -> list[list[PromisePeg]]:
    """A batch for loaders: the pegs of each order line."""
    rows = await queries.pegs_of_lines(reader, line_ids=ids)
    return [[PromisePeg.of(row) for row in rows[line_id]] for line_id in ids]
