"""The pure decision under policies: strategies, criteria, constraints, kits, substitutes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.allocation.policy import Decision, Demand, DemandLine, Site, decide
from domain.allocation.shelf import Capacity, Stock, hindrance_of
from domain.allocation.strategy import (
    Circumstances,
    Condition,
    Constraint,
    KeepBack,
    Policy,
    Region,
    Strategy,
    Substitution,
)

OWNER = 1
TODAY = date(2026, 3, 1)
RANKS = {1: 1, 2: 2, 3: 3}


def _stock(*quantities: int, item: int = 1) -> list[Stock]:
    return [
        Stock(10 * item + place, item, place, OWNER, Decimal(quantity))
        for place, quantity in enumerate(quantities, start=1)
    ]


def _lot(balance: int, place: int, quantity: int, expires: date, status: str = "released") -> Stock:
    hindrance = hindrance_of(status, expires, TODAY)
    return Stock(balance, 1, place, OWNER, Decimal(quantity), expires, hindrance)


def _strategy(code: str = "A", ranks: dict[int, int] | None = None, **fields: Any) -> Strategy:
    return Strategy(code=code, ranks=RANKS if ranks is None else ranks, **fields)


def _decide(
    policy: Policy | Strategy,
    stock: list[Stock],
    *lines: int | DemandLine,
    sites: tuple[Site, ...] = tuple(Site(place, None) for place in (1, 2, 3)),
    capacity: dict[int, Capacity] | None = None,
    **fields: Any,
) -> Decision:
    demand = Demand(
        entity_id=OWNER,
        lines=tuple(
            each if isinstance(each, DemandLine) else DemandLine(1, Decimal(each)) for each in lines
        ),
        sites=sites,
        policy=Policy(strategies=(policy,)) if isinstance(policy, Strategy) else policy,
        **fields,
    )
    [decision] = decide([demand], stock, capacity=capacity or {}, today=TODAY.toordinal())
    return decision


def _said(decision: Decision, line: int = 0) -> list[tuple[int, str]]:
    return [(int(v.given), v.rule) for v in decision.lines[line].verdicts]


def _gave(decision: Decision, line: int = 0) -> dict[int, int]:
    given: dict[int, int] = {}
    for take in decision.lines[line].takes:
        given[take.location_id] = given.get(take.location_id, 0) + int(take.quantity)
    return given


NEAR_AND_CHEAP = (
    Site(1, None, distance_km=900, order_cost=400, unit_cost=Decimal(10)),
    Site(2, None, distance_km=50, order_cost=900, unit_cost=Decimal(10)),
    Site(3, None, distance_km=50, order_cost=300, unit_cost=Decimal(200)),
)


@pytest.mark.parametrize(
    ("criteria", "place", "rule"),
    [
        (("priority",), 1, "highest_priority"),
        (("distance", "stock_depth"), 3, "deepest_stock"),
        (("distance", "priority"), 2, "highest_priority"),
        (("distance", "cost"), 2, "lowest_cost"),
        (("cost",), 1, "lowest_cost"),
        (("stock_depth",), 3, "deepest_stock"),
    ],
)
def test_criteria_count_one_after_the_other(
    criteria: tuple[str, ...], place: int, rule: str
) -> None:
    stock = _stock(20, 30, 40)
    decision = _decide(_strategy(criteria=criteria), stock, 10, sites=NEAR_AND_CHEAP)
    assert _gave(decision) == {place: 10}
    assert (10, rule) in _said(decision)


def test_the_values_that_decided_are_told() -> None:
    criteria = ("distance", "cost", "stock_depth")
    decision = _decide(_strategy(criteria=criteria), _stock(9, 9, 9), 2, sites=NEAR_AND_CHEAP)
    reasons = decision.lines[0].reasons
    assert reasons is not None
    assert reasons.criteria == criteria
    assert [v.values for v in decision.lines[0].verdicts] == [
        (900, 420, Decimal(9)),
        (50, 920, Decimal(9)),
        (50, 700, Decimal(9)),
    ]


def test_an_unknown_distance_comes_last() -> None:
    sites = (Site(1, None), Site(2, None, distance_km=19000), Site(3, None))
    decision = _decide(_strategy(criteria=("distance",)), _stock(9, 9, 9), 2, sites=sites)
    assert _gave(decision) == {2: 2}


@pytest.mark.parametrize(
    ("condition", "failed"),
    [
        (Condition(channel_ids=frozenset({8})), "channel"),
        (Condition(customer_groups=frozenset({"RETAIL"})), "customer_group"),
        (Condition(regions=(Region(country="US", postal_prefix="9"),)), "region"),
        (Condition(regions=(Region(country="US", region="CA"),)), "region"),
        (Condition(service_levels=frozenset({"express"})), "service_level"),
        (Condition(value_from_minor=5001, currency="USD"), "order_value"),
        (Condition(value_below_minor=5000, currency="USD"), "order_value"),
        (Condition(value_from_minor=1, currency="EUR"), "order_value"),
        (Condition(item_groups=frozenset({"FOOD"})), "item_group"),
    ],
)
def test_a_strategy_is_skipped_for_the_condition_that_fails(
    condition: Condition, failed: str
) -> None:
    order = Circumstances(
        channel_id=7,
        customer_group="WHOLESALE",
        country="US",
        region="ny",
        postal_code="10 001",
        value_minor=5000,
        currency="USD",
        service_level="standard",
    )
    policy = Policy(
        strategies=(_strategy("FIRST", {1: 1}, condition=condition), _strategy("REST", {2: 1}))
    )
    decision = _decide(policy, _stock(9, 9, 9), 2, order=order)
    reasons = decision.lines[0].reasons
    assert reasons is not None
    assert (reasons.strategies, reasons.skipped) == (("REST",), (("FIRST", failed),))
    assert _said(decision) == [
        (0, "strategy_not_applicable"),
        (2, "highest_priority"),
        (0, "not_in_policy"),
    ]


def test_conditions_that_hold_let_the_strategy_serve() -> None:
    condition = Condition(
        channel_ids=frozenset({7}),
        customer_groups=frozenset({"WHOLESALE"}),
        item_groups=frozenset({"FOOD"}),
        regions=(Region(country="DE"), Region(country="US", region="NY", postal_prefix="100")),
        value_from_minor=5000,
        value_below_minor=5001,
        currency="USD",
        service_levels=frozenset({"standard"}),
    )
    order = Circumstances(
        channel_id=7,
        customer_group="WHOLESALE",
        country="US",
        region="ny",
        postal_code="10 001",
        value_minor=5000,
        currency="USD",
        service_level="standard",
    )
    line = DemandLine(1, Decimal(2), item_group="FOOD")
    decision = _decide(_strategy("FIRST", condition=condition), _stock(9, 9, 9), line, order=order)
    assert _gave(decision) == {1: 2}


def test_what_a_strategy_cannot_serve_falls_to_the_next_or_waits() -> None:
    for falls_back, gave in ((True, {1: 3, 2: 2}), (False, {1: 3})):
        first = _strategy("FIRST", {1: 1}, falls_back=falls_back)
        policy = Policy(strategies=(first, _strategy("REST", {2: 1})))
        decision = _decide(policy, _stock(3, 9), 5)
        assert _gave(decision) == gave
    assert _said(decision) == [(3, "highest_priority"), (0, "no_fallback")]


def _limited(*constraints: Constraint, **fields: Any) -> Policy:
    return Policy(strategies=(_strategy(),), constraints=constraints, **fields)


def test_an_order_is_split_no_further_than_allowed() -> None:
    stock = [*_stock(9, 0, 9), *_stock(0, 9, 9, item=2), *_stock(9, 9, 0, item=3)]
    lines = [DemandLine(item, Decimal(5)) for item in (1, 2, 3)]
    decision = _decide(_limited(Constraint(kind="max_splits", amount=1)), stock, *lines)
    places = {take.location_id for line in decision.lines for take in line.takes}
    assert [int(line.given) for line in decision.lines] == [5, 5, 5]
    assert places == {1, 2}
    decision = _decide(_limited(Constraint(kind="max_splits", amount=0)), stock, *lines)
    assert [int(line.given) for line in decision.lines] == [5, 0, 5]
    assert _said(decision, line=1)[1] == (0, "too_many_splits")


def test_the_fewest_parcels_win_when_they_come_first() -> None:
    stock = [*_stock(9, 0, 9), *_stock(0, 9, 9, item=2)]
    lines = [DemandLine(item, Decimal(5)) for item in (1, 2)]
    for criteria, places in (
        (("fewest_splits", "priority"), {3}),
        (("priority", "fewest_splits"), {1, 2}),
    ):
        decision = _decide(_strategy(criteria=criteria), stock, *lines)
        assert {t.location_id for line in decision.lines for t in line.takes} == places
    same = _strategy(ranks={1: 1, 2: 1, 3: 1}, criteria=("priority", "fewest_splits"))
    decision = _decide(same, stock, *lines)
    assert _gave(decision) == {3: 5}
    assert _said(decision)[2] == (5, "fewest_splits")


def test_minimum_inventory_stays() -> None:
    keep = Constraint(kind="minimum_inventory", keep_back=(KeepBack(quantity=Decimal(4)),))
    floors = {(1, 1): Decimal(4), (1, 2): Decimal(4)}
    decision = _decide(_limited(keep), _stock(6, 4, 0), 5, floors=floors)
    assert _said(decision) == [
        (2, "highest_priority"),
        (0, "kept_as_minimum"),
        (0, "no_stock"),
    ]


def test_soft_constraints_are_dropped_in_their_order_and_it_is_said() -> None:
    near = Constraint(kind="max_distance", amount=100, soft=True)
    keep = Constraint(
        kind="minimum_inventory", soft=True, keep_back=(KeepBack(quantity=Decimal(4)),)
    )
    floors = {(1, place): Decimal(4) for place in (1, 2, 3)}
    for wanted, dropped in (
        (5, ()),
        (9, ("max_distance",)),
        (12, ("max_distance", "minimum_inventory")),
    ):
        decision = _decide(
            _limited(near, keep), _stock(9, 9, 5), wanted, sites=NEAR_AND_CHEAP, floors=floors
        )
        reasons = decision.lines[0].reasons
        assert reasons is not None
        assert (int(decision.lines[0].given), reasons.dropped) == (wanted, dropped)
    hard = Constraint(kind="max_distance", amount=100)
    decision = _decide(_limited(hard, keep), _stock(9, 1, 0), 5, sites=NEAR_AND_CHEAP)
    assert _said(decision)[:2] == [(0, "too_far"), (1, "highest_priority")]


def test_a_location_takes_on_no_more_than_it_can() -> None:
    policy = _limited(Constraint(kind="capacity"))
    capacity = {1: Capacity(units=Decimal(3)), 2: Capacity(orders=0)}
    decision = _decide(policy, _stock(9, 9, 1), 5, capacity=capacity)
    assert _said(decision) == [
        (3, "highest_priority"),
        (0, "capacity_exhausted"),
        (1, "takes_remainder"),
    ]
    most = _strategy(criteria=("capacity",))
    decision = _decide(most, _stock(9, 9, 0), 2, capacity={1: Capacity(units=Decimal(3))})
    assert _gave(decision) == {2: 2}


def test_what_expires_first_goes_first_and_expired_lots_give_nothing() -> None:
    stock = [
        _lot(1, 1, 5, date(2026, 9, 1)),
        _lot(2, 1, 5, date(2026, 4, 1)),
        _lot(3, 2, 5, date(2026, 3, 1)),
        _lot(4, 3, 5, date(2026, 2, 28)),
    ]
    decision = _decide(_strategy(criteria=("expiry", "priority")), stock, 12)
    assert [(t.balance_id, int(t.quantity)) for t in decision.lines[0].takes] == [
        (3, 5),
        (2, 5),
        (1, 2),
    ]
    assert _said(decision) == [
        (7, "takes_remainder"),
        (5, "first_expiry"),
        (0, "lot_expired"),
    ]


def test_recalled_and_short_lived_lots_are_refused() -> None:
    stock = [_lot(1, 1, 5, date(2027, 1, 1), "recalled"), _lot(2, 2, 5, date(2026, 3, 20))]
    policy = _limited(Constraint(kind="shelf_life", amount=30))
    decision = _decide(policy, stock, 2)
    assert _said(decision) == [
        (0, "lot_not_released"),
        (0, "shelf_life_too_short"),
        (0, "no_stock"),
    ]
    soft = _limited(Constraint(kind="shelf_life", amount=30, soft=True))
    decision = _decide(soft, stock, 2)
    assert _gave(decision) == {2: 2}


def test_a_complete_order_waits_whole_and_leaves_the_stock_to_the_next() -> None:
    policy = _limited(on_shortage="ship_complete")
    demand = Demand(
        entity_id=OWNER,
        lines=(DemandLine(1, Decimal(3)), DemandLine(1, Decimal(3))),
        sites=(Site(1, None),),
        policy=policy,
    )
    waits, served = decide(
        [demand, Demand(OWNER, demand.lines[:1], demand.sites, policy=policy)], _stock(5)
    )
    assert waits.waits_complete
    assert [line.given for line in waits.lines] == [0, 0]
    assert _said(waits) == [(0, "ship_complete")]
    assert [line.given for line in served.lines] == [3]


def test_a_complete_order_takes_the_one_strategy_that_has_all() -> None:
    strategies = (_strategy("FIRST", {1: 1}), _strategy("REST", {2: 1}))
    policy = Policy(
        strategies=strategies,
        constraints=(Constraint(kind="max_splits", amount=0),),
        on_shortage="ship_complete",
    )
    decision = _decide(policy, _stock(3, 9), 5)
    assert _gave(decision) == {2: 5}


def test_what_is_missing_is_cancelled_where_the_policy_says_so() -> None:
    policy = _limited(on_shortage="cancel_remainder")
    assert _decide(policy, _stock(3, 1), 5).cancels_rest
    assert not _decide(policy, _stock(3, 2), 5).cancels_rest


def test_kits_are_given_whole_and_from_one_place_each() -> None:
    stock = [*_stock(7, 2, 0), *_stock(2, 9, 9, item=2)]
    lines = [
        DemandLine(1, Decimal(8), kit=1, per_kit=Decimal(2)),
        DemandLine(2, Decimal(4), kit=1, per_kit=Decimal(1)),
        DemandLine(1, Decimal(5)),
    ]
    decision = _decide(_strategy(), stock, *lines)
    assert [_gave(decision, line) for line in range(3)] == [{1: 4, 2: 2}, {1: 2, 2: 1}, {1: 3}]
    assert _said(decision, line=1)[2] == (0, "kit_incomplete")


def test_substitutes_stand_in_at_their_ratio_only_if_the_order_lets_them() -> None:
    rule = Substitution(item_id=1, substitute_id=2, ratio_numerator=3, ratio_denominator=2)
    policy = Policy(strategies=(_strategy(),), substitutions=(rule,))
    stock = [*_stock(1), *_stock(8, item=2)]
    assert _decide(policy, stock, 6).substitutes == ()
    order = Circumstances(channel_id=7, substitutes_allowed=True)
    decision = _decide(policy, stock, 6, order=order)
    [other] = decision.substitutes
    assert (other.position, other.item_id, other.replaces) == (0, 2, Decimal(4))
    assert other.decision.requested == other.decision.given == 6
    assert other.decision.reasons is not None
    assert other.decision.reasons.stands_for == 1
    elsewhere = Substitution(item_id=1, substitute_id=2, channel_ids=frozenset({9}))
    policy = Policy(strategies=(_strategy(),), substitutions=(elsewhere,))
    assert _decide(policy, stock, 6, order=order).substitutes == ()


def test_a_substitute_completes_an_order_of_everything_or_nothing() -> None:
    rule = Substitution(item_id=1, substitute_id=2)
    policy = Policy(strategies=(_strategy(),), substitutions=(rule,))
    order = Circumstances(substitutes_allowed=True)
    for there, short in ((3, None), (2, (0, Decimal(2)))):
        stock = [*_stock(2), *_stock(there, item=2)]
        decision = _decide(policy, stock, 5, order=order, all_or_nothing=True)
        assert decision.short == short
        assert len(decision.substitutes) == (short is None)
