"""What may be refused of purchase orders, as typed user errors."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.user_errors import UserError, answers
from domain.procurement.outcomes import (
    PromisedTooMuch,
    ReceivedTooMuch,
    SentTooMuch,
    SupplierTermsNotMet,
)


def _decimals(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A conversion that makes the named fields decimals and keeps the others."""

    def convert(fields: dict[str, Any]) -> dict[str, Any]:
        return {n: Decimal(value) if n in names else value for n, value in fields.items()}

    return convert


@answers(SupplierTermsNotMet, convert=_decimals("quantity", "minimum_quantity", "pack_size"))
@strawberry.type(description="The supplier does not sell that quantity; nothing was ordered.")
class SupplierTermsNotMetError(UserError):
    quantity: Decimal = strawberry.field(description="What was asked for, in base units.")
    minimum_quantity: Decimal = strawberry.field(description="The least that is sold.")
    pack_size: Decimal = strawberry.field(description="It is sold in multiples of so many.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(PromisedTooMuch, convert=_decimals("promised", "open"))
@strawberry.type(description="More was promised than the line asks for still.")
class PromisedTooMuchError(UserError):
    line_number: int = strawberry.field(description="The order's line.")
    promised: Decimal = strawberry.field(description="What was promised, in base units.")
    open: Decimal = strawberry.field(description="What the line asks for still.")


@answers(SentTooMuch, convert=_decimals("sent", "most"))
@strawberry.type(description="More would be sent than was ordered and is tolerated.")
class SentTooMuchError(UserError):
    line_number: int = strawberry.field(description="The order's line.")
    sent: Decimal = strawberry.field(description="What would be sent in all, in base units.")
    most: Decimal = strawberry.field(description="The most that may be sent.")


@answers(ReceivedTooMuch, convert=_decimals("received", "most"))
@strawberry.type(description="More would be received than was ordered and is tolerated.")
class ReceivedTooMuchError(UserError):
    line_number: int = strawberry.field(description="The order's line.")
    received: Decimal = strawberry.field(
        description="What would be received in all, in base units."
    )
    most: Decimal = strawberry.field(description="The most that may be received.")
