"""What an allocation policy says, as the API shows it."""

from decimal import Decimal
from typing import Any

import strawberry

from api.allocation.policy_inputs import (
    ConstraintKind,
    PolicyVariant,
    ShortagePolicy,
    SourcingCriterion,
)
from api.ids import global_id


@strawberry.type(description="Locations that are named together.")
class LocationGroup:
    code: str = strawberry.field(description="Its code within the policy.")
    location_ids: list[strawberry.ID] = strawberry.field(description="Its locations.")


@strawberry.type(description="A location, or a group of them, that a strategy takes from.")
class Source:
    location_id: strawberry.ID | None = strawberry.field(description="The location.")
    location_group: str | None = strawberry.field(description="Or the code of a group.")
    priority: int = strawberry.field(description="The lower first.")


@strawberry.type(description="A country, a region of it, or a part of it by postal code.")
class Region:
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as US.")
    region: str | None = strawberry.field(description="State or province.")
    postal_prefix: str | None = strawberry.field(description="How its postal codes begin.")


@strawberry.type(description="For which orders a strategy is; what is empty asks nothing.")
class SourcingCondition:
    channel_ids: list[strawberry.ID] = strawberry.field(description="Through one of these.")
    customer_groups: list[str] = strawberry.field(description="Of a customer in one of these.")
    item_groups: list[str] = strawberry.field(description="Lines of items in one of these.")
    regions: list[Region] = strawberry.field(description="Shipped to one of these.")
    value_from_minor: int | None = strawberry.field(description="Worth at least so much.")
    value_below_minor: int | None = strawberry.field(description="Worth less than this.")
    currency: str | None = strawberry.field(description="The currency of these amounts.")
    service_levels: list[str] = strawberry.field(description="Of one of these service levels.")


@strawberry.type(description="Where to take from, for which orders, in which order.")
class SourcingStrategy:
    code: str = strawberry.field(description="Its code within the policy.")
    condition: SourcingCondition = strawberry.field(description="For which orders it is.")
    sources: list[Source] = strawberry.field(description="From where.")
    criteria: list[SourcingCriterion] = strawberry.field(description="The first counts first.")
    falls_back: bool = strawberry.field(
        description="Whether later strategies serve what it cannot."
    )


@strawberry.type(description="How much stays at a location.")
class KeepBack:
    location_id: strawberry.ID | None = strawberry.field(description="Where; null: everywhere.")
    item_group: str | None = strawberry.field(description="Of which items; null: all.")
    quantity: Decimal | None = strawberry.field(description="Base units.")
    days_of_cover: int | None = strawberry.field(description="Days of average demand.")


@strawberry.type(description="A limit to how orders are served.")
class SourcingConstraint:
    kind: ConstraintKind = strawberry.field(description="What it limits.")
    amount: int | None = strawberry.field(description="Splits, days or kilometres, by kind.")
    soft: bool = strawberry.field(description="Whether it is dropped rather than let orders wait.")
    keep_back: list[KeepBack] = strawberry.field(description="What stays.")


@strawberry.type(description="An item that may stand in for another.")
class Substitution:
    item_id: strawberry.ID = strawberry.field(description="What was ordered.")
    substitute_id: strawberry.ID = strawberry.field(description="What may be sent in its place.")
    numerator: int = strawberry.field(description="So many base units of the substitute ...")
    denominator: int = strawberry.field(description="... stand for so many of what was ordered.")
    two_way: bool = strawberry.field(description="Whether it holds both ways.")
    channel_ids: list[strawberry.ID] = strawberry.field(
        description="Only through these channels; empty: through all."
    )


@strawberry.type(description="What an allocation policy says.")
class AllocationPolicyDefinition:
    location_groups: list[LocationGroup] = strawberry.field(
        description="Locations that strategies name together."
    )
    strategies: list[SourcingStrategy] = strawberry.field(
        description="The first that fits serves first, the others what is left."
    )
    constraints: list[SourcingConstraint] = strawberry.field(
        description="What limits how orders are served."
    )
    on_shortage: ShortagePolicy = strawberry.field(
        description="What becomes of what cannot be served."
    )
    substitutions: list[Substitution] = strawberry.field(
        description="Items that may stand in for others."
    )
    variants_allowed: list[PolicyVariant] = strawberry.field(
        description="In the tenant's standard: which variants there may be."
    )

    @classmethod
    def of(cls, document: dict[str, Any]) -> "AllocationPolicyDefinition":
        """From the domain's document."""
        return cls(
            location_groups=[
                LocationGroup(
                    code=each["code"], location_ids=_ids("Location", each["location_ids"])
                )
                for each in document["location_groups"]
            ],
            strategies=[_strategy(each) for each in document["strategies"]],
            constraints=[_constraint(each) for each in document["constraints"]],
            on_shortage=ShortagePolicy(document["on_shortage"]),
            substitutions=[_substitution(each) for each in document["substitutions"]],
            variants_allowed=[PolicyVariant(each) for each in document["variants_allowed"]],
        )


def _ids(kind: str, row_ids: list[int]) -> list[strawberry.ID]:
    return [global_id(kind, row_id) for row_id in row_ids]


def _location(row_id: int | None) -> strawberry.ID | None:
    return None if row_id is None else global_id("Location", row_id)


def _strategy(document: dict[str, Any]) -> SourcingStrategy:
    condition = document["condition"]
    return SourcingStrategy(
        code=document["code"],
        condition=SourcingCondition(
            **condition
            | {
                "channel_ids": _ids("Channel", condition["channel_ids"]),
                "regions": [Region(**each) for each in condition["regions"]],
            }
        ),
        sources=[
            Source(**each | {"location_id": _location(each["location_id"])})
            for each in document["sources"]
        ],
        criteria=[SourcingCriterion(each) for each in document["criteria"]],
        falls_back=document["falls_back"],
    )


def _constraint(document: dict[str, Any]) -> SourcingConstraint:
    return SourcingConstraint(
        kind=ConstraintKind(document["kind"]),
        amount=document["amount"],
        soft=document["soft"],
        keep_back=[_keep_back(each) for each in document["keep_back"]],
    )


def _keep_back(document: dict[str, Any]) -> KeepBack:
    quantity = document["quantity"]
    return KeepBack(
        **document
        | {
            "location_id": _location(document["location_id"]),
            "quantity": None if quantity is None else Decimal(quantity),
        }
    )


def _substitution(document: dict[str, Any]) -> Substitution:
    return Substitution(
        **document
        | {
            "item_id": global_id("Item", document["item_id"]),
            "substitute_id": global_id("Item", document["substitute_id"]),
            "channel_ids": _ids("Channel", document["channel_ids"]),
        }
    )
