"""Kits are promised as their components are: whole ones, on the day of the last."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.promise.policies.kits import folded, kits_from, summed, unfolded
from domain.promise.policies.promising import LinePromise, Option, Want
from domain.promise.policies.supply_book import EXPECTED, STOCK, TO_BUY, Part

TODAY = date(2026, 3, 2)
BILLS = {9: {1: Decimal(2), 2: Decimal(1)}}


def _part(quantity: int, days: int, *, source: str = STOCK, delivered: int | None = 1) -> Part:
    ships = TODAY + timedelta(days=days)
    there = None if delivered is None else ships + timedelta(days=delivered)
    return Part(source, 5, Decimal(quantity), ships, there)


def _fold(*lines: LinePromise, kits: int = 3) -> LinePromise:
    (line,) = folded(Option("parts", lines), [Want(9, Decimal(kits))], BILLS).lines
    return line


def test_a_kit_is_asked_for_as_its_components() -> None:
    wants = [Want(3, Decimal(4)), Want(9, Decimal(3))]
    asked = [(want.item_id, want.waiting) for want in unfolded(wants, BILLS)]
    assert asked == [(3, 4), (1, 6), (2, 3)]


def test_the_latest_component_dates_the_kit() -> None:
    line = _fold(
        LinePromise((_part(4, 0), _part(2, 6, source=EXPECTED))), LinePromise((_part(3, 2),))
    )
    assert (line.short, line.ships_on) == (0, TODAY + timedelta(days=6))
    assert line.delivers_on == TODAY + timedelta(days=7)
    assert [(part.source, part.quantity, part.ships_on) for part in line.parts] == [
        (STOCK, 2, TODAY + timedelta(days=2)),
        (EXPECTED, 1, TODAY + timedelta(days=6)),
    ]


def test_what_is_bought_for_it_is_not_the_kit() -> None:
    bought = Part(TO_BUY, 5, Decimal(6), TODAY, None, supplier_id=7, buying=Decimal(12))
    (part,) = _fold(LinePromise((bought,)), LinePromise((_part(3, 0, delivered=None),))).parts
    assert (part.quantity, part.buying, part.supplier_id) == (3, None, None)
    assert part.delivers_on is None


def test_of_a_component_that_is_short_only_whole_kits_are_made() -> None:
    line = _fold(LinePromise((_part(3, 0),), Decimal(3)), LinePromise((_part(3, 0),)))
    assert (line.short, line.ships_on) == (2, None)
    nothing = _fold(LinePromise((_part(1, 0),), Decimal(5)), LinePromise((_part(3, 0),)))
    assert nothing == LinePromise((), Decimal(3))


def test_other_lines_stay_as_they_are() -> None:
    own = LinePromise((_part(4, 1),))
    wants = [Want(3, Decimal(4)), Want(9, Decimal(3))]
    lines = (own, LinePromise((_part(6, 0),)), LinePromise((_part(3, 0),)))
    assert folded(Option("parts", lines), wants, BILLS).lines[0] is own


def test_the_scarcest_component_decides_day_by_day() -> None:
    late = TODAY + timedelta(days=4)
    last = TODAY + timedelta(days=9)
    parts = {
        1: [(TODAY, Decimal(5), False), (last, Decimal(5), True)],
        2: [(TODAY, Decimal(1), False), (late, Decimal(9), False), (last, Decimal(9), True)],
    }
    assert kits_from(BILLS[9], parts) == [(TODAY, 1, False), (late, 2, False), (last, 2, True)]
    assert kits_from(BILLS[9], {1: parts[1]}) == [(TODAY, 0, False), (last, 0, False)]
    here, there = kits_from(BILLS[9], parts), [(late, Decimal(1), False)]
    assert summed([here, there]) == [(TODAY, 1, False), (late, 3, False), (last, 3, True)]


@given(
    have=st.tuples(st.integers(0, 30), st.integers(0, 30)),
    needs=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    wanted=st.integers(1, 10),
)
def test_never_more_kits_than_every_component_makes(
    have: tuple[int, int], needs: tuple[int, int], wanted: int
) -> None:
    bills = {9: {1: Decimal(needs[0]), 2: Decimal(needs[1])}}
    lines = []
    for there, need in zip(have, needs, strict=True):
        got = min(there, need * wanted)
        parts = (_part(got, 0),) if got else ()
        lines.append(LinePromise(parts, Decimal(need * wanted - got)))
    (line,) = folded(Option("parts", tuple(lines)), [Want(9, Decimal(wanted))], bills).lines
    made = min(wanted, *(there // need for there, need in zip(have, needs, strict=True)))
    assert line.short == wanted - made
    assert sum((part.quantity for part in line.parts), Decimal(0)) == made
