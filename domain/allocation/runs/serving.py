"""Proposals are turned into takes by the sourcing engine: it has the last word. Pure.

Whatever a method proposes, each line is decided by its order's policy over what is left: nothing
is given twice, and nothing from a location that the policy forbids."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from domain.allocation.demand import Demand, DemandLine, LineDecision
from domain.allocation.policy import decide_order
from domain.allocation.runs.demand import OpenLine, Planned, Situation
from domain.allocation.shelf import ZERO

Asked = Sequence[tuple[OpenLine, DemandLine]]


class Serving:
    """A plan in the making: a shelf that empties, and what each line got of it."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.shelf = situation.shelf()
        self.planned = {line.id: Planned(line) for line in situation.lines}
        self.decisions: list[tuple[OpenLine, LineDecision]] = []
        self._places = {
            order_id: order.demand.placed_at for order_id, order in situation.orders.items()
        }
        self._bundles = situation.bundles()

    def turns(self) -> Iterator[tuple[OpenLine, list[OpenLine] | None]]:
        """The queue: each line, or, at the turn of a bundle's first line, all of the bundle."""
        for line in self.situation.lines:
            if line.bundle is None:
                yield line, None
            elif self._bundles[line.bundle][0] is line:
                yield line, self._bundles[line.bundle]

    def serve_queue(self) -> None:
        """Give every line what it still misses, one after the other."""
        for line, together in self.turns():
            if together is None:
                self.serve(line, self.planned[line.id].missing)
            elif not any(self.planned[each.id].takes for each in together):
                self.serve_bundle(together)

    def serve(self, line: OpenLine, quantity: Decimal, *, at: int | None = None) -> Decimal:
        """Give a line up to `quantity` more, from one location or from any; what it got."""
        if quantity <= 0:
            return ZERO
        before = self.planned[line.id].given
        asked = [(line, replace(line.asked, quantity=quantity))]
        self._decide(asked, None if at is None else (at,))
        return self.planned[line.id].given - before

    def serve_bundle(
        self,
        lines: Sequence[OpenLine],
        quantities: Sequence[Decimal] | None = None,
        *,
        places: Collection[int] | None = None,
    ) -> bool:
        """Give a bundle up to these quantities (all it demands): kits as whole kits, what an
        order that ships complete asks for as a whole. Whether it got anything."""
        wanted = quantities or [line.demanded for line in lines]
        self._decide(_asked_together(lines, wanted), places)
        return any(self.planned[line.id].takes for line in lines)

    def result(self) -> list[Planned]:
        """What every line got, in the order of the queue."""
        return [self.planned[line.id] for line in self.situation.lines]

    def _decide(self, asked: Asked, places: Collection[int] | None) -> None:
        if not asked:
            return
        order_id = asked[0][0].order_id
        demand = replace(
            self.situation.orders[order_id].demand,
            lines=tuple(part for _, part in asked),
            placed_at=self._places[order_id],
        )
        decision = decide_order(demand if places is None else _only(demand, places), self.shelf)
        for (line, _), decided in zip(asked, decision.lines, strict=True):
            self.decisions.append((line, decided))
            if decided.takes:
                planned = self.planned[line.id]
                planned.takes += decided.takes
                planned.rules |= {v.location_id: v.rule for v in decided.verdicts if v.given}
                self._places[order_id] |= {take.location_id for take in decided.takes}


def _asked_together(lines: Sequence[OpenLine], quantities: Sequence[Decimal]) -> Asked:
    """Whole kits of each kit first, then what components lack of kits that are kept already."""
    kits, most_kits = _kits(lines, quantities), _kits(lines, [line.demanded for line in lines])
    asked = []
    for line, quantity in zip(lines, quantities, strict=True):
        whole, rest = ZERO, quantity
        if (kit := line.asked.kit) is not None:
            whole = kits[kit] * line.asked.per_kit
            if whole:
                asked.append((line, replace(line.asked, quantity=whole)))
            lacking = line.demanded - most_kits[kit] * line.asked.per_kit
            rest = min(quantity - whole, lacking) if quantity == line.demanded else ZERO
        if rest > 0:
            asked.append((line, replace(line.asked, quantity=rest, kit=None)))
    return asked


def _kits(lines: Sequence[OpenLine], quantities: Sequence[Decimal]) -> dict[int, int]:
    """How many whole kits these quantities make, by kit."""
    kits: dict[int, int] = {}
    for line, quantity in zip(lines, quantities, strict=True):
        if (kit := line.asked.kit) is not None:
            number = int(quantity // line.asked.per_kit)
            kits[kit] = min(number, kits.get(kit, number))
    return kits


def _only(demand: Demand, places: Collection[int]) -> Demand:
    return replace(demand, sites=tuple(s for s in demand.sites if s.location_id in places))
