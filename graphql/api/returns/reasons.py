"""Reasons of returns on the API."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.access.users import User, load_users
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.returns.states import ReturnFault, ReturnSetupStatus
from api.user_errors import UserError
from api.writing import perform_one
from domain.kernel.reading import Reader
from domain.returns.operations.setup import set_return_reason
from domain.returns.queries import setup as queries

KIND = "ReturnReason"


@strawberry.type(description="Why goods come back.")
class ReturnReason(Node):
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")
    fault: ReturnFault = strawberry.field(description="Whose fault it tells.")
    told_as: list[str] = strawberry.field(description="The words that channels use for it.")
    status: ReturnSetupStatus = strawberry.field(description="Whether it may be chosen.")
    version: int = strawberry.field(description="Rises with every change.")
    owner_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnReason":
        """From a row of the domain's queries."""
        return cls(
            id=global_id(KIND, row.id),
            code=row.code,
            name=row.name,
            fault=ReturnFault(row.fault),
            told_as=list(row.told_as),
            status=ReturnSetupStatus(row.status),
            version=row.version,
            owner_id=row.owner_id,
        )

    @strawberry.field(description="Who answers for it. Needs users.read.")
    async def owner(self, info: Info) -> User | None:
        if self.owner_id is None:
            return None
        return await info.context.load(load_users, self.owner_id)


async def load_return_reasons(reader: Reader, ids: Sequence[int]) -> list[ReturnReason | None]:
    """A batch for loaders: the reasons of these row ids, in order."""
    rows = await queries.reasons_of_ids(reader, ids=ids)
    return [ReturnReason.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_return_reasons)


@strawberry.input(description="A reason of returns, by its code.")
class SetReturnReasonInput:
    code: str = strawberry.field(description="Its code; a reason of this code is changed.")
    name: str = strawberry.field(description="What it is called.")
    fault: ReturnFault = strawberry.field(
        default=ReturnFault.UNKNOWN, description="Whose fault it tells."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="The user who answers for it."
    )
    told_as: list[str] = strawberry.field(
        default_factory=list, description="The words that channels use for it."
    )
    status: ReturnSetupStatus = strawberry.field(
        default=ReturnSetupStatus.ACTIVE, description="Whether it may be chosen."
    )


@strawberry.type(description="What a mutation did to a reason.")
class ReturnReasonPayload:
    return_reason: ReturnReason | None = strawberry.field(description="The reason as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.type
class ReturnReasonQuery:
    @strawberry.field(description="Reasons of returns by their codes. Needs returns.read.")
    async def return_reasons(
        self,
        info: Info,
        status: Annotated[
            ReturnSetupStatus | None, strawberry.argument(description="Only in or out of use.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ReturnReason]:
        listing = await queries.return_reasons(
            await info.context.reader(),
            status=None if status is None else str(status.value),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ReturnReason.of, count=listing.count)


@strawberry.type
class ReturnReasonMutation:
    @strawberry.mutation(
        description="Make a reason of returns, or change the one of this code. Needs "
        "returns.manage."
    )
    async def set_return_reason(
        self,
        info: Info,
        input: Annotated[SetReturnReasonInput, strawberry.argument(description="The reason.")],
    ) -> ReturnReasonPayload:
        fields = given(input) | {
            "owner_id": optional_row_id(input.owner_id, "User", path=("ownerId",))
        }
        reason, refused = await perform_one(
            info,
            lambda work: set_return_reason(work, **fields),
            input=input,
            load=load_return_reasons,
        )
        return ReturnReasonPayload(return_reason=reason, user_errors=refused)
