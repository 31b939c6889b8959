"""Why a decision is refused, on the API."""

from typing import Any

import strawberry

from api.approvals.requests import ApprovalRequest, load_requests
from api.context import Info
from api.user_errors import UserError, answers
from domain.approvals.outcomes import AlreadyDecided, AwaitingApproval, NotApprover, OwnRequest


def _row(fields: dict[str, Any]) -> dict[str, Any]:
    others = {name: value for name, value in fields.items() if name == "step"}
    return {"row_id": fields["approval_request_id"], **others}


@answers(OwnRequest, convert=_row)
@strawberry.type(description="Who asks does not decide.")
class OwnRequestError(UserError):
    row_id: strawberry.Private[int]

    @strawberry.field(description="The request; it waits on.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_requests, self.row_id)


@answers(AwaitingApproval, convert=_row)
@strawberry.type(description="This waits for approval; until then nothing happens to it.")
class AwaitingApprovalError(UserError):
    row_id: strawberry.Private[int]

    @strawberry.field(description="The request it waits for.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_requests, self.row_id)


@answers(AlreadyDecided, convert=_row)
@strawberry.type(description="You have decided, or somebody did for you; nobody counts twice.")
class AlreadyDecidedError(UserError):
    row_id: strawberry.Private[int]

    @strawberry.field(description="The request.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_requests, self.row_id)


@answers(NotApprover, convert=_row)
@strawberry.type(description="The step that the request waits in names others.")
class NotApproverError(UserError):
    step: str = strawberry.field(description="The step.")
    row_id: strawberry.Private[int]

    @strawberry.field(description="The request; it waits on.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_requests, self.row_id)
