"""What may be refused of returns, as typed user errors."""

from decimal import Decimal
from typing import Any

import strawberry

from api.catalog.items import Item, load_items
from api.context import Info
from api.ids import global_id
from api.scalars import Money, money
from api.user_errors import UserError, answers
from domain.returns.outcomes import (
    AuthorizationOver,
    CreditedTooMuch,
    NothingCreditable,
    ReturnedTooMuch,
    ReturnNotEmpty,
    SerialNotReturnable,
)


def _returned(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "order_line_id": global_id("OrderLine", fields["order_line_id"]),
        "requested": Decimal(fields["requested"]),
        "returnable": Decimal(fields["returnable"]),
    }


@answers(ReturnedTooMuch, convert=_returned)
@strawberry.type(description="More would come back than was delivered and is not asked back.")
class ReturnedTooMuchError(UserError):
    order_line_id: strawberry.ID = strawberry.field(description="The order's line.")
    requested: Decimal = strawberry.field(description="What was asked for, in base units.")
    returnable: Decimal = strawberry.field(description="What may come back still.")


def _return(fields: dict[str, Any]) -> dict[str, Any]:
    return {"return_id": global_id("Return", fields["return_id"])}


@answers(NothingCreditable, convert=_return)
@strawberry.type(description="There is nothing for which money could be granted now.")
class NothingCreditableError(UserError):
    return_id: strawberry.ID = strawberry.field(description="The return.")


def _credited(fields: dict[str, Any]) -> dict[str, Any]:
    currency = fields["currency"]
    return {
        "order_id": global_id("Order", fields["order_id"]),
        "requested": money(fields["requested_minor"], currency),
        "creditable": money(fields["creditable_minor"], currency),
    }


@answers(CreditedTooMuch, convert=_credited)
@strawberry.type(description="More would be credited than was billed.")
class CreditedTooMuchError(UserError):
    order_id: strawberry.ID = strawberry.field(description="The order.")
    requested: Money = strawberry.field(description="What would be credited.")
    creditable: Money = strawberry.field(description="What is left of the order.")


@answers(SerialNotReturnable)
@strawberry.type(description="A piece comes back only if it was shipped, and is not here already.")
class SerialNotReturnableError(UserError):
    serial: str = strawberry.field(description="The piece's serial number.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@answers(AuthorizationOver)
@strawberry.type(description="What was allowed to come was cancelled.")
class AuthorizationOverError(UserError):
    number: str = strawberry.field(description="The authorisation's number.")
    status: str = strawberry.field(description="How far it is.")


@answers(ReturnNotEmpty)
@strawberry.type(description="Something of the return came, was credited, or replaced already.")
class ReturnNotEmptyError(UserError):
    number: str = strawberry.field(description="The return's number.")
