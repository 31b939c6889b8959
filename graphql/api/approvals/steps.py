"""The steps of a request, what was decided in them, and everything that happened to it."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.approvals.policies import ApprovalApprover, ApproverKind, approver
from api.context import Info
from domain.approvals.queries import deciding as queries
from domain.approvals.trail import Entry
from domain.kernel.reading import Reader


@strawberry.enum(description="What one person said.")
class ApprovalVerdict(Enum):
    APPROVED = strawberry.enum_value("approved", description="Yes.")
    REJECTED = strawberry.enum_value("rejected", description="No.")


@strawberry.enum(description="Where a step of a request stands.")
class ApprovalStepStatus(Enum):
    PENDING = strawberry.enum_value("pending", description="The steps before it are not passed.")
    WAITING = strawberry.enum_value("waiting", description="It is decided about now.")
    PASSED = strawberry.enum_value("passed", description="As many as are needed said yes.")
    REJECTED = strawberry.enum_value("rejected", description="Somebody said no.")
    DROPPED = strawberry.enum_value("dropped", description="The request ended before it.")


@strawberry.type(description="One of the steps of a request; they are taken in their order.")
class ApprovalStep:
    position: int = strawberry.field(description="Its place, from 1.")
    name: str = strawberry.field(description="What it is called.")
    needed: int = strawberry.field(description="How many have to say yes.")
    given: int = strawberry.field(description="How many have said yes.")
    status: ApprovalStepStatus = strawberry.field(description="Where it stands.")
    began_at: datetime | None = strawberry.field(description="Since when it is decided about.")
    escalates_at: datetime | None = strawberry.field(
        description="When those of its escalation may say yes too; null: never, or not yet known."
    )
    escalated_at: datetime | None = strawberry.field(description="When it escalated.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    row_id: strawberry.Private[int]

    @strawberry.field(
        description="Whom it names; where none is named but by escalation: anybody with the "
        "subject's permission."
    )
    async def approvers(self, info: Info) -> list[ApprovalApprover]:
        return await info.context.load(load_approvers, self.row_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "ApprovalStep":
        """From a row of the domain's queries."""
        return cls(
            position=row.position,
            name=row.name,
            needed=row.needed,
            given=row.given,
            status=ApprovalStepStatus(row.status),
            began_at=row.began_at,
            escalates_at=row.escalates_at,
            escalated_at=row.escalated_at,
            ended_at=row.ended_at,
            row_id=row.id,
        )


@strawberry.type(description="Somebody who may decide about a request now.")
class ApprovalPerson:
    name: str = strawberry.field(description="Who.")
    for_name: str | None = strawberry.field(
        description="For whom they stand in; null: in their own right."
    )


@strawberry.enum(description="What happened to a request.")
class ApprovalTrailKind(Enum):
    REQUESTED = strawberry.enum_value("requested", description="Somebody asked.")
    APPROVED = strawberry.enum_value("approved", description="Somebody said yes.")
    REJECTED = strawberry.enum_value("rejected", description="Somebody said no.")
    ESCALATED = strawberry.enum_value("escalated", description="A step waited too long.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="Who asked took it back.")
    EXPIRED = strawberry.enum_value("expired", description="Its time was over.")


@strawberry.type(description="One thing that happened to a request.")
class ApprovalTrailEntry:
    kind: ApprovalTrailKind = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When.")
    by: str | None = strawberry.field(
        description="Who did it; a rule by its name; null: the clock."
    )
    for_name: str | None = strawberry.field(description="For whom they stood in, if they did.")
    step: str | None = strawberry.field(description="In which step.")
    comment: str | None = strawberry.field(description="Why, in their own words.")

    @classmethod
    def of(cls, entry: Entry) -> "ApprovalTrailEntry":
        """From an entry of the domain's trail."""
        return cls(
            kind=ApprovalTrailKind(entry.kind),
            at=entry.at,
            by=entry.by,
            for_name=entry.for_name,
            step=entry.step,
            comment=entry.comment,
        )


async def load_steps(reader: Reader, ids: Sequence[int]) -> list[list[ApprovalStep]]:
    """A batch for loaders: the steps of each request."""
    found = await queries.steps_of_requests(reader, request_ids=ids)
    return [[ApprovalStep.of(row) for row in found[request_id]] for request_id in ids]


async def load_approvers(reader: Reader, ids: Sequence[int]) -> list[list[ApprovalApprover]]:
    """A batch for loaders: whom each step names."""
    found = await queries.approvers_of_steps(reader, step_ids=ids)
    return [[_approver(row) for row in found[step_id]] for step_id in ids]


def _approver(row: Row[Any]) -> ApprovalApprover:
    kind = ApproverKind.PERSON if row.role_id is None else ApproverKind.ROLE
    return approver(kind, row.role_id or row.user_id, row.name, late=row.by_escalation)


async def load_trails(reader: Reader, ids: Sequence[int]) -> list[list[ApprovalTrailEntry]]:
    """A batch for loaders: everything that happened to each request."""
    found = await queries.trails_of_requests(reader, request_ids=ids)
    return [[ApprovalTrailEntry.of(each) for each in found[n]] if n in found else [] for n in ids]


async def load_deciding(reader: Reader, ids: Sequence[int]) -> list[queries.Deciding | None]:
    """A batch for loaders: each request that waits, with everybody who might decide."""
    found = await queries.cases_for_everybody(reader, request_ids=ids)
    return [found.get(request_id) for request_id in ids]
