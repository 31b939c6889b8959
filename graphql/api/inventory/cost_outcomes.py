"""What may be refused of the value of stock, as typed user errors."""

from decimal import Decimal
from typing import Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.user_errors import UserError, answers
from domain.inventory.outcomes import CostNotBooked, ReturnedMore, ValueRefused


def _decimals(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value if name == "item_id" else Decimal(value) for name, value in fields.items()}


@answers(CostNotBooked)
@strawberry.type(
    description="What the goods cost is not booked yet, and the entity lets nothing leave before "
    "that."
)
class CostNotBookedError(UserError):
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(ReturnedMore, convert=_decimals)
@strawberry.type(description="More would come back than left.")
class ReturnedMoreError(UserError):
    requested: Decimal = strawberry.field(description="How many base units would come back.")
    available: Decimal = strawberry.field(description="How many are out.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(ValueRefused, convert=_decimals)
@strawberry.type(
    description="The stock cannot be worth that: there is none of it, it is worth no more, or was "
    "not written down by as much."
)
class ValueRefusedError(UserError):
    value_minor: Decimal = strawberry.field(
        description="What it is worth, in minor units of the entity's currency."
    )
    written_down_minor: Decimal = strawberry.field(
        description="What it was written down by, in minor units of the entity's currency."
    )
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)
