"""An order and the changes of it, joined: pure, in whatever order they come."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake.changes import Change, Changed, LineAction
from domain.intake.changing import Told, joined
from domain.intake.document import Address, ItemCode, ParsedLine, ParsedOrder, Totals


def _line(
    number: str | None,
    code: str | None,
    quantity: str | None = None,
    *,
    action: LineAction | None = None,
    price: str | None = None,
    **more: object,
) -> ParsedLine:
    line = ParsedLine(
        line=1 if number is None else int(number),
        path=f"LIN[{number}]",
        quantity=None if quantity is None else Decimal(quantity),
        external_code=code,
        codes=(ItemCode("vendor", code, "SA"),) if code else (),
        unit="EA",
        unit_price=None if price is None else Decimal(price),
        line_reference=number,
        action=action,
    )
    return replace(line, **more)  # type: ignore[arg-type]


ORDER = ParsedOrder(
    format="x12.850",
    path="ST[1]",
    external_number="PO-1",
    external_id="S/PO-1",
    currency="EUR",
    lines=(_line("1", "A", "10", price="2"), _line("2", "B", "4", price="5")),
    totals=Totals(subtotal=Decimal(40), shipping=Decimal(3), total=Decimal(43)),
    ship_to=Address(city="Bremen"),
    sent_at="2026-03-01T09:00:00",
)


def _change(
    *lines: ParsedLine, day: int = 2, number: str | None = None, **how: object
) -> ParsedOrder:
    more = {name: how.pop(name) for name in list(how) if name not in Change.__slots__}
    changed = ParsedOrder(
        format="x12.860",
        path=f"ST[{day}]",
        external_number="PO-1",
        external_id="S/PO-1",
        purpose="change",
        lines=lines,
        change=Change(number=number, **how),  # type: ignore[arg-type]
        sent_at=f"2026-03-{day:02}T09:00:00",
    )
    return replace(changed, **more)  # type: ignore[arg-type]


def _after(*changes: ParsedOrder, order: ParsedOrder = ORDER) -> ParsedOrder:
    """The order once the last of these came, all others being known."""
    told = [Told(each, n, 0) for n, each in enumerate((order, *changes))]
    return joined(told[-1], told[:-1])


def _wanted(order: ParsedOrder) -> list[tuple[str | None, Any]]:
    return [(line.external_code, line.quantity) for line in order.lines]


def _codes(order: ParsedOrder) -> list[str]:
    return [problem.code for problem in order.problems]


@pytest.mark.parametrize(
    ("line", "expected", "touched"),
    [
        (_line("1", "A", "7", action="change"), [("A", 7), ("B", 4)], {"1"}),
        (_line("1", "A", "7", action="decrease"), [("A", 7), ("B", 4)], {"1"}),
        (_line("1", "A", "12", action="increase"), [("A", 12), ("B", 4)], {"1"}),
        (_line("1", None, "7", action="change"), [("A", 7), ("B", 4)], {"1"}),
        (_line(None, "B", "7", action="change"), [("A", 10), ("B", 7)], {"2"}),
        (_line("2", "B", action="remove"), [("A", 10)], {"2"}),
        (_line("3", "C", "1", action="add"), [("A", 10), ("B", 4), ("C", 1)], {"3"}),
        (_line("1", "A", action="keep"), [("A", 10), ("B", 4)], set()),
        (_line("2", "D", "3", action="replace_item"), [("A", 10), ("D", 3)], {"2"}),
    ],
)
def test_a_line_of_a_change(
    line: ParsedLine, expected: list[tuple[str, int]], touched: set[str]
) -> None:
    order = _after(_change(line))
    assert (_wanted(order), order.problems) == (expected, ())
    assert order.changed == Changed(lines=frozenset(touched))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (_line("9", "Z", "1", action="change"), "line_unknown"),
        (_line("9", None, action="remove"), "line_unknown"),
        (_line("1", "B", "1", action="change"), "line_differs"),
        (_line("1", "C", "1", action="add"), "line_exists"),
        (_line("1", "A", "3", action="increase"), "quantity_contradicts"),
        (_line("1", "A", "11", action="decrease"), "quantity_contradicts"),
    ],
)
def test_what_a_change_cannot_mean_is_told_and_left_out(line: ParsedLine, code: str) -> None:
    order = _after(_change(line))
    assert (_wanted(order), _codes(order)) == (_wanted(ORDER), [code])
    assert order.problems[0].path == line.path


def test_numbers_that_only_count_the_change_give_way_to_codes() -> None:
    other = _line("1", "B", "1", action="change")
    order = _after(_change(other, lines_are_counted=True))
    assert (_wanted(order), order.changed) == (
        [("A", 10), ("B", 1)],
        Changed(lines=frozenset({"2"})),
    )
    added = _after(_change(_line("1", "C", "1", action="add"), lines_are_counted=True))
    assert _wanted(added) == [("A", 10), ("B", 4), ("C", 1)]
    twice = replace(ORDER, lines=(*ORDER.lines, _line("3", "B", "1")))
    unclear = _change(_line("9", "B", "1", action="change"), lines_are_counted=True)
    assert _codes(_after(unclear, order=twice)) == ["line_ambiguous"]


def test_amounts_go_with_the_quantity_and_totals_with_the_lines() -> None:
    line = _line("1", "A", "10", amount=Decimal(20), discount=Decimal(2), tax=Decimal("3.80"))
    order = replace(ORDER, lines=(line,))
    half = _after(_change(_line("1", "A", "5", action="change")), order=order)
    found: Any = half.lines[0]
    assert (found.amount, found.discount, found.tax) == (10, 1, Decimal("1.90"))
    assert half.totals == Totals(shipping=Decimal(3))
    stated = _after(
        _change(_line("1", "A", "5", action="change"), totals=Totals(total=Decimal(12))),
        order=order,
    )
    assert stated.totals == Totals(shipping=Decimal(3), total=Decimal(12))
    days = _after(_change(requested_delivery_on=date(2026, 4, 1)))
    assert (days.totals, days.requested_delivery_on) == (ORDER.totals, date(2026, 4, 1))
    assert days.changed == Changed(lines=frozenset(), days=True)


def test_an_address_of_a_change_is_the_orders() -> None:
    order = _after(_change(ship_to=Address(city="Kiel")))
    assert (order.ship_to, order.changed) == (
        Address(city="Kiel"),
        Changed(lines=frozenset(), ship_to=True),
    )


def test_a_replacement_is_all_that_is_left() -> None:
    lines = (_line("1", "A", "1", action="change"), _line("2", "B", "9", action="remove"))
    order = _after(_change(*lines, replaces_lines=True))
    assert _wanted(order) == [("A", 1)]
    assert order.changed == Changed(lines=None, ship_to=True, bill_to=True, days=True)


def test_an_order_all_of_whose_lines_are_taken_out_is_cancelled() -> None:
    gone = [_line(n, c, action="remove") for n, c in (("1", "A"), ("2", "B"))]
    assert _after(_change(*gone)).cancelled
    assert _after(_change(purpose="cancel", cancelled=True)).cancelled


def test_nothing_is_changed_of_what_was_cancelled() -> None:
    gone = _change(purpose="cancel", cancelled=True)
    late = _after(gone, _change(_line("1", "A", "1", action="change"), day=3))
    assert (late.cancelled, _codes(late)) == (True, ["order_cancelled"])
    again = _after(gone, replace(ORDER, lines=ORDER.lines[:1], sent_at="2026-03-04T09:00:00"))
    assert (again.cancelled, _wanted(again)) == (False, [("A", 10)])


def test_what_is_told_twice_counts_once_and_as_of_the_first_time() -> None:
    five, ten = (_line("1", "A", n, action="change") for n in ("5", "8"))
    first, second = _change(five, number="1"), _change(ten, day=3, number="2")
    again = replace(first, sent_at="2026-03-05T09:00:00")
    assert _wanted(_after(first, second, again))[0] == ("A", 8)
    # Another one may well want the same once more.
    third = _change(five, day=5, number="3")
    assert _wanted(_after(first, second, third))[0] == ("A", 5)
    order_again = replace(ORDER, sent_at="2026-03-06T09:00:00")
    assert _wanted(_after(first, second, order_again))[0] == ("A", 8)


def test_a_later_order_takes_the_place_of_earlier_changes() -> None:
    first = _change(_line("1", "A", "5", action="change"))
    anew = replace(ORDER, lines=(_line("1", "A", "6"),), sent_at="2026-03-03T09:00:00")
    last = _change(_line("1", "A", "7", action="change"), day=4)
    assert _wanted(_after(first, anew, last)) == [("A", 7)]
    assert _wanted(_after(anew, last, first)) == [("A", 7)]
    assert _after(anew, last, first).changed == Changed(lines=frozenset())


def test_an_order_that_is_sent_anew_as_it_was_takes_changes_back() -> None:
    change = _change(_line("1", "A", "5", action="change"))
    anew = replace(ORDER, purpose="change", sent_at="2026-03-03T09:00:00")
    assert _wanted(_after(change, anew)) == _wanted(ORDER)
    assert _wanted(_after(anew, change)) == _wanted(ORDER)


def test_a_change_sent_before_its_order_by_the_clock_is_followed_all_the_same() -> None:
    early = _change(_line("1", "A", "5", action="change"), sent_at="2026-02-01T09:00:00")
    assert _wanted(_after(early))[0] == ("A", 5)


def test_without_the_order_or_without_changes_a_document_is_itself() -> None:
    change = _change(_line("1", "A", "5", action="change"))
    assert joined(Told(change, 2, 0), []) is change
    assert joined(Told(ORDER, 2, 0), [Told(ORDER, 1, 0)]) is ORDER


LINES = st.lists(
    st.builds(
        lambda number, quantity: _line(number, "AB"[int(number) - 1], quantity, action="change"),
        st.sampled_from("12"),
        st.integers(1, 9).map(str),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda line: line.line_reference,
)


@given(st.lists(LINES, min_size=1, max_size=4), st.data())
def test_in_whatever_order_changes_come_the_order_ends_the_same(
    told: list[list[ParsedLine]], data: st.DataObject
) -> None:
    changes = [_change(*lines, day=n, number=str(n)) for n, lines in enumerate(told, 2)]
    expected = _wanted(_after(*changes))
    shuffled = data.draw(st.permutations([*changes, *changes[:1]]))
    assert _wanted(_after(*shuffled)) == expected
