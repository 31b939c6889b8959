"""An order of WooCommerce's legacy REST API (wc-api/v1 to v3) as a ParsedOrder."""

from domain.intake.document import ParsedLine, ParsedOrder, Totals
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import in_utc, version_of
from domain.intake.formats.numbers import exact_difference
from domain.intake.formats.woocommerce.order import (
    CANCELLED,
    FORMAT,
    address,
    check_order,
    item_codes,
    order_notes,
    payment_state,
    plain_name,
    unit_price,
)

_ADDRESS_KEYS = ("address_1", "address_2", "postcode")


def parse_legacy_order(field: Field) -> ParsedOrder:
    """The order in this JSON object; its times are UTC, as that API states.

    `total_discount` is what v2 and v3 give; v1 splits it in `cart_discount` and `order_discount`.
    """
    external_id, status = field.text("id"), field.text("status")
    lines = tuple(_line(row, number) for number, row in enumerate(field.rows("line_items"), 1))
    check_order(field, external_id, lines)
    return ParsedOrder(
        format=FORMAT,
        path=field.path,
        external_number=field.text("order_number") or external_id,
        external_id=external_id,
        currency=field.currency("currency"),
        ordered_at=in_utc(field.moment("created_at")),
        lines=lines,
        totals=_totals(field),
        ship_to=address(field.member("shipping_address"), _ADDRESS_KEYS),
        bill_to=address(field.member("billing_address"), _ADDRESS_KEYS),
        email=field.member("billing_address").text("email"),
        payment_state=payment_state(field, status, "paid_at"),
        cancelled=status in CANCELLED,
        source_status=status,
        source_version=version_of(in_utc(field.moment("updated_at"))),
        notes=order_notes(field, ("note",)),
        problems=tuple(field.problems),
    )


def _totals(field: Field) -> Totals:
    return Totals(
        subtotal=field.number("subtotal"),
        discount=field.number("total_discount"),
        tax=field.number("total_tax"),
        shipping=field.number("total_shipping"),
        total=field.number("total"),
    )


def _line(row: Field, number: int) -> ParsedLine:
    codes = item_codes(row, (("sku", "sku"), ("product", "product_id")))
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
