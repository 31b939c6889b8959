"""Values of Shopify orders that come in more than one shape."""

from decimal import Decimal

from domain.intake.document import Address, Notes
from domain.intake.formats.json_fields import Field
from domain.intake.formats.numbers import exact_sum


def line_properties(line: Field) -> Notes:
    """`properties` of a line item: a list of {name, value}, or one such object, or name → value.

    Null, missing and the empty object mean none. A name that is no text is a problem.
    """
    member = line.within("properties")
    if member.value in (None, [], {}):
        return ()
    if isinstance(member.value, list):
        named = [_property(row) for row in member.each()]
        return tuple(note for note in named if note is not None)
    if member.is_object:
        return _object_properties(member)
    member.complain("properties_invalid", "should be a list of name and value", _PROPERTY_REMEDY)
    return ()


_PROPERTY_REMEDY = 'Send [{"name": "text", "value": …}], an empty list, or leave it out.'


def _object_properties(member: Field) -> Notes:
    if member.has_any("name", "value"):
        note = _property(member)
        return () if note is None else (note,)
    assert isinstance(member.value, dict)
    return tuple((key[:200], member.note(key) or "") for key in member.value)


def _property(row: Field) -> tuple[str, str] | None:
    name = row.within("name")
    if not isinstance(name.value, str):
        place = name if row.is_object else row
        place.complain("properties_invalid", "should be a name (text)", _PROPERTY_REMEDY)
        return None
    return name.own_text() or "", row.note("value") or ""


def requested_service(shipping_line: Field) -> str | None:
    """`requested_fulfillment_service_id`: text, or a number read as text; null for none."""
    member = shipping_line.within("requested_fulfillment_service_id")
    is_number = isinstance(member.value, int | Decimal) and not isinstance(member.value, bool)
    if member.value is None or is_number or isinstance(member.value, str):
        return member.own_text()
    member.complain(
        "requested_fulfillment_service_id_invalid",
        "is neither text nor number",
        "Send the id as text, or null.",
    )
    return None


def address(order: Field, key: str, *, email: str | None = None) -> Address | None:
    """`shipping_address` or `billing_address`; None where null, missing or blank."""
    field = order.member(key)
    names = (field.text("first_name"), field.text("last_name"))
    found = Address(
        name=field.text("name") or " ".join(name for name in names if name) or None,
        company=field.text("company"),
        line1=field.text("address1"),
        line2=field.text("address2"),
        city=field.text("city"),
        region=field.text("province_code", "province"),
        postal_code=field.text("zip"),
        country=field.text("country_code", "country"),
        phone=field.text("phone"),
    )
    if found.is_blank:
        return None
    return Address(**{**_values(found), "email": email})


def _values(found: Address) -> dict[str, str | None]:
    return {name: getattr(found, name) for name in Address.__slots__}


def shop_money(field: Field, key: str) -> Decimal | None:
    """The shop-currency amount of a money set (`…_set.shop_money.amount`)."""
    return field.member(key).member("shop_money").number("amount")


def amount(field: Field, key: str) -> Decimal | None:
    """An amount in shop currency: the plain field, or else its money set."""
    plain = field.number(key)
    return plain if plain is not None else shop_money(field, f"{key}_set")


def sum_of(field: Field, rows: str, key: str) -> Decimal | None:
    """The exact sum of one amount over the rows of a list; None where no row has it."""
    return exact_sum([amount(row, key) for row in field.rows(rows)])
