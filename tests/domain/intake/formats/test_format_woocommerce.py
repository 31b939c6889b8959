"""WooCommerce: every sample against the manifest, and the shapes of its API versions."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read

LINE = re.compile(r"(.+?)x(\d+) total ([\d.]+)(?:, |$)")

BATCH = {
    "728": ("62.25", 3, "original"),
    "729": ("54.40", 2, "original"),
    "727": ("29.35", 2, "original"),
    "723": ("39.00", 2, "cancel"),
}
"""orders_6: created, updated and deleted orders of one batch, on which the manifest is silent."""


def order_document(**changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = {
        "id": 727,
        "number": "W-727",
        "status": "processing",
        "currency": "EUR",
        "date_created": "2026-03-22T16:28:02",
        "date_created_gmt": "2026-03-22T15:28:02",
        "date_modified_gmt": "2026-03-22T15:28:08",
        "discount_total": "1.00",
        "shipping_total": "10.00",
        "total": "31.50",
        "total_tax": "1.50",
        "prices_include_tax": False,
        "billing": {"first_name": "Ann", "last_name": "Example", "email": "ann@example.com"},
        "shipping": {"first_name": "Ann", "address_1": "1 Street", "postcode": "9"},
        "date_paid": None,
        "line_items": [
            {
                "id": 1,
                "name": "A &amp; B",
                "product_id": 22,
                "variation_id": 0,
                "quantity": 2,
                "subtotal": "22.00",
                "total": "21.00",
                "total_tax": "1.50",
                "sku": "A-1",
                "price": 10.5,
            }
        ],
    }
    return {**order, **changes}


def reading_of(document: object, topic: str | None = None) -> Reading:
    return read(json.dumps(document).encode(), topic=topic)


def order_of(document: object) -> ParsedOrder:
    reading = reading_of(document)
    assert len(reading.orders) == 1, reading.problems
    return reading.orders[0]


def line_changed(**changes: Any) -> dict[str, Any]:
    return order_document(line_items=[{**order_document()["line_items"][0], **changes}])


def test_every_sample_is_read_as_the_manifest_says(woocommerce_sample: Any) -> None:
    reading = read(woocommerce_sample.raw)
    if "_orders_" not in woocommerce_sample.name:
        assert reading.kind == "not_an_order"
        assert reading.format in ("woocommerce.refund", "woocommerce.webhook")
        return
    assert (reading.kind, reading.format) == ("order", "woocommerce.order")
    if woocommerce_sample.expected:
        _compare(reading.orders[0], woocommerce_sample.expected)
        return
    found = {
        str(o.external_id): (str(o.totals.total), len(o.lines), o.purpose) for o in reading.orders
    }
    assert found == BATCH


def _compare(order: ParsedOrder, expected: str) -> None:
    facts = dict(part.split("=", 1) for part in expected.split("; ") if "=" in part)
    assert (order.external_id, order.external_number) == (facts["id"], facts["number"])
    assert (order.currency, order.source_status) == (facts["currency"], facts["status"])
    assert str(order.totals.total) == facts["total"]
    assert str(order.totals.tax) == facts["total_tax"]
    assert str(order.totals.shipping) == facts["shipping_total"]
    assert str(order.totals.discount) == facts["discount_total"]
    listed = LINE.findall(expected.split("line(s): ")[1].split("; ")[0])
    for line, (code, quantity, amount) in zip(order.lines, listed, strict=True):
        assert code in (line.external_code, line.description)
        assert (line.quantity, line.amount) == (Decimal(quantity), Decimal(amount))
        assert line.unit_price == Decimal(amount) / Decimal(quantity)
    first, last, *place = expected.split("ship-to ")[1].split(", ")
    address = order.ship_to
    assert address is not None
    assert address.name == f"{first} {last}"
    assert [address.city, address.region, address.postal_code, address.country] == place


def test_line_prices_come_from_the_amounts_and_not_from_the_float() -> None:
    line = order_of(order_document()).lines[0]
    assert (line.unit_price, line.amount) == (Decimal("11.00"), Decimal("22.00"))
    assert (line.discount, line.tax) == (Decimal("1.00"), Decimal("1.50"))
    assert line.description == "A & B"


def test_a_price_that_does_not_divide_is_left_out_and_the_amount_kept() -> None:
    line = order_of(line_changed(quantity=3, subtotal="10.00", price=3.33333333)).lines[0]
    assert (line.unit_price, line.amount) == (None, Decimal("10.00"))


def test_the_gmt_time_is_utc_and_the_local_time_stays_without_a_zone() -> None:
    order = order_of(order_document())
    assert order.ordered_at is not None
    assert order.ordered_at.isoformat() == "2026-03-22T15:28:02+00:00"
    local = order_document()
    del local["date_created_gmt"]
    found = order_of(local).ordered_at
    assert found is not None
    assert found.isoformat() == "2026-03-22T16:28:02"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"sku": "A-1"}, "A-1"),
        ({"sku": "", "variation_id": 23}, "23"),
        ({"sku": None, "variation_id": 0}, "22"),
    ],
)
def test_the_code_is_the_sku_or_else_the_variation_or_else_the_product(
    line: dict[str, Any], code: str
) -> None:
    assert order_of(line_changed(**line)).lines[0].external_code == code


@pytest.mark.parametrize(
    ("status", "paid", "state", "cancelled"),
    [
        ("pending", None, "pending", False),
        ("on-hold", "2026-03-22T16:28:08", "paid", False),
        ("processing", None, "paid", False),
        ("cancelled", None, "voided", True),
        ("refunded", None, "refunded", False),
        ("my-own-status", None, "unknown", False),
    ],
)
def test_status_tells_payment_and_cancellation(
    status: str, paid: str | None, state: str, cancelled: bool
) -> None:
    order = order_of(order_document(status=status, date_paid=paid))
    assert (order.payment_state, order.cancelled) == (state, cancelled)


def test_a_blank_shipping_address_is_none() -> None:
    blank = {"first_name": "", "address_1": "", "country": ""}
    assert order_of(order_document(shipping=blank)).ship_to is None


def test_an_order_of_the_legacy_api_is_read() -> None:
    legacy = {
        "id": 645,
        "order_number": "645",
        "created_at": "2015-01-26T20:00:21Z",
        "updated_at": "2015-01-26T20:10:21Z",
        "status": "processing",
        "currency": "USD",
        "total": "79.87",
        "subtotal": "64.00",
        "total_line_items_quantity": 3,
        "total_tax": "5.87",
        "total_shipping": "10.00",
        "total_discount": "0.00",
        "billing_address": {"first_name": "Ann", "email": "ann@example.com"},
        "shipping_address": {"first_name": "Ann", "address_1": "1 Street", "state": "CA"},
        "line_items": [
            {"id": 504, "subtotal": "64.00", "total": "64.00", "quantity": 2, "product_id": 5}
        ],
    }
    for document, path in (({"order": legacy}, "order"), ({"orders": [legacy]}, "orders[0]")):
        order = order_of(document)
        assert order.path == path
        assert order.totals.shipping == Decimal("10.00")
        assert order.lines[0].unit_price == Decimal("32.00")
        assert order.ordered_at is not None
        assert order.ordered_at.isoformat() == "2015-01-26T20:00:21+00:00"


def test_a_request_to_create_an_order_is_no_order() -> None:
    request = {
        "payment_method": "bacs",
        "set_paid": True,
        "billing": {"first_name": "Ann"},
        "line_items": [{"product_id": 93, "quantity": 2}],
    }
    for document in (request, {"create": [request]}, {"order": request}):
        reading = reading_of(document)
        assert (reading.format, reading.orders) == ("woocommerce.order_request", ())


@pytest.mark.parametrize(
    ("document", "topic", "format"),
    [
        ({"id": 1, "refunded_by": 1, "amount": "1.00"}, None, "woocommerce.refund"),
        ({"id": 1, "topic": "order.created", "delivery_url": "x"}, None, "woocommerce.webhook"),
        ({"code": "e", "message": "m", "data": {"status": 404}}, None, "woocommerce.error"),
        ({"product": {"permalink": "x", "regular_price": "1"}}, None, "woocommerce.product"),
        ({"id": 727}, "order.deleted", "woocommerce.order_deleted"),
    ],
)
def test_what_is_no_order_is_recognised_and_refused(
    document: object, topic: str | None, format: str
) -> None:
    reading = reading_of(document, topic)
    assert (reading.format, reading.kind) == (format, "not_an_order")


def test_the_test_call_of_a_webhook_is_known() -> None:
    assert read(b"webhook_id=142").format == "woocommerce.ping"


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"line_items": []}, "lines_missing", "line_items"),
        ({"total": "twelve"}, "number_invalid", "total"),
        ({"currency": "EURO"}, "currency_invalid", "currency"),
        ({"date_created_gmt": "22.3.2026"}, "date_invalid", "date_created_gmt"),
        ({"shipping": []}, "not_an_object", "shipping"),
    ],
)
def test_a_fault_is_named_with_its_place(changes: dict[str, Any], code: str, path: str) -> None:
    reading = reading_of(order_document(**changes))
    assert reading.kind == "faulty"
    assert [(p.code, p.path) for p in reading.all_problems] == [(code, path)]
