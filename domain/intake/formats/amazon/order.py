"""An order of Amazon's Orders API v0 (getOrder, getOrders, getOrderItems) as a ParsedOrder."""

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
from domain.intake.formats.amazon.values import address_v0, money, money_currency
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import day_of, version_of
from domain.intake.formats.numbers import exact_quotient, exact_sum

FORMAT = "amazon.order"
ITEMS_FORMAT = "amazon.order_items"

PAYMENT: dict[str | None, PaymentState] = {
    "Pending": "pending",
    "PendingAvailability": "pending",
    "Unshipped": "paid",
    "PartiallyShipped": "paid",
    "Shipped": "paid",
    "InvoiceUnconfirmed": "paid",
    "Canceled": "voided",
    "Unfulfillable": "failed",
}
_NOTES = (
    "FulfillmentChannel",
    "SalesChannel",
    "MarketplaceId",
    "OrderType",
    "ShipServiceLevel",
    "ShipmentServiceLevelCategory",
    "SellerOrderId",
)
_CODES = (("sku", "SellerSKU"), ("asin", "ASIN"))
_PRICES = ("ItemPrice", "ShippingPrice", "ItemTax")


def parse_order(order: Field, items: list[Field] | None) -> ParsedOrder:
    """The order with this header and these items; None for `items`: the document has none.

    `items` note their problems in the list of `order`. Amazon withholds prices and the address of
    pending orders: they stay None. `ItemPrice` is the amount of the line, not of one unit.
    """
    number = order.text("AmazonOrderId")
    order.within("AmazonOrderId").require(number, "the order's id")
    rows = items or []
    lines = tuple(_line(row, place) for place, row in enumerate(rows, 1))
    if not lines:
        _complain_of_missing_items(order)
    buyer, status = order.member("BuyerInfo"), order.text("OrderStatus")
    updated_at = order.moment("LastUpdateDate")
    return ParsedOrder(
        format=FORMAT,
        path=order.path,
        external_number=number,
        external_id=number,
        currency=money_currency(order, "OrderTotal") or _currency(rows),
        ordered_at=order.moment("PurchaseDate"),
        lines=lines,
        totals=_totals(order, rows, lines),
        ship_to=_ship_to(order, buyer),
        buyer_reference=buyer.text("PurchaseOrderNumber"),
        email=buyer.text("BuyerEmail") or order.text("BuyerEmail"),
        payment_state=PAYMENT.get(status, "unknown"),
        cancelled=status == "Canceled",
        source_status=status,
        source_version=version_of(updated_at),
        requested_ship_on=day_of(order.moment("LatestShipDate")),
        requested_delivery_on=day_of(order.moment("LatestDeliveryDate")),
        notes=_notes(order, _NOTES),
        problems=tuple(order.problems),
    )


def parse_items(listing: Field) -> ParsedOrder:
    """The lines of a getOrderItems document, as an order that lacks its header."""
    number = listing.text("AmazonOrderId")
    rows = listing.rows("OrderItems")
    lines = tuple(_line(row, place) for place, row in enumerate(rows, 1))
    listing.within("AmazonOrderId").complain(
        "order_missing",
        "has items here, but its order (date, address, total) is not in this document",
        "Send the order (getOrder) together with its items (getOrderItems).",
    )
    return ParsedOrder(
        format=ITEMS_FORMAT,
        path=listing.path,
        external_number=number,
        external_id=number,
        currency=_currency(rows),
        lines=lines,
        totals=_totals(listing, rows, lines),
        problems=tuple(listing.problems),
    )


def _complain_of_missing_items(order: Field) -> None:
    order.within("OrderItems").complain(
        "items_missing",
        "is missing: the order came without its items",
        "Send the order (getOrder) together with its items (getOrderItems).",
    )


def _ship_to(order: Field, buyer: Field) -> Address | None:
    company = buyer.member("BuyerTaxInfo").text("CompanyLegalName")
    return address_v0(order, company=company, email=buyer.text("BuyerEmail"))


def _currency(rows: list[Field]) -> str | None:
    codes = (money_currency(row, *_PRICES) for row in rows)
    return next((code for code in codes if code is not None), None)


def _totals(order: Field, rows: list[Field], lines: tuple[ParsedLine, ...]) -> Totals:
    shipping = exact_sum(money(row, "ShippingPrice") for row in rows)
    taxes = (money(row, key) for row in rows for key in ("ItemTax", "ShippingTax"))
    return Totals(
        subtotal=exact_sum(line.amount for line in lines),
        discount=exact_sum(line.discount for line in lines),
        tax=exact_sum(taxes),
        shipping=shipping,
        total=money(order, "OrderTotal"),
    )


def _line(row: Field, place: int) -> ParsedLine:
    found = ((kind, row.text(key), key) for kind, key in _CODES)
    codes = tuple(ItemCode(kind, value, key) for kind, value, key in found if value is not None)
    quantity, amount = row.quantity("QuantityOrdered"), money(row, "ItemPrice")
    return ParsedLine(
        line=place,
        path=row.path,
        quantity=quantity,
        external_code=codes[0].value if codes else None,
        codes=codes,
        description=row.text("Title"),
        unit_price=_unit_price(amount, quantity),
        amount=amount,
        discount=money(row, "PromotionDiscount"),
        tax=money(row, "ItemTax"),
        external_id=row.text("OrderItemId"),
        requested_delivery_on=day_of(row.moment("ScheduledDeliveryEndDate")),
        notes=_notes(row, ("ConditionId", "IsGift", "QuantityShipped")),
    )


def _unit_price(amount: Decimal | None, quantity: Decimal | None) -> Decimal | None:
    return None if amount is None or quantity is None else exact_quotient(amount, quantity)


def _notes(field: Field, names: tuple[str, ...]) -> Notes:
    found = ((name, field.note(name)) for name in names)
    return tuple((name, text) for name, text in found if text is not None)
