"""Rejection on the API: a location will not do what it was given."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.fulfilment.fulfilment_orders import load_fulfilment_orders
from api.fulfilment.steps import FulfilmentOrderPayload, LineQuantityInput, quantities_of
from api.ids import row_id_of
from api.inputs import given
from api.orders.changes import OrderPayload, change_order
from api.writing import perform
from domain.allocation.operations.clear_rejections import clear_rejections
from domain.fulfilment.operations.reject_fulfilment import reject_fulfilment
from domain.kernel.work import Work


@strawberry.enum(description="Why a location rejects what it was given to do.")
class RejectionReason(Enum):
    NO_STOCK = strawberry.enum_value(
        "no_stock",
        description="It is not there: within tolerance it is taken off the books; beyond it "
        "approval is asked for, and the units are held until then.",
    )
    DAMAGED = strawberry.enum_value(
        "damaged", description="It is not whole; the units are held for inspection."
    )
    CAPACITY = strawberry.enum_value("capacity", description="Too much to do.")
    CLOSED = strawberry.enum_value("closed", description="The location does not work.")


@strawberry.input(description="What a location rejects.")
class RejectFulfilmentOrderInput:
    id: strawberry.ID = strawberry.field(description="The fulfilment order.")
    reason: RejectionReason = strawberry.field(description="Why.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="What of it; all that is not picked if absent."
    )
    note: str | None = strawberry.field(default=None, description="More about it, in words.")
    until: datetime | None = strawberry.field(
        default=None,
        description="Until when the location is not asked again for these lines; a day (CAPACITY, "
        "CLOSED) or a week if absent.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="For which order every location is to be asked again.")
class ClearRejectionsInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    line_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these lines; all that were rejected if absent."
    )
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.type
class RejectionMutation:
    @strawberry.mutation(
        description="Reject what is not picked yet: its stock is given back, this location is not "
        "asked for it again for a while, and others are. After 3 rejections, or as many as the "
        "policy says, a line waits for a person. Needs fulfilment.pick."
    )
    async def reject_fulfilment_order(
        self,
        info: Info,
        input: Annotated[
            RejectFulfilmentOrderInput, strawberry.argument(description="What is rejected.")
        ],
    ) -> FulfilmentOrderPayload:
        row_id = row_id_of(input.id, "FulfilmentOrder")
        fields = given(input, "until", "expected_version") | {
            "reason": str(input.reason.value),
            "note_text": input.note,
            "lines": None if input.lines is None else quantities_of(input.lines, "lines"),
        }

        async def run(work: Work) -> dict[str, Any]:
            await reject_fulfilment(work, fulfilment_order_id=row_id, **fields)
            return {"id": row_id}

        done = await perform(info, run, input=input, key_required=True)
        found = await info.context.load_done(load_fulfilment_orders, done["id"])
        return FulfilmentOrderPayload(fulfilment_order=found, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Have every location asked again for an order that locations rejected. Needs "
        "allocation.run."
    )
    async def clear_rejections(
        self,
        info: Info,
        input: Annotated[ClearRejectionsInput, strawberry.argument(description="Which order.")],
    ) -> OrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))
        lines = input.line_ids
        line_ids = (
            None
            if lines is None
            else [row_id_of(v, "OrderLine", path=("lineIds", n)) for n, v in enumerate(lines)]
        )

        return await change_order(
            info,
            order_id,
            lambda work: clear_rejections(
                work, order_id=order_id, line_ids=line_ids, reason=input.reason
            ),
            input=input,
        )
