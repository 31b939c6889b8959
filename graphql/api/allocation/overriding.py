"""Asking for stock against the rules, on the API."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.approvals.requests import ApprovalRequest, load_requests
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.user_errors import UserError, answers
from api.writing import perform
from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.outcomes import OverrideNotPossible
from domain.kernel.work import Work


@strawberry.input(description="Stock for a waiting line, against the rules.")
class RequestAllocationOverrideInput:
    order_line_id: strawberry.ID = strawberry.field(description="The line that waits.")
    quantity: Decimal = strawberry.field(description="How much, in the item's base unit.")
    reason: str = strawberry.field(description="Why, for who decides and for the audit log.")
    from_order_line_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Another order's line of the item that gives it up. Either this or a location.",
    )
    from_location_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A location that gives it, whatever policies, pools and minimum inventory say.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the request comes to nothing unless somebody decides."
    )


@strawberry.type(description="What became of asking for approval.")
class RequestAllocationOverridePayload:
    approval_request: ApprovalRequest | None = strawberry.field(
        description="The request. Nothing moves until somebody else approves it."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was asked for.")


@answers(OverrideNotPossible)
@strawberry.type(description="The stock cannot go there, or not any more.")
class OverrideNotPossibleError(UserError):
    why: str = strawberry.field(
        description="One of line_needs_less, order_has_less, location_has_less and kit_not_whole "
        "(a component of a kit is given only what completes kits of which the others are kept)."
    )
    requested: Decimal = strawberry.field(description="What was asked for, in base units.")
    available: Decimal = strawberry.field(description="What could be, in base units.")


@strawberry.type
class OverrideMutation:
    @strawberry.mutation(
        description="Ask for stock that the rules give to others: another order's, or what pools, "
        "policies and minimum inventory keep at a location. Once approveRequest says yes, both "
        "orders are put right at once. Needs allocation.override."
    )
    async def request_allocation_override(
        self,
        info: Info,
        input: Annotated[
            RequestAllocationOverrideInput, strawberry.argument(description="What, from where.")
        ],
    ) -> RequestAllocationOverridePayload:
        line_id = row_id_of(input.order_line_id, "OrderLine", path=("orderLineId",))
        other = optional_row_id(input.from_order_line_id, "OrderLine", path=("fromOrderLineId",))
        place = optional_row_id(input.from_location_id, "Location", path=("fromLocationId",))

        async def run(work: Work) -> dict[str, Any]:
            request_id = await request_allocation_override(
                work,
                order_line_id=line_id,
                quantity=input.quantity,
                reason=input.reason,
                from_order_line_id=other,
                from_location_id=place,
                expires_at=input.expires_at,
            )
            return {"id": request_id}

        done = await perform(info, run, input=input, key_required=True)
        return RequestAllocationOverridePayload(
            approval_request=await info.context.load_done(load_requests, done["id"]),
            user_errors=done.user_errors,
        )
