"""A Shopify order (REST Admin API, resource Order, 2016 to 2025-10) as a ParsedOrder."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.document import (
    ItemCode,
    Notes,
    ParsedLine,
    ParsedOrder,
    PaymentState,
    Totals,
)
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import version_of
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.shopify.values import (
    address,
    amount,
    line_properties,
    requested_service,
    shop_money,
    sum_of,
)

FORMAT = "shopify.order"

PAYMENT: dict[str | None, PaymentState] = {
    "pending": "pending",
    "unpaid": "pending",
    "authorized": "authorized",
    "partially_paid": "partially_paid",
    "paid": "paid",
    "partially_refunded": "paid",
    "refunded": "refunded",
    "voided": "voided",
    "expired": "failed",
}
_NOTES = ("note", "source_name", "tags", "presentment_currency", "fulfillment_status", "phone")
_CODES = (
    ("sku", "sku"),
    ("variant", "variant_id"),
    ("product", "product_id"),
)


def parse_order(field: Field) -> ParsedOrder:
    """The order in this JSON object; what is wrong with it goes to its `problems`.

    Amounts are in the shop's currency (`currency`), as first ordered: refunds and later edits
    (`refunds`, `current_…`) leave totals and quantities as they are.
    """
    lines = tuple(_line(row, number) for number, row in enumerate(field.rows("line_items"), 1))
    email = field.text("email", "contact_email")
    updated_at = field.moment("updated_at")
    cancelled_at = field.moment("cancelled_at")
    external_id = field.text("id") or _id_of_gid(field)
    status = field.text("financial_status")
    _check(field, external_id, lines)
    return ParsedOrder(
        format=FORMAT,
        path=field.path,
        external_number=field.text("name", "order_number", "number") or external_id,
        external_id=external_id,
        currency=_currency(field),
        ordered_at=field.moment("created_at", "processed_at"),
        lines=lines,
        totals=_totals(field),
        ship_to=address(field, "shipping_address", email=email),
        bill_to=address(field, "billing_address", email=email),
        buyer_reference=field.text("po_number"),
        email=email,
        prices_include_tax=field.flag("taxes_included"),
        payment_state=PAYMENT.get(status, "unknown"),
        cancelled=cancelled_at is not None,
        cancelled_at=cancelled_at,
        source_status=status,
        source_version=version_of(updated_at),
        is_test=field.flag("test") is True,
        notes=_notes(field),
        problems=tuple(field.problems),
    )


def _id_of_gid(field: Field) -> str | None:
    gid = field.text("admin_graphql_api_id")
    return gid.rsplit("/", 1)[-1] if gid else None


def _check(field: Field, external_id: str | None, lines: tuple[ParsedLine, ...]) -> None:
    field.within("id").require(external_id, "the order's id")
    if not lines and not any(p.path.endswith("line_items") for p in field.problems):
        field.within("line_items").complain(
            "lines_missing",
            "has no lines",
            "Send the order with its line_items (do not leave them out of `fields`).",
        )


def _currency(field: Field) -> str | None:
    if field.text("currency") is not None:
        return field.currency("currency")
    sets = [
        field.member("total_price_set"),
        *(r.member("price_set") for r in field.rows("line_items")),
    ]
    codes = (money.member("shop_money").currency("currency_code") for money in sets)
    return next((code for code in codes if code is not None), None)


def _totals(field: Field) -> Totals:
    return Totals(
        subtotal=amount(field, "subtotal_price"),
        discount=amount(field, "total_discounts"),
        tax=amount(field, "total_tax"),
        shipping=_shipping(field),
        total=amount(field, "total_price"),
    )


def _shipping(field: Field) -> Decimal | None:
    for line in field.rows("shipping_lines"):
        requested_service(line)
    stated = shop_money(field, "total_shipping_price_set")
    return stated if stated is not None else sum_of(field, "shipping_lines", "price")


def _line(row: Field, number: int) -> ParsedLine:
    codes = _codes(row)
    return ParsedLine(
        line=number,
        path=row.path,
        quantity=row.quantity("quantity"),
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=row.text("name", "title"),
        unit_price=amount(row, "price"),
        discount=_discount(row),
        tax=sum_of(row, "tax_lines", "price"),
        external_id=row.text("id"),
        quantity_current=row.number("current_quantity"),
        requires_shipping=row.flag("requires_shipping"),
        notes=line_properties(row),
    )


def _codes(row: Field) -> tuple[ItemCode, ...]:
    found = ((kind, row.text(key), key) for kind, key in _CODES)
    return tuple(ItemCode(kind, value, key) for kind, value, key in found if value is not None)


def _discount(row: Field) -> Decimal | None:
    allocated = exact_sum([amount(share, "amount") for share in row.rows("discount_allocations")])
    return allocated if allocated is not None else amount(row, "total_discount")


def _notes(field: Field) -> Notes:
    plain = [(name, field.note(name)) for name in _NOTES]
    named = [(row.note("name"), row.note("value")) for row in _each(field, "note_attributes")]
    shipping = [
        ("shipping_line", row.note("code", "title")) for row in _each(field, "shipping_lines")
    ]
    discounts = [("discount_code", row.note("code")) for row in _each(field, "discount_codes")]
    found = [*plain, *named, *shipping, *discounts]
    return tuple((name, value) for name, value in found if name is not None and value is not None)


def _each(field: Field, key: str) -> Iterator[Field]:
    return field.within(key).each()
