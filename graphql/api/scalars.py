"""Scalars and small value types: exact, and as strings on the wire."""

import decimal
from decimal import Decimal
from functools import lru_cache

import strawberry
from starlette.datastructures import UploadFile
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


def write_decimal(value: Decimal) -> str:
    """A Decimal on the wire: never with an exponent."""
    return format(value, "f")


DECIMAL: ScalarDefinition = strawberry.scalar(
    name="Decimal",
    description='An exact decimal number, as a string: "12.50". Never a float.',
    serialize=write_decimal,
    parse_value=_read_decimal,
)


def _read_upload(value: object) -> UploadFile:
    if not isinstance(value, UploadFile):
        raise ValueError("An Upload is a file of a multipart request; its place holds null.")
    return value


def _write_upload(value: object) -> str:
    raise TypeError("An Upload is only ever sent to us.")


UPLOAD: ScalarDefinition = strawberry.scalar(
    name="Upload",
    description="A file, sent by the GraphQL multipart request specification: null in the "
    "variables, and the file in a part of its own that `map` leads here. Input only.",
    specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    serialize=_write_upload,
    parse_value=_read_upload,
)


@strawberry.type(description="An amount of money in one currency.")
class Money:
    amount: Decimal = strawberry.field(
        description="The amount in major units, with the currency's own number of decimals."
    )
    currency: str = strawberry.field(description="The currency (ISO 4217), such as USD.")


# Amounts of a list come again and again as well: prices, and nothing.
@lru_cache(maxsize=16384)
def money(amount_minor: int, currency: str) -> Money:
    """Minor units to the API's Money."""
    return Money(amount=to_major(amount_minor, currency), currency=currency)


@strawberry.type(description="A quantity in one unit of measure.")
class Quantity:
    value: Decimal = strawberry.field(description="How many units; exact.")
    unit: str = strawberry.field(description="The unit of measure, such as EA or CASE.")


# Most quantities are small whole numbers that come again and again; nobody changes one.
@lru_cache(maxsize=16384)
def quantity(value: Decimal, unit: str) -> Quantity:
    """A quantity without trailing zeros."""
    return Quantity(value=plain(value), unit=unit)
