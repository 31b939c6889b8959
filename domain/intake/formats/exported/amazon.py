"""Amazon's order reports as flat files: those of unshipped orders, and of all orders by date.

Both have a row for each line. Prices are of the whole line; outside North America with tax."""

from collections.abc import Sequence
from decimal import Decimal

from domain.intake.document import (
    Address,
    ItemCode,
    Notes,
    ParsedLine,
    ParsedOrder,
    PaymentState,
    Problem,
    Totals,
)
from domain.intake.formats.amazon.order import PAYMENT
from domain.intake.formats.exported.table import Row, Table, row_of
from domain.intake.formats.moments import day_of, in_utc, version_of
from domain.intake.formats.numbers import exact_difference, exact_quotient, exact_sum

FORMAT = "amazon.orders_report"
UNSHIPPED = ("order-id", "order-item-id", "sku", "quantity-purchased")
ALL_ORDERS = ("amazon-order-id", "order-status", "sku", "quantity")

_TAX_ON_TOP = ("amazon.com", "amazon.ca")
_DOLLARS = ("USD", "CAD")
_NOTES = (
    ("FulfillmentChannel", "fulfillment-channel"),
    ("SalesChannel", "sales-channel"),
    ("ShipServiceLevel", "ship-service-level"),
    ("SellerOrderId", "merchant-order-id"),
    ("PromotionIds", "promotion-ids"),
)
_CHARGES = ("item-price", "shipping-price", "gift-wrap-price")
_TAXES = ("item-tax", "shipping-tax", "gift-wrap-tax")
_DISCOUNTS = ("item-promotion-discount", "ship-promotion-discount")


def orders(table: Table, problems: list[Problem]) -> list[ParsedOrder]:
    """The orders of a report, in its order; rows of one order need not stand together."""
    key = "order-id" if table.has(*UNSHIPPED) else "amazon-order-id"
    grouped: dict[str, list[Row]] = {}
    for line, cells in table.rows(problems):
        number = cells.get(key, "").strip()
        own = grouped.setdefault(number or f"line {line}", [])
        own.append(row_of(line, cells, own[0].field.problems if own else []))
    return [_order(rows, key) for rows in grouped.values()]


def _order(rows: Sequence[Row], key: str) -> ParsedOrder:
    head = rows[0]
    number, status = head.text(key), head.text("order-status")
    head.field.within(key).require(number, "the order's id")
    codes = (row.field.currency("currency") for row in rows)
    currency = next((code for code in codes if code is not None), None)
    lines = tuple(_line(row, place, currency) for place, row in enumerate(rows, 1))
    includes_tax = _includes_tax(head, currency)
    return ParsedOrder(
        format=FORMAT,
        path=head.field.path,
        external_number=number,
        external_id=number,
        currency=currency,
        ordered_at=in_utc(head.moment("purchase-date")),
        lines=lines,
        totals=_totals(rows, lines, currency, includes_tax=includes_tax),
        ship_to=_ship_to(head),
        buyer_reference=head.text("purchase-order-number"),
        email=head.text("buyer-email"),
        prices_include_tax=includes_tax,
        payment_state=_payment_state(head, status),
        cancelled=_is_cancelled(status),
        source_status=status,
        source_version=version_of(in_utc(head.moment("last-updated-date"))),
        requested_ship_on=day_of(head.moment("promise-date", "latest-ship-date")),
        requested_delivery_on=day_of(head.moment("latest-delivery-date", "delivery-end-date")),
        notes=_notes(head),
        problems=tuple(dict.fromkeys(head.field.problems)),
    )


def _is_cancelled(status: str | None) -> bool:
    return (status or "").lower() in ("cancelled", "canceled")


def _payment_state(head: Row, status: str | None) -> PaymentState:
    """The state of payment; the report of unshipped orders tells when each was paid instead."""
    if _is_cancelled(status):
        return "voided"
    if head.text("payments-date") is not None:
        return "paid"
    # "Shipped - Delivered to Buyer" and the like: the state is before the dash.
    return PAYMENT.get((status or "").split(" -")[0].replace(" ", "") or None, "unknown")


def _includes_tax(head: Row, currency: str | None) -> bool:
    channel = (head.text("sales-channel") or "").lower()
    if channel.startswith("amazon."):
        return channel not in _TAX_ON_TOP
    return currency not in _DOLLARS


def _line(row: Row, place: int, currency: str | None) -> ParsedLine:
    found = (("sku", row.text("sku"), "sku"), ("asin", row.text("asin"), "asin"))
    codes = tuple(ItemCode(kind, value, key) for kind, value, key in found if value is not None)
    purchased = "quantity-purchased" if row.field.has("quantity-purchased") else "quantity"
    quantity, amount = row.quantity(purchased), row.amount("item-price", currency)
    divided = None if amount is None or quantity is None else exact_quotient(amount, quantity)
    is_cancelled = _is_cancelled(row.text("item-status"))
    return ParsedLine(
        line=place,
        path=row.field.path,
        quantity=quantity,
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=row.text("product-name"),
        unit_price=divided,
        amount=amount,
        discount=_absolute(row.amount("item-promotion-discount", currency)),
        tax=row.amount("item-tax", currency),
        external_id=row.text("order-item-id", "amazon-order-item-id"),
        quantity_current=Decimal(0) if is_cancelled else None,
    )


def _absolute(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else abs(amount)


def _totals(
    rows: Sequence[Row],
    lines: Sequence[ParsedLine],
    currency: str | None,
    *,
    includes_tax: bool,
) -> Totals:
    """The exact sums of what the rows state; None of what none of them states."""

    def summed(*names: str) -> Decimal | None:
        return exact_sum(_absolute(row.amount(name, currency)) for row in rows for name in names)

    tax, charged = summed(*_TAXES), summed(*_CHARGES)
    shipping = summed("shipping-price")
    off = summed("ship-promotion-discount") or Decimal(0)
    total = exact_difference(charged, summed(*_DISCOUNTS) or Decimal(0))
    return Totals(
        subtotal=exact_sum(line.amount for line in lines),
        discount=exact_sum(line.discount for line in lines),
        tax=tax,
        shipping=exact_difference(shipping, off),
        total=total if includes_tax or total is None else exact_sum((total, tax)),
    )


def _ship_to(head: Row) -> Address | None:
    further = (head.text("ship-address-2"), head.text("ship-address-3"))
    found = Address(
        name=head.text("recipient-name"),
        line1=head.text("ship-address-1"),
        line2=", ".join(line for line in further if line) or None,
        city=head.text("ship-city"),
        region=head.text("ship-state"),
        postal_code=head.text("ship-postal-code"),
        country=head.text("ship-country"),
        phone=head.text("ship-phone-number", "buyer-phone-number"),
        email=head.text("buyer-email"),
    )
    return None if found == Address(email=found.email) else found


def _notes(head: Row) -> Notes:
    found = ((name, head.field.note(column)) for name, column in _NOTES)
    return tuple((name, told) for name, told in found if told is not None)
