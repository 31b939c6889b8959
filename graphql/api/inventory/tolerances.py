"""How far stock may be corrected without anybody's yes, on the API."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform
from domain.inventory.operations.tolerances import remove_stock_tolerance, set_stock_tolerance
from domain.inventory.queries import counts as queries
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.kernel.work import Work

KIND = "StockTolerance"
# Minor units in one of these; the domain keeps them so.
MOST_VALUE = 10**15


@strawberry.type(
    description=(
        "How far stock may be corrected without anybody's yes. A difference must keep every limit "
        "that is given. Where none is set, every difference of a count or snapshot needs a yes."
    )
)
class StockTolerance(Node):
    quantity: Decimal | None = strawberry.field(description="At most so many base units.")
    percent: Decimal | None = strawberry.field(description="At most so much of what was expected.")
    value_minor: Decimal | None = strawberry.field(
        description="At most worth so many minor units (cents) of the owner's currency."
    )
    version: int = strawberry.field(description="Rises with every change.")
    location_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "StockTolerance":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            quantity=row.quantity,
            percent=row.percent,
            value_minor=None if row.value_minor is None else Decimal(row.value_minor),
            version=row.version,
            location_id=row.location_id,
        )

    @strawberry.field(description="Where; null for all locations that have none of their own.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)


async def load_tolerances(reader: Reader, ids: Sequence[int]) -> list[StockTolerance | None]:
    """A batch for loaders: the tolerances of these row ids, in order."""
    rows = await queries.stock_tolerances_of_ids(reader, ids=ids)
    return [StockTolerance.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_tolerances)


@strawberry.type
class StockToleranceQuery:
    @strawberry.field(
        description="The standard first, then each location's own. Needs inventory.manage."
    )
    async def stock_tolerances(self, info: Info) -> list[StockTolerance]:
        rows = await queries.stock_tolerances(await info.context.reader())
        return [StockTolerance.of(row) for row in rows]


@strawberry.input(description="The limits of corrections; give at least one.")
class SetStockToleranceInput:
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where; all that have none of their own, if absent."
    )
    quantity: Decimal | None = strawberry.field(
        default=None, description="At most so many base units."
    )
    percent: Decimal | None = strawberry.field(
        default=None, description="At most so much of what was expected."
    )
    value_minor: Decimal | None = strawberry.field(
        default=None, description="At most worth so many minor units (cents)."
    )


@strawberry.input(description="Whose tolerance is taken away.")
class RemoveStockToleranceInput:
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The location; the standard, if absent."
    )


@strawberry.type(description="What a mutation did to a tolerance.")
class StockTolerancePayload:
    stock_tolerance: StockTolerance | None = strawberry.field(
        description="The tolerance as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was changed.")


def whole_minor(value: Decimal | None) -> int | None:
    """Minor units as the domain keeps them. Raises InvalidInput."""
    if value is not None and (value != value.to_integral_value() or abs(value) > MOST_VALUE):
        raise InvalidInput("Must be a whole number of minor units.", path=("valueMinor",))
    return None if value is None else int(value)


@strawberry.type
class StockToleranceMutation:
    @strawberry.mutation(
        description="Settle how far stock may be corrected without a yes. Needs inventory.manage."
    )
    async def set_stock_tolerance(
        self,
        info: Info,
        input: Annotated[SetStockToleranceInput, strawberry.argument(description="Limits.")],
    ) -> StockTolerancePayload:
        location_id = optional_row_id(input.location_id, "Location", path=("locationId",))
        value_minor = whole_minor(input.value_minor)

        async def settle(work: Work) -> dict[str, Any]:
            limits = {"quantity": input.quantity, "percent": input.percent}
            return {
                "id": await set_stock_tolerance(
                    work, location_id=location_id, value_minor=value_minor, **limits
                )
            }

        done = await perform(info, settle, input=input)
        return StockTolerancePayload(
            stock_tolerance=await info.context.load_done(load_tolerances, done["id"]),
            user_errors=done.user_errors,
        )

    @strawberry.mutation(
        description="Take a tolerance away: the standard holds again. Needs inventory.manage."
    )
    async def remove_stock_tolerance(
        self,
        info: Info,
        input: Annotated[RemoveStockToleranceInput, strawberry.argument(description="Whose.")],
    ) -> StockTolerancePayload:
        location_id = optional_row_id(input.location_id, "Location", path=("locationId",))

        async def remove(work: Work) -> dict[str, Any]:
            await remove_stock_tolerance(work, location_id=location_id)
            return {}

        done = await perform(info, remove, input=input)
        return StockTolerancePayload(stock_tolerance=None, user_errors=done.user_errors)
