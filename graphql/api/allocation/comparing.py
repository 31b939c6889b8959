"""Comparing what two versions of a policy say, on the API."""

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import row_id_of
from api.inputs import input_path
from domain.allocation.queries import policies as queries
from domain.kernel.json import dump


@strawberry.type(description="A place where two versions of a policy say something else.")
class AllocationPolicyDifference:
    path: list[str] = strawberry.field(
        description="Where in the definition; what has a code is named by its code."
    )
    before: str | None = strawberry.field(
        description="What the first says there, as JSON with row numbers for ids; null: nothing."
    )
    after: str | None = strawberry.field(description="What the second says; null: nothing.")


@strawberry.type
class ComparingQuery:
    @strawberry.field(
        description="Where what a policy says differs from another one, in reading order. Needs "
        "allocation.read."
    )
    async def compare_allocation_policies(
        self,
        info: Info,
        before: Annotated[strawberry.ID, strawberry.argument(description="The first.")],
        after: Annotated[strawberry.ID, strawberry.argument(description="The second.")],
    ) -> list[AllocationPolicyDifference]:
        found = await queries.policy_differences(
            await info.context.reader(),
            before_id=row_id_of(before, "AllocationPolicy", path=("before",)),
            after_id=row_id_of(after, "AllocationPolicy", path=("after",)),
        )
        return [
            AllocationPolicyDifference(
                path=[str(step) for step in input_path(each.path)],
                before=None if each.before is None else dump(each.before),
                after=None if each.after is None else dump(each.after),
            )
            for each in found
        ]
