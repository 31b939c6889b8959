"""The rules of promises on the API."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.context import Info
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.promise.operations.rules import (
    WantedRule,
    remove_promise_rule,
    set_promise_rule,
)
from domain.promise.queries import rules as queries


@strawberry.type(description="How what is available to promise is reckoned.")
class PromiseRule(Node):
    past_due_supply_days: int = strawberry.field(
        description="Supply late by at most so many days counts as coming today; later, no more."
    )
    past_due_demand_days: int = strawberry.field(
        description="Demand late by at most so many days counts as due today; older, no more."
    )
    accumulation_days: int | None = strawberry.field(
        description="What is left of a day is carried on for so many days; null: without end."
    )
    advance_notice_days: int = strawberry.field(
        description="Working days that a location wants to be told before it ships."
    )
    buys: bool = strawberry.field(
        description="Whether what can still be bought counts, once the lead time is over."
    )
    horizon_days: int | None = strawberry.field(
        description="From so many days on any quantity can be promised; null: never by itself."
    )
    version: int = strawberry.field(description="Rises with each change.")
    channel_id: strawberry.Private[int | None]

    @strawberry.field(description="The channel it is for; null: all without their own.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "PromiseRule":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("PromiseRule", row.id),
            past_due_supply_days=row.past_due_supply_days,
            past_due_demand_days=row.past_due_demand_days,
            accumulation_days=row.accumulation_days,
            advance_notice_days=row.advance_notice_days,
            buys=row.buys,
            horizon_days=row.horizon_days,
            version=row.version,
            channel_id=row.channel_id,
        )


async def load_promise_rules(reader: Reader, ids: Sequence[int]) -> list[PromiseRule | None]:
    """A batch for loaders: the rules of these row ids, in order."""
    rows = await queries.promise_rules_of_ids(reader, ids=ids)
    return [PromiseRule.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("PromiseRule", load_promise_rules)


@strawberry.type
class PromiseRuleQuery:
    @strawberry.field(
        description="The rules that were set; the one for all channels first. Needs promise.read."
    )
    async def promise_rules(self, info: Info) -> list[PromiseRule]:
        rows = await queries.promise_rules(await info.context.reader())
        return [PromiseRule.of(row) for row in rows]


@strawberry.input(description="A rule of promises; what is left out is the standard's.")
class SetPromiseRuleInput:
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this channel; for all without their own if absent."
    )
    past_due_supply_days: int = strawberry.field(
        default=7, description="Supply late by at most so many days counts as coming today."
    )
    past_due_demand_days: int = strawberry.field(
        default=365, description="Demand late by at most so many days counts as due today."
    )
    accumulation_days: int | None = strawberry.field(
        default=None, description="What is left is carried on for so many days; null: without end."
    )
    advance_notice_days: int = strawberry.field(
        default=0, description="Working days that a location wants to be told before it ships."
    )
    buys: bool = strawberry.field(
        default=True, description="Whether what can still be bought counts."
    )
    horizon_days: int | None = strawberry.field(
        default=None, description="From so many days on any quantity can be promised."
    )


@strawberry.input(description="Whose rule is taken away.")
class RemovePromiseRuleInput:
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel's; that of all without their own if absent."
    )


@strawberry.type(description="What removePromiseRule did.")
class RemovePromiseRulePayload:
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What setPromiseRule did.")
class SetPromiseRulePayload:
    promise_rule: PromiseRule | None = strawberry.field(description="The rule as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class PromiseRuleMutation:
    @strawberry.mutation(
        description="Set the rule of promises of a channel, or of all. Needs promise.manage."
    )
    async def set_promise_rule(
        self,
        info: Info,
        input: Annotated[SetPromiseRuleInput, strawberry.argument(description="The rule.")],
    ) -> SetPromiseRulePayload:
        channel_id = optional_row_id(input.channel_id, "Channel", path=("channelId",))

        async def write(work: Work) -> dict[str, Any]:
            fields = given(input)
            del fields["channel_id"]
            rule = WantedRule(**fields)
            return {"id": await set_promise_rule(work, rule=rule, channel_id=channel_id)}

        done = await perform(info, write, input=input)
        rule = await info.context.load_done(load_promise_rules, done["id"])
        return SetPromiseRulePayload(promise_rule=rule, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Take a rule of promises away: the general one holds. Needs promise.manage."
    )
    async def remove_promise_rule(
        self,
        info: Info,
        input: Annotated[RemovePromiseRuleInput, strawberry.argument(description="Whose.")],
    ) -> RemovePromiseRulePayload:
        channel_id = optional_row_id(input.channel_id, "Channel", path=("channelId",))

        async def remove(work: Work) -> dict[str, Any]:
            await remove_promise_rule(work, channel_id=channel_id)
            return {}

        done = await perform(info, remove, input=input)
        return RemovePromiseRulePayload(user_errors=done.user_errors)
