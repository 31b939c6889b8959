"""Return policies on the API: rules in their order, of which the first that holds decides."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, row_id_of
from api.nodes import Node, refetched_by
from api.returns.states import (
    ReturnCondition,
    ReturnCountedFrom,
    ReturnDecision,
    ReturnSetupStatus,
)
from api.user_errors import UserError
from api.writing import perform_one
from domain.kernel.money import to_major, to_minor
from domain.kernel.reading import Reader
from domain.returns.operations.setup import set_return_policy
from domain.returns.queries import setup as queries

KIND = "ReturnPolicy"
AMOUNTS = {
    "value_from": "value_from_minor",
    "value_below": "value_below_minor",
    "fee": "fee_minor",
    "keep_below": "keep_below_minor",
}
IDS = {"channel_ids": "Channel", "item_ids": "Item"}
_SAME = (
    *("name", "explanation", "within_days", "transit_days", "reasons", "item_groups"),
    *("with_order", "currency", "refunds_shipping", "valid_days", "carrier", "service"),
)


@strawberry.type(description="A rule of a return policy: when it holds, and what it says then.")
class ReturnRule:
    name: str = strawberry.field(description="What it is called.")
    decision: ReturnDecision = strawberry.field(description="What it says.")
    explanation: str | None = strawberry.field(description="Why, in words.")
    within_days: int | None = strawberry.field(description="It holds within so many days.")
    counted_from: ReturnCountedFrom = strawberry.field(description="From when they are counted.")
    transit_days: int = strawberry.field(
        description="How long after its shipment a delivery is taken to be that nobody told."
    )
    reasons: list[str] = strawberry.field(description="Only for reasons of these codes.")
    channel_ids: list[strawberry.ID] = strawberry.field(description="Only for these channels.")
    item_ids: list[strawberry.ID] = strawberry.field(description="Only for these items.")
    item_groups: list[str] = strawberry.field(description="Only for items of these groups.")
    conditions: list[ReturnCondition] = strawberry.field(description="Only in these conditions.")
    with_order: bool | None = strawberry.field(
        description="Only for goods with an order, or only for those without."
    )
    currency: str | None = strawberry.field(description="The currency of its amounts.")
    value_from: Decimal | None = strawberry.field(description="Only for goods worth so much.")
    value_below: Decimal | None = strawberry.field(description="Only for goods worth less.")
    fee_percent: Decimal = strawberry.field(
        description="The restocking fee in percent of the net value."
    )
    fee: Decimal | None = strawberry.field(description="The restocking fee of a line beside it.")
    keep_below: Decimal | None = strawberry.field(
        description="Goods worth less need not come back."
    )
    refunds_shipping: bool = strawberry.field(
        description="Whether their share of the shipping charge goes back as well."
    )
    valid_days: int = strawberry.field(description="How long goods may be sent.")
    location_id: strawberry.ID | None = strawberry.field(description="To where they are sent.")
    carrier: str | None = strawberry.field(description="By whom.")
    service: str | None = strawberry.field(description="By which of its services.")

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> "ReturnRule":
        """From a rule as it is kept."""
        currency = rule.get("currency", "XXX")
        amounts: dict[str, Any] = {
            name: None if kept not in rule else to_major(rule[kept], currency)
            for name, kept in AMOUNTS.items()
        }
        ids: dict[str, Any] = {
            name: [global_id(kind, row_id) for row_id in rule.get(name, ())]
            for name, kind in IDS.items()
        }
        place = rule.get("location_id")
        standard = {"transit_days": 0, "reasons": [], "item_groups": [], "valid_days": 30}
        same: dict[str, Any] = {name: rule.get(name, standard.get(name)) for name in _SAME}
        same["refunds_shipping"] = bool(same["refunds_shipping"])
        return cls(
            **same,
            **amounts,
            **ids,
            decision=ReturnDecision(rule["decision"]),
            counted_from=ReturnCountedFrom(rule.get("counted_from", "shipment")),
            conditions=[ReturnCondition(each) for each in rule.get("conditions", ())],
            fee_percent=Decimal(rule.get("fee_percent", 0)).normalize() + 0,
            location_id=None if place is None else global_id("Location", place),
        )


@strawberry.type(description="A version of the return policy.")
class ReturnPolicy(Node):
    version: int = strawberry.field(description="The how-manieth it is.")
    name: str = strawberry.field(description="What it is called.")
    status: ReturnSetupStatus = strawberry.field(description="Whether it is in effect.")
    rules: list[ReturnRule] = strawberry.field(description="Its rules, in their order.")
    created_at: datetime = strawberry.field(description="When it was put into effect.")
    created_by: str = strawberry.field(description="By whom.")
    ended_at: datetime | None = strawberry.field(description="When it went out of effect.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ReturnPolicy":
        """From a row of the domain's queries."""
        same = ("version", "name", "created_at", "created_by", "ended_at")
        return cls(
            id=global_id(KIND, row.id),
            status=ReturnSetupStatus(row.status),
            rules=[ReturnRule.of(rule) for rule in row.rules],
            **{name: getattr(row, name) for name in same},
        )


