"""What is entered by hand into a group's consolidation, on the API."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.consolidation.groups import KIND as GROUP
from api.consolidation.groups import ConsolidationGroup, load_groups
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id, row_id_of
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from api.user_errors import UserError, answers
from api.writing import perform_one
from domain.finance.consolidation.outcomes import AdjustmentUnbalanced
from domain.finance.operations import group_adjustments as operations
from domain.finance.queries import consolidation as queries
from domain.kernel.reading import Reader
from domain.kernel.work import Work

KIND = "GroupAdjustment"


@answers(
    AdjustmentUnbalanced,
    convert=lambda told: {"difference": money(told["difference_minor"], told["currency"])},
)
@strawberry.type(description="Debits and credits are not the same.")
class AdjustmentUnbalancedError(UserError):
    difference: Money = strawberry.field(description="By how much debits are more.")


@strawberry.type(description="A debit or credit of an adjustment.")
class GroupAdjustmentLine:
    account: str = strawberry.field(
        description="The key of the line of the consolidated trial balance."
    )
    amount: Money = strawberry.field(description="A debit is positive, a credit negative.")
    entity_id: strawberry.Private[int | None]

    @strawberry.field(description="Whose net assets it changes; null: the parent's.")
    async def entity(self, info: Info) -> LegalEntity | None:
        if self.entity_id is None:
            return None
        return await info.context.load(load_legal_entities, self.entity_id)


@strawberry.type(
    description="Something that is entered into a group's consolidation alone, from a day on. It "
    "never changes; another one takes it back."
)
class GroupAdjustment(Node):
    number: str = strawberry.field(description="Its number, such as GA-3.")
    posted_on: date = strawberry.field(description="From which day on it counts.")
    reason: str = strawberry.field(description="Why it was entered.")
    entered_by: str = strawberry.field(description="By whom.")
    created_at: datetime = strawberry.field(description="When it was entered.")
    row_id: strawberry.Private[int]
    group_id: strawberry.Private[int]
    reverses_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "GroupAdjustment":
        """From a row of the domain's queries."""
        plain = ("number", "posted_on", "reason", "entered_by", "created_at")
        named = {name: getattr(row, name) for name in (*plain, "group_id", "reverses_id")}
        return cls(id=global_id(KIND, row.id), row_id=row.id, **named)

    @strawberry.field(description="Whose consolidation it is in.")
    async def group(self, info: Info) -> ConsolidationGroup | None:
        return await info.context.load(load_groups, self.group_id)

    @strawberry.field(description="The one that it takes back.")
    async def reverses(self, info: Info) -> "GroupAdjustment | None":
        if self.reverses_id is None:
            return None
        return await info.context.load(load_adjustments, self.reverses_id)

    @strawberry.field(description="Its debits and credits, at most 500.")
    async def lines(self, info: Info) -> list[GroupAdjustmentLine]:
        return await info.context.load(load_adjustment_lines, self.row_id)


async def load_adjustments(reader: Reader, ids: Sequence[int]) -> list[GroupAdjustment | None]:
    """A batch for loaders: the adjustments of these row ids, in order."""
    rows = await queries.group_adjustments_of_ids(reader, ids=ids)
    return [GroupAdjustment.of(rows[each]) if each in rows else None for each in ids]


async def load_adjustment_lines(
    reader: Reader, ids: Sequence[int]
) -> list[list[GroupAdjustmentLine]]:
    """A batch for loaders: the lines of each adjustment."""
    found = await queries.lines_of_adjustments(reader, adjustment_ids=ids)
    return [
        [
            GroupAdjustmentLine(
                account=row.account,
                amount=money(row.amount_minor, row.currency),
                entity_id=row.entity_id,
            )
            for row in found[each]
        ]
        for each in ids
    ]


refetched_by(KIND, load_adjustments)


