"""Approving, rejecting and taking back, on the API."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

import api.approvals.outcomes  # noqa: F401  (declares the typed refusals)
from api.approvals.requests import KIND, ApprovalRequest, load_requests
from api.context import Info
from api.ids import row_id_of
from api.user_errors import UserError
from api.writing import perform
from domain.approvals.operations import approve, reject, withdraw
from domain.kernel.work import Work


@strawberry.input(description="Which request, and why.")
class DecideApprovalInput:
    id: strawberry.ID = strawberry.field(description="The request.")
    comment: str | None = strawberry.field(default=None, description="Why, in your own words.")


@strawberry.type(description="What became of a request.")
class ApprovalPayload:
    approval_request: ApprovalRequest | None = strawberry.field(
        description="The request as it is now."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing was decided; also why it cannot happen any more."
    )


Which = Annotated[DecideApprovalInput, strawberry.argument(description="Which, and why.")]


async def _decide(
    info: Info, input: DecideApprovalInput, decide: Callable[..., Awaitable[int]]
) -> ApprovalPayload:
    request_id = row_id_of(input.id, KIND)

    async def run(work: Work) -> dict[str, Any]:
        return {"id": await decide(work, request_id=request_id, comment=input.comment)}

    done = await perform(info, run, input=input, key_required=True)
    return ApprovalPayload(
        approval_request=await info.context.load_done(load_requests, done["id"]),
        user_errors=done.user_errors,
    )


@strawberry.type
class ApprovalMutation:
    @strawberry.mutation(
        description=(
            "Say yes: what was asked for happens at once, if it still can. Needs approvals.decide "
            "and the permission of its subject; never for one's own request."
        )
    )
    async def approve_request(self, info: Info, input: Which) -> ApprovalPayload:
        return await _decide(info, input, approve)

    @strawberry.mutation(
        description=(
            "Say no: it never happens. Needs approvals.decide and the permission of its subject; "
            "never for one's own request."
        )
    )
    async def reject_request(self, info: Info, input: Which) -> ApprovalPayload:
        return await _decide(info, input, reject)

    @strawberry.mutation(
        description="Take back what one has asked for oneself. Needs approvals.request."
    )
    async def withdraw_request(self, info: Info, input: Which) -> ApprovalPayload:
        return await _decide(info, input, withdraw)
