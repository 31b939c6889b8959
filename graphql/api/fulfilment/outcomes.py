"""What may be refused of fulfilment, as typed user errors."""

from decimal import Decimal
from typing import Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.user_errors import UserError, answers, decimals
from domain.fulfilment.outcomes import (
    KitIncomplete,
    KitWaits,
    NotThatMuch,
    OrderIsHeld,
    OrderWaits,
    RushNotApproved,
    SerialsMissing,
)


def _missing(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "requested": Decimal(fields["requested"])}


@answers(OrderIsHeld)
@strawberry.type(description="The order is held, so nothing of it is released.")
class OrderIsHeldError(UserError):
    number: str = strawberry.field(description="The order's number.")
    reason: str = strawberry.field(description="Why it is held.")


@answers(RushNotApproved)
@strawberry.type(description="The order goes by a rush service level that nobody has approved.")
class RushNotApprovedError(UserError):
    number: str = strawberry.field(description="The order's number.")
    service_level: str = strawberry.field(description="The service level.")


@answers(NotThatMuch, convert=decimals("requested", "available"))
@strawberry.type(description="More was told than the step before has left.")
class NotThatMuchError(UserError):
    requested: Decimal = strawberry.field(description="What was told, in base units.")
    available: Decimal = strawberry.field(description="What there is, in base units.")


@answers(SerialsMissing, convert=_missing)
@strawberry.type(description="Pieces leave that have serial numbers, and not each is named.")
class SerialsMissingError(UserError):
    requested: Decimal = strawberry.field(description="How many leave.")
    named: int = strawberry.field(description="How many are named.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


def _of_kit(fields: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in fields.items() if name != "kit_id"}
    return {**kept, "kits": int(fields["kits"])}


@answers(KitIncomplete, convert=_of_kit)
@strawberry.type(description="A component of a kit would leave without the others.")
class KitIncompleteError(UserError):
    line_numbers: list[int] = strawberry.field(description="The order lines that belong together.")
    kits: int = strawberry.field(description="How many whole kits it takes, at least.")


@answers(KitWaits, convert=_of_kit)
@strawberry.type(
    description="Of a kit not every component is allocated: nothing of it is released."
)
class KitWaitsError(UserError):
    line_numbers: list[int] = strawberry.field(description="The order lines that belong together.")
    kits: int = strawberry.field(description="How many whole kits are there.")


@answers(OrderWaits)
@strawberry.type(description="The order ships complete, and waits for a part.")
class OrderWaitsError(UserError):
    number: str = strawberry.field(description="The order's number.")
    line_numbers: list[int] = strawberry.field(description="The order lines that wait.")
