"""A kit leaves whole from one place: worked cases, and a search over all ways."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.promise.policies.calendars import Workplace
from domain.promise.policies.promising import Given, LinePromise, Want, options, promise_lines
from domain.promise.policies.supply_book import EXPECTED, STOCK, Supply, SupplyBook, Terms

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TERMS = Terms(entity_id=1, sites=(1, 2))
BILL = {10: Decimal(2), 11: Decimal(1)}


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def supply(item: int, location: int, quantity: int, on: int | None = None) -> Supply:
    expected = None if on is None else day(on)
    number = None if on is None else item * 100 + location * 10 + on
    source = STOCK if on is None else EXPECTED
    return Supply(source, item, location, 1, Decimal(quantity), number, expected)


def kits(number: int) -> list[Want]:
    return [Want(n, number * need, kit=7, per_kit=need) for n, need in BILL.items()]


def book(*supplies: Supply) -> SupplyBook:
    return SupplyBook(supplies, {n: Workplace(n) for n in (1, 2)}, NOW)


def shown(lines: list[LinePromise]) -> list[list[tuple[int, int, int]]]:
    """(location, quantity, days from today) of each part of each line."""
    return [
        [(p.location_id, int(p.quantity), (p.ships_on - MONDAY).days) for p in line.parts]
        for line in lines
    ]


def test_components_that_lie_at_different_places_make_no_kit_before_they_meet() -> None:
    found = book(supply(10, 1, 2), supply(11, 2, 1), supply(11, 1, 1, on=5))
    lines = promise_lines(kits(1), found, TERMS)
    assert shown(lines) == [[(1, 2, 5)], [(1, 1, 5)]]


def test_several_kits_may_come_from_several_places_each_whole() -> None:
    found = book(
        supply(10, 1, 2), supply(11, 1, 1), supply(10, 2, 4), supply(11, 2, 1), supply(11, 2, 9, 3)
    )
    lines = promise_lines(kits(3), found, TERMS)
    assert shown(lines) == [
        [(1, 2, 0), (2, 2, 0), (2, 2, 3)],
        [(1, 1, 0), (2, 1, 0), (2, 1, 3)],
    ]


def test_where_nothing_is_whole_nothing_is_promised() -> None:
    lines = promise_lines(kits(1), book(supply(10, 1, 2), supply(11, 2, 1)), TERMS)
    assert [(line.parts, line.short, line.ships_on) for line in lines] == [
        ((), 2, None),
        ((), 1, None),
    ]


def test_what_waits_of_a_kit_that_has_stock_comes_to_where_that_is() -> None:
    has = Want(10, Decimal(0), (Given(2, Decimal(2)),), kit=7, per_kit=Decimal(2))
    waits = Want(11, Decimal(1), kit=7, per_kit=Decimal(1))
    found = book(supply(11, 1, 1, on=1), supply(11, 2, 1, on=4))
    lines = promise_lines([has, waits], found, TERMS)
    assert shown(lines) == [[(2, 2, 0)], [(2, 1, 4)]]


def test_a_basket_of_kits_and_others_is_served_from_one_place_too() -> None:
    found = book(supply(10, 1, 2), supply(11, 1, 1, on=3), supply(12, 2, 1), supply(12, 1, 1, on=4))
    wants = [*kits(1), Want(12, Decimal(1))]
    by_kind = {way.kind: shown(list(way.lines)) for way in options(wants, found, TERMS)}
    assert by_kind["parts"] == [[(1, 2, 3)], [(1, 1, 3)], [(2, 1, 0)]]
    assert by_kind["one_location"] == [[(1, 2, 4)], [(1, 1, 4)], [(1, 1, 4)]]


SUPPLIES = st.lists(
    st.tuples(
        st.sampled_from((10, 11)), st.sampled_from((1, 2)), st.integers(1, 4), st.integers(0, 3)
    ),
    max_size=8,
    unique_by=lambda each: (each[0], each[1], each[3]),
)


@given(SUPPLIES, st.integers(1, 4))
def test_the_last_kit_is_there_as_early_as_any_split_of_whole_kits_allows(
    told: list[tuple[int, int, int, int]], wanted: int
) -> None:
    lines = promise_lines(kits(wanted), book(*(supply(*each) for each in told)), TERMS)
    for place in (1, 2):
        there = [sum(p.quantity for p in line.parts if p.location_id == place) for line in lines]
        assert there[0] == 2 * there[1]  # As many of each as whole kits need.
    ways = [(_day_of(told, 1, here), _day_of(told, 2, wanted - here)) for here in range(wanted + 1)]
    best = min((max(a, b) for a, b in ways if a is not None and b is not None), default=None)
    last = max((part.ships_on for line in lines for part in line.parts), default=MONDAY)
    is_whole = not any(line.short for line in lines)
    assert ((last - MONDAY).days if is_whole else None) == best


def _day_of(told: list[tuple[int, int, int, int]], place: int, number: int) -> int | None:
    """The first day on which a place can have so many kits; None when never."""
    for on in range(4):
        there = dict.fromkeys(BILL, 0)
        for item, location, quantity, day_ in told:
            if location == place and day_ <= on:
                there[item] += quantity
        if all(there[item] >= number * need for item, need in BILL.items()):
            return on
    return None
