"""Shopify: every sample against the manifest, and the shapes that the API has had since 2016."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read

LINE = re.compile(r"(.+?)x(\d+)@([\d.]*)(?:, |$)")

SETTLED_BY_EYE = {
    "goshopify_order.json": ("123456", "#9999", "10.00", [("1", "0.00"), ("1", "5.00")]),
    "goshopify_order_with_transaction.json": (
        "123456",
        "#9999",
        "10.00",
        [("1", "0.00"), ("1", "5.00")],
    ),
    "rubyapi_2024_10_order_4.json": ("450789469", "#1001", "598.94", [("1", "199.00")] * 3),
}
"""Where the manifest is silent, or its naive reader took a refund in the order for the order."""

FAULTS = {
    "goshopify_orderlineitems_properties_invalid0.json": ("json_invalid", "properties"),
    "goshopify_orderlineitems_properties_invalid1.json": ("properties_invalid", "properties.name"),
    "goshopify_orderlineitems_properties_invalid2.json": ("properties_invalid", "properties[0]"),
    "goshopify_shippinglines_requested_fulfillment_service_id_invalid.json": (
        "json_invalid",
        "requested_fulfillment_service_id",
    ),
}


def order_document(**changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = {
        "id": 820982911946154508,
        "name": "#9999",
        "currency": "USD",
        "created_at": "2026-01-31T09:30:00-05:00",
        "updated_at": "2026-01-31T09:31:00-05:00",
        "total_price": "31.50",
        "subtotal_price": "25.00",
        "total_tax": "1.50",
        "total_discounts": "0.00",
        "financial_status": "paid",
        "line_items": [
            {"id": 1, "sku": "A-1", "variant_id": 11, "quantity": 2, "price": "12.50", "name": "A"}
        ],
        "shipping_lines": [{"price": "5.00", "code": "Standard"}],
        "shipping_address": {"first_name": "Ann", "last_name": "Example", "zip": "12345"},
    }
    return {**order, **changes}


def reading_of(document: object) -> Reading:
    return read(json.dumps(document).encode())


def order_of(document: object) -> ParsedOrder:
    reading = reading_of(document)
    assert len(reading.orders) == 1, reading.problems
    return reading.orders[0]


def line_changed(**changes: Any) -> dict[str, Any]:
    line = {**order_document()["line_items"][0], **changes}
    return order_document(line_items=[line])


def test_every_sample_is_read_as_the_manifest_says(shopify_sample: Any) -> None:
    reading = read(shopify_sample.raw)
    if _is_order(shopify_sample):
        _compare(reading, shopify_sample)
        return
    assert reading.orders == ()
    assert reading.kind in ("not_an_order", "faulty")
    assert reading.problems
    if shopify_sample.name in FAULTS:
        code, path = FAULTS[shopify_sample.name]
        assert reading.kind == "faulty"
        assert any(p.code == code and p.path.startswith(path) for p in reading.problems)
    else:
        assert reading.kind == "not_an_order"
        assert reading.format.startswith(("shopify.", "json"))


def _is_order(sample: Any) -> bool:
    try:
        document = json.loads(sample.raw)
    except ValueError:
        return False
    return isinstance(document, dict) and bool({"order", "orders"} & document.keys())


def _compare(reading: Reading, sample: Any) -> None:
    assert reading.kind == "order"
    assert reading.format == "shopify.order"
    order = reading.orders[0]
    if sample.name in SETTLED_BY_EYE:
        number, name, total, lines = SETTLED_BY_EYE[sample.name]
        assert (order.external_id, order.external_number) == (number, name)
        assert str(order.totals.total) == total
        assert [(str(line.quantity), str(line.unit_price)) for line in order.lines] == lines
        return
    facts = dict(part.split("=", 1) for part in sample.expected.split("; ") if "=" in part)
    assert order.external_id == facts["id"]
    assert order.external_number == facts["name"]
    assert order.currency == facts.get("currency", "USD")
    assert str(order.totals.total) == facts["total_price"]
    assert str(order.totals.subtotal) == facts.get("subtotal_price", "None")
    assert str(order.totals.tax) == facts.get("total_tax", "None")
    assert str(order.totals.discount) == facts.get("total_discounts", "None")
    listed = LINE.findall(sample.expected.split("line(s): ")[1].split("; ")[0])
    assert len(listed) == len(order.lines)
    for line, (code, quantity, price) in zip(order.lines, listed, strict=True):
        assert code in (line.external_code, line.description)
        assert (line.quantity, line.unit_price) == (Decimal(quantity), Decimal(price))
    _compare_address(order, sample.expected)


def _compare_address(order: ParsedOrder, expected: str) -> None:
    if "ship-to " not in expected:
        assert order.ship_to is None
        return
    parts = expected.split("ship-to ")[1].split("; ")[0].split(", ")
    address = order.ship_to
    assert address is not None
    assert address.name == parts[0]
    assert [address.city, address.region, address.postal_code, address.country] == parts[-4:]


def test_an_order_is_read_bare_wrapped_and_in_a_list() -> None:
    bare, wrapped = order_document(), {"order": order_document()}
    listed = {"orders": [order_document(), order_document(id=2, name="#2")]}
    assert reading_of(bare).orders[0].path == ""
    assert reading_of(wrapped).orders[0].path == "order"
    assert [o.path for o in reading_of(listed).orders] == ["orders[0]", "orders[1]"]


def test_totals_lines_and_times_are_exact() -> None:
    order = order_of(order_document())
    assert order.totals.total == Decimal("31.50")
    assert order.totals.shipping == Decimal("5.00")
    assert order.ordered_at is not None
    assert order.ordered_at.isoformat() == "2026-01-31T09:30:00-05:00"
    assert order.source_version == "2026-01-31T14:31:00.000000Z"
    assert order.payment_state == "paid"
    assert order.ship_to is not None
    assert order.ship_to.name == "Ann Example"


def test_a_later_update_has_a_later_source_version() -> None:
    earlier = order_of(order_document(updated_at="2026-03-29T01:59:00+01:00"))
    later = order_of(order_document(updated_at="2026-03-29T01:01:00+00:00"))
    assert earlier.source_version is not None
    assert later.source_version is not None
    assert earlier.source_version < later.source_version


def test_the_shop_currency_counts_and_the_buyers_is_a_note() -> None:
    money = {
        "shop_money": {"amount": "31.50", "currency_code": "USD"},
        "presentment_money": {"amount": "28.90", "currency_code": "EUR"},
    }
    document = order_document(presentment_currency="EUR", total_price_set=money)
    order = order_of(document)
    assert (order.currency, order.totals.total) == ("USD", Decimal("31.50"))
    assert ("presentment_currency", "EUR") in order.notes


def test_a_money_set_stands_in_for_a_plain_amount_that_is_missing() -> None:
    document = order_document()
    del document["total_price"], document["currency"]
    money = {"shop_money": {"amount": "31.50", "currency_code": "USD"}}
    order = order_of({**document, "total_price_set": money})
    assert (order.currency, order.totals.total) == ("USD", Decimal("31.50"))


def test_refunds_within_the_order_change_neither_totals_nor_quantities() -> None:
    refund = {"id": 5, "refund_line_items": [{"quantity": 2, "line_item_id": 1}]}
    line = {**order_document()["line_items"][0], "current_quantity": 0}
    document = order_document(refunds=[refund], current_total_price="0.00", line_items=[line])
    order = order_of(document)
    assert order.totals.total == Decimal("31.50")
    assert (order.lines[0].quantity, order.lines[0].quantity_current) == (2, 0)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"sku": "A-1", "variant_id": 11}, "A-1"),
        ({"sku": "", "variant_id": 11, "product_id": 7}, "11"),
        ({"sku": None, "variant_id": None, "product_id": 7}, "7"),
        ({"sku": None, "variant_id": None, "product_id": None}, None),
    ],
)
def test_the_code_is_the_sku_or_else_the_variant_or_else_the_product(
    line: dict[str, Any], code: str | None
) -> None:
    assert order_of(line_changed(**line)).lines[0].external_code == code


def test_discounts_and_taxes_of_a_line_are_summed() -> None:
    shares = [{"amount": "1.00"}, {"amount": "0.25"}]
    taxes = [{"price": 13.50, "rate": 0.06}, {"price": "12.50"}]
    line = order_of(line_changed(discount_allocations=shares, tax_lines=taxes)).lines[0]
    assert (line.discount, line.tax) == (Decimal("1.25"), Decimal("26.00"))


@pytest.mark.parametrize("address", [None, {}, {"first_name": "", "zip": None}])
def test_no_shipping_address_is_invented(address: object) -> None:
    order = order_of(order_document(shipping_address=address, billing_address={"zip": "9"}))
    assert order.ship_to is None
    assert order.bill_to is not None


@pytest.mark.parametrize(
    ("properties", "read_as"),
    [
        (None, ()),
        ([], ()),
        ({}, ()),
        ({"name": "note", "value": 3}, (("note", "3"),)),
        ([{"name": "a", "value": "x"}, {"name": "b", "value": 2}], (("a", "x"), ("b", "2"))),
        ({"engraving": "yes"}, (("engraving", "yes"),)),
    ],
)
def test_odd_shapes_of_properties_are_coerced(
    properties: object, read_as: tuple[tuple[str, str], ...]
) -> None:
    assert order_of(line_changed(properties=properties)).lines[0].notes == read_as


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        ({"name": 2}, "line_items[0].properties.name"),
        ([{"name": 2}], "line_items[0].properties[0].name"),
        (["text"], "line_items[0].properties[0]"),
        (7, "line_items[0].properties"),
    ],
)
def test_properties_that_are_none_are_refused_with_their_place(
    properties: object, path: str
) -> None:
    reading = reading_of(line_changed(properties=properties))
    assert reading.kind == "faulty"
    assert [(p.code, p.path) for p in reading.all_problems] == [("properties_invalid", path)]


@pytest.mark.parametrize("service", [None, "a service", 123456, ""])
def test_the_requested_fulfilment_service_may_be_null_text_or_number(service: object) -> None:
    line = {"price": "5.00", "requested_fulfillment_service_id": service}
    assert reading_of(order_document(shipping_lines=[line])).kind == "order"


@pytest.mark.parametrize("service", [{}, [], True])
def test_any_other_requested_fulfilment_service_is_refused_by_name(service: object) -> None:
    line = {"price": "5.00", "requested_fulfillment_service_id": service}
    problems = reading_of(order_document(shipping_lines=[line])).all_problems
    assert [p.path for p in problems] == ["shipping_lines[0].requested_fulfillment_service_id"]


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"line_items": []}, "lines_missing", "line_items"),
        ({"line_items": None}, "lines_missing", "line_items"),
        ({"line_items": {"a": 1}}, "not_a_list", "line_items"),
        ({"total_price": "1,299.00"}, "number_invalid", "total_price"),
        ({"total_price": "NaN"}, "number_invalid", "total_price"),
        ({"currency": "US dollars"}, "currency_invalid", "currency"),
        ({"created_at": "yesterday"}, "date_invalid", "created_at"),
        ({"id": None}, "field_missing", "id"),
        ({"name": "#" * 1001}, "text_too_long", "name"),
        ({"name": "a\x00b"}, "not_a_text", "name"),
        ({"shipping_address": "here"}, "not_an_object", "shipping_address"),
    ],
)
def test_a_fault_has_code_place_and_remedy(changes: dict[str, Any], code: str, path: str) -> None:
    reading = reading_of(order_document(**changes))
    assert reading.kind == "faulty"
    problem = reading.all_problems[0]
    assert (problem.code, problem.path) == (code, path)
    assert problem.message
    assert problem.remedy


@pytest.mark.parametrize(
    ("quantity", "code"),
    [(None, "quantity_missing"), ("two", "number_invalid"), (-1, "quantity_negative")],
)
def test_a_line_without_a_usable_quantity_is_a_fault(quantity: object, code: str) -> None:
    reading = reading_of(line_changed(quantity=quantity))
    assert [(p.code, p.path) for p in reading.all_problems] == [(code, "line_items[0].quantity")]
    assert reading.orders[0].lines[0].quantity is None


def test_one_faulty_order_of_a_list_leaves_the_others_bookable() -> None:
    faulty = order_document(id=2, line_items=[])
    reading = reading_of({"orders": [order_document(), faulty]})
    assert reading.kind == "faulty"
    assert [reading.may_book(order) for order in reading.orders] == [True, False]


def test_a_cancelled_order_is_known_as_such() -> None:
    order = order_of(order_document(cancelled_at="2026-02-01T00:00:00Z"))
    assert order.cancelled


@pytest.mark.parametrize(
    ("document", "format"),
    [
        ({"id": 1, "refund_line_items": [], "order_id": 2}, "shopify.refund"),
        ({"draft_order": {"id": 1, "line_items": []}}, "shopify.draft_order"),
        ({"checkouts": [{"id": 1, "token": "t"}]}, "shopify.checkout"),
        ({"fulfillment": {"id": 1, "order_id": 2}}, "shopify.fulfillment"),
        ({"payouts": [{"id": 1, "status": "paid"}]}, "shopify.payout"),
        ({"id": 1, "kind": "sale", "gateway": "x", "amount": "1"}, "shopify.transaction"),
        ({"data": {"order": {"id": "gid://shopify/Order/1"}}}, "shopify.graphql_order"),
    ],
)
def test_what_is_no_order_is_recognised_and_refused(document: object, format: str) -> None:
    reading = reading_of(document)
    assert (reading.format, reading.kind, reading.orders) == (format, "not_an_order", ())


def test_notice_of_a_deleted_order_is_known_by_its_topic() -> None:
    assert read(b'{"id": 1}', topic="orders/delete").format == "shopify.order_deleted"