@strawberry.input(description="A debit or credit.")
class GroupAdjustmentLineInput:
    account: str = strawberry.field(
        description="The key of a line of the consolidated trial balance: a role such as goodwill, "
        "or a kind and a code such as expense:6400."
    )
    amount: Decimal = strawberry.field(
        description="In major units of the group's currency; a debit is positive."
    )
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose net assets it changes; absent: the parent's."
    )


@strawberry.input(description="What is entered into a group's consolidation.")
class EnterGroupAdjustmentInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    posted_on: date = strawberry.field(description="From which day on it counts.")
    reason: str = strawberry.field(description="Why.")
    lines: list[GroupAdjustmentLineInput] = strawberry.field(
        description="2 to 500 debits and credits, which are the same in all."
    )


@strawberry.input(description="An adjustment to take back.")
class ReverseGroupAdjustmentInput:
    adjustment_id: strawberry.ID = strawberry.field(description="The adjustment.")
    reason: str = strawberry.field(description="Why.")
    posted_on: date | None = strawberry.field(
        default=None, description="From which day on; absent: its own."
    )


@strawberry.type(description="What came of it.")
class GroupAdjustmentPayload:
    group_adjustment: GroupAdjustment | None = strawberry.field(description="What was entered.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was.")


def _lines(given: Sequence[GroupAdjustmentLineInput]) -> list[operations.AdjustmentLine]:
    return [
        operations.AdjustmentLine(
            account=each.account,
            amount=each.amount,
            entity_id=optional_row_id(
                each.entity_id, "LegalEntity", path=("lines", place, "entityId")
            ),
        )
        for place, each in enumerate(given)
    ]


@strawberry.type
class GroupAdjustmentQuery:
    @strawberry.field(
        description="What was entered by hand into consolidations, the latest first. Needs "
        "consolidation.read."
    )
    async def group_adjustments(
        self,
        info: Info,
        group_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this group alone.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[GroupAdjustment]:
        listing = await queries.group_adjustments(
            await info.context.reader(),
            group_id=optional_row_id(group_id, GROUP, path=("groupId",)),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, GroupAdjustment.of, count=listing.count)


@strawberry.type
class GroupAdjustmentMutation:
    @strawberry.mutation(
        description="Enter an adjustment into a group's consolidation; no legal entity's books "
        "change. Needs consolidation.manage."
    )
    async def enter_group_adjustment(
        self,
        info: Info,
        input: Annotated[
            EnterGroupAdjustmentInput, strawberry.argument(description="The adjustment.")
        ],
    ) -> GroupAdjustmentPayload:
        info.context.require("consolidation.manage")
        group_id = row_id_of(input.group_id, GROUP, path=("groupId",))
        lines = _lines(input.lines)

        async def run(work: Work) -> int:
            return await operations.enter_group_adjustment(
                work,
                group_id=group_id,
                posted_on=input.posted_on,
                reason=input.reason,
                lines=lines,
            )

        return await _payload(info, run, input)

    @strawberry.mutation(
        description="Take an adjustment back by another one. Needs consolidation.manage."
    )
    async def reverse_group_adjustment(
        self,
        info: Info,
        input: Annotated[
            ReverseGroupAdjustmentInput, strawberry.argument(description="Which one.")
        ],
    ) -> GroupAdjustmentPayload:
        info.context.require("consolidation.manage")
        adjustment_id = row_id_of(input.adjustment_id, KIND, path=("adjustmentId",))

        async def run(work: Work) -> int:
            return await operations.reverse_group_adjustment(
                work,
                adjustment_id=adjustment_id,
                reason=input.reason,
                posted_on=input.posted_on,
            )

        return await _payload(info, run, input)


async def _payload(
    info: Info, run: Callable[[Work], Awaitable[int]], input: object
) -> GroupAdjustmentPayload:
    made, errors = await perform_one(
        info, run, input=input, load=load_adjustments, key_required=True
    )
    return GroupAdjustmentPayload(group_adjustment=made, user_errors=errors)
