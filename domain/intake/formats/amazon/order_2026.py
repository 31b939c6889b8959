"""An order of Amazon's Orders API 2026-01-01 (searchOrders, getOrder) as a ParsedOrder."""

from datetime import date
from decimal import Decimal

from domain.intake.document import ItemCode, Notes, ParsedLine, ParsedOrder, PaymentState, Totals
from domain.intake.formats.amazon.order import FORMAT
from domain.intake.formats.amazon.values import address_camel, money, money_currency
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import day_of, version_of
from domain.intake.formats.numbers import exact_sum

_PAYMENT: dict[str | None, PaymentState] = {
    "PENDING": "pending",
    "PENDING_AVAILABILITY": "pending",
    "UNSHIPPED": "paid",
    "PARTIALLY_SHIPPED": "paid",
    "SHIPPED": "paid",
    "CANCELLED": "voided",
    "UNFULFILLABLE": "failed",
}
_CODES = (("sku", "sellerSku"), ("asin", "asin"))


def is_order(field: Field) -> bool:
    """Whether a JSON object is an order of the API 2026-01-01."""
    return field.has("orderId") and (
        field.has("orderItems", "salesChannel") or field.has("createdTime", "salesChannel")
    )


def parse_order(field: Field) -> ParsedOrder:
    """The order in this JSON object; data sets that were not asked for stay None."""
    number = field.text("orderId")
    field.within("orderId").require(number, "the order's id")
    rows = field.rows("orderItems")
    lines = tuple(_line(row, place) for place, row in enumerate(rows, 1))
    if not lines:
        what = "is missing: the order came without its items"
        remedy = "Send the order with its orderItems."
        field.within("orderItems").complain("items_missing", what, remedy)
    buyer, fulfillment = field.member("buyer"), field.member("fulfillment")
    email, status = buyer.text("buyerEmail"), fulfillment.text("fulfillmentStatus")
    updated_at = field.moment("lastUpdatedTime")
    destination = field.member("recipient").member("deliveryAddress")
    return ParsedOrder(
        format=FORMAT,
        path=field.path,
        external_number=number,
        external_id=number,
        currency=_currency(field, rows),
        ordered_at=field.moment("createdTime"),
        lines=lines,
        totals=_totals(field, rows),
        ship_to=address_camel(destination, email=email),
        buyer_reference=buyer.text("buyerPurchaseOrderNumber"),
        email=email,
        payment_state=_PAYMENT.get(status, "unknown"),
        cancelled=status == "CANCELLED",
        source_status=status,
        source_version=version_of(updated_at),
        requested_ship_on=_day(fulfillment, "shipByWindow"),
        requested_delivery_on=_day(fulfillment, "deliverByWindow"),
        notes=_notes(field, fulfillment),
        problems=tuple(field.problems),
    )


def _line(row: Field, place: int) -> ParsedLine:
    product = row.member("product")
    found = ((kind, product.text(key), key) for kind, key in _CODES)
    codes = tuple(ItemCode(kind, value, key) for kind, value, key in found if value is not None)
    return ParsedLine(
        line=place,
        path=row.path,
        quantity=row.quantity("quantityOrdered"),
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=product.text("title"),
        unit=row.member("measurement").text("unit"),
        unit_price=money(product.member("price"), "unitPrice"),
        amount=_proceeds(row, "ITEM"),
        discount=_proceeds(row, "DISCOUNT"),
        tax=_proceeds(row, "TAX"),
        external_id=row.text("orderItemId"),
    )


def _proceeds(row: Field, type: str) -> Decimal | None:
    breakdowns = row.member("proceeds").rows("breakdowns")
    amount = exact_sum(money(b, "subtotal") for b in breakdowns if b.note("type") == type)
    return abs(amount) if amount is not None and type == "DISCOUNT" else amount


def _totals(field: Field, rows: list[Field]) -> Totals:
    return Totals(
        subtotal=exact_sum(_proceeds(row, "ITEM") for row in rows),
        discount=exact_sum(_proceeds(row, "DISCOUNT") for row in rows),
        tax=exact_sum(_proceeds(row, "TAX") for row in rows),
        shipping=exact_sum(_proceeds(row, "SHIPPING") for row in rows),
        total=money(field.member("proceeds"), "grandTotal"),
    )


def _currency(field: Field, rows: list[Field]) -> str | None:
    prices = (money_currency(r.member("product").member("price"), "unitPrice") for r in rows)
    stated = money_currency(field.member("proceeds"), "grandTotal")
    return stated or next((code for code in prices if code is not None), None)


def _day(fulfillment: Field, window: str) -> date | None:
    return day_of(fulfillment.member(window).moment("latestDateTime"))


def _notes(field: Field, fulfillment: Field) -> Notes:
    channel = field.member("salesChannel")
    found = (
        ("FulfillmentChannel", fulfillment.note("fulfilledBy")),
        ("ShipServiceLevel", fulfillment.note("fulfillmentServiceLevel")),
        ("SalesChannel", channel.note("marketplaceName", "channelName")),
        ("MarketplaceId", channel.note("marketplaceId")),
    )
    return tuple((name, text) for name, text in found if text is not None)
