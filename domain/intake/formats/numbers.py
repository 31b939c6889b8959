"""Numbers of a document, exactly: from text or JSON number to Decimal, never by way of a float."""

import re
from collections.abc import Iterable
from decimal import Context, Decimal

MAX_DIGITS = 30
"""Before or after the point; more is a fault of the document, not an amount."""

MAX_QUOTIENT_DECIMALS = 8

_EXACT = Context(prec=120)
_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})")


def exact_number(value: object) -> Decimal | None:
    """A JSON number or a text in plain digits as Decimal; None if it is neither, or out of range.

    Refuses NaN, infinities, booleans, exponents in text, thousands separators and signs of money.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, str):
        text = value.strip()
        return Decimal(text) if _PLAIN.fullmatch(text) and text.isascii() else None
    number = Decimal(value)
    return _plain(number) if number.is_finite() and _is_in_range(number) else None


def exact_quotient(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """The quotient if it is exact with at most 8 decimals; at the dividend's scale or finer."""
    if not divisor:
        return None
    quotient = _EXACT.divide(dividend, divisor)
    if _EXACT.multiply(quotient, divisor) != dividend:
        return None
    for decimals in range(
        min(_decimals(dividend), MAX_QUOTIENT_DECIMALS), MAX_QUOTIENT_DECIMALS + 1
    ):
        rounded = quotient.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
        if rounded == quotient:
            return rounded
    return None


def exact_product(one: Decimal, other: Decimal) -> Decimal:
    """The product, with every digit of it."""
    return _EXACT.multiply(one, other)


def exact_sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is there; None if nothing is."""
    total: Decimal | None = None
    for value in values:
        if value is not None:
            total = value if total is None else _EXACT.add(total, value)
    return total


def exact_difference(minuend: Decimal | None, subtrahend: Decimal | None) -> Decimal | None:
    """The difference of two numbers; None if either is missing."""
    if minuend is None or subtrahend is None:
        return None
    return _EXACT.subtract(minuend, subtrahend)


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _is_in_range(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MAX_DIGITS and number.adjusted() < MAX_DIGITS


def _plain(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    return Decimal(format(number, "f")) if isinstance(exponent, int) and exponent > 0 else number
