"""Requests for approval: what waits, and what was decided."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError, answers
from domain.approvals import queries
from domain.approvals.outcomes import AwaitingApproval, OwnRequest
from domain.approvals.policy import actions
from domain.approvals.subjects import subject_named
from domain.kernel.reading import Reader

KIND = "ApprovalRequest"


@strawberry.enum(description="What became of a request.")
class ApprovalStatus(Enum):
    WAITING = strawberry.enum_value("waiting", description="Nobody has decided yet.")
    APPROVED = strawberry.enum_value("approved", description="Approved: it happened then.")
    REJECTED = strawberry.enum_value("rejected", description="Rejected: it never happens.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="Taken back by who asked.")
    EXPIRED = strawberry.enum_value("expired", description="Nobody decided in time.")


@strawberry.type(description="One thing that a request says of itself.")
class ApprovalDetail:
    name: str = strawberry.field(description="What it is about, such as value.")
    value: str = strawberry.field(description="What it is, as text.")


@strawberry.type(description="What one person said about a request.")
class ApprovalDecision:
    verdict: ApprovalStatus = strawberry.field(description="APPROVED or REJECTED.")
    decided_by: str = strawberry.field(description="Who.")
    decided_at: datetime = strawberry.field(description="When.")
    comment: str | None = strawberry.field(description="Why, in their own words.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ApprovalDecision":
        """From a row of the domain's queries."""
        return cls(
            verdict=ApprovalStatus(row.verdict),
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            comment=row.comment,
        )


@strawberry.type(
    description="Something that waits for somebody's yes. Until then it cannot happen on any path."
)
class ApprovalRequest(Node):
    subject: str = strawberry.field(description="The kind of thing, such as stock_count.")
    title: str = strawberry.field(description="The kind of thing, for people.")
    summary: str = strawberry.field(description="What is asked for, in one line.")
    reason: str = strawberry.field(description="Why it is asked for.")
    details: list[ApprovalDetail] = strawberry.field(description="What to know to decide.")
    status: ApprovalStatus = strawberry.field(description="What became of it.")
    requested_by: str = strawberry.field(description="Who asked. They do not decide.")
    requested_at: datetime = strawberry.field(description="When they asked.")
    expires_at: datetime | None = strawberry.field(
        description="When it comes to nothing unless somebody decides; null for never."
    )
    ended_at: datetime | None = strawberry.field(description="When it stopped waiting.")
    row_id: strawberry.Private[int]
    state: strawberry.Private[str]
    location_id: strawberry.Private[int | None]
    requester: strawberry.Private[tuple[str, int]]

    @classmethod
    def of(cls, row: Row[Any]) -> "ApprovalRequest":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            subject=row.subject,
            title=subject_named(row.subject).title,
            summary=row.summary,
            reason=row.reason,
            details=[
                ApprovalDetail(name=name, value=str(value))
                for name, value in row.details.items()
                if isinstance(value, str | int)
            ],
            status=ApprovalStatus(row.status),
            requested_by=row.requested_by,
            requested_at=row.requested_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            row_id=row.id,
            state=row.status,
            location_id=row.location_id,
            requester=(row.requester_kind, row.requester_id),
        )

    @strawberry.field(description="The location that it concerns alone, if it is one.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="What was decided, oldest first.")
    async def decisions(self, info: Info) -> list[ApprovalDecision]:
        return await info.context.load(load_decisions, self.row_id)

    @strawberry.field(description="What the caller may do about it now: approve, reject, withdraw.")
    async def supported_actions(self, info: Info) -> list[str]:
        caller = info.context.principal
        return actions(
            self.state,
            requester=self.requester,
            caller=(caller.kind.value, caller.id),
            permission=subject_named(self.subject).permission,
            may=caller.may,
        )


async def load_requests(reader: Reader, ids: Sequence[int]) -> list[ApprovalRequest | None]:
    """A batch for loaders: the requests of these row ids, in order."""
    rows = await queries.approval_requests_of_ids(reader, ids=ids)
    return [ApprovalRequest.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_decisions(reader: Reader, ids: Sequence[int]) -> list[list[ApprovalDecision]]:
    """A batch for loaders: the decisions about each request."""
    found = await queries.decisions_of_requests(reader, request_ids=ids)
    return [[ApprovalDecision.of(row) for row in found[request_id]] for request_id in ids]


async def load_latest_requests(
    reader: Reader, ids: Sequence[int], subject: str
) -> list[ApprovalRequest | None]:
    """A batch for loaders: the latest request for each of these things of a subject."""
    rows = await queries.latest_requests_of(reader, subject=subject, subject_ids=ids)
    return [ApprovalRequest.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_requests)


@strawberry.input(description="Which requests; what is left out does not narrow.")
class ApprovalFilter:
    status: ApprovalStatus | None = strawberry.field(default=None, description="Its status.")
    subject: str | None = strawberry.field(default=None, description="The kind of thing.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="What concerns this location alone."
    )


def _filter(asked: ApprovalFilter | None) -> queries.ApprovalFilter:
    if asked is None:
        return queries.ApprovalFilter()
    told = given(asked)
    return queries.ApprovalFilter(
        status=told["status"],
        subject=asked.subject,
        location_id=optional_row_id(asked.location_id, "Location", path=("filter", "locationId")),
    )


@strawberry.type
class ApprovalQuery:
    @strawberry.field(
        description="What was asked for and decided, the latest first. Needs approvals.read."
    )
    async def approval_requests(
        self,
        info: Info,
        filter: Annotated[
            ApprovalFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApprovalRequest]:
        reader = await info.context.reader()
        listing = await queries.approval_requests(
            reader, where=_filter(filter), request=wanted(first, after, last, before)
        )
        return connection(listing.page, ApprovalRequest.of, count=listing.count)


@answers(OwnRequest, convert=lambda fields: {"row_id": fields["approval_request_id"]})
@strawberry.type(description="Who asks does not decide.")
class OwnRequestError(UserError):
    row_id: strawberry.Private[int]

    @strawberry.field(description="The request; it waits on.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_requests, self.row_id)


@answers(AwaitingApproval, convert=lambda fields: {"row_id": fields["approval_request_id"]})
@strawberry.type(description="This waits for approval; until then nothing happens to it.")
class AwaitingApprovalError(UserError):
    row_id: strawberry.Private[int]

    @strawberry.field(description="The request it waits for.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_requests, self.row_id)
