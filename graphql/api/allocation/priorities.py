"""By which keys lines queue for stock, on the API."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.ids import global_id, row_id_of
from api.user_errors import UserError
from api.writing import perform
from domain.allocation.operations.backorder_priority import set_backorder_priority
from domain.allocation.priority import KINDS, PriorityKey, Rule, read
from domain.allocation.queries import backorders as queries
from domain.kernel.work import Work


@strawberry.enum(description="What a key of a rule looks at.")
class PriorityKind(Enum):
    CUSTOMER_GROUP = strawberry.enum_value("customer_group", description=KINDS["customer_group"])
    CHANNEL = strawberry.enum_value("channel", description=KINDS["channel"])
    PROMISED_DATE = strawberry.enum_value("promised_date", description=KINDS["promised_date"])
    ORDER_AGE = strawberry.enum_value("order_age", description=KINDS["order_age"])
    MARGIN = strawberry.enum_value("margin", description=KINDS["margin"])
    ORDER_VALUE = strawberry.enum_value("order_value", description=KINDS["order_value"])


@strawberry.type(description="One key of a rule; lines that are the same by it go by the next.")
class PriorityRuleKey:
    kind: PriorityKind = strawberry.field(description="What it looks at.")
    groups: list[str] = strawberry.field(description="Customer groups, the first first.")
    channel_ids: list[strawberry.ID] = strawberry.field(description="Channels, the first first.")
    currency: str | None = strawberry.field(description="In which order values are compared.")


@strawberry.input(description="One key of a rule.")
class PriorityRuleKeyInput:
    kind: PriorityKind = strawberry.field(description="What it looks at.")
    groups: list[str] = strawberry.field(
        default_factory=list, description="For CUSTOMER_GROUP: the groups, the first first."
    )
    channel_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="For CHANNEL: the channels, the first first."
    )
    currency: str | None = strawberry.field(
        default=None, description="For ORDER_VALUE: in which values are compared."
    )


def rule_of(keys: Sequence[PriorityRuleKeyInput], *, path: tuple[str, ...]) -> Rule:
    """The domain's rule from the API's input; it is checked there."""
    return tuple(
        PriorityKey(
            kind=str(key.kind.value),
            groups=tuple(key.groups),
            channel_ids=tuple(
                row_id_of(each, "Channel", path=(*path, place, "channelIds", number))
                for number, each in enumerate(key.channel_ids)
            ),
            currency=key.currency,
        )
        for place, key in enumerate(keys)
    )


def keys_of(document: Sequence[Any]) -> list[PriorityRuleKey]:
    """A kept rule as the API tells it."""
    return [
        PriorityRuleKey(
            kind=PriorityKind(key.kind),
            groups=list(key.groups),
            channel_ids=[global_id("Channel", each) for each in key.channel_ids],
            currency=key.currency,
        )
        for key in read(document)
    ]


@strawberry.type(description="The rule by which the tenant's backorders queue.")
class BackorderPriority:
    keys: list[PriorityRuleKey] = strawberry.field(description="The first counts first.")
    version: int = strawberry.field(description="How often it was set.")
    changed_at: datetime = strawberry.field(description="When it was set.")
    changed_by: str = strawberry.field(description="Who set it.")

    @classmethod
    def of(cls, row: Row[Any]) -> "BackorderPriority":
        """From a row of the domain's queries."""
        return cls(
            keys=keys_of(row.keys),
            version=row.version,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
        )


@strawberry.type
class BackorderPriorityQuery:
    @strawberry.field(
        description="The rule by which backorders queue; null: the oldest line first. Needs "
        "allocation.read."
    )
    async def backorder_priority(self, info: Info) -> BackorderPriority | None:
        row = await queries.backorder_priority(await info.context.reader())
        return None if row is None else BackorderPriority.of(row)


@strawberry.input(description="The rule by which backorders are to queue.")
class SetBackorderPriorityInput:
    keys: list[PriorityRuleKeyInput] = strawberry.field(
        description="The first counts first; none: the oldest line first."
    )


@strawberry.type(description="What came of setting the rule.")
class SetBackorderPriorityPayload:
    backorder_priority: BackorderPriority | None = strawberry.field(
        description="The rule as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it was not set.")


@strawberry.type
class BackorderPriorityMutation:
    @strawberry.mutation(
        description="Say by which keys backorders queue from now on: stock that comes in is given "
        "in this order. Needs allocation.manage."
    )
    async def set_backorder_priority(
        self,
        info: Info,
        input: Annotated[SetBackorderPriorityInput, strawberry.argument(description="The rule.")],
    ) -> SetBackorderPriorityPayload:
        keys = rule_of(input.keys, path=("keys",))

        async def run(work: Work) -> dict[str, Any]:
            await set_backorder_priority(work, keys=keys)
            return {"done": True}

        done = await perform(info, run, input=input)
        if done.user_errors:
            return SetBackorderPriorityPayload(
                backorder_priority=None, user_errors=done.user_errors
            )
        row = await queries.backorder_priority(await info.context.reader())
        return SetBackorderPriorityPayload(
            backorder_priority=None if row is None else BackorderPriority.of(row), user_errors=[]
        )
