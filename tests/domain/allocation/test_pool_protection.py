"""What is protected: for whom, how much of it, and what outsiders may take. Pure."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.protection import Pool, Protection, members_of

D = Decimal
HERE, THERE = (1, 1, 1), (1, 2, 1)  # item, location, owner
NOBODY: frozenset[int] = frozenset()


def _pool(id: int, quantity: int | None = None, **fields: Any) -> Pool:
    amount = None if quantity is None else D(quantity)
    return Pool(id=id, item_id=1, owner_id=1, quantity=amount, **fields)


class _Shelf:
    """A protection over what is free, and the taking."""

    def __init__(self, pools: list[Pool], free: dict[Any, int], held: int = 0) -> None:
        self.at = {spot: D(quantity) for spot, quantity in free.items()}
        first = next(iter(free))
        there = {spot: q + (held if spot == first else 0) for spot, q in self.at.items()}
        self.protection = Protection(pools, there, self.at)

    def room(self, *members: int, spot: Any = HERE) -> int:
        return int(self.protection.room(spot, frozenset(members)))

    def take(self, quantity: int, *members: int, spot: Any = HERE) -> list[tuple[Any, int]]:
        parts = self.protection.draw(spot, D(quantity), frozenset(members))
        self.at[spot] -= quantity
        return [(pool_id, int(part)) for pool_id, part in parts]


@pytest.mark.parametrize(
    ("pools", "free", "outsider", "member"),
    [
        ([_pool(1, 30)], 100, 70, 100),
        ([_pool(1, 100)], 100, 0, 100),
        ([_pool(1, 200)], 100, 0, 100),
        ([_pool(1, 30, drawn=D(10))], 100, 80, 100),
        ([_pool(1, 30, drawn=D(30))], 100, 100, 100),
        # Less was agreed later than is drawn: nothing is left of it, and nothing is owed.
        ([_pool(1, 30, drawn=D(50))], 100, 100, 100),
        ([_pool(1, 30, in_effect=False)], 100, 100, 100),
        ([_pool(1, share=D("0.3"))], 100, 70, 100),
        # A share of whole units is whole units.
        ([_pool(1, share=D("0.3"))], 7, 5, 7),
        ([_pool(1, share=D("1"))], 7, 0, 7),
        # What others keep stays out of reach for a member too.
        ([_pool(1, 30), _pool(2, 50)], 100, 20, 50),
        # More is promised than is there: whoever of them comes first.
        ([_pool(1, 60), _pool(2, 60)], 100, 0, 60),
    ],
)
def test_outsiders_get_what_is_left(
    pools: list[Pool], free: int, outsider: int, member: int
) -> None:
    shelf = _Shelf(pools, {HERE: free})
    assert (shelf.room(), shelf.room(1)) == (outsider, member)


def test_a_share_is_of_what_is_free_and_held() -> None:
    """40 of 100 are held, 25 of them by members: 25 more of the half are theirs."""
    pool = _pool(1, share=D("0.5"), drawn=D(30), shipped=D(5))
    shelf = _Shelf([pool], {HERE: 60}, held=40)
    assert (shelf.room(), shelf.room(1)) == (35, 60)


@pytest.mark.parametrize(
    ("parent", "child", "room"),
    [
        # (outsider, member of the parent alone, member of the child)
        (_pool(1, 60), _pool(2, 20, parent_id=1), (40, 80, 100)),
        (_pool(1, 10), _pool(2, 20, parent_id=1), (80, 80, 100)),
        # What is drawn inside counts in the pool around it.
        (_pool(1, 60), _pool(2, 20, parent_id=1, drawn=D(20)), (60, 100, 100)),
        (_pool(1, 60, drawn=D(40)), _pool(2, 20, parent_id=1), (80, 80, 100)),
        # The child has ended: what it leaves is the parent's.
        (_pool(1, 60), _pool(2, 20, parent_id=1, drawn=D(5), in_effect=False), (45, 100, 45)),
        # The parent has ended: the child stands by itself.
        (_pool(1, 60, in_effect=False), _pool(2, 20, parent_id=1), (80, 80, 100)),
        # A part at one location of what is kept over all of them.
        (_pool(1, 60), _pool(2, 20, parent_id=1, location_id=1), (40, 80, 100)),
    ],
)
def test_what_is_left_flows_to_the_pool_around_and_then_to_all(
    parent: Pool, child: Pool, room: tuple[int, int, int]
) -> None:
    shelf = _Shelf([parent, child], {HERE: 100})
    of_child = members_of([parent, child], 1, None, ()) | {2}
    of_child = of_child - {2} if not child.in_effect else of_child | {1}
    assert (shelf.room(), shelf.room(1), shelf.room(*of_child)) == room


def test_a_member_takes_from_the_innermost_pool_first() -> None:
    pools = [_pool(1, 50), _pool(2, 20, parent_id=1), _pool(3, 5, parent_id=2, location_id=1)]
    shelf = _Shelf(pools, {HERE: 100})
    assert shelf.take(80, 1, 2, 3) == [(3, 5), (2, 15), (1, 30), (None, 30)]
    assert shelf.room() == shelf.room(1, 2, 3) == 20


def test_a_member_of_the_outer_pool_leaves_the_inner_one_alone() -> None:
    pools = [_pool(1, 50), _pool(2, 20, parent_id=1)]
    shelf = _Shelf(pools, {HERE: 60})
    assert shelf.take(40, 1) == [(1, 30), (None, 10)]
    assert (shelf.room(), shelf.room(1), shelf.room(1, 2)) == (0, 0, 20)


def test_a_pool_at_one_location_leaves_the_others_alone() -> None:
    shelf = _Shelf([_pool(1, 30, location_id=1)], {HERE: 40, THERE: 40})
    assert (shelf.room(), shelf.room(spot=THERE)) == (10, 40)
    assert shelf.take(40, spot=THERE) == [(None, 40)]
    assert shelf.room() == 10


def test_a_pool_over_all_locations_is_kept_wherever_it_lies() -> None:
    shelf = _Shelf([_pool(1, 50)], {HERE: 40, THERE: 40})
    assert (shelf.room(), shelf.room(spot=THERE)) == (30, 30)
    assert shelf.take(30) == [(None, 30)]
    assert (shelf.room(), shelf.room(spot=THERE)) == (0, 0)
    assert shelf.take(10, 1) == [(1, 10)]
    assert shelf.take(40, 1, spot=THERE) == [(1, 40)]


def test_a_member_does_not_use_up_elsewhere_what_is_kept_for_another() -> None:
    """50 at one location are its own, 40 over all another's: at the other place is nothing
    that is nobody's."""
    pools = [_pool(1, 50, location_id=2), _pool(2, 40)]
    shelf = _Shelf(pools, {HERE: 40, THERE: 50})
    assert (shelf.room(1), shelf.room(1, spot=THERE)) == (0, 50)
    assert (shelf.room(2), shelf.room(2, spot=THERE)) == (40, 0)


