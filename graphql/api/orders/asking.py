"""Asking for what an order does not get by itself: to go as rush, and to go though held for
credit."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.approvals.requests import ApprovalRequest, load_requests
from api.context import Info
from api.ids import row_id_of
from api.user_errors import UserError, answers
from api.writing import perform
from domain.allocation.operations.hold_order import request_credit_release
from domain.allocation.outcomes import PriceNeedsApproval
from domain.fulfilment.operations.rush import request_rush_shipment
from domain.kernel.work import Work


@strawberry.input(description="About which order approval is asked for, and why.")
class RequestOrderApprovalInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why, for who decides and for the audit log.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the request comes to nothing unless somebody decides."
    )


@strawberry.type(description="What became of asking for approval.")
class RequestOrderApprovalPayload:
    approval_request: ApprovalRequest | None = strawberry.field(
        description="The request; approved already where a rule decided."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was asked for.")


@answers(PriceNeedsApproval, convert=lambda _: {})
@strawberry.type(
    description="More of a line at a price other than the list's needs approval that you cannot "
    "ask for; order it from your seller."
)
class PriceNeedsApprovalError(UserError):
    pass


Asked = Annotated[
    RequestOrderApprovalInput, strawberry.argument(description="Which order, and why.")
]


async def _ask(
    info: Info, input: RequestOrderApprovalInput, operation: Callable[..., Awaitable[int]]
) -> RequestOrderApprovalPayload:
    order_id = row_id_of(input.order_id, "Order", path=("orderId",))

    async def run(work: Work) -> dict[str, Any]:
        asked = await operation(
            work, order_id=order_id, reason=input.reason, expires_at=input.expires_at
        )
        return {"id": asked}

    done = await perform(info, run, input=input)
    return RequestOrderApprovalPayload(
        approval_request=await info.context.load_done(load_requests, done["id"]),
        user_errors=done.user_errors,
    )


@strawberry.type
class OrderApprovalMutation:
    @strawberry.mutation(
        description="Ask that an order held for credit be let go; until somebody else approves it, "
        "nothing of it is released. Needs approvals.request."
    )
    async def request_credit_release(self, info: Info, input: Asked) -> RequestOrderApprovalPayload:
        return await _ask(info, input, request_credit_release)

    @strawberry.mutation(
        description="Ask that an order go by its rush service level; until somebody else approves "
        "it, nothing of it is released or leaves. Needs approvals.request."
    )
    async def request_rush_shipment(self, info: Info, input: Asked) -> RequestOrderApprovalPayload:
        return await _ask(info, input, request_rush_shipment)
