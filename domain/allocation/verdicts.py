"""What became of each location, said for each line of an order. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from domain.allocation.demand import Bought, LineDecision, Reasons, Verdict
from domain.allocation.line_turn import LineTurn
from domain.allocation.shelf import ZERO, Take
from domain.allocation.turn import OrderTurn
from domain.intercompany.policies.paths import Source


def line_decision(turn: OrderTurn, each: LineTurn) -> LineDecision:
    """What the line got, with a verdict for every location that the policy uses or that has a
    balance of the item."""
    given: dict[int, Decimal] = {}
    for take in each.takes:
        given[take.location_id] = given.get(take.location_id, ZERO) + take.quantity
    ranks = turn.ranks
    stocked = turn.shelf.locations.get(each.line.item_id, {})
    verdicts = [
        Verdict(
            place,
            each.ranks.get(place, ranks.get(place)),
            _had(turn, each, place),
            given.get(place, ZERO),
            each.chosen.get(place) or _why_not(turn, each, place),
            each.values.get(place),
        )
        for place in turn.places
        if place in ranks or place in stocked
    ]
    pools, kept_by, bought = _drawn(each), _kept_by(turn, each), bought_of(each.takes)
    reasons = None
    if turn.demand.policy is not None or pools or kept_by or bought:
        reasons = replace(_reasons(turn, each), pools=pools, kept_by=kept_by, bought=bought)
    return LineDecision(each.line.quantity, tuple(each.takes), tuple(verdicts), reasons)


def _drawn(each: LineTurn) -> tuple[tuple[int, Decimal], ...]:
    """From which protected pools it came, and how much."""
    drawn: dict[int, Decimal] = {}
    for take in each.takes:
        if take.pool_id is not None:
            drawn[take.pool_id] = drawn.get(take.pool_id, ZERO) + take.quantity
    return tuple(drawn.items())


def bought_of(takes: Sequence[Take]) -> tuple[Bought, ...]:
    """What of takes is other entities', by owner and agreements."""
    sums: dict[Source, Decimal] = {}
    for take in takes:
        if take.source is not None:
            sums[take.source] = sums.get(take.source, ZERO) + take.quantity
    return tuple(Bought(each.owner_id, sums[each], each.agreement_ids) for each in sums)


def _kept_by(turn: OrderTurn, each: LineTurn) -> tuple[tuple[int, Decimal], ...]:
    """Which pools keep from it what lies where the policy looks, while it misses something."""
    protection = turn.shelf.protection
    if protection is None or not each.missing:
        return ()
    kept: dict[int, Decimal] = {}
    for place in turn.ranks:
        spot = (each.line.item_id, place, turn.entity)
        if protection.concerns(spot) and turn.shelf.available(spot):
            kept |= protection.kept_from(spot, turn.reach.members)
    return tuple(kept.items())


def _had(turn: OrderTurn, each: LineTurn, place: int) -> Decimal:
    if each.had:
        return each.had.get(place, ZERO)
    return turn.reach.there(each.line.item_id, place)


def _why_not(turn: OrderTurn, each: LineTurn, place: int) -> str:
    if place not in turn.ranks:
        return "not_in_policy"
    if not turn.sites[place].is_open:
        return "location_closed"
    if not _had(turn, each, place):
        return turn.shelf.why_empty((each.line.item_id, place, turn.entity))
    if each.line.bars(place):
        return "rejected_too_often" if each.line.stopped else "rejected_by_location"
    if place in each.refused:
        return each.refused[place]
    if not any(place in strategy.ranks and turn.applies(strategy, each) for strategy in turn.able):
        return "strategy_not_applicable"
    if not each.missing:
        return "lower_rank_sufficient"
    if place not in each.ranks:
        return "no_fallback"
    if not turn.reach.there(each.line.item_id, place):
        return "taken_before"
    if turn.reach.protected(each.line.item_id, place):
        return "protected_for_others"
    return "too_many_splits" if turn.demand.split_allowed else "split_not_allowed"


def _reasons(turn: OrderTurn, each: LineTurn) -> Reasons:
    skipped = [(strategy.code, failed) for strategy, failed in turn.judged if failed is not None]
    skipped += [
        (strategy.code, "item_group") for strategy in turn.able if not turn.applies(strategy, each)
    ]
    return Reasons(tuple(each.strategies), tuple(skipped), each.criteria, turn.dropped)
