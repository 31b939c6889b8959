"""What a sourcing policy says, ready to be decided by. Pure; quantities in base units.

A policy is a list of strategies. Each says for which orders and items it is, from which locations
it takes and by which criteria these are put in order, the first criterion first."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from decimal import Decimal

from domain.kernel.value_objects import value_object

CRITERIA = (
    "priority",
    "distance",
    "cost",
    "stock_depth",
    "capacity",
    "fewest_splits",
    "expiry",
    "ownership",
)
# Where it stands among the criteria, stock of other entities is looked at together with one's own;
# else one's own goes first.
OWNERSHIP = "ownership"
SHORTAGES = ("backorder", "ship_complete", "cancel_remainder")
CONSTRAINTS = (
    "max_splits",
    "minimum_inventory",
    "capacity",
    "shelf_life",
    "max_distance",
    "rejections",
)
# After so many rejections by locations a line waits for a person, where no policy says.
MOST_REJECTIONS = 3
# What a tenant without a policy goes by.
STANDARD_CRITERIA = ("priority", "stock_depth")


@value_object(kw_only=True)
class Region:
    """A country, a region of it, or the places whose postal code begins so."""

    country: str
    region: str | None = None
    postal_prefix: str | None = None


@value_object(kw_only=True)
class Circumstances:
    """What conditions look at in an order; the value in minor units of its currency."""

    channel_id: int | None = None
    customer_group: str | None = None
    country: str | None = None
    region: str | None = None
    postal_code: str | None = None
    value_minor: int = 0
    currency: str | None = None
    service_level: str | None = None
    substitutes_allowed: bool = False


@value_object(kw_only=True)
class Condition:
    """For which orders a strategy is; what is empty asks for nothing.

    `item_groups` is asked line by line, the others of the whole order."""

    channel_ids: frozenset[int] = frozenset()
    customer_groups: frozenset[str] = frozenset()
    item_groups: frozenset[str] = frozenset()
    regions: tuple[Region, ...] = ()
    value_from_minor: int | None = None
    value_below_minor: int | None = None
    currency: str | None = None
    service_levels: frozenset[str] = frozenset()

    def failing(self, order: Circumstances) -> str | None:
        """The first condition that the order does not meet; None when it meets all."""
        if self.channel_ids and order.channel_id not in self.channel_ids:
            return "channel"
        if self.customer_groups and order.customer_group not in self.customer_groups:
            return "customer_group"
        if self.regions and not any(_lies_in(order, region) for region in self.regions):
            return "region"
        if self.service_levels and order.service_level not in self.service_levels:
            return "service_level"
        return None if self._meets_value(order) else "order_value"

    def _meets_value(self, order: Circumstances) -> bool:
        if self.value_from_minor is None and self.value_below_minor is None:
            return True
        return (
            order.currency == self.currency
            and (self.value_from_minor is None or order.value_minor >= self.value_from_minor)
            and (self.value_below_minor is None or order.value_minor < self.value_below_minor)
        )


def _lies_in(order: Circumstances, region: Region) -> bool:
    if order.country != region.country:
        return False
    if region.region is not None and (order.region or "").upper() != region.region.upper():
        return False
    prefix = region.postal_prefix
    return prefix is None or _squeezed(order.postal_code or "").startswith(_squeezed(prefix))


def _squeezed(postal_code: str) -> str:
    return postal_code.replace(" ", "").replace("-", "").upper()


@value_object(kw_only=True)
class Strategy:
    """Where to take from. `ranks` gives each location's priority, the lower first.

    Without `falls_back`, what it cannot serve waits: later strategies are not asked."""

    code: str
    ranks: Mapping[int, int]
    criteria: tuple[str, ...] = STANDARD_CRITERIA
    condition: Condition = field(default_factory=Condition)
    falls_back: bool = True


@value_object(kw_only=True)
class KeepBack:
    """How much stays at a location: a quantity, or what days of demand take.

    Without a location or a group it goes for all of them; of several the largest counts."""

    location_id: int | None = None
    item_group: str | None = None
    quantity: Decimal | None = None
    days_of_cover: int | None = None


@value_object(kw_only=True)
class Constraint:
    """A limit. `amount` is splits, days, kilometres or rejections, by kind; soft ones may be
    dropped."""

    kind: str
    amount: int = 0
    soft: bool = False
    keep_back: tuple[KeepBack, ...] = ()


@value_object(kw_only=True)
class Substitution:
    """`substitute_id` may stand for `item_id`: `ratio` base units of it for each one.

    Only through these channels, where some are named. Lines say the items, not the orders."""

    item_id: int
    substitute_id: int
    ratio_numerator: int = 1
    ratio_denominator: int = 1
    channel_ids: frozenset[int] = frozenset()


@value_object()
class Pass:
    """One go at what is still missing: the limits that hold in it, and what was dropped."""

    max_places: int | None = None
    keeps_minimum: bool = False
    heeds_capacity: bool = False
    shelf_life_days: int = 0
    max_km: int | None = None
    dropped: tuple[str, ...] = ()


@value_object(kw_only=True)
class Policy:
    """All that a version of a policy says. Soft constraints are dropped in their order."""

    strategies: tuple[Strategy, ...]
    constraints: tuple[Constraint, ...] = ()
    on_shortage: str = "backorder"
    substitutions: tuple[Substitution, ...] = ()
    passes: tuple[Pass, ...] = field(init=False)
    criteria: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "passes", _passes(self.constraints))
        used = frozenset(name for each in self.strategies for name in each.criteria)
        object.__setattr__(self, "criteria", used)

    @property
    def keep_backs(self) -> tuple[KeepBack, ...]:
        """The minimum inventory of all constraints, hard and soft."""
        return tuple(rule for each in self.constraints for rule in each.keep_back)

    def limits(self, kind: str) -> bool:
        """Whether there is a constraint of this kind."""
        return any(each.kind == kind for each in self.constraints)

    @property
    def most_rejections(self) -> int:
        """After how many rejections by locations a line waits for a person."""
        told = [each.amount for each in self.constraints if each.kind == "rejections"]
        return min(told, default=MOST_REJECTIONS)

    def asks_capacity(self) -> bool:
        """Whether what locations can take on in a day decides anything."""
        return "capacity" in self.criteria or self.limits("capacity")

    def asks_group_of_items(self) -> bool:
        """Whether a strategy or a minimum depends on the group of items."""
        return any(each.condition.item_groups for each in self.strategies) or any(
            rule.item_group is not None for rule in self.keep_backs
        )


def _passes(constraints: Sequence[Constraint]) -> tuple[Pass, ...]:
    constraints = [each for each in constraints if each.kind != "rejections"]
    soft = [each for each in constraints if each.soft]
    hard = [each for each in constraints if not each.soft]
    return tuple(
        _pass([*hard, *soft[dropped:]], tuple(each.kind for each in soft[:dropped]))
        for dropped in range(len(soft) + 1)
    )


def _pass(kept: Sequence[Constraint], dropped: tuple[str, ...]) -> Pass:
    amounts: dict[str, list[int]] = {}
    for each in kept:
        amounts.setdefault(each.kind, []).append(each.amount)
    splits = amounts.get("max_splits")
    return Pass(
        max_places=None if splits is None else min(splits) + 1,
        keeps_minimum="minimum_inventory" in amounts,
        heeds_capacity="capacity" in amounts,
        shelf_life_days=max(amounts.get("shelf_life", [0])),
        max_km=min(amounts["max_distance"]) if "max_distance" in amounts else None,
        dropped=dropped,
    )
