"""Orders as tables: Shopify's export with several rows an order, Amazon's order reports."""

import csv
import re
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedOrder
from domain.intake.formats.exported import table as tables
from domain.intake.formats.registry import read
from tests.factories.order_exports import amazon_report, shopify_export

D = Decimal


def _orders(text: str) -> tuple[ParsedOrder, ...]:
    reading = read(text.encode())
    assert (reading.kind, reading.all_problems) == ("order", ())
    return reading.orders


def _faults(text: str | bytes) -> list[tuple[str, str]]:
    reading = read(text if isinstance(text, bytes) else text.encode())
    assert reading.kind == "faulty"
    return [(p.code, p.path) for p in reading.all_problems]


def test_the_rows_of_one_order_of_shopify_are_one_order() -> None:
    first, second = _orders(
        shopify_export(
            {"notes": "two\nlines"},
            {"lineitem quantity": "1", "lineitem name": "Spoon", "lineitem price": "10.00"},
            {"name": "#1002", "id": "5552", "total": "12.00"},
        )
    )
    assert (first.format, first.external_number, first.external_id) == (
        "shopify.orders_export",
        "#1001",
        "5551",
    )
    assert [(li.external_code, li.quantity, li.unit_price) for li in first.lines] == [
        ("MUG-L", D(2), D("20.00")),
        (None, D(1), D("10.00")),
    ]
    assert first.lines[0].description == "Mug, large"
    # The first row has a note of two lines.
    assert [line.path for line in first.lines] == ["line 2", "line 4"]
    assert second.path == "line 5"
    assert ("note", "two\nlines") in first.notes
    totals = first.totals
    assert (totals.subtotal, totals.shipping, totals.tax, totals.total, totals.discount) == (
        D("45.00"),
        D("5.00"),
        D("7.98"),
        D("50.00"),
        D("5.00"),
    )
    assert (first.payment_state, first.currency, first.prices_include_tax) == ("paid", "EUR", True)
    assert first.ship_to is not None
    assert (first.ship_to.postal_code, first.ship_to.email) == ("28195", "kim@example.com")
    assert first.source_version == "2026-03-01T09:01:00.000000Z"


@pytest.mark.parametrize(
    ("total", "includes"), [("50.00", True), ("57.98", False), ("51.00", None)]
)
def test_the_figures_tell_whether_prices_are_with_tax(total: str, includes: bool | None) -> None:
    (order,) = _orders(shopify_export({"total": total}))
    assert order.prices_include_tax is includes


def test_drafts_are_no_orders() -> None:
    text = shopify_export({}).replace("Financial Status", "Status", 1)
    assert read(text.encode()).kind == "not_an_order"


def test_rows_of_an_order_need_not_stand_together() -> None:
    orders = _orders(
        shopify_export(
            {}, {"name": "#2", "id": "2"}, {"name": "#1001", "lineitem sku": "X", "total": ""}
        )
    )
    assert [(o.external_number, len(o.lines)) for o in orders] == [("#1001", 2), ("#2", 1)]


def test_an_export_saved_again_by_a_spreadsheet_is_read() -> None:
    text = shopify_export(
        {"lineitem price": "1.020,50", "total": "1.050,00", "created at": "01.03.2026 10:00"},
        mark=";",
    )
    (order,) = _orders("\ufeff" + text)
    assert (order.lines[0].unit_price, order.totals.total) == (D("1020.50"), D("1050.00"))
    assert str(order.ordered_at) == "2026-03-01"


def test_a_cancelled_order_of_the_export_is_cancelled() -> None:
    (order,) = _orders(
        shopify_export({"cancelled at": "2026-03-02 10:00:00 +0100", "financial status": "voided"})
    )
    assert (order.cancelled, order.payment_state) == (True, "voided")
    assert order.source_version == "2026-03-02T09:00:00.000000Z"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"lineitem quantity": ""}, ("quantity_missing", "line 2.lineitem quantity")),
        ({"lineitem quantity": "two"}, ("number_invalid", "line 2.lineitem quantity")),
        ({"lineitem quantity": "-1"}, ("quantity_negative", "line 2.lineitem quantity")),
        ({"lineitem price": "free"}, ("number_invalid", "line 2.lineitem price")),
        ({"created at": "some day"}, ("date_invalid", "line 2.created at")),
        ({"currency": "EURO"}, ("currency_invalid", "line 2.currency")),
        ({"name": ""}, ("field_missing", "line 2.name")),
        (
            {"lineitem quantity": "", "lineitem name": "", "lineitem sku": ""},
            ("lines_missing", "line 2.lineitem quantity"),
        ),
        ({"notes": "x" * 200_000}, ("table_broken", "line 2")),
    ],
)
def test_what_is_wrong_is_told_with_line_and_column(
    changes: dict[str, str], problem: tuple[str, str]
) -> None:
    assert problem in _faults(shopify_export(changes))


def test_a_table_with_too_many_rows_is_refused_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    assert ("too_many_rows", "") in _faults(shopify_export({}, {}, {}))


def test_an_export_without_orders_is_no_order() -> None:
    heading = shopify_export({}).split("\n", 1)[0]
    reading = read(heading.encode())
    assert (reading.kind, reading.orders) == ("not_an_order", ())
    assert read((heading + "\n").encode()).format == "shopify.orders_export"


def _amazon(*rows: dict[str, str], **how: Any) -> ParsedOrder:
    (order,) = _orders(amazon_report(*rows, **how))
    return order


