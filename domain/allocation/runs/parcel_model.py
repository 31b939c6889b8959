"""Minimum cost as a linear model: which locations send a parcel of an order, and what is in it."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from domain.allocation.runs.costs import parcel_cost, transfer_cost, unit_cost
from domain.allocation.runs.demand import OpenLine, Situation
from domain.allocation.runs.options import Option
from domain.allocation.runs.solver import OPTIMAL, Model, Solution, solve
from domain.allocation.runs.wants import Sent, Wants, places_left


@dataclass(slots=True)
class ParcelModel:
    """Whether a location sends a parcel of an order, and how much of each line it sends.

    All of it is put to the solver, to be solved to the end: for small runs."""

    wants: Wants
    situation: Situation = field(init=False)
    options: dict[int, tuple[Option, ...]] = field(init=False)
    wanted: dict[int, Decimal] = field(init=False)
    units: dict[int, Decimal] = field(init=False)
    model: Model = field(default_factory=Model)
    # By line, location and owner.
    sent: dict[tuple[int, int, int], int] = field(default_factory=dict)
    parcels: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.situation, self.options = self.wants.situation, self.wants.options
        self.wanted, self.units = self.wants.wanted, self.wants.units
        self._add_lines()
        self._limit_stock()
        self._limit_places()
        self._limit_capacity()

    def solve(self) -> Solution | None:
        """What the solver found."""
        if not self.sent:
            return Solution([], 0.0, OPTIMAL)
        return solve(self.model, seconds=self.situation.rules.solver_seconds)

    def sent_by(self, solution: Solution) -> Sent:
        """What of each line (by id) each location is to send, in units of the item."""
        sent: dict[int, dict[int, float]] = defaultdict(dict)
        for (line_id, place, _), column in self.sent.items():
            before = sent[line_id].get(place, 0.0)
            sent[line_id][place] = before + solution.values[column]
        return sent

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
        legs = max((each.legs for found in self.options.values() for each in found), default=0)
        rules = self.situation.rules
        bought = transfer_cost(legs, rules.transfer_cost_minor)
        return 2 * (max(costs) + bought) + rules.parcel_cost_minor

    def _send(self, line: OpenLine, option: Option, wanted: float) -> int:
        order, unit = self.situation.orders[line.order_id], self.units[line.item_id]
        place = option.location_id
        most = min(wanted, float(option.most / unit))
        bought = transfer_cost(option.legs, self.situation.rules.transfer_cost_minor)
        column = self.model.column(float((unit_cost(order, place) + bought) * unit), most)
        self.sent[line.id, place, option.owner_id] = column
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
            for option in self.options[line.id]:
                if (column := self.sent.get((line.id, *option.place))) is not None:
                    spot = (line.item_id, *option.place)
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
            left = places_left(self.situation.orders[order_id])
            if left is not None:
                self.model.row(columns, [1.0] * len(columns), left)

    def _limit_capacity(self) -> None:
        lines = {line.id: line for line in self.situation.lines}
        for place, limit in self.situation.capacity.items():
            if limit.units is not None:
                columns = [n for (_, at, _), n in self.sent.items() if at == place]
                units = [
                    float(self.units[lines[line_id].item_id])
                    for (line_id, at, _) in self.sent
                    if at == place
                ]
                self.model.row(columns, units, float(limit.units))
            if limit.orders is not None:
                columns = [n for (_, at), n in self.parcels.items() if at == place]
                self.model.row(columns, [1.0] * len(columns), limit.orders)
