"""Adobe Commerce (Magento 2): which documents are orders, and what their rows come to."""

import json
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedLine, ParsedOrder, Reading
from domain.intake.formats.registry import read
from tests.factories.marketplace_orders import magento_item, magento_order

D = Decimal
REFUSED = {
    "create-cart-add-products": "magento.cart",
    "Add_a_bundle_product": "magento.bundle_option",
    "order-add-items": "magento.cart",
    "create-invoice": "magento.invoice",
    "create-sources": "magento.source",
    "Search_for_pickup": "magento.pickup_location",
    "Set_shipping_and_billing": "magento.checkout",
    "Set_the_shipping_and_billing": "magento.checkout",
    "Run_an_SSA": "magento.source_selection",
}


def _read(document: Any) -> Reading:
    return read(json.dumps(document).encode())


def _order(document: Any) -> ParsedOrder:
    reading = _read(document)
    assert (reading.kind, [p for p in reading.all_problems if p.severity == "error"]) == (
        "order",
        [],
    )
    (order,) = reading.orders
    return order


def _lines(*rows: dict[str, Any]) -> tuple[ParsedLine, ...]:
    return _order(magento_order(*rows)).lines


def _codes(document: Any) -> list[tuple[str, str]]:
    return [(p.code, p.path) for p in _read(document).all_problems]


def test_every_sample_is_known_and_none_is_an_order(magento_sample: Any) -> None:
    reading = read(magento_sample.raw)
    expected = next(format for part, format in REFUSED.items() if part in magento_sample.name)
    assert (reading.format, reading.kind) == (expected, "not_an_order")
    assert reading.problems[0].code == "not_an_order"


def test_an_order_is_read_in_its_own_currency() -> None:
    order = _order(magento_order())
    assert (order.format, order.external_id, order.external_number) == (
        "magento.order",
        "3001",
        "000003001",
    )
    assert (order.currency, order.totals.subtotal, order.totals.total) == ("EUR", D(20), D(25))
    assert (order.totals.shipping, order.totals.tax, order.totals.discount) == (D(5), D(0), D(0))
    assert (order.source_version, order.source_status) == (
        "2026-03-01T10:00:00.000000Z",
        "pending",
    )
    assert order.ordered_at is not None
    assert order.ordered_at.isoformat() == "2026-03-01T09:00:00+00:00"
    assert (order.buyer_reference, order.email) == ("PO-7", "kim@example.com")
    assert order.ship_to is not None
    assert order.ship_to.name == "Kim Muster"
    assert (order.ship_to.line1, order.ship_to.line2) == ("Kai 1", "2nd floor")
    assert (order.ship_to.region, order.ship_to.postal_code, order.ship_to.country) == (
        "HB",
        "28195",
        "DE",
    )
    (line,) = order.lines
    assert (line.external_code, line.quantity, line.unit_price, line.amount, line.external_id) == (
        "A-1",
        D(2),
        D(10),
        D(20),
        "71",
    )
    assert ("shipping_method", "flatrate_flatrate") in order.notes


def test_the_shops_own_currency_is_read_where_there_is_no_other() -> None:
    document = {
        name: value
        for name, value in magento_order().items()
        if name.startswith("base_") or name in ("entity_id", "increment_id")
    }
    rows = [
        {"item_id": 1, "sku": "A", "qty_ordered": 1, "base_price": 9.5, "base_row_total": 9.5},
    ]
    order = _order({**document, "items": rows})
    assert (order.currency, order.totals.total) == ("USD", D("31.25"))
    assert (order.lines[0].unit_price, order.lines[0].amount) == (D("9.5"), D("9.5"))


def test_a_configurable_product_is_one_line_of_the_variant_at_the_price_of_the_whole() -> None:
    parent = magento_item("HOODIE-S", 1, item_id=10, product_type="configurable", product_id=67)
    variant = magento_item(
        "HOODIE-S", 1, item_id=11, parent_item_id=10, price=0, row_total=0, product_id=56
    )
    (line,) = _lines(parent, variant)
    assert (line.external_code, line.unit_price, line.external_id) == ("HOODIE-S", D(10), "10")
    assert [(code.kind, code.value) for code in line.codes] == [
        ("sku", "HOODIE-S"),
        ("product", "56"),
    ]
    assert line.parts == ()


def test_the_sku_of_the_variant_wins_over_that_of_the_configurable_product() -> None:
    parent = magento_item("HOODIE", 1, item_id=10, product_type="configurable")
    variant = magento_item("HOODIE-S", 1, item_id=11, parent_item_id=10, price=0, row_total=0)
    (line,) = _lines(parent, variant)
    assert line.external_code == "HOODIE-S"


