"""What an allocation policy says, as the client gives it."""

from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry

from api.ids import row_id_of

Path = tuple[str | int, ...]


@strawberry.enum(description="By what locations are put in order.")
class SourcingCriterion(Enum):
    PRIORITY = strawberry.enum_value("priority", description="Their priority, the lower first.")
    DISTANCE = strawberry.enum_value(
        "distance",
        description="The way to the customer, the nearer first; by the coordinates of the "
        "addresses, else by the middle of state or country.",
    )
    COST = strawberry.enum_value(
        "cost", description="What shipping the line costs (setLaneCosts), the cheaper first."
    )
    STOCK_DEPTH = strawberry.enum_value("stock_depth", description="What is there, the more first.")
    CAPACITY = strawberry.enum_value(
        "capacity", description="What they can still take on today, the more first."
    )
    FEWEST_SPLITS = strawberry.enum_value(
        "fewest_splits",
        description="As the first criterion: the fewest locations that have all of the order. "
        "Later: those that can serve more of its lines first.",
    )
    EXPIRY = strawberry.enum_value("expiry", description="What expires first goes first.")
    OWNERSHIP = strawberry.enum_value(
        "ownership",
        description="Own stock before what is bought from other entities. Where this stands among "
        "the criteria the stock of all is looked at together; without it own stock goes first.",
    )


@strawberry.enum(description="What becomes of what cannot be served.")
class ShortagePolicy(Enum):
    BACKORDER = strawberry.enum_value("backorder", description="It waits; the rest is served.")
    SHIP_COMPLETE = strawberry.enum_value(
        "ship_complete", description="The whole order waits until all of it is there."
    )
    CANCEL_REMAINDER = strawberry.enum_value(
        "cancel_remainder", description="It is cancelled; the rest is served."
    )


@strawberry.enum(description="What limits how an order is served.")
class ConstraintKind(Enum):
    MAX_SPLITS = strawberry.enum_value(
        "max_splits", description="At most so many locations beyond the first; 0: no split."
    )
    MINIMUM_INVENTORY = strawberry.enum_value(
        "minimum_inventory", description="What is to stay at locations: keepBack."
    )
    CAPACITY = strawberry.enum_value(
        "capacity", description="No more than locations can take on in a day."
    )
    SHELF_LIFE = strawberry.enum_value(
        "shelf_life", description="What is given is good for at least so many days yet."
    )
    MAX_DISTANCE = strawberry.enum_value(
        "max_distance",
        description="At most so many kilometres to the customer, where the distance is known.",
    )
    REJECTIONS = strawberry.enum_value(
        "rejections",
        description="After so many rejections by locations a line waits for a person; 3 if absent.",
    )


@strawberry.enum(description="Which variants of the tenant's standard there may be.")
class PolicyVariant(Enum):
    ENTITY = strawberry.enum_value("entity", description="A policy of a legal entity.")
    CHANNEL = strawberry.enum_value("channel", description="A policy of a channel.")


@strawberry.input(description="Locations that are named together.")
class LocationGroupInput:
    code: str = strawberry.field(description="Its code within the policy.")
    location_ids: list[strawberry.ID] = strawberry.field(description="Its locations.")


@strawberry.input(description="A location, or a group of them, that a strategy takes from.")
class SourceInput:
    location_id: strawberry.ID | None = strawberry.field(default=None, description="The location.")
    location_group: str | None = strawberry.field(
        default=None, description="Or the code of a group in locationGroups."
    )
    priority: int | None = strawberry.field(
        default=None, description="The lower first; its place in the list if absent."
    )


@strawberry.input(description="A country, a region of it, or a part of it by postal code.")
class RegionInput:
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as US.")
    region: str | None = strawberry.field(default=None, description="State or province.")
    postal_prefix: str | None = strawberry.field(
        default=None, description="How its postal codes begin."
    )


@strawberry.input(description="For which orders a strategy is; what is left out asks nothing.")
class SourcingConditionInput:
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Through one of these channels."
    )
    customer_groups: list[str] | None = strawberry.field(
        default=None, description="Of a customer in one of these groups."
    )
    item_groups: list[str] | None = strawberry.field(
        default=None, description="Lines of items in one of these groups."
    )
    regions: list[RegionInput] | None = strawberry.field(
        default=None, description="Shipped to one of these regions."
    )
    value_from_minor: int | None = strawberry.field(
        default=None, description="Worth at least so much, in minor units, before tax and shipping."
    )
    value_below_minor: int | None = strawberry.field(
        default=None, description="Worth less than this."
    )
    currency: str | None = strawberry.field(
        default=None, description="The currency of these amounts; other orders do not meet them."
    )
    service_levels: list[str] | None = strawberry.field(
        default=None, description="Of one of these service levels."
    )


