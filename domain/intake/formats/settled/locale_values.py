"""Numbers and days as they are written in different countries."""

import re
from datetime import date, datetime
from decimal import Decimal

from domain.kernel.money import exponent

_SPACES = re.compile(r"[\s\u00a0\u202f'\u2019]")
_NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:[.,]\d{1,20})*|[.,]\d{1,20})")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_LOCAL = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:[T ].*)?")
_NAMED = re.compile(r"([A-Za-z]{3})[a-z]* (\d{1,2}), (\d{4})(?: .*)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LARGEST = Decimal(10) ** 13


def amount_in(text: str, currency: str) -> Decimal | None:
    """An amount of a currency: 1,234.56, 1.234,56, 1 234,56, (12.00), 12.00-; None if it is none.

    A single mark before three digits parts thousands, unless the currency has three decimals."""
    return _within(_number(text, decimals=exponent(currency)))


def quantity_in(text: str) -> Decimal | None:
    """A quantity, with whichever decimal mark; None if it is none."""
    return _within(_number(text, decimals=3))


def _within(number: Decimal | None) -> Decimal | None:
    return number if number is None or abs(number) < LARGEST else None


def _number(text: str, *, decimals: int) -> Decimal | None:
    plain = _SPACES.sub("", text).replace("\u2212", "-")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    elif plain.endswith("-"):
        plain = "-" + plain[:-1]
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        return None
    return _by_marks(plain, decimals)


def _by_marks(plain: str, decimals: int) -> Decimal | None:
    last = max(plain.rfind("."), plain.rfind(","))
    if last < 0:
        return Decimal(plain)
    marks = {each for each in plain if each in ".,"}
    whole, fraction = plain[:last], plain[last + 1 :]
    if len(marks) == 1 and _GROUPED.fullmatch(plain):
        if plain.count(plain[last]) > 1 or decimals != 3:
            return Decimal(plain.replace(plain[last], ""))
    elif plain[last] in whole:
        return None  # The decimal mark twice.
    grouped = whole.lstrip("+-")
    if any(each in grouped for each in ".,") and not _GROUPED.fullmatch(grouped):
        return None
    return Decimal(re.sub("[.,]", "", whole) + "." + fraction)


def day_in(text: str, *, month_first: bool = False) -> date | None:
    """A day, with or without a time: 2026-03-01T…, 01.03.2026, 2026/03/01, Mar 1, 2026; of
    03/01/2026 the month comes first where it is said to, unless there is no such day."""
    plain = text.strip()
    if match := _ISO.fullmatch(plain):
        return _day(match[1], match[2], match[3])
    if match := _NAMED.fullmatch(plain):
        name = match[1].lower()
        return _day(match[3], _MONTHS.index(name) + 1, match[2]) if name in _MONTHS else None
    match = _LOCAL.fullmatch(plain)
    if match is None:
        return None
    year = match[4] if len(match[4]) == 4 else f"20{match[4]}"
    first, second = match[1], match[3]
    as_month_first, as_day_first = _day(year, first, second), _day(year, second, first)
    if month_first and match[2] != ".":
        return as_month_first or as_day_first
    return as_day_first or (as_month_first if match[2] != "." else None)


def _day(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return datetime(int(year), int(month), int(day)).date()  # noqa: DTZ001
    except ValueError:
        return None
