"""Who gives what to whom, and why: values in, decision out. Quantities in base units."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from domain.allocation.demand import (
    Decision,
    Demand,
    DemandLine,
    LineDecision,
    Reasons,
    Site,
    Substitute,
    Verdict,
    policy_of,
)
from domain.allocation.line_turn import LineTurn
from domain.allocation.protection import NO_POOLS, Pools
from domain.allocation.rules import CHOSEN, REFUSED, RULES
from domain.allocation.shelf import ZERO, Capacity, Shelf, Stock
from domain.allocation.turn import OrderTurn
from domain.allocation.verdicts import line_decision

__all__ = [
    "CHOSEN",
    "REFUSED",
    "RULES",
    "Decision",
    "Demand",
    "DemandLine",
    "LineDecision",
    "Reasons",
    "Site",
    "Substitute",
    "Verdict",
    "decide",
    "decide_order",
]
NO_CAPACITIES: Mapping[int, Capacity] = {}


def decide(
    demands: Sequence[Demand],
    stock: Sequence[Stock],
    *,
    capacity: Mapping[int, Capacity] = NO_CAPACITIES,
    today: int = 0,
    pools: Pools = NO_POOLS,
) -> list[Decision]:
    """What each order gets of the stock, first come first served.

    `capacity` is what locations can still take on, by id; `today` the day as an ordinal, for
    what expires; `pools` are what is protected, and for whom. Nothing is given twice, nor more
    than is there, nor more than was asked for; what a line does not get is its backorder."""
    shelf = Shelf(stock, capacity, today, pools)
    return [decide_order(demand, shelf) for demand in demands]


def decide_order(demand: Demand, shelf: Shelf) -> Decision:
    """What one order gets of what is left on the shelf, which is emptied by it."""
    policy = policy_of(demand)
    judged = [(each, each.condition.failing(demand.order)) for each in policy.strategies]
    turn = OrderTurn(demand, policy, shelf, judged)
    turn.run(policy.passes)
    complete = policy.on_shortage == "ship_complete"
    if demand.sources and not turn.is_served:
        turn = _owners_together(turn)
    if (demand.all_or_nothing or complete) and not turn.is_served:
        turn = _one_strategy_alone(turn)
    substitutes = _substitutes(turn)
    lines = tuple(line_decision(turn, each) for each in turn.lines)
    short = _first_short(lines, substitutes)
    if short is not None and (demand.all_or_nothing or complete):
        return _refused(turn, lines, substitutes, short)
    return Decision(
        lines,
        substitutes=substitutes,
        cancels_rest=short is not None and policy.on_shortage == "cancel_remainder",
    )


def _owners_together(turn: OrderTurn) -> OrderTurn:
    """A turn in which all owners are asked at once, where own stock first did not serve all: what
    was taken of it may have used up the splits. Else the turn as it was."""
    turn.undo()
    together = replace(turn, together=True)
    together.run(turn.policy.passes)
    if together.is_served:
        return together
    together.undo()
    again = replace(turn)
    again.run(turn.policy.passes)
    return again


def _one_strategy_alone(turn: OrderTurn) -> OrderTurn:
    """A turn in which one strategy by itself serves all, where several together could not:
    the first may have used up the splits. Else the turn as it was."""
    able = [each for each, failed in turn.judged if failed is None]
    if len(able) < 2 and len(turn.policy.passes) == 1:
        return turn
    turn.undo()
    for limits in turn.policy.passes:
        for strategy in able:
            alone = OrderTurn(turn.demand, turn.policy, turn.shelf, [(strategy, None)])
            alone.run([limits])
            if alone.is_served:
                alone.judged = turn.judged
                return alone
            alone.undo()
    again = OrderTurn(turn.demand, turn.policy, turn.shelf, turn.judged)
    again.run(turn.policy.passes)
    return again


def _first_short(
    lines: Sequence[LineDecision], substitutes: Sequence[Substitute]
) -> tuple[int, Decimal] | None:
    """The first line that falls short, with what is there for it."""
    replaced: dict[int, Decimal] = {}
    for each in substitutes:
        replaced[each.position] = replaced.get(each.position, ZERO) + each.replaces
    for position, line in enumerate(lines):
        if line.given + replaced.get(position, ZERO) < line.requested:
            return position, line.given
    return None


def _refused(
    turn: OrderTurn,
    lines: Sequence[LineDecision],
    substitutes: Sequence[Substitute],
    short: tuple[int, Decimal],
) -> Decision:
    turn.undo()
    for each in substitutes:
        turn.shelf.put_back(each.item_id, turn.entity, each.decision.takes)
        for take in each.decision.takes:
            turn.shelf.burden(take.location_id, -take.quantity, 0)
    rule = "all_or_nothing" if turn.demand.all_or_nothing else "ship_complete"
    emptied = tuple(_emptied(each, rule) for each in lines)
    if turn.demand.all_or_nothing:
        return Decision(emptied, short=short)
    return Decision(emptied, waits_complete=True)


def _emptied(line: LineDecision, rule: str) -> LineDecision:
    verdicts = tuple(
        each._replace(given=ZERO, rule=rule) if each.given else each for each in line.verdicts
    )
    reasons = line.reasons and replace(line.reasons, pools=(), bought=())
    return replace(line, takes=(), verdicts=verdicts, reasons=reasons)


def _substitutes(turn: OrderTurn) -> tuple[Substitute, ...]:
    """Other items for what is still missing, in the order of the policy's rules."""
    order = turn.demand.order
    if not order.substitutes_allowed or not turn.policy.substitutions:
        return ()
    found = []
    for position, each in enumerate(turn.lines):
        if each.line.kit is not None:
            continue
        for rule in turn.policy.substitutions:
            fits = not rule.channel_ids or order.channel_id in rule.channel_ids
            if each.missing and fits and rule.item_id == each.line.item_id:
                ratio = (rule.ratio_numerator, rule.ratio_denominator)
                made = _substitute(turn, position, each, rule.substitute_id, ratio)
                found += [made] if made is not None else []
    return tuple(found)


def _substitute(
    turn: OrderTurn, position: int, each: LineTurn, item_id: int, ratio: tuple[int, int]
) -> Substitute | None:
    """What the other item can give, in steps that are exact in both items."""
    up, down = ratio
    steps = each.missing // down
    if not steps:
        return None
    line = DemandLine(item_id, steps * up, each.line.item_group)
    demand = replace(turn.demand, lines=(line,), placed_at=frozenset(turn.used))
    other = OrderTurn(demand, turn.policy, turn.shelf, turn.judged)
    other.run(turn.policy.passes)
    given = line.quantity - other.lines[0].missing
    if given < line.quantity:
        given -= given % up
        other = _given_back(other, demand, given)
    if not given:
        return None
    replaced = given / up * down
    each.missing -= replaced
    turn.used |= other.used
    decision = line_decision(other, other.lines[0])
    reasons = replace(decision.reasons or Reasons(), stands_for=each.line.item_id)
    return Substitute(position, item_id, replaced, replace(decision, reasons=reasons))


def _given_back(other: OrderTurn, demand: Demand, quantity: Decimal) -> OrderTurn:
    """The same turn once more, for as much as makes whole steps."""
    other.undo()
    if not quantity:
        return other
    line = replace(demand.lines[0], quantity=quantity)
    again = OrderTurn(replace(demand, lines=(line,)), other.policy, other.shelf, other.judged)
    again.run(other.policy.passes)
    return again