def test_who_keeps_it_is_named() -> None:
    pools = [_pool(1, 30, location_id=1), _pool(2, 50), _pool(3, 5, drawn=D(5))]
    shelf = _Shelf(pools, {HERE: 100})
    assert shelf.protection.kept_from(HERE, NOBODY) == ((1, D(30)), (2, D(50)))
    assert shelf.protection.kept_from(HERE, frozenset({2})) == ((1, D(30)),)


@pytest.mark.parametrize(
    ("order", "members"),
    [
        ((7, None, ()), {1, 2}),
        ((8, "vip", ()), {1, 3}),
        ((8, None, (5, 4)), {4}),
        ((8, "other", (6,)), set()),
    ],
)
def test_a_member_of_an_inner_pool_is_one_of_those_around_it(
    order: tuple[int, str | None, tuple[int, ...]], members: set[int]
) -> None:
    pools = [
        _pool(1, 50, channel_id=9),
        _pool(2, 10, channel_id=7, parent_id=1),
        _pool(3, 10, customer_group="vip", parent_id=1),
        _pool(4, 10, party_id=4),
        _pool(5, 10, channel_id=7, in_effect=False),
    ]
    assert members_of(pools, *order) == members


def test_what_is_put_back_is_kept_again() -> None:
    shelf = _Shelf([_pool(1, 30)], {HERE: 40})
    assert shelf.take(35, 1) == [(1, 30), (None, 5)]
    shelf.at[HERE] += 35
    shelf.protection.put_back(1, 1, D(30))
    assert (shelf.room(), shelf.protection.left(1, 1)) == (10, 30)


POOLS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.booleans(),
        st.none() | st.integers(1, 2),
        st.none() | st.integers(0, 3),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
).map(
    lambda rows: [
        Pool(
            id=n + 1,
            item_id=1,
            owner_id=1,
            location_id=place,
            parent_id=None if inside is None or inside >= n else inside + 1,
            quantity=None if by_share else D(amount + 1),
            share=D(amount + 1) / 40 if by_share else None,
            in_effect=in_effect,
        )
        for n, (amount, by_share, place, inside, in_effect) in enumerate(rows)
    ]
)
FREE = st.fixed_dictionaries({HERE: st.integers(0, 60), THERE: st.integers(0, 60)})
ASKS = st.lists(
    st.tuples(st.frozensets(st.integers(1, 5)), st.sampled_from([HERE, THERE]), st.integers(1, 40)),
    max_size=8,
)


