"""What a run plans over, and what it plans. Pure values; quantities in base units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from domain.allocation.demand import Demand, DemandLine
from domain.allocation.facts import Lane
from domain.allocation.priority import OLDEST_FIRST, Rule
from domain.allocation.protection import NO_POOLS, Pools
from domain.allocation.shelf import ZERO, Capacity, Shelf, Stock, Take

METHODS = ("priority", "fair_share", "minimum_cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """By what a run decides. `weights` are for fair share, by customer group (others weigh 1).

    For minimum cost: what each parcel costs beside its lane, what each base unit costs by every
    sale from one entity to another by which it comes, and how long the solver may look."""

    priority: Rule = OLDEST_FIRST
    weights: Mapping[str, int] = field(default_factory=dict)
    parcel_cost_minor: int = 0
    transfer_cost_minor: int = 0
    solver_seconds: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """A line that wants stock: `held` is what it has of what it demands, `step` one of the unit
    it was ordered in, `keys` its values by the rule's keys. `asked` says what else there is to
    say of its demand, `bundle` with which lines of its order it is decided together."""

    id: int
    order_id: int
    item_id: int
    demanded: Decimal
    asked: DemandLine
    bundle: int | None = None
    held: Decimal = ZERO
    step: Decimal = Decimal(1)
    group: str | None = None
    due_on: date | None = None
    net_minor: int = 0
    quantity: Decimal = Decimal(1)
    keys: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOrder:
    """What decisions on an order's lines need: its demand without lines, its currency, and from
    which lanes it is reached. `whole`: all of its lines are served completely, or none; they are
    one bundle then."""

    demand: Demand
    currency: str
    lanes: Mapping[int, Lane] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Situation:
    """How things stood: the lines in the order of the queue, their orders, and the stock with
    what the lines themselves hold of it counted as free."""

    lines: Sequence[OpenLine]
    orders: Mapping[int, OpenOrder]
    stock: Sequence[Stock]
    today: date
    capacity: Mapping[int, Capacity] = field(default_factory=dict)
    pools: Pools = NO_POOLS
    rules: Rules = field(default_factory=Rules)

    def shelf(self) -> Shelf:
        """The stock, to be taken from."""
        return Shelf(list(self.stock), self.capacity, self.today.toordinal(), self.pools)

    @cached_property
    def groups(self) -> dict[int, int]:
        """Which entities share stock: each with one that stands for all that do, by entity."""
        reached: dict[int, set[int]] = {}
        for order in self.orders.values():
            demand = order.demand
            if demand.entity_id not in reached:
                owners = {source.owner_id for source in demand.sources}
                reached[demand.entity_id] = {demand.entity_id, *owners}
        groups: list[set[int]] = []
        for owners in reached.values():
            apart = [group for group in groups if not group & owners]
            groups = [*apart, owners.union(*(group for group in groups if group & owners))]
        return {entity: min(group) for group in groups for entity in group}

    def shelf_of(self, line: OpenLine) -> tuple[int, int]:
        """Of what stock a line is one of many that want it: the item, and whose."""
        return line.item_id, self.groups[self.orders[line.order_id].demand.entity_id]

    def bundles(self) -> dict[int, list[OpenLine]]:
        """The lines that are decided together, by their bundle."""
        found: dict[int, list[OpenLine]] = {}
        for line in self.lines:
            if line.bundle is not None:
                found.setdefault(line.bundle, []).append(line)
        return found


@dataclass(slots=True)
class Planned:
    """What one line is to get so far, and by which rules of sourcing."""

    line: OpenLine
    takes: list[Take] = field(default_factory=list)
    rules: dict[int, str] = field(default_factory=dict)

    @property
    def given(self) -> Decimal:
        """What it gets in all."""
        return sum((take.quantity for take in self.takes), ZERO)

    @property
    def missing(self) -> Decimal:
        """What keeps waiting."""
        return self.line.demanded - self.given


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """What the solver said. `gap` is how much cheaper a plan could be at most, as a share of the
    cost; None when it had no time to tell. `greedy_cost_minor` is what serving one after the
    other would cost, `is_greedy` that this is the plan because nothing better was found."""

    status: str
    gap: Decimal | None = None
    greedy_cost_minor: Decimal = ZERO
    is_greedy: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What every line gets, in the order of the queue."""

    lines: Sequence[Planned]
    solved: Solved | None = None
