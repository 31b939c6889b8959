"""A location's answers on the API: it takes work on, and lets go of it again or does not."""

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.fulfilment.fulfilment_orders import load_fulfilment_orders
from api.fulfilment.rejecting import RejectionReason
from api.fulfilment.steps import FulfilmentOrderPayload, LineQuantityInput, quantities_of
from api.ids import row_id_of
from api.inputs import given
from api.writing import perform
from domain.fulfilment.operations.answering import accept_fulfilment
from domain.fulfilment.operations.answering import answer_cancellation as answer
from domain.kernel.work import Work


@strawberry.input(description="Which work a location takes on.")
class AcceptFulfilmentOrderInput:
    id: strawberry.ID = strawberry.field(description="The fulfilment order.")
    lines: list[LineQuantityInput] | None = strawberry.field(
        default=None, description="What of it; all if absent. The rest is rejected."
    )
    reason: RejectionReason | None = strawberry.field(
        default=None, description="Why the rest is rejected; needed when there is a rest."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="Whether a location lets go of its work.")
class AnswerCancellationInput:
    id: strawberry.ID = strawberry.field(description="The fulfilment order.")
    accepted: bool = strawberry.field(description="Whether it does.")
    reason: str | None = strawberry.field(default=None, description="Why not, in words.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.type
class AnsweringMutation:
    @strawberry.mutation(
        description="Take on work that the location was asked to do, or a part of it; the rest is "
        "rejected. Before, nothing of it is picked. Needs fulfilment.pick."
    )
    async def accept_fulfilment_order(
        self,
        info: Info,
        input: Annotated[
            AcceptFulfilmentOrderInput, strawberry.argument(description="What is taken on.")
        ],
    ) -> FulfilmentOrderPayload:
        row_id = row_id_of(input.id, "FulfilmentOrder")
        fields = given(input, "expected_version") | {
            "lines": None if input.lines is None else quantities_of(input.lines, "lines"),
            "reason": None if input.reason is None else str(input.reason.value),
        }

        async def run(work: Work) -> dict[str, Any]:
            await accept_fulfilment(work, fulfilment_order_id=row_id, **fields)
            return {"id": row_id}

        done = await perform(info, run, input=input, key_required=True)
        found = await info.context.load_done(load_fulfilment_orders, done["id"])
        return FulfilmentOrderPayload(fulfilment_order=found, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Answer the request to let go of work that the location has taken on. Needs "
        "fulfilment.pick."
    )
    async def answer_cancellation(
        self,
        info: Info,
        input: Annotated[AnswerCancellationInput, strawberry.argument(description="The answer.")],
    ) -> FulfilmentOrderPayload:
        row_id = row_id_of(input.id, "FulfilmentOrder")
        fields = given(input, "expected_version", "accepted", "reason")

        async def run(work: Work) -> dict[str, Any]:
            await answer(work, fulfilment_order_id=row_id, **fields)
            return {"id": row_id}

        done = await perform(info, run, input=input, key_required=True)
        found = await info.context.load_done(load_fulfilment_orders, done["id"])
        return FulfilmentOrderPayload(fulfilment_order=found, user_errors=done.user_errors)