@strawberry.input(description="Where to take from, for which orders, in which order.")
class SourcingStrategyInput:
    code: str = strawberry.field(description="Its code within the policy.")
    sources: list[SourceInput] = strawberry.field(description="From where.")
    condition: SourcingConditionInput | None = strawberry.field(
        default=None, description="For which orders; all if absent."
    )
    criteria: list[SourcingCriterion] | None = strawberry.field(
        default=None,
        description="The first counts first; PRIORITY and then STOCK_DEPTH if absent.",
    )
    falls_back: bool = strawberry.field(
        default=True, description="Whether later strategies serve what it cannot."
    )


@strawberry.input(description="How much stays at a location: a quantity, or days of demand.")
class KeepBackInput:
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where; everywhere if absent."
    )
    item_group: str | None = strawberry.field(
        default=None, description="Of which items; all if absent."
    )
    quantity: Decimal | None = strawberry.field(default=None, description="Base units.")
    days_of_cover: int | None = strawberry.field(
        default=None, description="Days of what left there on average in the last 28 days."
    )


@strawberry.input(description="A limit to how orders are served.")
class SourcingConstraintInput:
    kind: ConstraintKind = strawberry.field(description="What it limits.")
    amount: int | None = strawberry.field(
        default=None, description="Splits, days or kilometres, by kind."
    )
    soft: bool = strawberry.field(
        default=False,
        description="Whether it is dropped rather than let an order wait; soft ones are dropped "
        "one after the other in the order given, and the decision says so.",
    )
    keep_back: list[KeepBackInput] | None = strawberry.field(
        default=None, description="For MINIMUM_INVENTORY: what stays; of several the most."
    )


@strawberry.input(description="An item that may stand in for another.")
class SubstitutionInput:
    item_id: strawberry.ID = strawberry.field(description="What was ordered.")
    substitute_id: strawberry.ID = strawberry.field(description="What may be sent in its place.")
    numerator: int = strawberry.field(
        default=1, description="So many base units of the substitute ..."
    )
    denominator: int = strawberry.field(
        default=1, description="... stand for so many of what was ordered."
    )
    two_way: bool = strawberry.field(default=False, description="Whether it holds both ways.")
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only through these channels; through all if absent."
    )


@strawberry.input(description="What an allocation policy says.")
class AllocationPolicyDefinitionInput:
    strategies: list[SourcingStrategyInput] = strawberry.field(
        description="The first that fits serves first, the others what is left."
    )
    location_groups: list[LocationGroupInput] | None = strawberry.field(
        default=None, description="Locations that strategies name together."
    )
    constraints: list[SourcingConstraintInput] | None = strawberry.field(
        default=None, description="What limits how orders are served."
    )
    on_shortage: ShortagePolicy = strawberry.field(
        default=ShortagePolicy.BACKORDER, description="What becomes of what cannot be served."
    )
    substitutions: list[SubstitutionInput] | None = strawberry.field(
        default=None,
        description="Items that may stand in for others, where order or customer let them.",
    )
    variants_allowed: list[PolicyVariant] | None = strawberry.field(
        default=None,
        description="In the tenant's standard: which variants there may be; all if absent.",
    )


REFERENCES = {
    "location_id": "Location",
    "location_ids": "Location",
    "channel_ids": "Channel",
    "item_id": "Item",
    "substitute_id": "Item",
}


def definition_of(input: AllocationPolicyDefinitionInput) -> dict[str, Any]:
    """The domain's document: enums as words, ids as row ids."""
    return {
        name: _document(value, name, ("definition", name)) for name, value in vars(input).items()
    }


def _document(value: Any, name: str, path: Path) -> Any:
    if isinstance(value, list):
        return [_document(each, name, (*path, place)) for place, each in enumerate(value)]
    if value is None:
        return None
    if name in REFERENCES:
        return row_id_of(value, REFERENCES[name], path=path)
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "__strawberry_definition__"):
        return {part: _document(each, part, (*path, part)) for part, each in vars(value).items()}
    return value
