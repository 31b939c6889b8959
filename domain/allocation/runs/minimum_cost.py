"""Minimum cost: first as much as can be given to the first of the queue, then for the least.

Every line is to get what it gets at most; from which locations is decided by what lanes, units and
parcels cost: by the solver, or, where that takes too long, by exchange. The sourcing engine serves
what they say."""

from collections.abc import Sequence
from decimal import Decimal

from domain.allocation.runs.costs import cost_of
from domain.allocation.runs.demand import Plan, Planned, Situation, Solved
from domain.allocation.runs.options import served
from domain.allocation.runs.parcel_model import ParcelModel
from domain.allocation.runs.serving import Serving
from domain.allocation.runs.solver import OPTIMAL
from domain.allocation.runs.trading import exchange_stock
from domain.allocation.runs.wants import Wants, wants_of
from domain.allocation.shelf import ZERO

SHARE = Decimal("0.0001")
# Up to so many ways to serve lines the solver comes to its end in seconds.
MOST_WAYS = 2_000
Chosen = dict[int, dict[int, Decimal]]


def plan_minimum_cost(situation: Situation) -> Plan:
    """The cheapest plan found that gives as much, in the order of the queue, as can be given.

    Serving one after the other is planned too: when nothing better was found, it is the plan."""
    greedy = Serving(situation)
    greedy.serve_queue()
    greedy_cost = cost_of(situation, greedy.result())
    wants = wants_of(situation)
    chosen, bound, status = _found(wants, greedy_cost)
    serving = Serving(situation)
    _serve(serving, chosen)
    if not _is_full(serving.result(), wants):
        serving.serve_queue()
    cost = cost_of(situation, serving.result())
    mine, theirs = (served(serving.result()), -cost), (served(greedy.result()), -greedy_cost)
    is_greedy = mine < theirs or (mine == theirs and status != OPTIMAL)
    made = greedy.result() if is_greedy else serving.result()
    # The bound is one of plans that give everybody all that was thought to be possible.
    gap = _gap(greedy_cost if is_greedy else cost, bound) if _is_full(made, wants) else None
    solved = Solved(status=status, gap=gap, greedy_cost_minor=greedy_cost, is_greedy=is_greedy)
    return Plan(made, solved)


def _is_full(planned: Sequence[Planned], wants: Wants) -> bool:
    """Whether everybody gets all that can be given: nobody can get any more then."""
    return all(each.given == wants.wanted[each.line.id] for each in planned)


def _found(wants: Wants, greedy_cost: Decimal) -> tuple[Chosen, float | None, str]:
    """What each line is to get from where, what any plan costs at least, and how it was found."""
    if wants.ways > MOST_WAYS:
        traded = exchange_stock(wants, cost_so_far=float(greedy_cost))
        return wants.chosen(traded.sent), traded.bound, "exchanged"
    model = ParcelModel(wants)
    solution = model.solve()
    if solution is None:
        return wants.chosen({}), None, "none_found"
    return wants.chosen(model.sent_by(solution)), solution.bound, solution.status


def _serve(serving: Serving, chosen: Chosen) -> None:
    for line, together in serving.turns():
        if together is None:
            for place, quantity in chosen[line.id].items():
                serving.serve(line, quantity, at=place)
        else:
            places = {place for each in together for place in chosen[each.id]}
            serving.serve_bundle(together, places=places)


def _gap(cost: Decimal, bound: float | None) -> Decimal | None:
    if bound is None:
        return None
    if cost <= 0:
        return ZERO
    gap = max(1 - Decimal(bound) / cost, ZERO)
    return gap.quantize(SHARE)
