"""JSON: exact numbers, limits, and faults that say where they are."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.intake.document import Problem
from domain.intake.formats.excerpts import excerpt, is_storable
from domain.intake.formats.json_decoding import decode_json
from domain.intake.formats.json_fields import MAX_ROWS, Field
from domain.intake.formats.json_location import line_and_column, path_at
from domain.intake.formats.moments import iso_moment, version_of
from domain.intake.formats.numbers import exact_number, exact_quotient, exact_sum

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON)
def test_valid_json_is_read_as_it_is(value: object) -> None:
    assert decode_json(json.dumps(value)) == (value, None)


def test_fractions_are_read_exactly() -> None:
    value, problem = decode_json('{"price": 0.1, "long": 12345678901234567.12345678901234567}')
    assert problem is None
    assert value == {
        "price": Decimal("0.1"),
        "long": Decimal("12345678901234567.12345678901234567"),
    }


BROKEN = [
    ('{"a": {"b": [1, 2, }', "json_invalid", "a.b[2] (line 1, column 20)"),
    ('{"a": 1\n "b": 2}', "json_invalid", "a (line 2, column 2)"),
    ('{"orders": [{}, {"price":\n}]}', "json_invalid", "orders[1].price (line 2, column 1)"),
    ('{"a": "text', "json_invalid", "a (line 1, column 7)"),
    ('{"a": {"b": NaN}}', "number_not_finite", "a.b (line 1, column 13)"),
    ("[0, -Infinity]", "number_not_finite", "[1] (line 1, column 5)"),
    ('{"a": ' + "9" * 100 + "}", "number_too_long", "a (line 1, column 7)"),
    ("[" * 65 + "]" * 65, "json_too_deep", "[0]" * 64 + " (line 1, column 65)"),
    ("{} {}", "json_invalid", "line 1, column 4"),
]


@pytest.mark.parametrize(("text", "code", "path"), BROKEN)
def test_a_fault_of_the_text_has_its_place(text: str, code: str, path: str) -> None:
    value, problem = decode_json(text)
    assert value is None
    assert problem is not None
    assert (problem.code, problem.path) == (code, path)


@settings(deadline=None)
@given(JSON, st.integers(0, 200))
def test_a_place_is_found_in_any_text(value: object, position: int) -> None:
    text = json.dumps(value, indent=1)
    path_at(text, min(position, len(text)))
    line, column = line_and_column(text, min(position, len(text)))
    assert line >= 1
    assert column >= 1


@pytest.mark.parametrize("marks", ['"' + '\\"' * 200_000, '"' * 200_001, "[" * 200_000])
def test_hostile_text_is_refused_quickly(marks: str) -> None:
    assert decode_json(marks)[1] is not None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("19.95", "19.95"),
        ("-3", "-3"),
        (" 7 ", "7"),
        (".5", "0.5"),
        (5, "5"),
        (Decimal("1E+2"), "100"),
        (Decimal("1E-3"), "0.001"),
        ("1,299.00", None),
        ("$5", None),
        ("1e5", None),
        ("NaN", None),
        ("٣", None),
        ("", None),
        (True, None),
        (None, None),
        ([], None),
        (Decimal("1E+40"), None),
        (Decimal("NaN"), None),
        ("9" * 31, None),
    ],
)
def test_numbers_are_plain_or_none(value: object, number: str | None) -> None:
    found = exact_number(value)
    assert (None if found is None else format(found, "f")) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=10**9))
def test_a_number_survives_text(value: Decimal) -> None:
    assert exact_number(format(value, "f")) == value


@given(st.integers(0, 10**9), st.integers(1, 1000))
def test_a_quotient_is_exact_or_none(cents: int, quantity: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    quotient = exact_quotient(amount, Decimal(quantity))
    if quotient is not None:
        assert quotient * quantity == amount


def test_a_quotient_keeps_the_scale_of_the_amount() -> None:
    assert str(exact_quotient(Decimal("6.00"), Decimal(2))) == "3.00"
    assert str(exact_quotient(Decimal("17.95"), Decimal(2))) == "8.975"
    assert exact_quotient(Decimal("10.00"), Decimal(3)) is None
    assert exact_quotient(Decimal(1), Decimal(0)) is None


def test_a_sum_of_nothing_is_nothing() -> None:
    assert exact_sum([None, None]) is None
    assert exact_sum([None, Decimal("0.10"), Decimal("0.2")]) == Decimal("0.30")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2016-05-17T04:14:36-00:00", "2016-05-17T04:14:36+00:00"),
        ("2008-01-10T11:00:00-05:00", "2008-01-10T11:00:00-05:00"),
        ("2017-01-20T19:49:35Z", "2017-01-20T19:49:35+00:00"),
        ("2020-08-17T20:24:58.193Z", "2020-08-17T20:24:58.193000+00:00"),
        ("2020-08-17T00:24:00.00Z", "2020-08-17T00:24:00+00:00"),
        ("2017-03-22T16:28:02", "2017-03-22T16:28:02"),
        ("2017-03-22 16:28", "2017-03-22T16:28:00"),
        ("2013-09-09", "2013-09-09"),
        ("2020-01-01T00:00:00+0530", "2020-01-01T00:00:00+05:30"),
    ],
)
def test_moments_keep_what_they_were_given(text: str, iso: str) -> None:
    moment = iso_moment(text)
    assert moment is not None
    assert moment.isoformat() == iso


@pytest.mark.parametrize("text", ["", "yesterday", "2020-13-01", "2020-02-30T00:00:00Z", "1.5E9"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert iso_moment(text) is None


# Leap years only, so that any day stands in them.
LATELY = st.datetimes().map(lambda moment: moment.replace(year=2000 + moment.year % 40 // 4 * 4))


@given(LATELY, LATELY, st.integers(-14, 14), st.integers(-14, 14))
def test_versions_sort_as_the_moments_do(one: datetime, two: datetime, a: int, b: int) -> None:
    def shown(moment: datetime, offset: int) -> str | None:
        local = moment + timedelta(hours=offset)
        return version_of(iso_moment(f"{local.isoformat()}{offset:+03d}:00"))

    first, second = shown(one, a), shown(two, b)
    assert first is not None
    assert second is not None
    assert (first < second) == (one < two)


def field(value: object) -> tuple[Field, list[Problem]]:
    problems: list[Problem] = []
    return Field({"a": value}, "root", problems), problems  # type: ignore[dict-item]


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", ["a"], {"a": 1}, True])
def test_text_that_cannot_be_kept_is_a_problem(value: object) -> None:
    root, problems = field(value)
    assert root.text("a") is None
    assert [(p.code, p.path) for p in problems] == [("not_a_text", "root.a")]


def test_a_list_beyond_the_limit_is_refused_whole() -> None:
    root, problems = field([0] * (MAX_ROWS + 1))
    assert root.rows("a") == []
    assert [problem.code for problem in problems] == ["too_many_rows"]


@given(st.text())
def test_an_excerpt_is_short_and_can_be_stored(text: str) -> None:
    shown = excerpt(text)
    assert len(shown) <= 61
    assert is_storable(shown)
