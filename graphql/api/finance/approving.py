"""Asking for approval of what finance does not do by itself."""

from collections.abc import Awaitable, Callable

import strawberry

from api.approvals.requests import ApprovalRequest, load_requests
from api.context import Info
from api.user_errors import UserError
from api.writing import perform_one
from domain.kernel.work import Work


@strawberry.type(description="What became of asking for approval.")
class RequestFinanceApprovalPayload:
    approval_request: ApprovalRequest | None = strawberry.field(
        description="The request; approved already where a rule decided."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was asked for.")


async def asked_for(
    info: Info, run: Callable[[Work], Awaitable[int]], input: object
) -> RequestFinanceApprovalPayload:
    """Run an operation that gives an approval request's id, and answer with the request."""
    request, refused = await perform_one(info, run, input=input, load=load_requests)
    return RequestFinanceApprovalPayload(approval_request=request, user_errors=refused)
