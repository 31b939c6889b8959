"""The three ways to plan a run. Pure: a situation in, a plan out."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from domain.allocation.demand import policy_of
from domain.allocation.runs.demand import OpenLine, Plan, Situation
from domain.allocation.runs.fair_share import Claim, fair_shares
from domain.allocation.runs.minimum_cost import plan_minimum_cost
from domain.allocation.runs.serving import Serving
from domain.allocation.shelf import ZERO

# What one line cannot use of its share, because its policy forbids, is shared again so often.
ROUNDS = 4


def plan(method: str, situation: Situation) -> Plan:
    """What every line is to get, by the method."""
    return METHODS[method](situation)


def plan_by_priority(situation: Situation) -> Plan:
    """One line after the other, in the order of the queue, each all that is left for it."""
    serving = Serving(situation)
    serving.serve_queue()
    return Plan(serving.result())


def plan_fair_share(situation: Situation) -> Plan:
    """Of each item everybody gets the same part of what is missing, by weight, in whole units of
    their orders. Orders that are served whole are, when their share is all they ask for."""
    serving = Serving(situation)
    groups: dict[tuple[int, int], list[OpenLine]] = defaultdict(list)
    for line in situation.lines:
        groups[situation.shelf_of(line)].append(line)
    for round_number in range(ROUNDS):
        shares: dict[int, Decimal] = {}
        for (item, _), lines in groups.items():
            shares |= _shares(serving, item, lines)
        if not _hand_out(serving, shares, skip_bundles=round_number > 0):
            break
    return Plan(serving.result())


def _shares(serving: Serving, item: int, lines: Sequence[OpenLine]) -> dict[int, Decimal]:
    situation = serving.situation
    open_lines = [line for line in lines if serving.planned[line.id].missing > 0]
    spots: set[tuple[int, int, int]] = set()
    for order_id in {line.order_id for line in open_lines}:
        demand = situation.orders[order_id].demand
        ranked = {p for each in policy_of(demand).strategies for p in each.ranks}
        places = [s.location_id for s in demand.sites if s.is_open and s.location_id in ranked]
        owners = [s.owner_id for s in demand.sources if s.covers(item)]
        spots |= {(item, p, owner) for owner in (demand.entity_id, *owners) for p in places}
    supply = sum((serving.shelf.available(spot) for spot in spots), ZERO)
    weights = situation.rules.weights
    claims = [
        Claim(serving.planned[line.id].missing, line.step, weights.get(line.group or "", 1))
        for line in open_lines
    ]
    found = fair_shares(claims, supply)
    return {line.id: share for line, share in zip(open_lines, found, strict=True)}


def _hand_out(serving: Serving, shares: dict[int, Decimal], *, skip_bundles: bool) -> bool:
    """Whether anybody got anything."""
    given = False
    for line, together in serving.turns():
        if together is None:
            given |= serving.serve(line, shares.get(line.id, ZERO)) > 0
        elif not skip_bundles:
            quantities = [shares.get(each.id, ZERO) for each in together]
            is_all = all(q == each.demanded for q, each in zip(quantities, together, strict=True))
            if is_all or not serving.situation.orders[line.order_id].whole:
                given |= serving.serve_bundle(together, quantities)
    return given


METHODS = {
    "priority": plan_by_priority,
    "fair_share": plan_fair_share,
    "minimum_cost": plan_minimum_cost,
}
