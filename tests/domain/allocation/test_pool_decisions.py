"""Decisions over protected stock, whatever is asked: nobody's part goes to somebody else."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.policy import Decision, Demand, DemandLine, Site, decide
from domain.allocation.protection import Pool, Pools
from domain.allocation.shelf import Shelf, Stock
from domain.allocation.strategy import Circumstances, Constraint, Policy, Strategy

D = Decimal
PLACES = (1, 2, 3)
STOCK = st.lists(
    st.tuples(st.integers(1, 2), st.sampled_from(PLACES), st.integers(0, 20)), max_size=8
).map(lambda rows: [Stock(n, item, place, 1, D(q)) for n, (item, place, q) in enumerate(rows)])
POOLS = st.lists(
    st.builds(
        Pool,
        id=st.just(0),
        item_id=st.integers(1, 2),
        owner_id=st.just(1),
        location_id=st.none() | st.sampled_from(PLACES),
        channel_id=st.integers(1, 2),
        quantity=st.integers(1, 15).map(D),
        in_effect=st.booleans(),
    ),
    min_size=1,
    max_size=4,
).map(
    lambda pools: Pools(
        tuple(
            Pool(**{name: getattr(pool, name) for name in Pool.__slots__} | {"id": n})
            for n, pool in enumerate(pools, start=1)
        )
    )
)
POLICIES = st.builds(
    Policy,
    strategies=st.just(
        (Strategy(code="ALL", ranks=dict.fromkeys(PLACES, 1), criteria=("stock_depth",)),)
    ),
    constraints=st.sampled_from([(), (Constraint(kind="max_splits", amount=1),)]),
    on_shortage=st.sampled_from(["backorder", "ship_complete"]),
)
LINES = st.tuples(st.integers(1, 2), st.integers(1, 20).map(D), st.sampled_from([None, 1]))


def _demand(channel: int, lines: list[Any], policy: Policy | None, split: bool) -> Demand:
    return Demand(
        entity_id=1,
        lines=tuple(DemandLine(item, quantity, kit=kit) for item, quantity, kit in lines),
        sites=tuple(Site(place, place) for place in PLACES),
        split_allowed=split,
        policy=policy,
        order=Circumstances(channel_id=channel),
    )


DEMANDS = st.lists(
    st.builds(
        _demand,
        st.integers(1, 3),
        st.lists(LINES, min_size=1, max_size=3),
        st.none() | POLICIES,
        st.booleans(),
    ),
    max_size=5,
)


def _takes(decisions: list[Decision]) -> list[tuple[int, Any]]:
    return [(n, take) for n, d in enumerate(decisions) for line in d.lines for take in line.takes]


@given(STOCK, POOLS, DEMANDS)
def test_takes_come_from_pools_of_their_own_and_close(
    stock: list[Stock], pools: Pools, demands: list[Demand]
) -> None:
    before = Shelf(stock, pools=pools).protection
    assert before is not None
    by_id = {pool.id: pool for pool in pools.pools}
    given: dict[int, Decimal] = defaultdict(Decimal)
    drawn: dict[int, Decimal] = defaultdict(Decimal)
    for n, take in _takes(decide(demands, stock, pools=pools)):
        given[take.balance_id] += take.quantity
        if take.pool_id is not None:
            drawn[take.pool_id] += take.quantity
            assert by_id[take.pool_id].channel_id == demands[n].order.channel_id
            assert by_id[take.pool_id].location_id in (None, take.location_id)
    assert all(given[each.balance_id] <= each.available for each in stock)
    for pool_id, quantity in drawn.items():
        assert quantity <= before.left(by_id[pool_id].item_id, pool_id)


@given(STOCK, POOLS, DEMANDS)
def test_outsiders_leave_what_is_covered(
    stock: list[Stock], pools: Pools, demands: list[Demand]
) -> None:
    """Channel 3 has no pool: whatever it orders, members find all that was there for them."""
    outsiders = [
        Demand(**{name: getattr(d, name) for name in Demand.__slots__} | {"order": OUTSIDER})
        for d in demands
    ]
    before = Shelf(stock, pools=pools)
    taken: dict[int, Decimal] = defaultdict(Decimal)
    for _, take in _takes(decide(outsiders, stock, pools=pools)):
        taken[take.balance_id] += take.quantity
    rest = [
        Stock(s.balance_id, s.item_id, s.location_id, 1, s.available - taken[s.balance_id])
        for s in stock
    ]
    after = Shelf(rest, pools=pools)
    assert before.protection is not None
    assert after.protection is not None
    for pool in pools.pools:
        had = before.protection.covered(pool.item_id, pool.id)
        assert after.protection.covered(pool.item_id, pool.id) == had


OUTSIDER = Circumstances(channel_id=3)


@given(STOCK, DEMANDS)
def test_pools_of_other_items_change_nothing(stock: list[Stock], demands: list[Demand]) -> None:
    other = Pools((Pool(id=1, item_id=9, owner_id=1, channel_id=1, quantity=D(5)),))
    assert decide(demands, stock, pools=other) == decide(demands, stock)


def test_a_refusal_for_the_sake_of_others_says_so() -> None:
    """No splits: one location has all of it, but keeps it; the other has too little."""
    stock = [Stock(1, 1, 1, 1, D(10)), Stock(2, 1, 2, 1, D(3))]
    kept = Pool(id=7, item_id=1, owner_id=1, location_id=1, channel_id=1, quantity=D(10))
    demand = _demand(2, [(1, D(5), None)], None, False)
    [decision] = decide([demand], stock, pools=Pools((kept,)))
    [line] = decision.lines
    assert [(v.location_id, v.available, v.given, v.rule) for v in line.verdicts] == [
        (1, 10, 0, "protected_for_others"),
        (2, 3, 3, "best_single_location"),
        (3, 0, 0, "no_stock"),
    ]
    assert line.reasons is not None
    assert line.reasons.kept_by == ((7, D(10)),)


def test_kits_are_made_of_what_may_be_taken() -> None:
    stock = [Stock(1, 1, 1, 1, D(10)), Stock(2, 2, 1, 1, D(10))]
    kept = Pool(id=7, item_id=2, owner_id=1, channel_id=1, quantity=D(7))
    lines = [(1, D(5), 1), (2, D(5), 1)]
    for channel, kits in ((1, 5), (2, 3)):
        demand = _demand(channel, lines, None, True)
        [decision] = decide([demand], stock, pools=Pools((kept,)))
        assert [line.given for line in decision.lines] == [kits, kits]
