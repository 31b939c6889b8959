"""Texts of cells to values: exact, and refused where they could mean two things."""

import re
from datetime import date, time
from decimal import Decimal

from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, SCALE, Conversion

_TRUE = frozenset(("true", "yes", "y", "1", "x"))
_FALSE = frozenset(("false", "no", "n", "0"))
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,(\d{1,2}|\d{4,})", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+", re.ASCII)
_GROUPED_COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})([ T]00:00(:00(\.0+)?)?Z?)?", re.ASCII)


def as_decimal(value: str) -> Decimal:
    """An exact number: 1234.5, 1234,5, 1,234.50 or 1.234,50. Raises InvalidInput.

    1,234 alone is refused: it is 1234 to one person and 1.234 to the next."""
    text = value.replace("\u00a0", "").replace(" ", "")
    if len(text) > 40:
        raise InvalidInput("Is too long for a number.")
    if _PLAIN.fullmatch(text):
        number = Decimal(text)
    elif _DECIMAL_COMMA.fullmatch(text):
        number = Decimal(text.replace(",", "."))
    elif _GROUPED.fullmatch(text):
        number = Decimal(text.replace(",", ""))
    elif _GROUPED_COMMA.fullmatch(text):
        number = Decimal(text.replace(".", "").replace(",", "."))
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text, re.ASCII):
        raise InvalidInput("Can be read in two ways; write 1234 or 1.234, without a comma.")
    else:
        raise InvalidInput("Is not a number; write it like 1234.50.")
    if abs(number) > LARGEST or number.quantize(SCALE) != number:
        raise InvalidInput("Has more than 6 decimals, or is above 999,999,999,999.")
    return number


def as_positive(value: str) -> Decimal:
    """A number above zero. Raises InvalidInput."""
    number = as_decimal(value)
    if number <= 0:
        raise InvalidInput("Must be above zero.")
    return number


def as_price(value: str) -> Decimal:
    """A number that is zero or more. Raises InvalidInput."""
    number = as_decimal(value)
    if number < 0:
        raise InvalidInput("Must not be negative.")
    return number


def as_ratio(value: str) -> Conversion:
    """Base units in one unit: 12, 0.5, or an exact fraction such as 1/3. Raises InvalidInput."""
    numerator, slash, denominator = value.partition("/")
    return Conversion(as_positive(numerator), as_positive(denominator) if slash else Decimal(1))


def as_boolean(value: str) -> bool:
    """Yes or no, in the usual ways of writing it. Raises InvalidInput."""
    word = value.strip().casefold()
    if word not in _TRUE and word not in _FALSE:
        raise InvalidInput("Must be yes or no.")
    return word in _TRUE


def as_day(value: str) -> date:
    """A day as 2026-03-31. Raises InvalidInput; 03/04/2026 is two days to two people."""
    match = _DAY.fullmatch(value.strip())
    try:
        if match is not None:
            return date.fromisoformat(match[1])
    except ValueError:
        pass
    raise InvalidInput("Must be a day written as 2026-03-31.")


def as_time_of_day(value: str) -> time:
    """A time of day as 15:30 or 15:30:00. Raises InvalidInput."""
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", value.strip(), re.ASCII):
        try:
            return time.fromisoformat(value.strip().zfill(5 if value.count(":") == 1 else 8))
        except ValueError:
            pass
    raise InvalidInput("Must be a time of day written as 15:30.")