def test_a_bundle_whose_parts_have_prices_is_its_parts() -> None:
    bundle = magento_item("KIT-X", 1, item_id=5, product_type="bundle", price=32, row_total=32)
    parts = [
        magento_item("BALL", 1, item_id=6, parent_item_id=5, price=27, row_total=27),
        magento_item("BRICK", 1, item_id=7, parent_item_id=5, price=5, row_total=5),
    ]
    lines = _lines(bundle, *parts)
    assert [(li.external_code, li.amount, li.external_id) for li in lines] == [
        ("BALL", D(27), "6"),
        ("BRICK", D(5), "7"),
    ]


def test_a_bundle_with_one_price_is_one_line_that_tells_its_parts() -> None:
    bundle = magento_item("KIT", 2, item_id=5, product_type="bundle", price=30, row_total=60)
    parts = [
        magento_item(sku, 4, item_id=place, parent_item_id=5, price=0, row_total=0)
        for place, sku in ((6, "BALL"), (7, "BRICK"))
    ]
    (line,) = _lines(bundle, *parts)
    assert (line.external_code, line.quantity, line.amount) == ("KIT", D(2), D(60))
    assert [(p.external_code, p.quantity) for p in line.parts] == [("BALL", D(4)), ("BRICK", D(4))]


def test_a_part_brings_its_parent_along() -> None:
    parent = magento_item("HOODIE-S", 1, item_id=10, product_type="configurable", price=52)
    variant = magento_item("HOODIE-S", 1, item_id=11, price=0, row_total=0, parent_item=parent)
    variant["parent_item_id"] = 10
    (line,) = _lines(variant)
    assert (line.unit_price, line.external_id) == (D(52), "10")


def test_a_part_whose_parent_is_nowhere_stands_by_itself() -> None:
    lines = _lines(
        magento_item("A", 1, item_id=11, parent_item_id=99),
        magento_item("B", 1, item_id=12, parent_item_id=99),
    )
    assert [line.external_code for line in lines] == ["A", "B"]


def test_a_discount_is_taken_without_the_tax_in_it() -> None:
    row = magento_item(
        row_total="16.81",
        discount_amount="2.00",
        discount_tax_compensation_amount="0.32",
        tax_amount="2.87",
    )
    order = _order(
        magento_order(
            row,
            subtotal="16.81",
            discount_amount="-3.00",
            discount_tax_compensation_amount="0.32",
            shipping_discount_tax_compensation_amount="0.16",
            tax_amount="3.67",
            shipping_amount="4.20",
            grand_total="22.16",
        )
    )
    assert (order.lines[0].discount, order.lines[0].tax) == (D("1.68"), D("2.87"))
    totals = order.totals
    assert totals.discount == D("2.52")
    assert totals.subtotal is not None
    assert totals.subtotal - D("2.52") + D("3.67") + D("4.20") == totals.total == D("22.16")


def test_what_gift_cards_and_credit_paid_is_payment() -> None:
    paid = {"gift_cards_amount": 15, "customer_balance_amount": "10.00"}
    document = magento_order(grand_total=0, total_due=0)
    document["extension_attributes"] |= {"gift_cards_amount": 15}
    order = _order({**document, "customer_balance_amount": paid["customer_balance_amount"]})
    assert (order.totals.total, order.payment_state) == (D(25), "paid")


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "pending"),
        ({"state": "processing", "total_paid": 25, "total_due": 0}, "paid"),
        ({"state": "processing", "total_paid": 5, "total_due": 20}, "partially_paid"),
        (
            {"state": "processing", "payment": {"method": "x", "amount_authorized": 25}},
            "authorized",
        ),
        (
            {"state": "closed", "total_paid": 25, "total_due": 0, "total_refunded": 25},
            "refunded",
        ),
        ({"state": "processing", "total_paid": 25, "total_due": 0, "total_refunded": 5}, "paid"),
        ({"state": "canceled", "status": "canceled"}, "voided"),
        ({"state": "complete", "total_due": 0}, "paid"),
        ({"state": "processing", "total_due": None}, "unknown"),
    ],
)
def test_payment_is_told_by_what_was_paid(changes: dict[str, Any], state: str) -> None:
    order = _order(magento_order(**changes))
    assert order.payment_state == state
    assert order.cancelled is (changes.get("state") == "canceled")


