"""Asking to send goods back on the API, and taking that back."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

import api.returns.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.returns.returns import KIND, Return, load_returns
from api.returns.states import ReturnCondition, ReturnReplaces, ReturnResolution
from api.user_errors import UserError
from api.writing import perform_one
from domain.kernel.work import Work
from domain.returns.asked import WantedReturn
from domain.returns.operations.requesting import cancel_return, close_return, request_return
from domain.returns.writing import WantedInstead


@strawberry.input(
    description="Goods that are to come back: of an order's line, of a kit that was ordered, or of "
    "an item without any order."
)
class ReturnLineInput:
    quantity: Decimal = strawberry.field(description="How many of the unit; of a kit: kits.")
    reason: str = strawberry.field(description="Why, by the code of a reason.")
    order_line_id: strawberry.ID | None = strawberry.field(
        default=None, description="The order's line."
    )
    kit_id: strawberry.ID | None = strawberry.field(
        default=None, description="The kit of an order: its components come back."
    )
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="The item, where there is no order."
    )
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )
    condition: ReturnCondition | None = strawberry.field(
        default=None, description="In which condition they are."
    )
    note: str | None = strawberry.field(default=None, description="What is to be said of them.")
    delivered_on: date | None = strawberry.field(
        default=None, description="When they were delivered, where it is known."
    )


@strawberry.input(description="What is wanted instead.")
class InsteadInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How much, in base units.")
    unit_price: Decimal | None = strawberry.field(
        default=None, description="The price of one; the customer's price if absent."
    )


@strawberry.input(description="Goods that somebody wants to send back.")
class RequestReturnInput:
    lines: list[ReturnLineInput] = strawberry.field(
        description="What: of orders of one customer, or of none; 1 to 200 lines."
    )
    resolution: ReturnResolution = strawberry.field(
        default=ReturnResolution.CREDIT, description="What it is to earn its sender."
    )
    replaces: ReturnReplaces | None = strawberry.field(
        default=None, description="When other goods leave; after the receipt if absent."
    )
    instead: list[InsteadInput] = strawberry.field(
        default_factory=list, description="What an exchange wants."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose goods they are, where there is no order."
    )
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who sold them, where there is no order."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where they are to come; as the policy says if absent."
    )
    comment: str | None = strawberry.field(default=None, description="What is to be said beside.")


@strawberry.input(description="Which return, and why.")
class EndReturnInput:
    id: strawberry.ID = strawberry.field(description="The return.")
    reason: str = strawberry.field(description="Why.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version that you read; refused if it changed since."
    )


@strawberry.type(description="What a mutation did to a return.")
class ReturnPayload:
    return_: Return | None = strawberry.field(name="return", description="The return as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


async def return_payload(
    info: Info, run: Callable[[Work], Awaitable[int]], *, input: object
) -> ReturnPayload:
    """Run an operation that gives a return's id, and answer with the return."""
    found, refused = await perform_one(info, run, input=input, load=load_returns, key_required=True)
    return ReturnPayload(return_=found, user_errors=refused)


def _line(input: ReturnLineInput, number: int) -> WantedReturn:
    ids = {
        name: optional_row_id(getattr(input, name), kind, path=("lines", number, name))
        for name, kind in (
            ("order_line_id", "OrderLine"),
            ("kit_id", "OrderKit"),
            ("item_id", "Item"),
        )
    }
    return WantedReturn(**given(input) | ids)


def _instead(input: InsteadInput, number: int) -> WantedInstead:
    item_id = row_id_of(input.item_id, "Item", path=("instead", number, "itemId"))
    return WantedInstead(**given(input) | {"item_id": item_id})


@strawberry.type
class ReturnMutation:
    @strawberry.mutation(
        description="Ask to send goods back. The return policy answers each line and says why: it "
        "is let at once, it waits for somebody, or it is refused. Needs returns.request."
    )
    async def request_return(
        self,
        info: Info,
        input: Annotated[RequestReturnInput, strawberry.argument(description="What.")],
    ) -> ReturnPayload:
        fields: dict[str, Any] = given(input, "resolution", "replaces", "comment") | {
            "party_id": optional_row_id(input.party_id, "Party", path=("partyId",)),
            "entity_id": optional_row_id(input.entity_id, "LegalEntity", path=("entityId",)),
            "location_id": optional_row_id(input.location_id, "Location", path=("locationId",)),
        }
        lines = [_line(line, number) for number, line in enumerate(input.lines)]
        instead = [_instead(each, number) for number, each in enumerate(input.instead)]
        return await return_payload(
            info,
            lambda work: request_return(work, lines=lines, instead=instead, **fields),
            input=input,
        )

    @strawberry.mutation(
        description="Take a return back of which nothing came. Needs returns.request."
    )
    async def cancel_return(
        self,
        info: Info,
        input: Annotated[EndReturnInput, strawberry.argument(description="Which.")],
    ) -> ReturnPayload:
        return_id = row_id_of(input.id, KIND)
        fields = given(input, "reason", "expected_version")
        return await return_payload(
            info, lambda work: cancel_return(work, return_id=return_id, **fields), input=input
        )

    @strawberry.mutation(
        description="Wait for no more of a return; what came is dealt with still. Needs "
        "returns.approve."
    )
    async def close_return(
        self,
        info: Info,
        input: Annotated[EndReturnInput, strawberry.argument(description="Which.")],
    ) -> ReturnPayload:
        return_id = row_id_of(input.id, KIND)
        fields = given(input, "reason", "expected_version")
        return await return_payload(
            info, lambda work: close_return(work, return_id=return_id, **fields), input=input
        )
