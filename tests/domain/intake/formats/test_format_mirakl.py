"""Mirakl: the sample against the manifest; states, taxes, and where orders stand."""

import json
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read
from tests.factories.marketplace_orders import mirakl_line, mirakl_order

D = Decimal


def _read(document: Any) -> Reading:
    return read(json.dumps(document).encode())


def _order(document: Any) -> ParsedOrder:
    reading = _read(document)
    assert (reading.kind, reading.all_problems) == ("order", ())
    (order,) = reading.orders
    return order


def test_the_sample_has_the_figures_of_the_manifest(mirakl_sample: Any) -> None:
    reading = read(mirakl_sample.raw)
    (order,) = reading.orders
    assert "payable with taxes 84.72" in mirakl_sample.expected
    assert (order.totals.subtotal, order.totals.tax) == (D("69.12"), D("8.68") + D("6.92"))
    assert order.totals.total == D("84.72")
    assert ("total_commission", "3.99") in order.notes
    assert [line.tax for line in order.lines] == [D("3.34"), D("5.34")]
    assert [line.quantity_current for line in order.lines] == [None, D(0)]
    # It was cut down: without quantities nothing can be ordered by it.
    assert {p.code for p in reading.all_problems} == {"quantity_missing"}
    assert reading.kind == "faulty"


def test_an_order_is_read_whole() -> None:
    order = _order(mirakl_order())
    assert (order.format, order.external_id, order.external_number) == (
        "mirakl.order",
        "ORD-1-A",
        "ORD-1-A",
    )
    assert (order.currency, order.payment_state, order.source_status) == (
        "EUR",
        "paid",
        "SHIPPING",
    )
    assert order.totals.total == D("29.75")
    assert (order.totals.subtotal, order.totals.shipping, order.totals.tax) == (
        D(20),
        D(5),
        D("4.75"),
    )
    assert order.prices_include_tax is False
    assert str(order.requested_ship_on) == "2026-03-04"
    assert order.ship_to == order.bill_to
    assert order.ship_to is not None
    assert (order.ship_to.name, order.ship_to.country) == ("Kim Muster", "DE")
    (line,) = order.lines
    assert (line.external_code, line.unit_price, line.amount, line.tax) == (
        "A-1",
        D(10),
        D(20),
        D("3.8"),
    )
    assert [(code.kind, code.value) for code in line.codes] == [
        ("sku", "A-1"),
        ("product", "MKT-A-1"),
    ]
    assert ("total_commission", "2.5") in line.notes


def test_prices_with_tax_are_not_taxed_again() -> None:
    order = _order(mirakl_order(order_tax_mode="TAX_INCLUDED"))
    assert (order.prices_include_tax, order.totals.total, order.totals.tax) == (
        True,
        D(25),
        D("4.75"),
    )


def test_goods_are_the_total_less_shipping_and_fees_where_nothing_else_is_told() -> None:
    line = mirakl_line(price=None, price_unit=None, total_price=26, fees=[{"amount": 1}])
    (read_line,) = _order(mirakl_order(line, price=None, total_price=26, shipping_price=None)).lines
    assert (read_line.amount, read_line.unit_price) == (D(20), D(10))


@pytest.mark.parametrize(
    ("changes", "payment", "cancelled"),
    [
        ({}, "paid", False),
        ({"order_state": "WAITING_ACCEPTANCE", "customer_debited_date": None}, "pending", False),
        ({"order_state": "WAITING_DEBIT_PAYMENT", "customer_debited_date": None}, "pending", False),
        (
            {"payment_workflow": "PAY_ON_DELIVERY", "customer_debited_date": None},
            "pending",
            False,
        ),
        ({"order_state": "RECEIVED", "customer_debited_date": None}, "paid", False),
        ({"order_state": "CANCELED"}, "voided", True),
        ({"order_state": "REFUSED"}, "voided", True),
        ({"order_state": "CLOSED", "fully_refunded": True}, "refunded", False),
    ],
)
def test_states_tell_of_payment_and_of_cancellation(
    changes: dict[str, Any], payment: str, cancelled: bool
) -> None:
    order = _order(mirakl_order(**changes))
    assert (order.payment_state, order.cancelled) == (payment, cancelled)


@pytest.mark.parametrize("state", ["REFUSED", "CANCELED"])
def test_of_a_line_that_was_refused_nothing_is_wanted(state: str) -> None:
    lines = _order(mirakl_order(mirakl_line(), mirakl_line(2, "A-2", order_line_state=state))).lines
    assert [line.quantity_current for line in lines] == [None, D(0)]


@pytest.mark.parametrize(
    ("wrapped", "path"),
    [
        (lambda o: {"orders": [o], "total_count": 1}, "orders[0]"),
        (lambda o: o, ""),
        (lambda o: [o], "[0]"),
        (lambda o: {"order": o}, "order"),
        (lambda o: {"event_type": "ORDER", "payload": [o]}, "payload[0]"),
    ],
)
def test_orders_come_alone_and_in_lists(wrapped: Any, path: str) -> None:
    order = mirakl_order()["orders"][0]
    assert [o.path for o in _read(wrapped(order)).orders] == [path]


@pytest.mark.parametrize(
    ("document", "format"),
    [
        ({"orders": [], "total_count": 0}, "mirakl.orders"),
        ({"order_lines": [{"id": "1", "accepted": True}]}, "mirakl.acceptance"),
        ({"cancelations": []}, "mirakl.cancellation"),
        ({"orders": [{"commercial_id": "1", "order_state": "SHIPPED"}]}, "mirakl.order"),
    ],
)
def test_what_is_no_order_is_refused_by_its_name(document: Any, format: str) -> None:
    assert (_read(document).kind, _read(document).format) == ("not_an_order", format)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"order_id": None}, ("field_missing", "order_id")),
        ({"order_lines": []}, ("lines_missing", "order_lines")),
        ({"order_lines": {"a": 1}}, ("not_a_list", "order_lines")),
        ({"total_price": "12,5"}, ("number_invalid", "total_price")),
        ({"created_date": "x"}, ("date_invalid", "created_date")),
        ({"customer": "Kim"}, ("not_an_object", "customer")),
        ({"currency_iso_code": 5}, ("currency_invalid", "currency_iso_code")),
        (
            {"order_lines": [mirakl_line(taxes=[{"amount": {}}])]},
            ("number_invalid", "order_lines[0].taxes[0].amount"),
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    changes: dict[str, Any], problem: tuple[str, str]
) -> None:
    reading = _read(mirakl_order(**changes)["orders"][0])
    assert problem in [(p.code, p.path) for p in reading.all_problems]
    assert reading.kind == "faulty"
