"""Values that Amazon's order documents share: money objects, addresses, windows of time."""

from datetime import date
from decimal import Decimal

from domain.intake.document import Address
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import day_of, iso_moment


def money(field: Field, key: str) -> Decimal | None:
    """The amount of a money object, {CurrencyCode, Amount} or {currencyCode, amount}."""
    member = field.member(key)
    return member.number("Amount" if member.has("Amount") else "amount")


def money_currency(field: Field, *keys: str) -> str | None:
    """The currency of the first of these money objects that tells one."""
    for key in keys:
        member = field.member(key)
        code = member.currency("CurrencyCode" if member.has("CurrencyCode") else "currencyCode")
        if code is not None:
            return code
    return None


def address_v0(order: Field, *, company: str | None, email: str | None) -> Address | None:
    """`ShippingAddress` of Orders v0; None where Amazon withholds it."""
    field = order.member("ShippingAddress")
    lines = [field.text(f"AddressLine{number}") for number in (1, 2, 3)]
    found = Address(
        name=field.text("Name"),
        company=field.text("CompanyName") or company,
        line1=lines[0],
        line2=", ".join(line for line in lines[1:] if line) or None,
        city=field.text("City"),
        region=field.text("StateOrRegion"),
        postal_code=field.text("PostalCode"),
        country=field.text("CountryCode"),
        phone=field.text("Phone"),
        email=email,
    )
    return found if field.value and not found.is_blank else None


def address_camel(field: Field, *, email: str | None = None) -> Address | None:
    """An address of the newer APIs (name, addressLine1, …); None where missing or blank."""
    lines = [field.text(f"addressLine{number}") for number in (1, 2, 3)]
    found = Address(
        name=field.text("name"),
        company=field.text("companyName"),
        line1=lines[0],
        line2=", ".join(line for line in lines[1:] if line) or None,
        city=field.text("city"),
        region=field.text("stateOrRegion"),
        postal_code=field.text("postalCode", "postalOrZipCode"),
        country=field.text("countryCode"),
        phone=field.text("phone"),
        email=email,
    )
    return found if field.value and not found.is_blank else None


def first_day(window: str | None) -> date | None:
    """The first day of a window "<start>--<end>" of ISO 8601 moments."""
    return day_of(iso_moment(window.split("--", 1)[0])) if window else None


def last_day(window: str | None) -> date | None:
    """The last day of such a window; of a single moment, its day."""
    return day_of(iso_moment(window.rsplit("--", 1)[-1])) if window else None
