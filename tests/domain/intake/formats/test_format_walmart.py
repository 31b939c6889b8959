"""Walmart Marketplace: every sample against the manifest; charges, states and pages."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read
from tests.factories.marketplace_orders import walmart_line, walmart_order, walmart_status

D = Decimal
IDS = re.compile(r"purchaseOrderId=(\d+); customerOrderId=(\d+)")
ROWS = re.compile(r"(\d+) orderLine\b")
AMOUNTS = {
    "acknowledgeOrders": ("10", "0.8"),
    "cancelOrderLines": ("0", "0"),
    "getAnOrder__200-ATTRIBUTES": ("10", "0.8"),
    "getAnOrder__200-ORDER": ("5", "0.34"),
    "refundOrderLines": ("19.99", "0"),
    "shippingUpdates": ("555", "48.56"),
}


def _read(document: Any) -> Reading:
    return read(json.dumps(document).encode())


def _order(document: Any) -> ParsedOrder:
    reading = _read(document)
    assert (reading.kind, reading.all_problems) == ("order", ())
    (order,) = reading.orders
    return order


def test_every_order_sample_has_the_ids_and_lines_of_the_manifest(walmart_sample: Any) -> None:
    reading = read(walmart_sample.raw)
    if not re.search("orders__.*200", walmart_sample.name):
        assert (reading.kind, reading.orders) == ("not_an_order", ())
        return
    assert (reading.kind, reading.format) == ("order", "walmart.order")
    told = IDS.findall(walmart_sample.expected)
    found = [(o.external_id, o.buyer_reference) for o in reading.orders]
    if "200-ATTRIBUTES" not in walmart_sample.name:
        assert found[: len(told)] == told
    lines = [line for order in reading.orders for line in order.lines]
    rows = ROWS.search(walmart_sample.expected)
    assert rows is not None
    assert len(lines) == int(rows[1])
    assert all(line.external_code and line.quantity == 1 for line in lines)
    for part, (amount, tax) in AMOUNTS.items():
        if part in walmart_sample.name:
            assert (lines[0].amount, lines[0].tax) == (D(amount), D(tax))
            assert reading.orders[0].currency == "USD"


def test_a_page_of_orders_is_read_to_its_end(samples: dict[str, Any]) -> None:
    raw = samples["marketplace/walmart/us_mp_orders__getAllOrders__200-example.json"].raw
    orders = read(raw).orders
    assert len({order.external_id for order in orders}) == 10
    assert [order.cancelled for order in orders].count(True) == 6
    assert [order.payment_state for order in orders[:2]] == ["paid", "voided"]
    assert orders[3].path == "list.elements.order[3]"


def test_an_order_is_read_with_its_address_and_days() -> None:
    order = _order(walmart_order())
    assert (order.external_number, order.buyer_reference) == ("1796277083022", "5281956426648")
    assert order.ordered_at is not None
    assert order.ordered_at.isoformat() == "2026-03-01T09:00:00+00:00"
    assert order.source_version == "2026-03-01T10:00:00.000000Z"
    assert str(order.requested_ship_on) == "2026-03-03"
    assert str(order.requested_delivery_on) == "2026-03-08"
    assert order.ship_to is not None
    assert (order.ship_to.line1, order.ship_to.country, order.ship_to.phone) == (
        "Kai 1",
        "DE",
        "0421",
    )
    (line,) = order.lines
    assert (line.external_code, line.unit_price, line.amount, line.tax, line.unit) == (
        "A-1",
        D(10),
        D(20),
        D(1),
        None,
    )
    assert (order.totals.subtotal, order.totals.tax, order.totals.total) == (D(20), D(1), D(21))


def _charged(*rows: tuple[str, str, Any, Any]) -> dict[str, Any]:
    return {
        "charge": [
            {
                "chargeType": kind,
                "chargeName": name,
                "chargeAmount": {"currency": "USD", "amount": amount},
                "tax": {"taxAmount": {"currency": "USD", "amount": tax}},
            }
            for kind, name, amount, tax in rows
        ]
    }


def test_charges_are_told_apart() -> None:
    charges = _charged(
        ("PRODUCT", "ItemPrice", "19.99", "1.60"),
        ("PRODUCT", "SubscriptionDiscount", "-2.00", 0),
        ("SHIPPING", "Shipping", 5.25, "0.42"),
        ("FEE", "Recycling", "0.50", None),
    )
    order = _order(walmart_order(walmart_line(quantity=1, charges=charges)))
    (line,) = order.lines
    assert (line.amount, line.discount, line.tax) == (D("19.99"), D("2.00"), D("1.60"))
    totals = order.totals
    assert (totals.shipping, totals.discount, totals.tax) == (D("5.25"), D("2.00"), D("2.02"))
    assert totals.total == D("25.76")


def test_an_amount_that_does_not_divide_stays_the_amount() -> None:
    order = _order(walmart_order(walmart_line(quantity=3, amount="10.00")))
    assert (order.lines[0].unit_price, order.lines[0].amount) == (None, D("10.00"))


@pytest.mark.parametrize(
    ("states", "left", "cancelled", "payment"),
    [
        ([("Created", 3)], 3, False, "paid"),
        ([("Acknowledged", 3)], 3, False, "paid"),
        ([("Acknowledged", 2), ("Cancelled", 1)], 2, False, "paid"),
        ([("Shipped", 2), ("Cancelled", 1)], 2, False, "paid"),
        ([("Cancelled", 3)], 0, True, "voided"),
        ([("Canceled", 1), ("Cancelled", 2)], 0, True, "voided"),
        ([("Refund", 3)], 3, False, "refunded"),
    ],
)
def test_what_is_left_of_a_line_is_told_by_its_states(
    states: list[tuple[str, int]], left: int, cancelled: bool, payment: str
) -> None:
    line = walmart_line(quantity=3, orderLineStatuses=walmart_status(*states))
    order = _order(walmart_order(line))
    assert (order.lines[0].quantity_current, order.cancelled) == (D(left), cancelled)
    assert order.payment_state == payment
    assert order.source_status == ", ".join(dict.fromkeys(state for state, _ in states))


def test_one_cancelled_line_does_not_cancel_the_order() -> None:
    gone = walmart_line("2", "A-2", 1, orderLineStatuses=walmart_status(("Cancelled", 1)))
    order = _order(walmart_order(walmart_line(), gone))
    assert (order.cancelled, [line.quantity_current for line in order.lines]) == (
        False,
        [D(2), D(0)],
    )


def test_lists_come_without_their_wrappers_too() -> None:
    line = walmart_line()
    flat = {
        **line,
        "charges": line["charges"]["charge"],
        "orderLineStatus": line["orderLineStatuses"]["orderLineStatus"],
    }
    del flat["orderLineStatuses"], flat["lineNumber"]
    flat["primeLineNumber"] = "7"
    wrapped = walmart_order(orderLines=[flat])["order"]
    order = _order({"order": [wrapped], "meta": {}})
    assert (order.lines[0].amount, order.lines[0].quantity_current) == (D(20), D(2))
    assert order.lines[0].external_id == "7"
    single = walmart_order(orderLines={"orderLine": line})
    assert len(_order(single).lines) == 1


def test_moments_are_milliseconds_or_texts() -> None:
    texts = [
        _order(walmart_order(orderDate=told)).ordered_at
        for told in (1772355600000, "1772355600000", "2026-03-01T09:00:00Z")
    ]
    assert len(set(texts)) == 1


def test_an_order_comes_in_an_event_too() -> None:
    event = {"source": {"eventType": "PO_CREATED"}, "payload": walmart_order()["order"]}
    assert _order(event).path == "payload"


@pytest.mark.parametrize(
    ("document", "format"),
    [
        ({"orderShipment": {}}, "walmart.shipment"),
        ({"orderCancellation": {"orderLines": {}}}, "walmart.cancellation"),
        ({"returnOrders": [], "meta": {}}, "walmart.return"),
        ({"source": {"eventType": "INVENTORY_OOS"}, "payload": {"sku": "1"}}, "walmart.event"),
        ({"list": {"meta": {"totalCount": 0}, "elements": {"order": []}}}, "walmart.orders"),
    ],
)
def test_what_is_no_order_is_refused_by_its_name(document: Any, format: str) -> None:
    assert (_read(document).kind, _read(document).format) == ("not_an_order", format)


LINE = "order.orderLines.orderLine[0]"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (walmart_order(orderLines={"orderLine": []}), ("lines_missing", "order.orderLines")),
        (walmart_order(orderLines=None), ("lines_missing", "order.orderLines")),
        (walmart_order(orderLines="x"), ("not_an_object", "order.orderLines")),
        (walmart_order(orderDate=10**20), ("date_invalid", "order.orderDate")),
        (walmart_order(orderDate="soon"), ("date_invalid", "order.orderDate")),
        (walmart_order(purchaseOrderId=None), ("field_missing", "order.purchaseOrderId")),
        (walmart_order(shippingInfo=7), ("not_an_object", "order.shippingInfo")),
        (
            walmart_order(walmart_line(amount="ten")),
            ("number_invalid", f"{LINE}.charges.charge[0].chargeAmount.amount"),
        ),
        (
            walmart_order(walmart_line(orderLineQuantity={})),
            ("quantity_missing", f"{LINE}.orderLineQuantity.amount"),
        ),
        (
            walmart_order(walmart_line(orderLineStatuses=[3])),
            ("not_an_object", f"{LINE}.orderLineStatuses[0]"),
        ),
        (walmart_order(walmart_line(item=[])), ("not_an_object", f"{LINE}.item")),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: Any, problem: tuple[str, str]) -> None:
    reading = _read(document)
    assert problem in [(p.code, p.path) for p in reading.all_problems]
    assert reading.kind == "faulty"
