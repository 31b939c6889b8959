"""From where each line of a run may be served at all, and how much of it can be. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.allocation.demand import policy_of
from domain.allocation.runs.demand import OpenLine, OpenOrder, Planned, Situation
from domain.allocation.shelf import ZERO, Shelf
from domain.allocation.strategy import Pass, Policy

MOST_SETS = 8
# A location and an owner.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Option:
    """An owner's stock at a location that may serve a line, how much it could give it alone, and
    over how many sales it comes."""

    location_id: int
    owner_id: int
    most: Decimal
    legs: int = 0

    @property
    def place(self) -> Place:
        """Where it lies, and whose it is."""
        return self.location_id, self.owner_id


def options_of(line: OpenLine, order: OpenOrder, shelf: Shelf) -> tuple[Option, ...]:
    """The open locations that the order's policy allows for the line, under hard constraints."""
    policy = policy_of(order.demand)
    limits = policy.passes[-1]
    allowed = _allowed(policy, order, line.asked.item_group)
    reach = _reach(line, order)
    found = []
    for site in order.demand.sites:
        place = site.location_id
        if place not in allowed or not site.is_open or line.asked.bars(place):
            continue
        distance = site.distance_km
        if limits.max_km is not None and distance is not None and distance > limits.max_km:
            continue
        for owner, legs in reach:
            most = _free(line, order, (place, owner), shelf, limits)
            if most > 0:
                found.append(Option(place, owner, most, legs))
    return tuple(found)


def _reach(line: OpenLine, order: OpenOrder) -> list[tuple[int, int]]:
    """Whose stock may serve a line, its own entity's first, and over how many sales."""
    demand = order.demand
    others = [
        (source.owner_id, len(source.agreement_ids))
        for source in demand.sources
        if source.covers(line.item_id)
    ]
    return [(demand.entity_id, 0), *others]


def _allowed(policy: Policy, order: OpenOrder, group: str | None) -> set[int]:
    allowed: set[int] = set()
    for strategy in policy.strategies:
        groups = strategy.condition.item_groups
        if strategy.condition.failing(order.demand.order) or (groups and group not in groups):
            continue
        allowed |= strategy.ranks.keys()
        if not strategy.falls_back:
            break
    return allowed


def _free(line: OpenLine, order: OpenOrder, place: Place, shelf: Shelf, limits: Pass) -> Decimal:
    spot = (line.item_id, *place)
    free = shelf.available(spot, limits.shelf_life_days)
    if limits.keeps_minimum:
        floor = order.demand.floors.get((line.item_id, place[0]), ZERO)
        free = min(free, shelf.available(spot) - floor)
    return free


class Pool:
    """One item of owners who share it, at the places where it lies: how much of it lines can still
    get.

    Lines may use different places. What one can get without taking from those before it is the
    least, over all sets of places that hold its own, of what lies there less what those were
    given who can use no others: that is exact, because goods at a place can be exchanged."""

    def __init__(self) -> None:
        self.stock: dict[Place, Decimal] = {}
        self._given: dict[frozenset[Place], Decimal] = {}

    def learn(self, options: Collection[Option]) -> None:
        """Some places, with what lies there."""
        for option in options:
            known = self.stock.get(option.place, ZERO)
            self.stock[option.place] = max(known, option.most)

    def give(self, places: frozenset[Place], wanted: Decimal) -> Decimal:
        """Give up to `wanted` to a line that can use these places; what it gets."""
        quantity = min(wanted, self._left(places))
        if quantity > 0:
            self._given[places] = self._given.get(places, ZERO) + quantity
        return max(quantity, ZERO)

    def take_back(self, places: frozenset[Place], quantity: Decimal) -> None:
        """Undo what was given."""
        self._given[places] -= quantity

    def _left(self, places: frozenset[Place]) -> Decimal:
        unions = {places, frozenset(self.stock)}
        # Of very many different sets only some are looked at: it is a bound all the same.
        for other in list(self._given)[:MOST_SETS]:
            unions |= {union | other for union in unions}
        return min(
            sum((self.stock[place] for place in union), ZERO)
            - sum((given for used, given in self._given.items() if used <= union), ZERO)
            for union in unions
        )


def targets(situation: Situation, options: dict[int, tuple[Option, ...]]) -> dict[int, Decimal]:
    """The most that can be given, to the first of the queue first, by line id."""
    pools: dict[tuple[int, int], Pool] = {}
    for line in situation.lines:
        pools.setdefault(situation.shelf_of(line), Pool()).learn(options[line.id])
    bundles = situation.bundles()
    found: dict[int, Decimal] = {}
    for line in situation.lines:
        if line.id in found:
            continue
        together = [line] if line.bundle is None else bundles[line.bundle]
        given = [
            pools[situation.shelf_of(each)].give(_places(options[each.id]), each.demanded)
            for each in together
        ]
        short = any(g < each.demanded for g, each in zip(given, together, strict=True))
        if short and situation.orders[line.order_id].whole:
            for each, quantity in zip(together, given, strict=True):
                if quantity:
                    pools[situation.shelf_of(each)].take_back(_places(options[each.id]), quantity)
            given = [ZERO] * len(together)
        found |= {each.id: g for each, g in zip(together, given, strict=True)}
    return found


def served(planned: Sequence[Planned]) -> list[Decimal]:
    """What each line gets, in the order of the queue: of two plans the larger is the better."""
    return [each.given for each in planned]


def _places(options: Collection[Option]) -> frozenset[Place]:
    return frozenset(option.place for option in options)
