"""An order of a Mirakl marketplace (OR11) as a ParsedOrder."""

from collections.abc import Sequence
from decimal import Decimal

from domain.intake.document import (
    Address,
    ItemCode,
    Notes,
    ParsedLine,
    ParsedOrder,
    PaymentState,
    Totals,
)
from domain.intake.formats.countries import country_code
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import day_of, version_of
from domain.intake.formats.numbers import exact_difference, exact_quotient, exact_sum

FORMAT = "mirakl.order"

_CANCELLED = frozenset({"REFUSED", "CANCELED", "CANCELLED"})
_UNPAID = frozenset({"STAGING", "WAITING_ACCEPTANCE", "WAITING_DEBIT", "WAITING_DEBIT_PAYMENT"})
_PAID_LATER = frozenset({"PAY_ON_DELIVERY", "PAY_ON_DUE_DATE", "PAY_ON_SHIPMENT"})
_CODES = (
    ("sku", "offer_sku"),
    ("sku", "product_shop_sku"),
    ("sku", "shop_sku"),
    ("product", "product_sku"),
    ("other", "offer_id"),
)
_NOTES = (
    "commercial_id",
    "payment_workflow",
    "payment_type",
    "paymentType",
    "shipping_type_code",
    "shipping_type_label",
    "shipping_zone_code",
    "shipping_pudo_id",
    "shipping_company",
    "total_commission",
    "order_state_reason_code",
    "quote_id",
    "transaction_number",
)
_LINE_NOTES = (
    "order_line_state",
    "order_line_state_reason_code",
    "offer_state_code",
    "commission_fee",
    "total_commission",
    "price_additional_info",
)


def is_order(field: Field) -> bool:
    """Whether a JSON object is an order of a Mirakl marketplace."""
    if not field.has("order_lines"):
        return False
    return field.has_any("commercial_id", "order_state", "order_tax_mode") or field.has(
        "order_id", "currency_iso_code"
    )


def parse_order(field: Field) -> ParsedOrder:
    """The order in this JSON object; what is wrong with it goes to its `problems`.

    Where prices are without tax (`TAX_EXCLUDED`) the total is what the document calls so and the
    taxes. Lines that were refused or cancelled are kept, with nothing of them wanted."""
    number, rows = field.text("order_id"), field.objects("order_lines")
    field.within("order_id").require(number, "the order's id")
    if not rows and not any(p.path.endswith("order_lines") for p in field.problems):
        member = field.within("order_lines")
        member.complain("lines_missing", "has no lines", "Send the order with its order_lines.")
    lines = tuple(_line(row, place) for place, row in enumerate(rows, 1))
    customer, status = field.member("customer"), field.text("order_state")
    email = field.text("customer_notification_email") or customer.text("email")
    includes_tax = field.text("order_tax_mode") == "TAX_INCLUDED"
    delivery = field.member("delivery_date")
    return ParsedOrder(
        format=FORMAT,
        path=field.path,
        external_number=number,
        external_id=number,
        currency=field.currency("currency_iso_code"),
        ordered_at=field.moment("created_date"),
        lines=lines,
        totals=_totals(field, rows, lines, includes_tax=includes_tax),
        ship_to=_address(customer.member("shipping_address"), email),
        bill_to=_address(customer.member("billing_address"), email),
        buyer_reference=field.member("references").text("order_reference_for_customer"),
        email=email,
        prices_include_tax=includes_tax,
        payment_state=_payment_state(field, status),
        cancelled=status in _CANCELLED,
        source_status=status,
        source_version=version_of(field.moment("last_updated_date")),
        requested_ship_on=day_of(field.moment("shipping_deadline")),
        requested_delivery_on=day_of(delivery.moment("latest", "earliest")),
        notes=_notes(field, _NOTES),
        problems=tuple(field.problems),
    )


def _payment_state(field: Field, status: str | None) -> PaymentState:
    if status in _CANCELLED:
        return "voided"
    if field.flag("fully_refunded"):
        return "refunded"
    if field.note("customer_debited_date", "transaction_date") is not None:
        return "paid"
    is_unpaid = status in _UNPAID or field.text("payment_workflow") in _PAID_LATER
    return "pending" if is_unpaid or status is None else "paid"


def _line(row: Field, place: int) -> ParsedLine:
    quantity, amount = row.quantity("quantity"), _goods(row)
    found = ((kind, row.text(key), key) for kind, key in _CODES)
    codes = tuple(ItemCode(kind, value, key) for kind, value, key in found if value is not None)
    state, price = row.text("order_line_state"), row.number("price_unit")
    divided = None if amount is None or quantity is None else exact_quotient(amount, quantity)
    return ParsedLine(
        line=place,
        path=row.path,
        quantity=quantity,
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=row.text("product_title"),
        unit=row.member("measurement").text("measurement_unit"),
        unit_price=divided if price is None else price,
        amount=amount,
        tax=_taxes(row, "taxes"),
        external_id=row.text("order_line_id"),
        quantity_current=Decimal(0) if state in _CANCELLED else None,
        notes=_notes(row, _LINE_NOTES),
    )


def _goods(row: Field) -> Decimal | None:
    """The line without shipping: as stated, else its total less shipping and fees."""
    stated, total = row.number("price"), row.number("total_price")
    if stated is not None or total is None:
        return stated
    return exact_difference(
        total, exact_sum((row.number("shipping_price"), _fees(row), Decimal(0)))
    )


def _fees(row: Field) -> Decimal | None:
    return exact_sum(fee.number("amount") for fee in row.objects("fees"))


def _taxes(row: Field, key: str) -> Decimal | None:
    return exact_sum(tax.number("amount") for tax in row.objects(key))


def _totals(
    field: Field, rows: Sequence[Field], lines: Sequence[ParsedLine], *, includes_tax: bool
) -> Totals:
    subtotal, shipping = field.number("price"), field.number("shipping_price")
    if shipping is None:
        shipping = exact_sum(row.number("shipping_price") for row in rows)
    tax = exact_sum(_taxes(row, key) for row in rows for key in ("taxes", "shipping_taxes"))
    stated = field.number("total_price")
    return Totals(
        subtotal=exact_sum(line.amount for line in lines) if subtotal is None else subtotal,
        tax=tax,
        shipping=shipping,
        total=stated if includes_tax or stated is None else exact_sum((stated, tax)),
    )


def _address(field: Field, email: str | None) -> Address | None:
    names = (field.text("civility"), field.text("firstname"), field.text("lastname"))
    further = (field.text("street_2"), field.text("additional_info"))
    found = Address(
        name=" ".join(name for name in names if name) or None,
        company=field.text("company"),
        line1=field.text("street_1"),
        line2=", ".join(line for line in further if line) or None,
        city=field.text("city"),
        region=field.text("state"),
        postal_code=field.text("zip_code"),
        country=country_code(field.text("country_iso_code", "country")),
        phone=field.text("phone", "phone_secondary"),
        email=email,
    )
    return None if found == Address(email=email) else found


def _notes(field: Field, names: tuple[str, ...]) -> Notes:
    plain = [(name, field.note(name)) for name in names]
    further = field.within("order_additional_fields")
    custom = [(row.note("code"), row.note("value")) for row in further.each()]
    return tuple((n, told) for n, told in [*plain, *custom] if n is not None and told is not None)
