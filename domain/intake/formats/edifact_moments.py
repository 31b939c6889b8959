"""Dates and times of EDIFACT (DTM, 2380) in their formats (2379)."""

import re
from datetime import UTC, date, datetime

from domain.intake.document import Moment

CENTURY_PIVOT = 70
"""Two-digit years from here on are of the 1900s."""

_DIGITS = re.compile(r"\d{4,14}", re.ASCII)
# Format: the order of year (Y of 2, C of 4 digits), month, day, week, hour, minute and second.
_FORMS = {
    "2": "DMY",
    "3": "MDY",
    "4": "DMC",
    "101": "YMD",
    "102": "CMD",
    "201": "YMDhm",
    "202": "YMDhms",
    "203": "CMDhm",
    "204": "CMDhms",
    "303": "CMDhm",
    "304": "CMDhms",
    "615": "YW",
    "616": "CW",
}
# Periods: their last half is read.
_PERIODS = {"713": "201", "715": "615", "716": "616", "717": "101", "718": "102", "719": "203"}
_ZONED = {"303": 12, "304": 14, "205": 12}
# Where no format is said, the length tells it.
_GUESSED = {6: "101", 8: "102", 10: "201", 12: "203", 14: "204"}


def edifact_moment(value: str, form: str) -> Moment | None:
    """The moment, as exact as it is given; the last of a period; the Monday of a week.

    A time is in UTC: EDIFACT names no zone that would be sure. None if it is no date."""
    if form in _PERIODS:
        form = _PERIODS[form]
        value = value.rpartition("-")[2] if "-" in value else value[_width(form) :]
    elif form in _ZONED:
        value, form = value[: _ZONED[form]], {"205": "203"}.get(form, form)
    elif not form:
        form = _GUESSED.get(len(value), "")
    if form not in _FORMS or len(value) != _width(form) or not _DIGITS.fullmatch(value):
        return None
    return _parsed(value, _FORMS[form])


def edifact_day(value: str, form: str) -> date | None:
    """The calendar day of the same."""
    found = edifact_moment(value, form)
    return found.date() if isinstance(found, datetime) else found


def _width(form: str) -> int:
    return sum(4 if part == "C" else 2 for part in _FORMS[form])


def _parsed(value: str, parts: str) -> Moment | None:
    told, place = {}, 0
    for part in parts:
        width = 4 if part == "C" else 2
        told[part] = int(value[place : place + width])
        place += width
    year = told["C"] if "C" in told else told["Y"] + (1900 if told["Y"] >= CENTURY_PIVOT else 2000)
    try:
        if "W" in told:
            return date.fromisocalendar(year, told["W"], 1)
        if "h" not in told:
            return date(year, told["M"], told["D"])
        clock = (told["h"], told["m"], told.get("s", 0))
        return datetime(year, told["M"], told["D"], *clock, tzinfo=UTC)
    except ValueError:
        return None
