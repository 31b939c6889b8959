"""Asking that more comes of a purchase order than was ordered and is tolerated, on the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.approvals.requests import load_requests
from api.context import Info
from api.ids import row_id_of
from api.inputs import given
from api.orders.asking import RequestOrderApprovalPayload
from api.procurement.orders import KIND
from api.writing import perform
from domain.kernel.work import Work
from domain.procurement.operations.over_receipts import request_over_receipt


@strawberry.input(description="Of which line more is to come, and why.")
class RequestOverReceiptInput:
    id: strawberry.ID = strawberry.field(description="The purchase order.")
    line_number: int = strawberry.field(description="The order's line.")
    quantity: Decimal = strawberry.field(description="How many are to come in all.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; that of the order if absent."
    )
    reason: str = strawberry.field(description="Why, for who decides and for the audit log.")


@strawberry.type
class OverReceiptMutation:
    @strawberry.mutation(
        description="Ask that more of a line comes than was ordered and is tolerated; until "
        "somebody else approves it, it is not received. Needs approvals.request and "
        "procurement.read."
    )
    async def request_over_receipt(
        self,
        info: Info,
        input: Annotated[RequestOverReceiptInput, strawberry.argument(description="What.")],
    ) -> RequestOrderApprovalPayload:
        info.context.require("approvals.request")
        order_id = row_id_of(input.id, KIND)
        fields = given(input, "line_number", "quantity", "unit", "reason")

        async def run(work: Work) -> dict[str, Any]:
            return {"id": await request_over_receipt(work, order_id=order_id, **fields)}

        done = await perform(info, run, input=input)
        return RequestOrderApprovalPayload(
            approval_request=await info.context.load_done(load_requests, done["id"]),
            user_errors=done.user_errors,
        )
