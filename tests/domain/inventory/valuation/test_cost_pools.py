"""The stock of one item as a pool: what leaves takes a whole share, and nothing is lost."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.policies.cost_pools import (
    AVERAGE,
    FIFO,
    Layer,
    NotOwned,
    Pool,
    Uncovered,
    unit_of,
    values_by_layer,
)
from domain.inventory.policies.cost_revision import (
    Came,
    Happened,
    History,
    Went,
    played_again,
    rolled_back,
)
from tests.factories.costing import In, Out, Step, recomputed

D = Decimal
TODAY = date(2026, 6, 1)


def test_fifo_takes_the_oldest_first_and_the_last_unit_takes_all() -> None:
    pool = Pool(method=FIFO)
    pool.add(1, D(3), 100)
    pool.add(2, D(1), 50)
    assert [part.value for part in pool.take(D(1)).parts] == [33]
    assert pool.take(D(3)).value == 67 + 50
    assert (pool.quantity, pool.value) == (0, 0)


def test_the_average_is_of_all_that_is_there() -> None:
    pool = Pool()
    pool.add(1, D(1), 100)
    pool.add(2, D(2), 101)
    gone = pool.take(D(2))
    assert gone.value == 134
    assert [(part.layer, part.quantity) for part in gone.parts] == [(1, D(1)), (2, D(1))]
    assert sum(part.value for part in gone.parts) == 134


def test_preferred_layers_go_first() -> None:
    pool = Pool(method=FIFO)
    pool.add(1, D(1), 10)
    pool.add(2, D(1), 20)
    assert pool.take(D(1), lambda key: key == 2).value == 20
    assert [(layer.key, layer.left, layer.value) for layer in pool.layers if layer.left] == [
        (1, D(1), 10)
    ]


def test_no_more_leaves_than_is_owned_or_lent() -> None:
    pool = Pool(method=FIFO, quantity=D(2), value=20, layers=[Layer(1, D(2), 20)], lends=D(1))
    with pytest.raises(NotOwned):
        pool.take(D(4))
    pool.last_unit = D(7)
    gone = pool.take(D(3))
    assert (gone.value, gone.uncovered, gone.uncovered_value) == (27, D(1), 7)
    assert (pool.quantity, pool.value) == (-1, -7)
    with pytest.raises(NotOwned):
        pool.take(D(1))


def test_what_comes_covers_what_left_before_it_first() -> None:
    pool = Pool(method=FIFO, quantity=D(-5), value=-500, uncovered=[Uncovered(9, D(5), 500)])
    (covered,) = pool.add(1, D(6), 60)
    assert (covered.issue, covered.quantity, covered.before, covered.value) == (9, D(5), 500, 50)
    assert (pool.quantity, pool.value) == (1, 10)
    assert (pool.layers[0].left, pool.layers[0].value, pool.uncovered) == (D(1), 10, [])


def test_layers_of_a_pool_share_its_value() -> None:
    assert values_by_layer([Layer(1, D(1)), Layer(2, D(2))], 100) == [33, 67]
    assert values_by_layer([Layer(1, D(1), 5), Layer(2, D(2), 6)], 11) == [5, 6]
    assert unit_of(D(3), 100) == D("33.333333")


@given(
    method=st.sampled_from([AVERAGE, FIFO]),
    receipts=st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10**6)), min_size=1, max_size=6),
    parts=st.lists(st.integers(1, 7), max_size=10),
)
def test_whatever_comes_in_goes_out(
    method: str, receipts: list[tuple[int, int]], parts: list[int]
) -> None:
    pool = Pool(method=method)
    for key, (quantity, value) in enumerate(receipts):
        pool.add(key, D(quantity), value)
    gone = sum(pool.take((pool.quantity / part).quantize(D(1))).value for part in parts)
    gone += pool.take(pool.quantity).value
    assert gone == sum(value for _, value in receipts)
    assert (pool.quantity, pool.value, [n for n in pool.layers if n.left]) == (0, 0, [])


STEPS = st.lists(
    st.one_of(
        st.builds(In, st.integers(1, 20), st.integers(0, 5000), st.just(0)),
        st.builds(Out, st.integers(1, 20)),
    ),
    min_size=2,
    max_size=14,
)


@given(STEPS, st.sampled_from([AVERAGE, FIFO]), st.data())
def test_playing_again_from_anywhere_is_valuing_everything_anew(
    wanted: list[Step], method: str, data: st.DataObject
) -> None:
    steps, there = [], 0
    for step in wanted:
        if isinstance(step, In):
            there += step.quantity
            steps.append(step)
        elif isinstance(step, Out) and step.quantity <= there:
            there -= step.quantity
            steps.append(step)
    pool, happened = Pool(method=method), list[Happened]()
    for place, step in enumerate(steps):
        at = (TODAY, place)
        if isinstance(step, In):
            pool.add(place, D(step.quantity), step.value)
            happened.append(Came(at, place, D(step.quantity), step.value))
        else:
            assert isinstance(step, Out)
            gone = pool.take(D(step.quantity))
            happened.append(Went(at, place, D(step.quantity), gone.value, gone.parts))
    receipts = [place for place, step in enumerate(steps) if isinstance(step, In)]
    if not receipts:
        return
    changed = data.draw(st.sampled_from(receipts))
    since = data.draw(st.integers(0, changed))
    value = data.draw(st.integers(0, 9000))
    before = [layer for layer in pool.layers if layer.key < since]
    history = History([each for each in happened if each.at[1] >= since], before)
    start = rolled_back(pool, history)
    issued = played_again(start, history, {changed: value})
    costs = {each.issue: each.cost for each in happened if isinstance(each, Went)}
    costs |= {number: one.cost for number, one in issued.items()}
    known = [
        In(step.quantity, value) if place == changed and isinstance(step, In) else step
        for place, step in enumerate(steps)
    ]
    assert ([costs[n] for n in sorted(costs)], start.value) == recomputed(known, method)
    assert start.quantity == pool.quantity


def test_goods_that_count_since_an_earlier_day_are_taken_first() -> None:
    pool = Pool(method=FIFO)
    pool.add(1, D(2), 200)
    gone = pool.take(D(2))
    pool.add(2, D(2), 100)
    late = Came((TODAY - timedelta(days=3), 3), 2, D(2), 100)
    history = History(
        [
            late,
            Came((TODAY - timedelta(days=1), 1), 1, D(2), 200),
            Went((TODAY, 2), 7, D(2), gone.value, gone.parts),
        ],
        [],
    )
    start = rolled_back(pool, history)
    assert played_again(start, history, {})[7].cost == 100
    assert start.value == 200
