"""Scalars and small value types: exact, and as strings on the wire."""

import decimal
from decimal import Decimal

import strawberry
from strawberry.types.scalar import ScalarDefinition

from domain.kernel.money import to_major
from domain.kernel.quantity import LARGEST, plain


def _read_decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError('A Decimal is given as a string, such as "12.50".')
    if len(str(value)) > 40:
        raise ValueError("A Decimal has at most 40 characters.")
    try:
        number = Decimal(value)
    except decimal.InvalidOperation:
        raise ValueError('A Decimal is given as a string, such as "12.50".') from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise ValueError("A Decimal is finite and at most 999999999999.")
    return number


def _write_decimal(value: Decimal) -> str:
    return format(value, "f")


DECIMAL: ScalarDefinition = strawberry.scalar(
    name="Decimal",
    description='An exact decimal number, as a string: "12.50". Never a float.',
    serialize=_write_decimal,
    parse_value=_read_decimal,
)


@strawberry.type(description="An amount of money in one currency.")
class Money:
    amount: Decimal = strawberry.field(
        description="The amount in major units, with the currency's own number of decimals."
    )
    currency: str = strawberry.field(description="The currency (ISO 4217), such as USD.")


def money(amount_minor: int, currency: str) -> Money:
    """Minor units to the API's Money."""
    return Money(amount=to_major(amount_minor, currency), currency=currency)


@strawberry.type(description="A quantity in one unit of measure.")
class Quantity:
    value: Decimal = strawberry.field(description="How many units; exact.")
    unit: str = strawberry.field(description="The unit of measure, such as EA or CASE.")


def quantity(value: Decimal, unit: str) -> Quantity:
    """A quantity without trailing zeros."""
    return Quantity(value=plain(value), unit=unit)
