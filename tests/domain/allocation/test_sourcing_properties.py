"""What holds of every decision, whatever the policy says."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.allocation.demand import policy_of
from domain.allocation.policy import CHOSEN, RULES, Decision, Demand, DemandLine, Site, decide
from domain.allocation.shelf import Capacity, Stock, Take
from domain.allocation.strategy import (
    CRITERIA,
    SHORTAGES,
    Circumstances,
    Condition,
    Constraint,
    Policy,
    Strategy,
    Substitution,
)

TODAY = date(2026, 3, 1)
PLACES = st.integers(1, 4)
ITEMS = st.integers(1, 3)
EXPIRIES = st.none() | st.integers(0, 40).map(lambda days: TODAY + timedelta(days=days))
STOCK = st.lists(
    st.tuples(ITEMS, PLACES, st.integers(1, 2), st.integers(0, 20).map(Decimal), EXPIRIES),
    max_size=16,
).map(
    lambda rows: [
        Stock(n, *row, hindrance="lot_not_released" if n % 7 == 6 else None)
        for n, row in enumerate(rows)
    ]
)
CONDITIONS = st.builds(
    Condition,
    channel_ids=st.frozensets(st.integers(1, 2), max_size=1),
    item_groups=st.frozensets(st.sampled_from("AB"), max_size=1),
)
STRATEGIES = st.lists(
    st.builds(
        Strategy,
        code=st.sampled_from(["ONE", "TWO"]),
        ranks=st.dictionaries(PLACES, st.integers(1, 3), min_size=1),
        criteria=st.lists(st.sampled_from(CRITERIA), min_size=1, unique=True).map(tuple),
        condition=CONDITIONS,
        falls_back=st.booleans(),
    ),
    min_size=1,
    max_size=2,
)
CONSTRAINTS = st.lists(
    st.one_of(
        st.builds(
            Constraint,
            kind=st.just("max_splits"),
            amount=st.integers(0, 2),
            soft=st.booleans(),
        ),
        st.builds(
            Constraint,
            kind=st.just("shelf_life"),
            amount=st.integers(1, 30),
            soft=st.booleans(),
        ),
        st.builds(
            Constraint,
            kind=st.just("max_distance"),
            amount=st.integers(1, 300),
            soft=st.booleans(),
        ),
        st.builds(
            Constraint,
            kind=st.sampled_from(["minimum_inventory", "capacity"]),
            soft=st.booleans(),
        ),
    ),
    max_size=3,
)
POLICIES = st.builds(
    Policy,
    strategies=STRATEGIES.map(tuple),
    constraints=CONSTRAINTS.map(tuple),
    on_shortage=st.sampled_from(SHORTAGES),
    substitutions=st.lists(
        st.builds(
            Substitution,
            item_id=st.just(1),
            substitute_id=st.integers(2, 3),
            ratio_numerator=st.integers(1, 3),
            ratio_denominator=st.integers(1, 3),
        ),
        max_size=2,
    ).map(tuple),
)
LINES = st.lists(
    st.builds(
        DemandLine,
        ITEMS,
        st.integers(1, 25).map(Decimal),
        item_group=st.sampled_from(["A", "B", None]),
        kit=st.sampled_from([None, None, 1]),
        per_kit=st.integers(1, 3).map(Decimal),
    ),
    min_size=1,
    max_size=4,
)
SITES = st.tuples(
    *(
        st.builds(
            Site,
            st.just(place),
            st.none(),
            is_open=st.sampled_from([True, True, True, False]),
            distance_km=st.none() | st.integers(0, 400),
            order_cost=st.none() | st.integers(0, 500),
            unit_cost=st.none() | st.integers(0, 9).map(Decimal),
        )
        for place in (1, 2, 3, 4)
    )
)
DEMANDS = st.lists(
    st.builds(
        Demand,
        entity_id=st.integers(1, 2),
        lines=LINES.map(tuple),
        sites=SITES,
        split_allowed=st.booleans(),
        all_or_nothing=st.booleans(),
        policy=POLICIES,
        order=st.builds(
            Circumstances, channel_id=st.integers(1, 2), substitutes_allowed=st.booleans()
        ),
        floors=st.dictionaries(st.tuples(ITEMS, PLACES), st.integers(0, 9).map(Decimal)),
    ),
    max_size=3,
)
CAPACITIES = st.dictionaries(
    PLACES,
    st.builds(
        Capacity,
        orders=st.none() | st.integers(0, 2),
        units=st.none() | st.integers(0, 15).map(Decimal),
    ),
)


def _decide(
    demands: list[Demand], stock: list[Stock], capacity: dict[int, Capacity]
) -> list[Decision]:
    return decide(demands, stock, capacity=capacity, today=TODAY.toordinal())


def _taken(demand: Demand, decision: Decision) -> list[tuple[int, Take]]:
    """What an order takes, with the item of each."""
    lines = zip(demand.lines, decision.lines, strict=True)
    takes = [(line.item_id, take) for line, each in lines for take in each.takes]
    return takes + [(s.item_id, take) for s in decision.substitutes for take in s.decision.takes]


def _hard(demand: Demand, kind: str) -> list[int]:
    """The amounts of the order's hard constraints of a kind."""
    constraints = policy_of(demand).constraints
    return [each.amount for each in constraints if each.kind == kind and not each.soft]