def test_the_report_of_all_orders_is_read() -> None:
    order = _amazon({}, {"sku": "B-1", "asin": "", "item-price": "5.00", "item-tax": "0.80"})
    assert (order.format, order.external_id, order.currency) == (
        "amazon.orders_report",
        "303-1",
        "EUR",
    )
    assert [(li.external_code, li.quantity, li.amount, li.unit_price) for li in order.lines] == [
        ("A-1", D(2), D("39.98"), D("19.99")),
        ("B-1", D(2), D("5.00"), D("2.50")),
    ]
    assert order.lines[0].description == 'Disk 12" x'
    assert (order.payment_state, order.source_status) == ("paid", "Shipped - Delivered to Buyer")
    assert order.source_version == "2026-03-01T11:00:00.000000Z"
    # Outside North America prices are with tax: 39.98 + 5.00 + 2 × 4.99, less 2 × 6.99.
    assert (order.prices_include_tax, order.totals.total) == (True, D("40.98"))
    assert (order.totals.shipping, order.totals.discount) == (D("0.00"), D("4.00"))


def test_in_north_america_tax_comes_on_top() -> None:
    order = _amazon({"sales-channel": "Amazon.com", "currency": "USD"})
    assert (order.prices_include_tax, order.totals.tax) == (False, D("7.18"))
    assert order.totals.total == D("45.16")


def test_the_report_of_unshipped_orders_is_read() -> None:
    order = _amazon({}, unshipped=True)
    assert (order.external_id, order.payment_state, order.source_status) == ("303-1", "paid", None)
    (line,) = order.lines
    assert (line.external_id, line.quantity, line.amount) == ("111", D(2), D("39.98"))
    assert str(order.requested_ship_on) == "2026-03-03"
    assert order.ship_to is not None
    assert (order.ship_to.line1, order.ship_to.country) == ("Kai 1", "DE")


@pytest.mark.parametrize(
    ("written", "amount"),
    [("39.98", "39.98"), ("39,98", "39.98"), ("1.039,98", "1039.98"), ("1,039.98", "1039.98")],
)
def test_amounts_are_read_as_each_country_writes_them(written: str, amount: str) -> None:
    assert _amazon({"item-price": written}).lines[0].amount == D(amount)


def test_a_cancelled_order_and_a_cancelled_line_want_nothing() -> None:
    cancelled = _amazon({"order-status": "Cancelled", "quantity": "0", "item-price": ""})
    assert (cancelled.cancelled, cancelled.payment_state) == (True, "voided")
    partly = _amazon({"item-status": "Cancelled"}, {"sku": "B-1"})
    assert [line.quantity_current for line in partly.lines] == [D(0), None]


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_the_reports_of_japan_are_read(encoding: str) -> None:
    text = amazon_report(
        {"sales-channel": "Amazon.co.jp", "product-name": "時計", "currency": "JPY"}
        | {"item-price": "1980", "item-tax": "180", "shipping-price": "0", "shipping-tax": "0"}
        | {"item-promotion-discount": "0", "ship-promotion-discount": "0"}
    )
    (order,) = read(text.encode(encoding)).orders
    assert (order.lines[0].description, order.totals.total) == ("時計", D(1980))


def test_a_row_without_an_order_is_told() -> None:
    assert _faults(amazon_report({"amazon-order-id": ""})) == [
        ("field_missing", "line 2.amazon-order-id")
    ]


HALVES = {
    "ecommerce/shopify-export-csv/shopify_order_data.csv": ("items_missing", "id", "total_price"),
    "ecommerce/shopify-export-csv/shopify_order_line_data.csv": (
        "order_missing",
        "order_id",
        "price",
    ),
    "marketplace/amazon-export-csv/amazon_orders.csv": (
        "items_missing",
        "amazon_order_id",
        "order_total_amount",
    ),
    "marketplace/amazon-export-csv/amazon_order_item.csv": (
        "order_missing",
        "amazon_order_id",
        "item_price_amount",
    ),
}


def _told(order: ParsedOrder) -> list[Decimal | None]:
    """The amount of an order, or those of its lines."""
    if not order.lines:
        return [order.totals.total]
    return [li.unit_price if li.amount is None else li.amount for li in order.lines]


@pytest.mark.parametrize("name", sorted(HALVES))
def test_a_table_of_a_database_is_half_of_its_orders_exactly(
    samples: dict[str, Any], name: str
) -> None:
    lacking, key, amount = HALVES[name]
    reading = read(samples[name].raw)
    rows = list(csv.DictReader(samples[name].raw.decode("utf-8-sig").splitlines()))
    assert [o.external_id for o in reading.orders] == list(dict.fromkeys(r[key] for r in rows))
    told = [number for order in reading.orders for number in _told(order)]
    # The thousands are parted by commas; some cells of the samples are no numbers.
    cells = [row[amount].replace(",", "") for row in rows]
    are_numbers = [re.fullmatch(r"-?\d+(\.\d+)?", cell) is not None for cell in cells]
    assert told == [D(c) if ok else None for c, ok in zip(cells, are_numbers, strict=True)]
    faults = {p.path for p in reading.all_problems if p.code == "number_invalid"}
    wrong = [place for place, ok in enumerate(are_numbers, 2) if not ok and cells[place - 2]]
    assert {f"line {place}" for place in wrong} <= {path.split(".")[0] for path in faults}
    assert {p.code for p in reading.all_problems} <= {lacking, "number_invalid"}


def test_other_tables_stay_what_they_are(samples: dict[str, Any]) -> None:
    for name, sample in samples.items():
        if name.startswith("ecommerce/shopify-export-csv") and name not in HALVES:
            reading = read(sample.raw)
            assert (reading.kind, reading.format) == ("not_an_order", "csv")
