"""Who decides for whom, on the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, optional_row_id, row_id_of
from api.nodes import Node, refetched_by
from api.user_errors import UserError, answers
from api.writing import Operation, perform
from domain.approvals.operations.delegations import delegate_approvals, end_delegation
from domain.approvals.outcomes import CannotStandIn
from domain.approvals.queries import policies as queries
from domain.kernel.reading import Reader
from domain.kernel.work import Work

KIND = "ApprovalDelegation"


@strawberry.type(
    description="One person decides for another between two moments. It gives what the other may "
    "decide then, is not passed on, and never reaches the other's own requests."
)
class ApprovalDelegation(Node):
    from_name: str = strawberry.field(description="Who is stood in for.")
    to_name: str = strawberry.field(description="Who decides for them.")
    from_id: strawberry.ID = strawberry.field(description="The id of the User stood in for.")
    to_id: strawberry.ID = strawberry.field(description="The id of the User who decides.")
    subjects: list[str] = strawberry.field(description="About what; none: about everything.")
    starts_at: datetime = strawberry.field(description="From when on.")
    ends_at: datetime = strawberry.field(description="Until when.")
    reason: str = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When it was made.")
    created_by: str = strawberry.field(description="Who made it.")
    revoked_at: datetime | None = strawberry.field(description="When it was ended before its time.")
    revoked_by: str | None = strawberry.field(description="Who ended it.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ApprovalDelegation":
        """From a row of the domain's queries."""
        names = (
            "from_name",
            "to_name",
            "subjects",
            "starts_at",
            "ends_at",
            "reason",
            "created_at",
            "created_by",
            "revoked_at",
            "revoked_by",
        )
        return cls(
            id=global_id(KIND, row.id),
            from_id=global_id("User", row.from_user_id),
            to_id=global_id("User", row.to_user_id),
            **{name: getattr(row, name) for name in names},
        )


async def load_delegations(reader: Reader, ids: Sequence[int]) -> list[ApprovalDelegation | None]:
    """A batch for loaders: the delegations of these row ids, in order."""
    rows = await queries.approval_delegations_of_ids(reader, ids=ids)
    return [ApprovalDelegation.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_delegations)


@strawberry.input(description="Which delegations; what is left out does not narrow.")
class ApprovalDelegationFilter:
    user_id: strawberry.ID | None = strawberry.field(
        default=None, description="Those from or to this person."
    )
    in_force: bool = strawberry.field(default=False, description="Only those in force now.")


@strawberry.type
class ApprovalDelegationQuery:
    @strawberry.field(description="Who decides for whom, the latest first. Needs approvals.read.")
    async def approval_delegations(
        self,
        info: Info,
        filter: Annotated[
            ApprovalDelegationFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApprovalDelegation]:
        asked = filter or ApprovalDelegationFilter()
        where = queries.DelegationFilter(
            user_id=optional_row_id(asked.user_id, "User", path=("filter", "userId")),
            in_force_at=info.context.now if asked.in_force else None,
        )
        reader = await info.context.reader()
        listing = await queries.approval_delegations(
            reader, where=where, request=wanted(first, after, last, before)
        )
        return connection(listing.page, ApprovalDelegation.of, count=listing.count)


@strawberry.input(description="Who is to decide for whom, and from when to when.")
class DelegateApprovalsInput:
    to_user_id: strawberry.ID = strawberry.field(description="Who is to decide.")
    from_user_id: strawberry.ID | None = strawberry.field(
        default=None, description="For whom; oneself if absent, others with approvals.manage."
    )
    subjects: list[str] | None = strawberry.field(
        default=None, description="About what; about everything if absent."
    )
    starts_at: datetime | None = strawberry.field(
        default=None, description="From when on; now if absent."
    )
    ends_at: datetime = strawberry.field(description="Until when.")
    reason: str = strawberry.field(description="Why, on one line.")


@strawberry.input(description="A delegation that is to end.")
class EndApprovalDelegationInput:
    id: strawberry.ID = strawberry.field(description="The delegation.")


@strawberry.type(description="What became of a delegation.")
class ApprovalDelegationPayload:
    approval_delegation: ApprovalDelegation | None = strawberry.field(
        description="The delegation as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was changed.")


@answers(CannotStandIn, convert=lambda fields: {"user_id": global_id("User", fields["user_id"])})
@strawberry.type(description="This person may not decide about requests at all.")
class CannotStandInError(UserError):
    user_id: strawberry.ID = strawberry.field(description="The person.")


async def _change(info: Info, input: object, run: Operation) -> ApprovalDelegationPayload:
    done = await perform(info, run, input=input)
    return ApprovalDelegationPayload(
        approval_delegation=await info.context.load_done(load_delegations, done["id"]),
        user_errors=done.user_errors,
    )


@strawberry.type
class ApprovalDelegationMutation:
    @strawberry.mutation(
        description="Let somebody decide for oneself between two moments. Needs approvals.decide; "
        "for others approvals.manage."
    )
    async def delegate_approvals(
        self,
        info: Info,
        input: Annotated[
            DelegateApprovalsInput, strawberry.argument(description="Who, for whom, how long.")
        ],
    ) -> ApprovalDelegationPayload:
        taker = row_id_of(input.to_user_id, "User", path=("toUserId",))
        giver = optional_row_id(input.from_user_id, "User", path=("fromUserId",))

        async def run(work: Work) -> dict[str, Any]:
            made = await delegate_approvals(
                work,
                to_user_id=taker,
                from_user_id=giver,
                subjects=input.subjects or (),
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                reason=input.reason,
            )
            return {"id": made}

        return await _change(info, input, run)

    @strawberry.mutation(
        description="End a delegation before its time; what was decided by it stands. Needs "
        "approvals.decide; for others' approvals.manage."
    )
    async def end_approval_delegation(
        self,
        info: Info,
        input: Annotated[EndApprovalDelegationInput, strawberry.argument(description="Which.")],
    ) -> ApprovalDelegationPayload:
        delegation_id = row_id_of(input.id, KIND)

        async def run(work: Work) -> dict[str, Any]:
            return {"id": await end_delegation(work, delegation_id=delegation_id)}

        return await _change(info, input, run)
