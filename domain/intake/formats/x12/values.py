"""Element values of X12 (X12.6): dates, real numbers, numbers with implied decimals."""

import re
from datetime import date
from decimal import Decimal

CENTURY_PIVOT = 70
"""Two-digit years from here on are of the 1900s."""

_DAY = re.compile(r"(\d{2})?(\d{2})(\d{2})(\d{2})", re.ASCII)
_REAL = re.compile(r"-?(?:\d{1,20}(?:\.\d{0,12})?|\.\d{1,12})", re.ASCII)
_IMPLIED = re.compile(r"-?\d{1,20}", re.ASCII)


def x12_day(text: str, century: str = "") -> date | None:
    """A date as CCYYMMDD, or YYMMDD (century beside it, or by the pivot); None if it is none."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year = int(match[2])
    guessed = "19" if year >= CENTURY_PIVOT else "20"
    hundreds = match[1] or (century if century in ("19", "20") else guessed)
    try:
        return date(int(hundreds) * 100 + year, int(match[3]), int(match[4]))
    except ValueError:
        return None


def real_number(text: str) -> Decimal | None:
    """Type R: digits with the point where it stands; no point means a whole number."""
    return Decimal(text) if _REAL.fullmatch(text) else None


def implied_cents(text: str) -> Decimal | None:
    """Type N2: whole digits with two implied decimals ("1250" is 12.50).

    A point that is written, against the standard, is taken as written.
    """
    if _IMPLIED.fullmatch(text):
        return Decimal(text).scaleb(-2)
    return real_number(text)
