"""Values of Walmart Marketplace documents: lists in lists, amounts, moments in milliseconds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.intake.document import Address, Moment
from domain.intake.formats.countries import country_code
from domain.intake.formats.json_fields import Field, objects_of
from domain.intake.formats.numbers import exact_number

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def listed(field: Field, outer: str, inner: str) -> list[Field]:
    """The rows of `{outer: {inner: […]}}`; also `{outer: […]}`, as in Mexico, and a single row
    without its list. Anything else is noted as a problem."""
    member = field.within(outer)
    if isinstance(member.value, list):
        return objects_of(member.each())
    held = field.member(outer)
    if not held.is_object:
        return []
    row = held.within(inner)
    if row.is_object:
        return [row]
    return held.objects(inner) if held.has(inner) else [held]


def money(field: Field, key: str) -> Decimal | None:
    """The amount of a money object: {currency, amount} or {currencyUnit, currencyAmount}."""
    member = field.member(key)
    return member.number("amount" if member.has("amount") else "currencyAmount")


def money_currency(field: Field, key: str) -> str | None:
    """The currency of a money object."""
    member = field.member(key)
    return member.currency("currency" if member.has("currency") else "currencyUnit")


def tax_rows(charge: Field) -> Iterator[Field]:
    """The taxes of a charge: one object, or a list of them."""
    tax = charge.within("tax")
    if isinstance(tax.value, list):
        yield from objects_of(tax.each())
    elif tax.value is not None:
        yield charge.member("tax")


def quantity(field: Field, key: str) -> Decimal | None:
    """The quantity in a member {unitOfMeasurement, amount}; None where it says none."""
    member = field.member(key)
    return member.number("amount" if member.has("amount") else "measurementValue")


def moment(field: Field, key: str) -> Moment | None:
    """A moment: milliseconds since 1970, or a date of ISO 8601."""
    member = field.within(key)
    number = exact_number(member.value)
    if number is None:
        return field.moment(key)
    try:
        return _EPOCH + timedelta(milliseconds=int(number))
    except OverflowError:
        member.complain(
            "date_invalid",
            "is no moment in milliseconds since 1970",
            "Send it like 1568466571000, or like 2026-01-31T12:00:00Z.",
        )
        return None


def address(shipping: Field, *, email: str | None) -> Address | None:
    """The address of `shippingInfo`; None where missing or blank."""
    field = shipping.member("postalAddress")
    found = Address(
        name=field.text("name"),
        line1=field.text("address1"),
        line2=field.text("address2"),
        city=field.text("city"),
        region=field.text("state"),
        postal_code=field.text("postalCode"),
        country=country_code(field.text("country")),
        phone=shipping.text("phone"),
        email=email,
    )
    return found if field.value and not found.is_blank else None
