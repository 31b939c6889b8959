"""Whatever a run plans by whichever method: never more than is there, than locations can take on,
nor into what is kept for others, nor of owners that no trade agreement leads to."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.allocation.demand import Demand, DemandLine, Site
from domain.allocation.facts import Lane
from domain.allocation.protection import Pool, Pools
from domain.allocation.runs import minimum_cost
from domain.allocation.runs.demand import OpenLine, OpenOrder, Plan, Rules, Situation
from domain.allocation.runs.planning import plan
from domain.allocation.shelf import Capacity, Stock
from domain.allocation.strategy import Circumstances, Constraint, Policy, Strategy
from domain.intercompany.policies.paths import Source

PLACES, ITEMS, OWNER, PARTNER, THIRD = (1, 2, 3), (1, 2), 7, 8, 9
# The first buys from both others, of the third one item alone; the second from the third.
SOURCES = {
    OWNER: (Source(PARTNER, (1,)), Source(THIRD, (2,), items=frozenset({1}))),
    PARTNER: (Source(THIRD, (3,)),),
}
MEMBERS, OTHERS = 1, 2
METHODS = ("priority", "fair_share", "minimum_cost", "exchange")
POLICY = Policy(
    strategies=(Strategy(code="ALL", ranks={place: place for place in PLACES}),),
    constraints=(Constraint(kind="capacity"),),
)
QUANTITIES = st.integers(0, 8).map(Decimal)


def _lanes(costs: list[int]) -> dict[int, Lane]:
    both = zip(PLACES, costs, strict=True)
    return {p: Lane(p, None, None, None, cost, Decimal(1)) for p, cost in both}


@st.composite
def _orders(draw: st.DrawFn) -> list[tuple[OpenOrder, list[tuple[int, Decimal]]]]:
    orders = []
    for _ in range(draw(st.integers(1, 5))):
        entity_id = draw(st.sampled_from([OWNER, PARTNER]))
        demand = Demand(
            entity_id=entity_id,
            sources=draw(st.sampled_from([(), SOURCES[entity_id]])),
            lines=(),
            sites=tuple(Site(place, None) for place in PLACES),
            policy=POLICY,
            order=Circumstances(channel_id=draw(st.sampled_from([MEMBERS, OTHERS]))),
        )
        costs = draw(st.lists(st.integers(0, 500), min_size=3, max_size=3))
        wanted = draw(
            st.dictionaries(st.sampled_from(ITEMS), st.integers(1, 6).map(Decimal), min_size=1)
        )
        order = OpenOrder(demand=demand, currency="EUR", lanes=_lanes(costs))
        orders.append((order, list(wanted.items())))
    return orders


@st.composite
def _situations(draw: st.DrawFn) -> Situation:
    ids, orders, lines = count(1), {}, []
    for order_id, (order, wanted) in enumerate(draw(_orders()), start=1):
        orders[order_id] = order
        for item, quantity in wanted:
            asked = DemandLine(item, quantity)
            line = OpenLine(
                id=next(ids), order_id=order_id, item_id=item, demanded=quantity, asked=asked
            )
            lines.append(line)
    owners = draw(st.sampled_from([(OWNER,), (OWNER, PARTNER, THIRD)]))
    spots = [(item, place, owner) for item in ITEMS for place in PLACES for owner in owners]
    stock = [Stock(n, *spot, draw(QUANTITIES)) for n, spot in enumerate(spots, start=1)]
    limits = st.builds(Capacity, orders=st.none() | st.integers(0, 3), units=st.none() | QUANTITIES)
    pools = [
        Pool(
            id=item,
            item_id=item,
            owner_id=OWNER,
            location_id=draw(st.none() | st.sampled_from(PLACES)),
            channel_id=MEMBERS,
            quantity=draw(QUANTITIES),
        )
        for item in draw(st.sets(st.sampled_from(ITEMS)))
    ]
    return Situation(
        lines=lines,
        orders=orders,
        stock=stock,
        today=date(2026, 3, 2),
        capacity=draw(st.dictionaries(st.sampled_from(PLACES), limits)),
        pools=Pools(tuple(pools), {}),
        rules=Rules(solver_seconds=1, transfer_cost_minor=draw(st.integers(0, 50))),
    )


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each method; the least cost by the solver, and as in large runs."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "exchange":
            patch.setattr(minimum_cost, "MOST_WAYS", 0)
        yield "minimum_cost" if request.param == "exchange" else str(request.param)


@settings(deadline=None, max_examples=60)
@given(situation=_situations())
def _keeps_limits(method: str, situation: Situation) -> None:
    made = plan(method, situation)
    _no_more_than_is_there(situation, made)
    _no_more_than_can_be_taken_on(situation, made)
    _nothing_that_is_kept_for_others(situation, made)
    _only_of_owners_that_may_be_asked(situation, made)


def test_no_plan_goes_beyond_stock_capacity_or_pools(method: str) -> None:
    _keeps_limits(method)


def _no_more_than_is_there(situation: Situation, made: Plan) -> None:
    taken: dict[int, Decimal] = defaultdict(Decimal)
    for each in made.lines:
        assert each.given <= each.line.demanded
        for take in each.takes:
            taken[take.balance_id] += take.quantity
    assert all(taken[stock.balance_id] <= stock.available for stock in situation.stock)


def _no_more_than_can_be_taken_on(situation: Situation, made: Plan) -> None:
    units: dict[int, Decimal] = defaultdict(Decimal)
    orders: dict[int, set[int]] = defaultdict(set)
    for each in made.lines:
        for take in each.takes:
            units[take.location_id] += take.quantity
            orders[take.location_id].add(each.line.order_id)
    for place, limit in situation.capacity.items():
        assert limit.units is None or units[place] <= limit.units
        assert limit.orders is None or len(orders[place]) <= limit.orders


def _nothing_that_is_kept_for_others(situation: Situation, made: Plan) -> None:
    for pool in situation.pools.pools:
        there = [
            stock
            for stock in situation.stock
            if (stock.item_id, stock.owner_id) == (pool.item_id, pool.owner_id)
            and pool.location_id in (None, stock.location_id)
        ]
        balances = {stock.balance_id for stock in there}
        takes = [
            (situation.orders[each.line.order_id].demand.order.channel_id, take)
            for each in made.lines
            for take in each.takes
            if take.balance_id in balances
        ]
        free = sum((stock.available for stock in there), Decimal(0))
        assert pool.quantity is not None
        kept = min(pool.quantity, free)
        members = {channel for channel, take in takes if take.pool_id == pool.id}
        assert members <= {MEMBERS}
        of_pool = sum((t.quantity for _, t in takes if t.pool_id == pool.id), Decimal(0))
        of_nobody = sum((t.quantity for _, t in takes if t.pool_id is None), Decimal(0))
        assert of_pool <= kept
        assert of_nobody <= free - kept


def _only_of_owners_that_may_be_asked(situation: Situation, made: Plan) -> None:
    owners = {stock.balance_id: stock.owner_id for stock in situation.stock}
    for each in made.lines:
        demand = situation.orders[each.line.order_id].demand
        for take in each.takes:
            if take.source is None:
                assert owners[take.balance_id] == demand.entity_id
            else:
                assert take.source in demand.sources
                assert take.source.covers(each.line.item_id)
                assert owners[take.balance_id] == take.source.owner_id


def test_of_equal_plans_what_is_bought_is_planned_last() -> None:
    demand = Demand(
        entity_id=OWNER,
        lines=(),
        sites=tuple(Site(place, None) for place in PLACES),
        policy=POLICY,
        sources=SOURCES[OWNER],
    )
    line = OpenLine(
        id=1, order_id=1, item_id=1, demanded=Decimal(3), asked=DemandLine(1, Decimal(3))
    )
    stock = [Stock(1, 1, 1, PARTNER, Decimal(2)), Stock(2, 1, 1, OWNER, Decimal(2))]
    situation = Situation(
        lines=[line],
        orders={1: OpenOrder(demand=demand, currency="EUR", lanes=_lanes([1, 1, 1]))},
        stock=stock,
        today=date(2026, 3, 2),
        rules=Rules(solver_seconds=1, transfer_cost_minor=10),
    )
    for name in ("priority", "fair_share", "minimum_cost"):
        (planned,) = plan(name, situation).lines
        assert [(take.balance_id, int(take.quantity)) for take in planned.takes] == [(2, 2), (1, 1)]
