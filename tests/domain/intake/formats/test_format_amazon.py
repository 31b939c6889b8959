"""Amazon: every sample against the manifest; order and items in one document, or in two."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.amazon.joining import join
from domain.intake.formats.registry import read

ORDER_FILE = re.compile(r"ordersV0__getOrders?__|easyship-orders-getOrder")
ITEMS_FILE = re.compile(r"ordersV0__getOrderItems__")
TABLE_FILE = re.compile(r"amazon_orders?(_item)?\.csv")
VENDOR_FILE = re.compile(r"endor[oO]rders(-|__)getPurchaseOrders?[._]")


def header(**changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = {
        "AmazonOrderId": "902-1",
        "PurchaseDate": "2026-01-19T03:58:30Z",
        "LastUpdateDate": "2026-01-19T04:58:30Z",
        "OrderStatus": "Unshipped",
        "FulfillmentChannel": "MFN",
        "OrderTotal": {"CurrencyCode": "USD", "Amount": "31.01"},
        "ShippingAddress": {"Name": "Ann Example", "AddressLine1": "1 Street", "City": "Town"},
        "BuyerInfo": {"BuyerEmail": "ann@example.com", "PurchaseOrderNumber": "PO-7"},
    }
    return {**order, **changes}


def item(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "ASIN": "B0000000A1",
        "OrderItemId": "05015851154158",
        "SellerSKU": "SKU-1",
        "Title": "A card book",
        "QuantityOrdered": 2,
        "ItemPrice": {"CurrencyCode": "USD", "Amount": "25.00"},
        "ShippingPrice": {"CurrencyCode": "USD", "Amount": "5.00"},
        "ItemTax": {"CurrencyCode": "USD", "Amount": "1.01"},
    }
    return {**row, **changes}


def items(*rows: dict[str, Any], number: str = "902-1") -> dict[str, Any]:
    return {"AmazonOrderId": number, "OrderItems": list(rows or (item(),))}


def reading_of(document: object) -> Reading:
    return read(json.dumps(document).encode())


def codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.all_problems]


def test_every_sample_is_read_as_the_manifest_says(amazon_sample: Any) -> None:
    reading = read(amazon_sample.raw)
    if ITEMS_FILE.search(amazon_sample.name):
        assert (reading.format, reading.kind) == ("amazon.order_items", "faulty")
        assert codes(reading) == ["order_missing"]
    elif ORDER_FILE.search(amazon_sample.name):
        assert (reading.format, reading.kind) == ("amazon.order", "faulty")
        assert set(codes(reading)) == {"items_missing"}
    elif TABLE_FILE.search(amazon_sample.name):
        # Read, and compared cell by cell, in test_format_exports.
        assert (reading.kind, len(reading.orders)) == ("faulty", 100)
        return
    elif VENDOR_FILE.search(amazon_sample.name):
        assert (reading.format, reading.kind) == ("amazon.vendor_order", "order")
    else:
        assert (reading.kind, reading.orders) == ("not_an_order", ())
        assert reading.format.startswith(("amazon.", "csv", "tsv"))
        return
    _compare(reading, amazon_sample)


def _compare(reading: Reading, sample: Any) -> None:
    facts, *rest = sample.expected.split(" ¦ ")
    numbers = re.findall(r"(?:AmazonOrderId|purchaseOrderNumber)=([\w-]+)", facts)
    assert [order.external_number for order in reading.orders] == numbers
    bought = re.findall(r"PurchaseOrderNumber=(\w+)", facts)
    if bought and reading.format == "amazon.order":
        assert [order.buyer_reference for order in reading.orders] == bought
    counted = re.search(r"(\d+) (?:OrderItems|items)", " ".join(rest))
    lines = [line for order in reading.orders for line in order.lines]
    assert len(lines) == (int(counted[1]) if counted else 0)
    document = json.loads(sample.raw)
    _compare_amounts(reading, document.get("payload", document))


def _compare_amounts(reading: Reading, payload: dict[str, Any]) -> None:
    listed = payload.get("Orders") or payload.get("orders") or [payload]
    for order, given in zip(reading.orders, listed, strict=True):
        total = given.get("OrderTotal", {}).get("Amount")
        assert str(order.totals.total) == str(total)
        rows = given.get("OrderItems") or given.get("items") or []
        rows = rows or given.get("orderDetails", {}).get("items", [])
        for line, row in zip(order.lines, rows, strict=True):
            quantity = row.get("QuantityOrdered") or row["orderedQuantity"]["amount"]
            assert line.quantity == quantity
            assert line.external_code == row.get("SellerSKU", row.get("vendorProductIdentifier"))
            if "ItemPrice" in row:
                assert line.unit_price == Decimal(row["ItemPrice"]["Amount"]) / quantity
            else:
                assert str(line.unit_price) == row["netCost"]["amount"]


COMBINED = [
    {"payload": header(OrderItems=[item()])},
    {"payload": {"Orders": [header(OrderItems=[item()])]}},
    {"order": header(), "orderItems": items()},
    {"getOrder": {"payload": header()}, "getOrderItems": {"payload": items()}},
    {"payload": header(), "items": {"payload": items()}},
    [{"payload": items()}, {"payload": header()}],
    {"payload": {"Orders": [header()]}, "items": [items(number="other"), items()]},
]


@pytest.mark.parametrize("document", COMBINED)
def test_an_order_and_its_items_are_joined_wherever_they_lie(document: object) -> None:
    reading = reading_of(document)
    order = reading.orders[0]
    assert reading.may_book(order)
    assert (order.external_id, order.currency, len(order.lines)) == ("902-1", "USD", 1)
    assert order.totals.total == Decimal("31.01")
    assert (order.totals.tax, order.totals.shipping) == (Decimal("1.01"), Decimal("5.00"))
    assert order.ship_to is not None
    assert order.ship_to.name == "Ann Example"


def test_the_item_price_is_of_the_whole_line() -> None:
    line = reading_of({"payload": header(OrderItems=[item()])}).orders[0].lines[0]
    assert (line.amount, line.unit_price) == (Decimal("25.00"), Decimal("12.50"))


def test_a_price_that_does_not_divide_is_left_out_and_the_amount_kept() -> None:
    row = item(QuantityOrdered=3, ItemPrice={"CurrencyCode": "USD", "Amount": "10.00"})
    line = reading_of({"payload": header(OrderItems=[row])}).orders[0].lines[0]
    assert (line.amount, line.unit_price) == (Decimal("10.00"), None)


def test_a_pending_order_has_no_prices_and_is_no_fault() -> None:
    row = item()
    del row["ItemPrice"], row["ItemTax"], row["ShippingPrice"]
    pending = header(OrderStatus="Pending", OrderItems=[row])
    del pending["OrderTotal"], pending["ShippingAddress"]
    reading = reading_of({"payload": pending})
    assert reading.kind == "order"
    order = reading.orders[0]
    assert (order.payment_state, order.currency, order.ship_to) == ("pending", None, None)
    assert order.lines[0].unit_price is None


def test_two_documents_of_one_order_are_joined() -> None:
    first = reading_of({"payload": header()}).orders[0]
    second = reading_of({"payload": items()}).orders[0]
    joined = join(first, second)
    assert joined is not None
    assert joined.is_sound
    assert joined.totals.total == Decimal("31.01")
    assert len(joined.lines) == 1


def test_documents_of_two_orders_are_not_joined() -> None:
    first = reading_of({"payload": header()}).orders[0]
    second = reading_of({"payload": items(number="902-2")}).orders[0]
    assert join(first, second) is None


def test_joining_keeps_the_faults_of_both() -> None:
    first = reading_of({"payload": header(PurchaseDate="?")}).orders[0]
    second = reading_of({"payload": items(item(QuantityOrdered=None))}).orders[0]
    joined = join(first, second)
    assert joined is not None
    assert [p.code for p in joined.problems] == ["date_invalid", "quantity_missing"]


def order_2026(**changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = {
        "orderId": "123-1",
        "createdTime": "2026-01-25T10:30:00Z",
        "lastUpdatedTime": "2026-01-25T14:45:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "M"},
        "buyer": {"buyerEmail": "ann@example.com", "buyerPurchaseOrderNumber": "PO-7"},
        "recipient": {"deliveryAddress": {"name": "Ann Example", "addressLine1": "1 Street"}},
        "proceeds": {"grandTotal": {"amount": "149.99", "currencyCode": "USD"}},
        "fulfillment": {
            "fulfillmentStatus": "UNSHIPPED",
            "shipByWindow": {"latestDateTime": "2026-01-27T23:59:59Z"},
        },
        "orderItems": [
            {
                "orderItemId": "1",
                "quantityOrdered": 2,
                "product": {
                    "asin": "B0000000A1",
                    "sellerSku": "SKU-1",
                    "price": {"unitPrice": {"amount": "49.99", "currencyCode": "USD"}},
                },
                "proceeds": {
                    "breakdowns": [
                        {"type": "ITEM", "subtotal": {"amount": "99.98", "currencyCode": "USD"}},
                        {"type": "TAX", "subtotal": {"amount": "0.02", "currencyCode": "USD"}},
                    ]
                },
            }
        ],
    }
    return {**order, **changes}


@pytest.mark.parametrize("document", [{"order": order_2026()}, {"orders": [order_2026()]}])
def test_orders_of_the_api_2026_are_read(document: object) -> None:
    reading = reading_of(document)
    assert (reading.format, reading.kind) == ("amazon.order", "order")
    order = reading.orders[0]
    assert (order.external_id, order.currency) == ("123-1", "USD")
    assert str(order.requested_ship_on) == "2026-01-27"
    line = order.lines[0]
    assert (line.external_code, line.quantity) == ("SKU-1", 2)
    assert (line.unit_price, line.amount, line.tax) == (
        Decimal("49.99"),
        Decimal("99.98"),
        Decimal("0.02"),
    )


def test_an_order_of_the_api_2026_without_items_is_a_fault() -> None:
    reading = reading_of({"order": order_2026(orderItems=[])})
    assert [(p.code, p.path) for p in reading.all_problems] == [
        ("items_missing", "order.orderItems")
    ]


def test_a_vendor_order_keeps_its_unit_and_window() -> None:
    order = _vendor({"orderedQuantity": {"amount": 2, "unitOfMeasure": "Cases", "unitSize": 10}})
    line = order.lines[0]
    assert (line.quantity, line.unit, line.unit_size) == (2, "Cases", 10)
    assert (str(order.requested_ship_on), str(order.cancel_after_on)) == (
        "2026-08-21",
        "2026-08-27",
    )


def _vendor(row: dict[str, Any]) -> ParsedOrder:
    details = {
        "purchaseOrderDate": "2026-08-20T15:51:00Z",
        "shipWindow": "2026-08-21T07:00:00Z--2026-08-27T07:00:00Z",
        "shipToParty": {"partyId": "ABCD"},
        "items": [{"itemSequenceNumber": "1", "vendorProductIdentifier": "V1", **row}],
    }
    order = {"purchaseOrderNumber": "2JK3S9VC", "orderDetails": details}
    return reading_of({"payload": {"orders": [order]}}).orders[0]


@pytest.mark.parametrize(
    ("document", "format"),
    [
        ({"errors": [{"code": "InvalidInput", "message": "m"}]}, "amazon.error"),
        (
            {"NotificationType": "ORDER_CHANGE", "Payload": {}},
            "amazon.notification.order_change",
        ),
        ({"order": {"orderId": "M", "fulfillmentConfiguration": {}}}, "amazon.fulfillment_order"),
        ({"payload": {"AmazonOrderId": "1", "ShippingAddress": {}}}, "amazon.order_address"),
    ],
)
def test_what_is_no_order_is_recognised_and_refused(document: object, format: str) -> None:
    reading = reading_of(document)
    assert (reading.format, reading.kind, reading.orders) == (format, "not_an_order", ())