def _is_sound(shelf: _Shelf, pools: list[Pool], free: dict[Any, int]) -> bool:
    """Whether not more is promised than is there, in all and at each location."""
    left = {pool.id: shelf.protection.left(1, pool.id) for pool in pools}
    local = {spot: sum(left[p.id] for p in pools if p.location_id == spot[1]) for spot in free}
    promised = sum(left.values())
    return promised <= sum(free.values()) and all(local[spot] <= free[spot] for spot in free)


def _kept(shelf: _Shelf, pools: list[Pool]) -> dict[int, Decimal]:
    return {pool.id: shelf.protection.left(1, pool.id) for pool in pools}


@given(POOLS, FREE, ASKS)
def test_nobody_gets_more_than_is_there_nor_what_others_keep(
    pools: list[Pool], free: dict[Any, int], asks: list[Any]
) -> None:
    shelf = _Shelf(pools, free)
    for members, spot, wanted in asks:
        before, at = _kept(shelf, pools), dict(shelf.at)
        take = min(wanted, shelf.room(*members, spot=spot))
        parts = shelf.take(take, *members, spot=spot)
        assert 0 <= take <= at[spot]
        assert sum(quantity for _, quantity in parts) == take
        assert {pool_id for pool_id, _ in parts} <= {None, *members}
        drawn = {pool_id: D(quantity) for pool_id, quantity in parts}
        after = _kept(shelf, pools)
        assert all(after[n] == before[n] - drawn.get(n, 0) for n in before)


@given(POOLS, FREE, ASKS)
def test_outsiders_never_shrink_what_members_may_take_of_their_own(
    pools: list[Pool], free: dict[Any, int], asks: list[Any]
) -> None:
    shelf = _Shelf(pools, free)
    covered = {pool.id: shelf.protection.covered(1, pool.id) for pool in pools}
    for _, spot, wanted in asks:
        shelf.take(min(wanted, shelf.room(spot=spot)), spot=spot)
    assert {pool.id: shelf.protection.covered(1, pool.id) for pool in pools} == covered
    for pool in pools:
        places = [HERE, THERE] if pool.location_id is None else [(1, pool.location_id, 1)]
        own = sum(shelf.room(pool.id, spot=spot) for spot in places)
        assert own >= int(covered[pool.id])


@given(POOLS, FREE, st.lists(st.integers(1, 9), min_size=1, max_size=5), st.randoms())
def test_in_which_order_members_come_does_not_matter(
    pools: list[Pool], free: dict[Any, int], wanted: list[int], random: Any
) -> None:
    """As long as not more is promised than is there, every member draws its own in any order."""
    first, second = _Shelf(pools, free), _Shelf(pools, free)
    if not _is_sound(first, pools, free):
        return
    draws = []
    for pool, quantity in zip(pools, wanted, strict=False):
        spot = (1, pool.location_id or 1, 1)
        own = int(min(first.protection.left(1, pool.id), quantity, first.at[spot]))
        own = min(own, first.room(pool.id, spot=spot))
        if first.take(own, pool.id, spot=spot) == [(pool.id, own)]:
            draws.append((own, pool.id, spot))
        else:
            return
    random.shuffle(draws)
    for own, pool_id, spot in draws:
        assert second.take(own, pool_id, spot=spot) == [(pool_id, own)]
    assert _kept(first, pools) == _kept(second, pools)
    assert [first.room(spot=s) for s in free] == [second.room(spot=s) for s in free]


@given(POOLS, FREE)
def test_what_has_ended_keeps_nothing(pools: list[Pool], free: dict[Any, int]) -> None:
    ended = [
        Pool(**{name: getattr(pool, name) for name in Pool.__slots__} | {"in_effect": False})
        for pool in pools
    ]
    shelf = _Shelf(ended, free)
    assert {spot: shelf.room(spot=spot) for spot in free} == free


@given(POOLS, FREE)
def test_the_parts_close(pools: list[Pool], free: dict[Any, int]) -> None:
    """What is open to all, and what each pool has covered, is at most what is there; and who is
    a member of all of them may take all of it, if nobody was promised too much."""
    shelf = _Shelf(pools, free)
    everyone = frozenset(pool.id for pool in pools)
    if _is_sound(shelf, pools, free):
        taken = 0
        for spot in free:
            room = shelf.room(*everyone, spot=spot)
            shelf.take(room, *everyone, spot=spot)
            taken += room
        assert taken == sum(free.values())
        assert all(shelf.protection.left(1, pool.id) == 0 for pool in pools)
