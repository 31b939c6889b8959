"""What the lines of a run are to get, from where they may get it, and how it is counted. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from domain.allocation.demand import policy_of
from domain.allocation.runs.demand import OpenOrder, Situation
from domain.allocation.runs.options import Option, options_of, targets

MILLIONTH = Decimal("0.000001")
Sent = Mapping[int, Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Wants:
    """By line: its options, and how much of it is wanted (base units); by item: the largest unit
    (in base units) that makes all of these whole numbers."""

    situation: Situation
    options: dict[int, tuple[Option, ...]]
    wanted: dict[int, Decimal]
    units: dict[int, Decimal]

    @property
    def ways(self) -> int:
        """How many ways there are to serve lines, each from one location."""
        return sum(len(self.options[line]) for line, wanted in self.wanted.items() if wanted)

    def chosen(self, sent: Sent) -> dict[int, dict[int, Decimal]]:
        """How much of each line (by id) each location is to send, of what was found in units:
        whole units, and never more than the line is to get."""
        chosen: dict[int, dict[int, Decimal]] = {}
        for line in self.situation.lines:
            left, unit = self.wanted[line.id], self.units[line.item_id]
            mine = chosen[line.id] = {}
            places = sent.get(line.id, {})
            for place in sorted(places, key=lambda each: (-places[each], each)):
                quantity = min(round(places[place]) * unit, left)
                if quantity > 0:
                    mine[place] = quantity
                    left -= quantity
        return chosen


def wants_of(situation: Situation) -> Wants:
    """As much as can be given, to the first of the queue first."""
    shelf = situation.shelf()
    options = {
        line.id: options_of(line, situation.orders[line.order_id], shelf)
        for line in situation.lines
    }
    wanted = targets(situation, options)
    return Wants(situation, options, wanted, _units(situation, options, wanted))


def places_left(order: OpenOrder) -> int | None:
    """From how many more locations the order may be served; None without a limit."""
    demand = order.demand
    most = policy_of(demand).passes[-1].max_places if demand.split_allowed else 1
    return None if most is None else max(most - len(demand.placed_at), 0)


def _units(
    situation: Situation,
    options: Mapping[int, tuple[Option, ...]],
    wanted: Mapping[int, Decimal],
) -> dict[int, Decimal]:
    counts: dict[int, int] = {}
    for line in situation.lines:
        for amount in (wanted[line.id], *(each.most for each in options[line.id])):
            millionths = int(amount.scaleb(6))
            counts[line.item_id] = gcd(counts.get(line.item_id, 0), millionths)
    return {item: (count or 1) * MILLIONTH for item, count in counts.items()}
