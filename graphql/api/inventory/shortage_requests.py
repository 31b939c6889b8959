"""Asking that goods which are not there be given up, on the API."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from api.approvals.requests import ApprovalRequest, load_requests
from api.context import Info
from api.ids import row_id_of
from api.inventory.counts import KIND as COUNT
from api.inventory.transfers import KIND as TRANSFER
from api.user_errors import UserError
from api.writing import perform_one
from domain.allocation.operations.oversold import request_oversold_resolution
from domain.inventory.operations.closing_transfers import request_transfer_closing
from domain.kernel.work import Work


@strawberry.input(description="What is to be given up, and why.")
class RequestShortageInput:
    id: strawberry.ID = strawberry.field(description="The transfer, or the count or snapshot.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What was asked for.")
class RequestShortagePayload:
    approval_request: ApprovalRequest | None = strawberry.field(
        description="The request; it is carried out when somebody else approves it."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was asked for.")


async def _asked(
    info: Info, ask: Callable[[Work], Awaitable[int]], *, input: object
) -> RequestShortagePayload:
    request, refused = await perform_one(
        info, ask, input=input, load=load_requests, key_required=True
    )
    return RequestShortagePayload(approval_request=request, user_errors=refused)


@strawberry.type
class ShortageRequestMutation:
    @strawberry.mutation(
        description=(
            "Ask for approval to give up what never arrived of a transfer, where that is above "
            "tolerance. Needs inventory.transfer."
        )
    )
    async def request_transfer_closing(
        self,
        info: Info,
        input: Annotated[RequestShortageInput, strawberry.argument(description="Which.")],
    ) -> RequestShortagePayload:
        row_id = row_id_of(input.id, TRANSFER)
        return await _asked(
            info,
            lambda work: request_transfer_closing(work, transfer_id=row_id, reason=input.reason),
            input=input,
        )

    @strawberry.mutation(
        description=(
            "Ask for approval to book a count or snapshot that found less than is promised: the "
            "newest orders give up what is not there. Needs inventory.count."
        )
    )
    async def request_oversold_resolution(
        self,
        info: Info,
        input: Annotated[RequestShortageInput, strawberry.argument(description="Which.")],
    ) -> RequestShortagePayload:
        row_id = row_id_of(input.id, COUNT)
        return await _asked(
            info,
            lambda work: request_oversold_resolution(work, count_id=row_id, reason=input.reason),
            input=input,
        )