@settings(max_examples=300)
@given(DEMANDS, STOCK, CAPACITIES)
def test_nothing_is_given_twice_or_from_the_wrong_place(
    demands: list[Demand], stock: list[Stock], capacity: dict[int, Capacity]
) -> None:
    by_id = {each.balance_id: each for each in stock}
    taken: dict[int, Decimal] = defaultdict(Decimal)
    for demand, decision in zip(demands, _decide(demands, stock, capacity), strict=True):
        takes = _taken(demand, decision)
        places = {take.location_id for _, take in takes}
        open_places = {site.location_id for site in demand.sites if site.is_open}
        used = {place for each in policy_of(demand).strategies for place in each.ranks}
        assert places <= used & open_places
        for item_id, take in takes:
            source = by_id[take.balance_id]
            assert source.hindrance is None
            assert (source.item_id, source.owner_id) == (item_id, demand.entity_id)
            assert source.location_id == take.location_id
            taken[take.balance_id] += take.quantity
    assert all(quantity <= by_id[balance].available for balance, quantity in taken.items())


@settings(max_examples=300)
@given(DEMANDS, STOCK, CAPACITIES)
def test_hard_limits_hold(
    demands: list[Demand], stock: list[Stock], capacity: dict[int, Capacity]
) -> None:
    by_id = {each.balance_id: each for each in stock}
    for demand, decision in zip(demands, _decide(demands, stock, capacity), strict=True):
        takes = _taken(demand, decision)
        places = {take.location_id for _, take in takes}
        assert demand.split_allowed or len(places) <= 1
        assert all(len(places) <= splits + 1 for splits in _hard(demand, "max_splits"))
        for _, take in takes:
            expires = by_id[take.balance_id].expires_on
            for days in _hard(demand, "shelf_life"):
                assert expires is None or expires >= TODAY + timedelta(days=days)
            distance = demand.sites[take.location_id - 1].distance_km
            for most in _hard(demand, "max_distance"):
                assert distance is None or distance <= most


@settings(max_examples=300)
@given(DEMANDS, STOCK, CAPACITIES)
def test_capacity_and_minimum_inventory_hold_over_all_orders(
    demands: list[Demand], stock: list[Stock], capacity: dict[int, Capacity]
) -> None:
    left: dict[tuple[int, int, int], Decimal] = defaultdict(Decimal)
    for each in stock:
        if each.hindrance is None:
            left[each.item_id, each.location_id, each.owner_id] += each.available
    units: dict[int, Decimal] = defaultdict(Decimal)
    orders: dict[int, int] = defaultdict(int)
    for demand, decision in zip(demands, _decide(demands, stock, capacity), strict=True):
        takes = _taken(demand, decision)
        for item_id, take in takes:
            units[take.location_id] += take.quantity
            left[item_id, take.location_id, demand.entity_id] -= take.quantity
        for place in {take.location_id for _, take in takes}:
            orders[place] += 1
            most = capacity.get(place, Capacity())
            if _hard(demand, "capacity"):
                assert most.units is None or units[place] <= most.units
                assert most.orders is None or orders[place] <= most.orders
        if _hard(demand, "minimum_inventory"):
            for item_id, take in takes:
                floor = demand.floors.get((item_id, take.location_id), Decimal(0))
                assert left[item_id, take.location_id, demand.entity_id] >= floor


