"""Fiscal years and their periods: values in, days out.

A fiscal year is named by the year in which it ends. Years of months begin on the first of their
month; years of weeks end on a weekday, so that they have 52 or 53 weeks, the last period taking the
one that is over."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

MONTHS, FOUR_WEEKS = "months", "four_weeks"
# Weeks of the periods of a quarter.
QUARTERS = {"weeks_445": (4, 4, 5), "weeks_454": (4, 5, 4), "weeks_544": (5, 4, 4)}
CALENDARS = (MONTHS, *QUARTERS, FOUR_WEEKS)
LAST, NEAREST = "last", "nearest"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How the years of an entity are cut. `start_month` is the first month of a year; a year of
    weeks ends on the last `year_end_weekday` (ISO) of the month before, or on the one nearest to
    that month's end."""

    kind: str = MONTHS
    start_month: int = 1
    year_end_weekday: int = 6
    year_end: str = LAST


@dataclass(frozen=True, slots=True)
class Period:
    """A period of a fiscal year, both days within it."""

    fiscal_year: int
    number: int
    starts_on: date
    ends_on: date


def year_end(calendar: Calendar, year: int) -> date:
    """The last day of a fiscal year."""
    month = 12 if calendar.start_month == 1 else calendar.start_month - 1
    end = date(year, month, monthrange(year, month)[1])
    if calendar.kind == MONTHS:
        return end
    back = (end.isoweekday() - calendar.year_end_weekday) % 7
    last = end - timedelta(days=back)
    is_after = calendar.year_end == NEAREST and back > 3 and year < MAXYEAR
    return last + timedelta(days=7) if is_after else last


def year_of(calendar: Calendar, day: date) -> int:
    """The fiscal year that a day falls in; at the ends of the calendar the nearest one."""
    year = max(day.year - 1, MINYEAR)
    while year < MAXYEAR and year_end(calendar, year) < day:
        year += 1
    return year


def periods_of(calendar: Calendar, year: int) -> list[Period]:
    """The periods of a fiscal year: twelve, or thirteen of four weeks; without a gap between them,
    or between one year and the next."""
    end = year_end(calendar, year)
    starts_on = year_end(calendar, year - 1) + DAY if year > MINYEAR else date.min
    periods = []
    for number, ends_on in enumerate(_ends(calendar, starts_on, end), start=1):
        periods.append(Period(year, number, starts_on, ends_on))
        starts_on = min(ends_on, date.max - DAY) + DAY
    return periods


def _ends(calendar: Calendar, starts_on: date, end: date) -> list[date]:
    if calendar.kind == MONTHS:
        return [_month_end(starts_on, later) for later in range(12)]
    weeks = (4,) * 13 if calendar.kind == FOUR_WEEKS else QUARTERS[calendar.kind] * 4
    gone = [sum(weeks[: place + 1]) for place in range(len(weeks))]
    return [*(starts_on + timedelta(days=7 * each) - DAY for each in gone[:-1]), end]


def _month_end(starts_on: date, later: int) -> date:
    years, month = divmod(starts_on.month - 1 + later, 12)
    year = starts_on.year + years
    return date(year, month + 1, monthrange(year, month + 1)[1])
