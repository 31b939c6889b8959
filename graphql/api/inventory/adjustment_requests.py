"""Asking for a correction above tolerance, on the API."""

from collections.abc import Awaitable
from typing import Annotated, Any

import strawberry

from api.approvals.requests import ApprovalRequest, load_requests
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.inventory.changes import AdjustStockInput
from api.user_errors import UserError, answers
from api.writing import perform_one
from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.requesting_adjustments import request_stock_adjustment
from domain.inventory.outcomes import AboveTolerance
from domain.kernel.work import Work


@strawberry.type(description="What was asked for.")
class RequestStockAdjustmentPayload:
    approval_request: ApprovalRequest | None = strawberry.field(
        description="The request; the correction is made when somebody else approves it."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was asked for.")


@answers(AboveTolerance, convert=lambda _: {})
@strawberry.type(
    description="The correction is above tolerance: ask for it with requestStockAdjustment."
)
class AboveToleranceError(UserError):
    pass


@strawberry.type
class StockAdjustmentRequestMutation:
    @strawberry.mutation(
        description=(
            "Ask for approval of a correction above tolerance: it is made once somebody else "
            "approves. Needs inventory.adjust."
        )
    )
    async def request_stock_adjustment(
        self,
        info: Info,
        input: Annotated[AdjustStockInput, strawberry.argument(description="The correction.")],
    ) -> RequestStockAdjustmentPayload:
        lines = [
            AdjustmentLine(
                **given(line)
                | {"item_id": row_id_of(line.item_id, "Item", path=("lines", number, "itemId"))}
            )
            for number, line in enumerate(input.lines)
        ]
        site: dict[str, Any] = {
            "location_id": row_id_of(input.location_id, "Location", path=("locationId",)),
            "owner_id": optional_row_id(input.owner_id, "LegalEntity", path=("ownerId",)),
        }

        def ask(work: Work) -> Awaitable[int]:
            return request_stock_adjustment(work, lines=lines, reason=input.reason, **site)

        request, refused = await perform_one(
            info, ask, input=input, load=load_requests, key_required=True
        )
        return RequestStockAdjustmentPayload(approval_request=request, user_errors=refused)
