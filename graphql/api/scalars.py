"""Scalars and small value types: exact, and as strings on the wire."""

import decimal
from decimal import Decimal
from functools import lru_cache

import strawberry
from starlette.datastructures import UploadFile
from strawberry.types.scalar import ScalarDefinition

from api.worked_out import Leaf, Whole
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


def plain_of(column: str) -> Leaf:
    """The number in a column that is never null, without trailing zeros."""
    return Leaf((column,), plain, _written_plain, write_decimal)


def _written_plain(value: Decimal) -> str:
    """As write_decimal writes plain(value)."""
    whole, point, rest = str(value).partition(".")
    # What has a sign or an exponent takes the long way.
    if whole.isdigit() and (rest.isdigit() or not point):
        rest = rest.rstrip("0")
        return f"{whole}.{rest}" if rest else whole
    return write_decimal(plain(value))


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


@lru_cache(maxsize=16384)
def _written_major(amount_minor: int, currency: str) -> str:
    return write_decimal(to_major(amount_minor, currency))


def money_of(column: str, currency: str = "currency") -> Whole:
    """Money in a column of minor units that is never null; its currency in another."""
    columns = (column, currency)
    amount = Leaf(columns, to_major, _written_major, write_decimal)
    return Whole(Money, columns, money, {"amount": amount, "currency": currency})


@strawberry.type(description="A quantity in one unit of measure.")
class Quantity:
    value: Decimal = strawberry.field(description="How many units; exact.")
    unit: str = strawberry.field(description="The unit of measure, such as EA or CASE.")


# Most quantities are small whole numbers that come again and again; nobody changes one.
@lru_cache(maxsize=16384)
def quantity(value: Decimal, unit: str) -> Quantity:
    """A quantity without trailing zeros."""
    return Quantity(value=plain(value), unit=unit)


def quantity_of(column: str, unit: str = "base_unit") -> Whole:
    """The quantity in a column that is never null; its unit in another."""
    parts: dict[str, str | Leaf] = {"value": plain_of(column), "unit": unit}
    return Whole(Quantity, (column, unit), quantity, parts)
