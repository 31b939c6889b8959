"""Fiscal years have no gaps, and end where their calendar says."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.fiscal_calendar import (
    CALENDARS,
    LAST,
    NEAREST,
    Calendar,
    periods_of,
    year_end,
    year_of,
)

ANY_CALENDAR = st.builds(
    Calendar,
    kind=st.sampled_from(CALENDARS),
    start_month=st.integers(1, 12),
    year_end_weekday=st.integers(1, 7),
    year_end=st.sampled_from((LAST, NEAREST)),
)


@pytest.mark.parametrize(
    ("calendar", "year", "first", "last"),
    [
        (Calendar(), 2026, date(2026, 1, 1), date(2026, 12, 31)),
        (Calendar(start_month=7), 2026, date(2025, 7, 1), date(2026, 6, 30)),
        # Years of a large US retailer: 52 weeks to the Saturday nearest to the end of January.
        (
            Calendar(kind="weeks_454", start_month=2, year_end=NEAREST),
            2025,
            date(2024, 2, 4),
            date(2025, 2, 1),
        ),
        # And one of 53 weeks.
        (
            Calendar(kind="weeks_454", start_month=2, year_end=NEAREST),
            2024,
            date(2023, 1, 29),
            date(2024, 2, 3),
        ),
        # To the last Saturday of September.
        (
            Calendar(kind="weeks_445", start_month=10),
            2024,
            date(2023, 10, 1),
            date(2024, 9, 28),
        ),
    ],
)
def test_a_fiscal_year_begins_and_ends_where_its_calendar_says(
    calendar: Calendar, year: int, first: date, last: date
) -> None:
    periods = periods_of(calendar, year)
    assert (periods[0].starts_on, periods[-1].ends_on) == (first, last)
    assert (year_of(calendar, first), year_of(calendar, last)) == (year, year)


def test_a_quarter_of_weeks_is_cut_as_its_name_says() -> None:
    weeks = {
        kind: [
            (period.ends_on - period.starts_on).days // 7 + 1
            for period in periods_of(Calendar(kind=kind), 2025)
        ]
        for kind in ("weeks_445", "weeks_544", "four_weeks")
    }
    assert weeks["weeks_445"] == [4, 4, 5] * 4
    assert weeks["weeks_544"] == [5, 4, 4] * 4
    assert weeks["four_weeks"] == [4] * 13
    of_53_weeks = periods_of(Calendar(kind="four_weeks", year_end=NEAREST), 2027)
    assert (of_53_weeks[-1].ends_on - of_53_weeks[-1].starts_on).days == 27 + 7 * (
        sum((p.ends_on - p.starts_on).days + 1 for p in of_53_weeks) // 7 - 52
    )


@given(calendar=ANY_CALENDAR, year=st.integers(2000, 2060))
def test_years_follow_each_other_without_a_gap(calendar: Calendar, year: int) -> None:
    periods = [*periods_of(calendar, year), *periods_of(calendar, year + 1)]
    for before, after in pairwise(periods):
        assert after.starts_on - before.ends_on == timedelta(days=1)
        assert before.starts_on <= before.ends_on
    assert len(periods) == (26 if calendar.kind == "four_weeks" else 24)
    assert [p.number for p in periods_of(calendar, year)] == list(range(1, len(periods) // 2 + 1))


@given(calendar=ANY_CALENDAR, day=st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_a_day_falls_in_the_year_that_holds_it(calendar: Calendar, day: date) -> None:
    year = year_of(calendar, day)
    assert year_end(calendar, year - 1) < day <= year_end(calendar, year)


@given(ANY_CALENDAR, st.sampled_from([date.min, date.max]), st.integers(0, 800))
def test_the_ends_of_the_calendar_are_in_some_year(
    calendar: Calendar, end: date, away: int
) -> None:
    day = end + timedelta(days=away if end == date.min else -away)
    assert 1 <= year_of(calendar, day) <= 9999
    assert periods_of(calendar, year_of(calendar, day))
