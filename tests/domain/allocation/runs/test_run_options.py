"""What lines can get in the order of the queue, exactly; and the order in which they queue."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.priority import LINE_AGE, PriorityKey, checked, decided_by, read, written
from domain.allocation.runs.options import Option, Pool
from domain.kernel.errors import InvalidInput

PLACES = (1, 2, 3)


def _served_by_exchange(
    stock: dict[int, int], lines: list[tuple[frozenset[int], int]]
) -> list[int]:
    """The same by trying: each unit goes through whatever exchanges make room for it."""
    holders: dict[int, list[int]] = {place: [] for place in PLACES}

    def room(line: int, seen: set[int]) -> bool:
        for place in lines[line][0] - seen:
            seen.add(place)
            if len(holders[place]) < stock[place]:
                holders[place].append(line)
                return True
            for n, other in enumerate(holders[place]):
                if room(other, seen):
                    holders[place][n] = line
                    return True
        return False

    return [sum(room(n, set()) for _ in range(asked)) for n, (_, asked) in enumerate(lines)]


@given(
    st.fixed_dictionaries({place: st.integers(0, 4) for place in PLACES}),
    st.lists(
        st.tuples(st.frozensets(st.sampled_from(PLACES), min_size=1), st.integers(0, 4)),
        max_size=5,
    ),
)
def test_the_first_in_the_queue_get_the_most_there_can_be(
    stock: dict[int, int], lines: list[tuple[frozenset[int], int]]
) -> None:
    pool = Pool()
    pool.learn([Option(place, 1, Decimal(quantity)) for place, quantity in stock.items()])
    got = [
        int(pool.give(frozenset((place, 1) for place in places), Decimal(asked)))
        for places, asked in lines
    ]
    assert got == _served_by_exchange(stock, lines)


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ([PriorityKey(kind="mood")], ("keys", 0, "kind")),
        ([PriorityKey(kind="order_age"), PriorityKey(kind="order_age")], ("keys", 1, "kind")),
        ([PriorityKey(kind="customer_group")], ("keys", 0, "groups")),
        ([PriorityKey(kind="margin", groups=("a",))], ("keys", 0, "groups")),
        ([PriorityKey(kind="channel", channel_ids=(1, 1))], ("keys", 0, "channel_ids")),
        ([PriorityKey(kind="order_value")], ("keys", 0, "currency")),
        ([PriorityKey(kind="order_age", currency="EUR")], ("keys", 0, "currency")),
    ],
)
def test_a_rule_that_can_never_be_right_is_refused(
    keys: list[PriorityKey], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked(keys, path=("keys",))
    assert refused.value.path == path


def test_a_rule_is_read_as_it_was_written_and_says_what_decided() -> None:
    rule = checked(
        [PriorityKey(kind="customer_group", groups=("gold", "silver")), PriorityKey(kind="margin")],
        path=("keys",),
    )
    assert read(written(rule)) == rule
    assert decided_by(rule, None, (0, 1)) is None
    assert decided_by(rule, (0, 1), (1, 1)) == "customer_group"
    assert decided_by(rule, (1, 1), (1, 2)) == "margin"
    assert decided_by(rule, (1, 2), (1, 2)) == LINE_AGE