@pytest.mark.parametrize(
    ("ordered", "cancelled", "refunded", "shipped", "left"),
    [(5, 0, 0, 0, 5), (5, 2, 0, 0, 3), (5, 0, 2, 0, 3), (5, 0, 2, 5, 5), (5, 1, 3, 2, 3)],
)
def test_what_is_left_of_a_line(
    ordered: int, cancelled: int, refunded: int, shipped: int, left: int
) -> None:
    (line,) = _lines(
        magento_item(
            "A", ordered, qty_canceled=cancelled, qty_refunded=refunded, qty_shipped=shipped
        )
    )
    assert (line.quantity, line.quantity_current) == (D(ordered), D(left))


def test_an_order_that_the_shop_holds_is_told() -> None:
    reading = _read(magento_order(state="holded", status="holded"))
    assert [(p.code, p.path, p.severity) for p in reading.all_problems] == [
        ("held_by_source", "state", "warning")
    ]
    assert reading.kind == "order"


def test_empty_and_gapped_lists_of_php_are_understood() -> None:
    row = magento_item(parent_item=[], product_option=[])
    order = _order(
        magento_order(
            items={"1": row, "4": magento_item("B", item_id=72)},
            payment=[],
            extension_attributes=[],
            billing_address=[],
        )
    )
    assert [(line.external_code, line.path) for line in order.lines] == [
        ("A-1", "items.1"),
        ("B", "items.4"),
    ]
    assert (order.ship_to, order.bill_to) == (None, None)


@pytest.mark.parametrize(
    ("wrapped", "path"),
    [
        (lambda o: o, ""),
        (lambda o: [o], "[0]"),
        (lambda o: {"items": [o], "search_criteria": {}, "total_count": 1}, "items[0]"),
        (lambda o: {"order": o}, "order"),
        (lambda o: {"entity": o}, "entity"),
        (lambda o: {"event_id": "e", "event": {"data": {"value": o}}}, "event.data.value"),
        (lambda o: {"type": "t", "data": {"value": o, "_metadata": {}}}, "data.value"),
    ],
)
def test_orders_come_alone_and_in_envelopes(wrapped: Any, path: str) -> None:
    reading = _read(wrapped(magento_order()))
    assert [(o.path, o.external_id) for o in reading.orders] == [(path, "3001")]


@pytest.mark.parametrize(
    ("document", "format"),
    [
        ({"order_id": 3, "increment_id": "1", "base_grand_total": 5, "items": []}, "invoice"),
        ({"order_id": 3, "increment_id": "1", "adjustment": 0, "items": []}, "credit_memo"),
        ({"order_id": 3, "increment_id": "1", "tracks": [], "items": []}, "shipment"),
        ({"items": [], "search_criteria": {}, "total_count": 0}, "search"),
        ({"message": "No such entity.", "parameters": []}, "error"),
        ({"items": [{"sku": "A", "attribute_set_id": 4}], "total_count": 1}, "product"),
    ],
)
def test_what_is_no_order_is_refused_by_its_name(document: Any, format: str) -> None:
    reading = _read(document)
    assert (reading.kind, reading.format) == ("not_an_order", f"magento.{format}")


def test_an_order_of_the_graphql_api_is_told_apart() -> None:
    node = {"number": "1", "order_date": "2026-03-01", "items": [], "total": {}}
    reading = _read({"data": {"customer": {"orders": {"items": [node]}}}})
    assert (reading.format, reading.problems[0].code) == (
        "magento.graphql_order",
        "format_not_supported",
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"items": []}, ("lines_missing", "items")),
        ({"items": "none"}, ("not_a_list", "items")),
        ({"items": [magento_item(qty_ordered="two")]}, ("number_invalid", "items[0].qty_ordered")),
        ({"items": [magento_item(qty_ordered=None)]}, ("quantity_missing", "items[0].qty_ordered")),
        ({"items": [magento_item(qty_ordered=-1)]}, ("quantity_negative", "items[0].qty_ordered")),
        ({"items": [magento_item(price=[1])]}, ("number_invalid", "items[0].price")),
        ({"grand_total": "1,5"}, ("number_invalid", "grand_total")),
        ({"created_at": "yesterday"}, ("date_invalid", "created_at")),
        ({"order_currency_code": "EURO"}, ("currency_invalid", "order_currency_code")),
        ({"billing_address": "Kai 1"}, ("not_an_object", "billing_address")),
        (
            {"entity_id": None, "items": [magento_item(order_id=None)]},
            ("field_missing", "entity_id"),
        ),
        ({"payment": [1]}, ("not_an_object", "payment")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    changes: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert problem in _codes(magento_order(**changes))
    assert _read(magento_order(**changes)).kind == "faulty"