@settings(max_examples=300)
@given(DEMANDS, STOCK, CAPACITIES)
def test_lines_get_no_more_than_they_ask_and_whole_where_whole_is_wanted(
    demands: list[Demand], stock: list[Stock], capacity: dict[int, Capacity]
) -> None:
    for demand, decision in zip(demands, _decide(demands, stock, capacity), strict=True):
        replaced: dict[int, Decimal] = defaultdict(Decimal)
        for each in decision.substitutes:
            replaced[each.position] += each.replaces
            assert each.decision.given == each.decision.requested > 0
            assert demand.order.substitutes_allowed
        kits = set()
        for position, (line, each) in enumerate(zip(demand.lines, decision.lines, strict=True)):
            assert each.given + replaced[position] <= line.quantity
            assert sum(v.given for v in each.verdicts) == each.given
            assert all((v.given > 0) == (v.rule in CHOSEN) for v in each.verdicts)
            assert all(v.given <= v.available and v.rule in RULES for v in each.verdicts)
            if line.kit is not None:
                kits.add(each.given / line.per_kit)
        assert len(kits) <= 1
        assert all(count == count.to_integral_value() for count in kits)
        missing = [
            line.quantity - each.given - replaced[position]
            for position, (line, each) in enumerate(zip(demand.lines, decision.lines, strict=True))
        ]
        if demand.all_or_nothing or policy_of(demand).on_shortage == "ship_complete":
            whole = not any(missing)
            nothing = not decision.substitutes and not any(e.given for e in decision.lines)
            assert whole or nothing
            assert (decision.short is not None or decision.waits_complete) == (not whole)
        if decision.cancels_rest:
            assert any(missing)


@given(DEMANDS, STOCK, CAPACITIES)
def test_the_same_question_has_the_same_answer(
    demands: list[Demand], stock: list[Stock], capacity: dict[int, Capacity]
) -> None:
    assert _decide(demands, stock, capacity) == _decide(demands, stock, capacity)


@given(DEMANDS, STOCK, CAPACITIES)
def test_who_comes_first_is_served_as_if_alone(
    demands: list[Demand], stock: list[Stock], capacity: dict[int, Capacity]
) -> None:
    for count in range(1, len(demands) + 1):
        alone = _decide(demands[:count], stock, capacity)
        assert _decide(demands, stock, capacity)[:count] == alone


@given(DEMANDS, STOCK, CAPACITIES)
def test_what_is_left_lying_is_left_for_a_reason(
    demands: list[Demand], stock: list[Stock], capacity: dict[int, Capacity]
) -> None:
    """Without limits, no line waits while an open location of its strategy has stock for it."""
    free = [
        replace(
            demand,
            split_allowed=True,
            all_or_nothing=False,
            lines=tuple(replace(line, kit=None) for line in demand.lines),
            policy=Policy(
                strategies=tuple(
                    replace(each, condition=Condition(), falls_back=True)
                    for each in policy_of(demand).strategies
                )
            ),
        )
        for demand in demands
    ]
    left = {each.balance_id: each.available for each in stock}
    for demand, decision in zip(free, _decide(free, stock, {}), strict=True):
        for take in [t for line in decision.lines for t in line.takes] + [
            t for other in decision.substitutes for t in other.decision.takes
        ]:
            left[take.balance_id] -= take.quantity
        used = {p for each in policy_of(demand).strategies for p in each.ranks}
        usable = used & {site.location_id for site in demand.sites if site.is_open}
        for line, each in zip(demand.lines, decision.lines, strict=True):
            if each.given < line.quantity:
                assert not any(
                    left[s.balance_id]
                    for s in stock
                    if (s.item_id, s.owner_id) == (line.item_id, demand.entity_id)
                    and s.location_id in usable
                    and s.hindrance is None
                    and not decision.substitutes
                )
