"""A WooCommerce order (REST wc/v1, v2, v3) as a ParsedOrder."""

import html
from decimal import Decimal

from domain.intake.document import (
    Address,
    ItemCode,
    Moment,
    Notes,
    ParsedLine,
    ParsedOrder,
    PaymentState,
    Purpose,
    Totals,
)
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import in_utc, version_of
from domain.intake.formats.numbers import exact_difference, exact_quotient, exact_sum

FORMAT = "woocommerce.order"
CANCELLED = frozenset({"cancelled", "failed", "trash"})

_PAYMENT: dict[str | None, PaymentState] = {
    "pending": "pending",
    "on-hold": "pending",
    "checkout-draft": "pending",
    "processing": "paid",
    "completed": "paid",
    "refunded": "refunded",
    "failed": "failed",
    "cancelled": "voided",
}
_NOTES = (
    "customer_note",
    "payment_method",
    "payment_method_title",
    "transaction_id",
    "created_via",
)


def parse_order(field: Field, *, purpose: Purpose = "original") -> ParsedOrder:
    """The order in this JSON object; what is wrong with it goes to its `problems`.

    A line's `total` and `subtotal` are without tax; `price` (a float of theirs) is not read.
    """
    external_id, status = field.text("id"), field.text("status")
    lines = tuple(_line(row, number) for number, row in enumerate(field.rows("line_items"), 1))
    check_order(field, external_id, lines)
    email = field.member("billing").text("email")
    return ParsedOrder(
        format=FORMAT,
        path=field.path,
        external_number=field.text("number") or external_id,
        external_id=external_id,
        currency=field.currency("currency"),
        ordered_at=_moment(field, "date_created"),
        purpose=purpose,
        lines=lines,
        totals=_totals(field, lines),
        ship_to=address(field.member("shipping"), ("address_1", "address_2", "postcode")),
        bill_to=address(field.member("billing"), ("address_1", "address_2", "postcode")),
        email=email,
        prices_include_tax=field.flag("prices_include_tax"),
        payment_state=payment_state(field, status, "date_paid"),
        cancelled=status in CANCELLED or purpose == "cancel",
        source_status=status,
        source_version=version_of(_moment(field, "date_modified")),
        notes=order_notes(field, _NOTES),
        problems=tuple(field.problems),
    )


def check_order(field: Field, external_id: str | None, lines: tuple[ParsedLine, ...]) -> None:
    """Note what no order can do without: an id, and lines."""
    field.within("id").require(external_id, "the order's id")
    if not lines and not any(p.path.endswith("line_items") for p in field.problems):
        member = field.within("line_items")
        member.complain("lines_missing", "has no lines", "Send the order with its line_items.")


def payment_state(field: Field, status: str | None, paid_key: str) -> PaymentState:
    """What the status and the date of payment tell of the payment."""
    known = _PAYMENT.get(status, "unknown")
    return "paid" if known in ("unknown", "pending") and field.note(paid_key) else known


def address(field: Field, keys: tuple[str, str, str]) -> Address | None:
    """An address of WooCommerce; `keys` are its names for the two lines and the postal code."""
    names = (field.text("first_name"), field.text("last_name"))
    found = Address(
        name=" ".join(name for name in names if name) or None,
        company=field.text("company"),
        line1=field.text(keys[0]),
        line2=field.text(keys[1]),
        city=field.text("city"),
        region=field.text("state"),
        postal_code=field.text(keys[2]),
        country=field.text("country"),
        phone=field.text("phone"),
        email=field.text("email"),
    )
    return None if found.is_blank else found


def order_notes(field: Field, names: tuple[str, ...]) -> Notes:
    """The named members, the coupons and the fees, as notes."""
    plain = [(name, field.note(name)) for name in names]
    coupons = [("coupon", row.note("code")) for row in field.within("coupon_lines").each()]
    fees = [("fee_total", row.note("total")) for row in field.within("fee_lines").each()]
    return tuple((name, text) for name, text in [*plain, *coupons, *fees] if text is not None)


def item_codes(row: Field, keys: tuple[tuple[str, str], ...]) -> tuple[ItemCode, ...]:
    """The codes of a line: (kind, member) in order of preference; "0" means none."""
    found = ((kind, row.text(key), key) for kind, key in keys)
    return tuple(
        ItemCode(kind, value, key) for kind, value, key in found if value not in (None, "0")
    )


def plain_name(row: Field) -> str | None:
    """The name of a line, its HTML entities resolved."""
    name = row.text("name")
    return None if name is None else html.unescape(name)


def unit_price(amount: Decimal | None, quantity: Decimal | None) -> Decimal | None:
    """Amount ÷ quantity, if it divides exactly."""
    if amount is None or quantity is None:
        return None
    return exact_quotient(amount, quantity)


def _line(row: Field, number: int) -> ParsedLine:
    codes = item_codes(
        row, (("sku", "sku"), ("variant", "variation_id"), ("product", "product_id"))
    )
    quantity, subtotal = row.quantity("quantity"), row.number("subtotal")
    total = row.number("total")
    amount = subtotal if subtotal is not None else total
    return ParsedLine(
        line=number,
        path=row.path,
        quantity=quantity,
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=plain_name(row),
        unit_price=unit_price(amount, quantity),
        amount=amount,
        discount=exact_difference(subtotal, total),
        tax=row.number("total_tax"),
        external_id=row.text("id"),
    )


def _totals(field: Field, lines: tuple[ParsedLine, ...]) -> Totals:
    return Totals(
        subtotal=exact_sum(line.amount for line in lines),
        discount=field.number("discount_total"),
        tax=field.number("total_tax"),
        shipping=field.number("shipping_total"),
        total=field.number("total"),
    )


def _moment(field: Field, key: str) -> Moment | None:
    """`…_gmt` as UTC; else the plain field, in the shop's own zone, which it does not tell."""
    moment = field.moment(f"{key}_gmt")
    return in_utc(moment) if moment is not None else field.moment(key)
