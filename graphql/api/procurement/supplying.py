"""What a supplier says to its orders on the API: confirms, sends, lets go."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

import api.procurement.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import row_id_of
from api.inputs import given
from api.procurement.buying import PurchaseOrderPayload, purchase_payload
from api.procurement.orders import KIND
from domain.procurement.answering import AnsweredLine, PromisedPart
from domain.procurement.operations.confirming import confirm_purchase_order
from domain.procurement.operations.ending import answer_purchase_cancellation
from domain.procurement.operations.shipping import SentLine, ship_purchase_order


@strawberry.input(description="A part of a line, and when it will come.")
class PromisedPartInput:
    quantity: Decimal = strawberry.field(description="How many, in the order's unit.")
    delivers_on: date = strawberry.field(description="The day on which it will be there.")


@strawberry.input(description="What a supplier says of a line: of all of it that is not sent yet.")
class ConfirmedLineInput:
    line_number: int = strawberry.field(description="The order's line.")
    parts: list[PromisedPartInput] = strawberry.field(
        description="What will come, in one part or more; none: nothing."
    )
    unit_price: Decimal | None = strawberry.field(
        default=None, description="The price of the order's unit; as ordered, if absent."
    )
    rest_follows: bool = strawberry.field(
        default=False,
        description="Whether the rest will be confirmed later; else it will not come.",
    )


@strawberry.input(description="What a supplier answers to an order.")
class ConfirmPurchaseOrderInput:
    id: strawberry.ID = strawberry.field(description="The order.")
    lines: list[ConfirmedLineInput] = strawberry.field(description="Line by line.")
    external_reference: str | None = strawberry.field(
        default=None, description="The supplier's number of the answer."
    )
    note: str | None = strawberry.field(default=None, description="For the buyer.")


@strawberry.input(description="A quantity of a line that was sent.")
class SentLineInput:
    line_number: int = strawberry.field(description="The order's line.")
    quantity: Decimal = strawberry.field(description="How many.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; that of the order if absent."
    )
    lot: str | None = strawberry.field(default=None, description="The lot.")
    manufactured_on: date | None = strawberry.field(default=None, description="When it was made.")
    expires_on: date | None = strawberry.field(default=None, description="Until when it is good.")
    sscc: str | None = strawberry.field(
        default=None, description="The logistic unit that it is in: 18 digits."
    )
    serials: list[str] = strawberry.field(
        default_factory=list, description="The pieces' serial numbers."
    )


@strawberry.input(description="What a supplier has sent (ASN).")
class ShipPurchaseOrderInput:
    id: strawberry.ID = strawberry.field(description="The order.")
    number: str = strawberry.field(description="The supplier's own number of the notice.")
    expected_on: date = strawberry.field(description="The day on which it will be there.")
    lines: list[SentLineInput] = strawberry.field(description="What was sent.")
    carrier: str | None = strawberry.field(default=None, description="Who carries it.")
    tracking_number: str | None = strawberry.field(default=None, description="Under which number.")


@strawberry.input(description="What a supplier says to the wish to cancel an order.")
class AnswerPurchaseCancellationInput:
    id: strawberry.ID = strawberry.field(description="The order.")
    accept: bool = strawberry.field(description="Whether it lets go what it has not sent.")
    reason: str | None = strawberry.field(default=None, description="Why.")


def _answered(input: ConfirmedLineInput) -> AnsweredLine:
    parts = [PromisedPart(**given(part)) for part in input.parts]
    return AnsweredLine(**given(input) | {"parts": parts})


@strawberry.type
class SupplierMutation:
    @strawberry.mutation(
        description=(
            "Confirm lines of an order. What is as it was asked holds at once; what is less, later "
            "or dearer waits for the buyer. Needs procurement.confirm."
        )
    )
    async def confirm_purchase_order(
        self,
        info: Info,
        input: Annotated[ConfirmPurchaseOrderInput, strawberry.argument(description="The answer.")],
    ) -> PurchaseOrderPayload:
        order_id = row_id_of(input.id, KIND)
        lines = [_answered(line) for line in input.lines]
        fields = given(input, "external_reference") | {"note_to_buyer": input.note}
        return await purchase_payload(
            info,
            lambda work: confirm_purchase_order(work, order_id=order_id, lines=lines, **fields),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "Say what was sent of an order and when it will be there. Needs procurement.ship."
        )
    )
    async def ship_purchase_order(
        self,
        info: Info,
        input: Annotated[ShipPurchaseOrderInput, strawberry.argument(description="The notice.")],
    ) -> PurchaseOrderPayload:
        order_id = row_id_of(input.id, KIND)
        lines = [SentLine(**given(line)) for line in input.lines]
        fields = given(input, "number", "expected_on", "carrier", "tracking_number")
        return await purchase_payload(
            info,
            lambda work: ship_purchase_order(work, order_id=order_id, lines=lines, **fields),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "Let an order go that the buyer asks to cancel, or hold to it. "
            "Needs procurement.confirm."
        )
    )
    async def answer_purchase_cancellation(
        self,
        info: Info,
        input: Annotated[
            AnswerPurchaseCancellationInput, strawberry.argument(description="The answer.")
        ],
    ) -> PurchaseOrderPayload:
        order_id = row_id_of(input.id, KIND)
        fields = given(input, "accept", "reason")
        return await purchase_payload(
            info,
            lambda work: answer_purchase_cancellation(work, order_id=order_id, **fields),
            input=input,
        )
