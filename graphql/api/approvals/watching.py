"""Requests for approval as they change, by subscription."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import strawberry

from api.approvals.requests import KIND, ApprovalRequest, load_requests
from api.context import Info
from api.ids import optional_row_id
from api.live import AfterEvent, event_id, follow
from domain.approvals.watching import approval_events
from domain.kernel.errors import NotFound

RequestId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Of this request; of every one if absent."),
]


@strawberry.type(description="Something that happened to a request, and the request after it.")
class ApprovalChange:
    event_id: strawberry.ID = strawberry.field(
        description="The event's id, to know repetitions by and to take the subscription up again."
    )
    event_type: str = strawberry.field(description="What happened, such as approval.escalated.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    approval_request: ApprovalRequest | None = strawberry.field(
        description="The request as it is now."
    )


@strawberry.type
class ApprovalSubscription:
    @strawberry.subscription(
        description="Each change of a request for approval, as it is committed. Needs "
        "approvals.read."
    )
    async def approval_changed(
        self, info: Info, id: RequestId = None, after: AfterEvent = None
    ) -> AsyncGenerator[ApprovalChange]:
        request_id = optional_row_id(id, KIND)
        if request_id is not None and await info.context.load(load_requests, request_id) is None:
            raise NotFound(KIND)
        interest = approval_events(await info.context.reader(), request_id=request_id)
        async with aclosing(follow(info, "approvals.read", interest, after=after)) as events:
            async for event in events:
                yield ApprovalChange(
                    event_id=event_id(event),
                    event_type=event.type,
                    occurred_at=event.occurred_at,
                    approval_request=await info.context.load(load_requests, event.aggregate_id),
                )
