"""Minimum cost: first as much as can be given to the first of the queue, then for the least.

Every line is to get what it gets at most; from which locations is put to the solver, by what
lanes, units and parcels cost. The sourcing engine serves what the solver says."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import gcd

from domain.allocation.demand import policy_of
from domain.allocation.runs.costs import cost_of, parcel_cost, unit_cost
from domain.allocation.runs.demand import OpenLine, Plan, Situation, Solved
from domain.allocation.runs.options import Option, options_of, served, targets
from domain.allocation.runs.serving import Serving
from domain.allocation.runs.solver import Model, Solution, solve
from domain.allocation.shelf import ZERO

MILLIONTH = Decimal("0.000001")
SHARE = Decimal("0.0001")


def plan_minimum_cost(situation: Situation) -> Plan:
    """The cheapest plan found that gives as much, in the order of the queue, as can be given.

    Serving one after the other is planned too: when nothing better was found, it is the plan."""
    greedy = Serving(situation)
    greedy.serve_queue()
    greedy_cost = cost_of(situation, greedy.result())
    model = _ParcelModel(situation)
    solution = model.solve()
    if solution is None:
        return Plan(greedy.result(), _kept(greedy_cost, "none_found"))
    serving = Serving(situation)
    _serve(serving, model.chosen(solution))
    serving.serve_queue()
    cost = cost_of(situation, serving.result())
    gap = _gap(solution)
    mine, theirs = (served(serving.result()), -cost), (served(greedy.result()), -greedy_cost)
    better = mine > theirs or (mine == theirs and solution.status == "Optimal")
    if not better:
        return Plan(greedy.result(), _kept(greedy_cost, solution.status))
    solved = Solved(status=solution.status, gap=gap, greedy_cost_minor=greedy_cost)
    return Plan(serving.result(), solved)


def _kept(greedy_cost: Decimal, status: str) -> Solved:
    return Solved(status=status, greedy_cost_minor=greedy_cost, is_greedy=True)


def _serve(serving: Serving, chosen: dict[int, dict[int, Decimal]]) -> None:
    for line, together in serving.turns():
        if together is None:
            for place, quantity in chosen[line.id].items():
                serving.serve(line, quantity, at=place)
        else:
            places = {place for each in together for place in chosen[each.id]}
            serving.serve_bundle(together, places=places)


def _gap(solution: Solution) -> Decimal | None:
    if solution.bound is None:
        return None
    if solution.cost <= 0:
        return ZERO
    gap = max((solution.cost - solution.bound) / solution.cost, 0.0)
    return Decimal(gap).quantize(SHARE)


@dataclass(slots=True)
class _ParcelModel:
    """Whether a location sends a parcel of an order, and how much of each line it sends.

    Quantities of an item are counted in the largest unit that makes all of them whole numbers."""

    situation: Situation
    model: Model = field(default_factory=Model)
    options: dict[int, tuple[Option, ...]] = field(default_factory=dict)
    units: dict[int, Decimal] = field(default_factory=dict)
    sent: dict[tuple[int, int], int] = field(default_factory=dict)
    parcels: dict[tuple[int, int], int] = field(default_factory=dict)
    wanted: dict[int, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shelf = self.situation.shelf()
        for line in self.situation.lines:
            order = self.situation.orders[line.order_id]
            self.options[line.id] = options_of(line, order, shelf)
        self.wanted = targets(self.situation, self.options)
        self.units = self._units()
        self._add_lines()
        self._limit_stock()
        self._limit_places()
        self._limit_capacity()

    def solve(self) -> Solution | None:
        """What the solver found."""
        if not self.sent:
            return Solution([], 0.0, 0.0, "Optimal")
        return solve(self.model, seconds=self.situation.rules.solver_seconds)

    def chosen(self, solution: Solution) -> dict[int, dict[int, Decimal]]:
        """How much of each line (by id) each location is to send: whole units, and never more
        than the line is to get."""
        chosen: dict[int, dict[int, Decimal]] = defaultdict(dict)
        by_line: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for (line_id, place), column in self.sent.items():
            by_line[line_id].append((solution.values[column], place))
        for line in self.situation.lines:
            left, unit = self.wanted[line.id], self.units[line.item_id]
            for value, place in sorted(by_line[line.id], reverse=True):
                quantity = min(round(value) * unit, left)
                if quantity > 0:
                    chosen[line.id][place] = quantity
                    left -= quantity
            chosen.setdefault(line.id, {})
        return chosen

    def _units(self) -> dict[int, Decimal]:
        counts: dict[int, int] = {}
        for line in self.situation.lines:
            amounts = [self.wanted[line.id], *(each.most for each in self.options[line.id])]
            for amount in amounts:
                millionths = int(Fraction(amount) / Fraction(MILLIONTH))
                counts[line.item_id] = gcd(counts.get(line.item_id, 0), millionths)
        return {item: (count or 1) * MILLIONTH for item, count in counts.items()}

    def _add_lines(self) -> None:
        # Leaving a unit unserved costs more than any way to serve it, most for the first in turn.
        number, dearest = len(self.situation.lines), self._dearest()
        for position, line in enumerate(self.situation.lines):
            unit = self.units[line.item_id]
            wanted = float(self.wanted[line.id] / unit)
            if not wanted:
                continue
            penalty = dearest * float(unit) * (2 - position / number)
            columns = [self.model.column(max(penalty, dearest), wanted)]
            for option in self.options[line.id]:
                columns.append(self._send(line, option, wanted))
            self.model.row(columns, [1.0] * len(columns), wanted, wanted)

    def _dearest(self) -> float:
        costs = [1.0]
        for order in self.situation.orders.values():
            for place in order.lanes:
                parcel = parcel_cost(order, place, self.situation.rules.parcel_cost_minor)
                costs.append(parcel + float(unit_cost(order, place)))
        return 2 * max(costs) + self.situation.rules.parcel_cost_minor

    def _send(self, line: OpenLine, option: Option, wanted: float) -> int:
        order, unit = self.situation.orders[line.order_id], self.units[line.item_id]
        place = option.location_id
        most = min(wanted, float(option.most / unit))
        column = self.model.column(float(unit_cost(order, place) * unit), most)
        self.sent[line.id, place] = column
        parcel = self.parcels.get((line.order_id, place))
        if parcel is None:
            cost = parcel_cost(order, place, self.situation.rules.parcel_cost_minor)
            parcel = self.parcels[line.order_id, place] = self.model.column(cost, 1, whole=True)
        self.model.row([column, parcel], [1.0, -most], 0.0)
        return column

    def _limit_stock(self) -> None:
        takers: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        most: dict[tuple[int, int, int], Decimal] = {}
        for line in self.situation.lines:
            owner = self.situation.orders[line.order_id].demand.entity_id
            for option in self.options[line.id]:
                if (column := self.sent.get((line.id, option.location_id))) is not None:
                    spot = (line.item_id, option.location_id, owner)
                    takers[spot].append(column)
                    most[spot] = max(option.most, most.get(spot, option.most))
        for spot, columns in takers.items():
            self.model.row(columns, [1.0] * len(columns), float(most[spot] / self.units[spot[0]]))

    def _limit_places(self) -> None:
        by_order: dict[int, list[int]] = defaultdict(list)
        for (order_id, place), column in self.parcels.items():
            if place not in self.situation.orders[order_id].demand.placed_at:
                by_order[order_id].append(column)
        for order_id, columns in by_order.items():
            demand = self.situation.orders[order_id].demand
            most = policy_of(demand).passes[-1].max_places if demand.split_allowed else 1
            if most is not None:
                left = max(most - len(demand.placed_at), 0)
                self.model.row(columns, [1.0] * len(columns), left)

    def _limit_capacity(self) -> None:
        lines = {line.id: line for line in self.situation.lines}
        for place, limit in self.situation.capacity.items():
            if limit.units is not None:
                columns = [n for (_, at), n in self.sent.items() if at == place]
                units = [
                    float(self.units[lines[line_id].item_id])
                    for (line_id, at) in self.sent
                    if at == place
                ]
                self.model.row(columns, units, float(limit.units))
            if limit.orders is not None:
                columns = [n for (_, at), n in self.parcels.items() if at == place]
                self.model.row(columns, [1.0] * len(columns), limit.orders)