async def load_return_policies(reader: Reader, ids: Sequence[int]) -> list[ReturnPolicy | None]:
    """A batch for loaders: the versions of these row ids, in order."""
    rows = await queries.policies_of_ids(reader, ids=ids)
    return [ReturnPolicy.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_return_policies)


@strawberry.input(description="A rule of a return policy; what is left out does not matter.")
class ReturnRuleInput:
    name: str = strawberry.field(description="What it is called.")
    decision: ReturnDecision = strawberry.field(description="What it says.")
    explanation: str | None = strawberry.field(default=None, description="Why, in words.")
    within_days: int | None = strawberry.field(default=None, description="Within so many days.")
    counted_from: ReturnCountedFrom = strawberry.field(
        default=ReturnCountedFrom.SHIPMENT, description="From when they are counted."
    )
    transit_days: int | None = strawberry.field(
        default=None,
        description="How long after its shipment a delivery is taken to be that nobody told.",
    )
    reasons: list[str] = strawberry.field(
        default_factory=list, description="Only for reasons of these codes."
    )
    channel_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Only for these channels."
    )
    item_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Only for these items."
    )
    item_groups: list[str] = strawberry.field(
        default_factory=list, description="Only for items of these groups."
    )
    conditions: list[ReturnCondition] = strawberry.field(
        default_factory=list, description="Only in these conditions."
    )
    with_order: bool | None = strawberry.field(
        default=None, description="Only for goods with an order, or only for those without."
    )
    currency: str | None = strawberry.field(
        default=None, description="The currency of its amounts; it holds in no other."
    )
    value_from: Decimal | None = strawberry.field(
        default=None, description="Only for goods worth so much."
    )
    value_below: Decimal | None = strawberry.field(
        default=None, description="Only for goods worth less."
    )
    fee_percent: Decimal | None = strawberry.field(
        default=None, description="The restocking fee in percent of the net value."
    )
    fee: Decimal | None = strawberry.field(
        default=None, description="The restocking fee of a line beside it."
    )
    keep_below: Decimal | None = strawberry.field(
        default=None, description="Goods worth less need not come back."
    )
    refunds_shipping: bool = strawberry.field(
        default=False,
        description="Whether their share of the shipping charge goes back as well.",
    )
    valid_days: int | None = strawberry.field(
        default=None, description="How long goods may be sent; 30 days if absent."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="To where they are sent; where they came from if absent."
    )
    carrier: str | None = strawberry.field(default=None, description="By whom.")
    service: str | None = strawberry.field(default=None, description="By which of its services.")


@strawberry.input(description="A version of the return policy.")
class SetReturnPolicyInput:
    name: str = strawberry.field(description="What it is called.")
    rules: list[ReturnRuleInput] = strawberry.field(
        description="Its rules; the first that holds decides, and where none does, nothing is let."
    )


@strawberry.type(description="What a mutation did to the return policy.")
class ReturnPolicyPayload:
    return_policy: ReturnPolicy | None = strawberry.field(
        description="The version that is in effect now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


def _rule(input: ReturnRuleInput, number: int) -> dict[str, Any]:
    path = ("rules", number)
    rule = {name: getattr(input, name) for name in _SAME}
    for name, kept in AMOUNTS.items():
        told = getattr(input, name)
        rule[kept] = None if told is None else to_minor(told, input.currency or "XXX")
    for name, kind in IDS.items():
        ids = getattr(input, name)
        rule[name] = [row_id_of(each, kind, path=(*path, name)) for each in ids]
    if input.location_id is not None:
        rule["location_id"] = row_id_of(input.location_id, "Location", path=(*path, "locationId"))
    return rule | {
        "decision": input.decision.value,
        "counted_from": input.counted_from.value,
        "conditions": [each.value for each in input.conditions],
        "fee_percent": input.fee_percent,
    }


@strawberry.type
class ReturnPolicyQuery:
    @strawberry.field(
        description="Versions of the return policy, the latest first. Needs returns.read."
    )
    async def return_policies(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ReturnPolicy]:
        listing = await queries.return_policies(
            await info.context.reader(), request=wanted(first, after, last, before)
        )
        return connection(listing.page, ReturnPolicy.of, count=listing.count)


@strawberry.type
class ReturnPolicyMutation:
    @strawberry.mutation(
        description="Put another version of the return policy into effect; where it is governed, "
        "a change request does. Needs returns.manage."
    )
    async def set_return_policy(
        self,
        info: Info,
        input: Annotated[SetReturnPolicyInput, strawberry.argument(description="The policy.")],
    ) -> ReturnPolicyPayload:
        rules = [_rule(rule, number) for number, rule in enumerate(input.rules)]
        policy, refused = await perform_one(
            info,
            lambda work: set_return_policy(work, name=input.name, rules=rules),
            input=input,
            load=load_return_policies,
        )
        return ReturnPolicyPayload(return_policy=policy, user_errors=refused)
