"""Requests for approval: what waits, and what was decided."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.approvals.policies import ApprovalPolicy, load_approval_policies
from api.approvals.steps import (
    ApprovalPerson,
    ApprovalStep,
    ApprovalTrailEntry,
    load_deciding,
    load_steps,
    load_trails,
)
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from domain.approvals.cases import Case, Decider
from domain.approvals.policy import WAITING, actions, standing
from domain.approvals.queries import deciding as deciding_queries
from domain.approvals.queries import requests as queries
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
    decided_by: str = strawberry.field(description="Who; a rule by its name.")
    for_name: str | None = strawberry.field(
        description="For whom they stood in; null: in their own right."
    )
    step: str = strawberry.field(description="The step in which they said it.")
    decided_at: datetime = strawberry.field(description="When.")
    comment: str | None = strawberry.field(description="Why, in their own words.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ApprovalDecision":
        """From a row of the domain's queries."""
        names = ("decided_by", "for_name", "step", "decided_at", "comment")
        return cls(
            verdict=ApprovalStatus(row.verdict), **{name: getattr(row, name) for name in names}
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
    rule: str | None = strawberry.field(
        description="The rule of the policy that asks for its steps; null where none applied."
    )
    policy_id: strawberry.Private[int | None]
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
            rule=row.rule,
            policy_id=row.policy_id,
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

    @strawberry.field(description="The policy that its steps come from; null where none applied.")
    async def policy(self, info: Info) -> ApprovalPolicy | None:
        if self.policy_id is None:
            return None
        return await info.context.load(load_approval_policies, self.policy_id)

    @strawberry.field(description="Its steps, in their order.")
    async def steps(self, info: Info) -> list[ApprovalStep]:
        return await info.context.load(load_steps, self.row_id)

    @strawberry.field(description="Everything that happened to it, oldest first.")
    async def trail(self, info: Info) -> list[ApprovalTrailEntry]:
        return await info.context.load(load_trails, self.row_id)

    @strawberry.field(
        description="Who may decide about it now, in their own right or standing in for others; "
        "nobody when it does not wait."
    )
    async def may_decide(self, info: Info) -> list[ApprovalPerson]:
        found = await info.context.load(load_deciding, self.row_id)
        if found is None or self._standing(info) != WAITING:
            return []
        people = found.people(info.context.now)
        return [ApprovalPerson(name=each.name, for_name=each.for_name) for each in people]

    def _standing(self, info: Info) -> str:
        return standing(self.state, self.expires_at, info.context.now)

    @strawberry.field(description="What was decided, oldest first.")
    async def decisions(self, info: Info) -> list[ApprovalDecision]:
        return await info.context.load(load_decisions, self.row_id)

    @strawberry.field(description="What the caller may do about it now: approve, reject, withdraw.")
    async def supported_actions(self, info: Info) -> list[str]:
        caller = info.context.principal
        found = await info.context.load(load_cases, self.row_id)
        entitled = found is not None and found[1].right(found[0], info.context.now) is not None
        return actions(
            self._standing(info),
            requester=self.requester,
            caller=(caller.kind.value, caller.id),
            entitled=entitled,
            may=caller.may,
        )


async def load_requests(reader: Reader, ids: Sequence[int]) -> list[ApprovalRequest | None]:
    """A batch for loaders: the requests of these row ids, in order."""
    rows = await queries.approval_requests_of_ids(reader, ids=ids)
    return [ApprovalRequest.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_decisions(reader: Reader, ids: Sequence[int]) -> list[list[ApprovalDecision]]:
    """A batch for loaders: the decisions about each request."""
    found = await deciding_queries.decisions_of_requests(reader, request_ids=ids)
    return [[ApprovalDecision.of(row) for row in found[request_id]] for request_id in ids]


async def load_cases(reader: Reader, ids: Sequence[int]) -> list[tuple[Case, Decider] | None]:
    """A batch for loaders: each request that waits as the caller would decide about it."""
    cases, caller = await deciding_queries.cases_for_caller(reader, request_ids=ids)
    return [(cases[row_id], caller) if row_id in cases else None for row_id in ids]


async def load_latest_requests(
    reader: Reader, ids: Sequence[int], subject: str
) -> list[ApprovalRequest | None]:
    """A batch for loaders: the latest request for each of these things of a subject."""
    rows = await queries.latest_requests_of(reader, subject=subject, subject_ids=ids)
    return [ApprovalRequest.of(rows[row_id]) if row_id in rows else None for row_id in ids]


# What is asked for about orders, by their row ids.
OF_ORDERS = ("price_override", "credit_hold_release", "rush_shipment")


async def load_requests_of_orders(
    reader: Reader, ids: Sequence[int]
) -> list[list[ApprovalRequest]]:
    """A batch for loaders: what was asked for about each order, the oldest first."""
    found = await queries.requests_about(reader, subjects=OF_ORDERS, subject_ids=ids)
    return [[ApprovalRequest.of(row) for row in found[order_id]] for order_id in ids]


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

    @strawberry.field(
        description="What waits for your decision: requests about which you may decide now, in "
        "your own right or standing in for others, the oldest first. Needs approvals.read."
    )
    async def my_approvals(
        self,
        info: Info,
        subject: Annotated[
            str | None, strawberry.argument(description="Only this kind of thing.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApprovalRequest]:
        reader = await info.context.reader()
        listing = await queries.requests_waiting_for_caller(
            reader,
            at=info.context.now,
            subject=subject,
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ApprovalRequest.of, count=listing.count)
