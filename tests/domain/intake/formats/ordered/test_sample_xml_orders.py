"""The real XML orders beside the checkout are read as the manifest says."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read

ORDERX = ("ORDER-X_EX01_ORDER_FULL_DATA-COMFORTorder-x.xml", "reader-order-x-comfort.xml")


def _one(reading: Reading) -> ParsedOrder:
    (order,) = reading.orders
    return order


def _lines(order: ParsedOrder) -> list[tuple[str | None, ...]]:
    """Number, code, quantity, unit and price of each line."""
    return [
        (
            line.line_reference,
            line.external_code,
            None if line.quantity is None else f"{line.quantity:f}",
            line.unit,
            None if line.unit_price is None else f"{line.unit_price:f}",
        )
        for line in order.lines
    ]


def test_the_order_of_ubl_2_0(samples: dict[str, Any]) -> None:
    reading = read(samples["ubl/order_UBL-Order-2.0-Example.xml"].raw)
    order = _one(reading)
    assert (reading.format, reading.kind) == ("ubl.order", "order")
    assert (order.external_number, order.ordered_at) == ("AEG012345", date(2005, 6, 20))
    assert _lines(order) == [("1", "17589683", "100", "KGM", "100.00")]
    assert (order.currency, order.lines[0].amount) == ("GBP", Decimal("100.00"))
    assert (order.totals.subtotal, order.totals.total) == (Decimal("100.00"), Decimal("100.00"))
    assert (order.totals.tax, order.total_is_net) == (Decimal("17.50"), True)
    assert order.requested_delivery_on == date(2005, 6, 29)
    assert order.ship_to is not None
    assert (order.ship_to.line1, order.ship_to.postal_code) == ("Avon Way 56A", "ZZ99 1ZZ")
    # It says 100 for 100 at 100 each: the buyer is to be asked.
    (problem,) = reading.all_problems
    assert (problem.code, problem.severity) == ("line_amount_differs", "warning")
    assert problem.path == "Order/OrderLine"


def test_the_order_of_ubl_2_1(samples: dict[str, Any]) -> None:
    reading = read(samples["ubl/order_UBL-Order-2.1-Example.xml"].raw)
    order = _one(reading)
    assert (reading.kind, reading.all_problems) == ("order", ())
    assert (order.external_number, order.currency) == ("34", "SEK")
    assert order.ordered_at == datetime(2010, 1, 20, 12, 30)  # noqa: DTZ001
    assert _lines(order) == [
        ("1", "SItemNo001", "120", "LTR", "50"),
        ("2", "SItemNo011", "15", "C62", "15"),
    ]
    totals = order.totals
    assert (totals.subtotal, totals.total) == (Decimal(6225), Decimal(6225))
    assert (totals.discount, totals.shipping, totals.tax) == (100, 100, 100)
    assert [(code.kind, code.value) for code in order.lines[0].codes] == [
        ("gtin", "1234567890123"),
        ("vendor", "SItemNo001"),
    ]
    assert order.lines[0].requested_delivery_on == date(2010, 2, 25)
    buyer = [(p.code, p.qualifier) for p in order.parties if p.role == "buyer"]
    assert buyer[:3] == [("7300070011115", "GLN"), ("PartyID123", None), ("7300072311115", "GLN")]


def test_an_order_without_a_number_waits_with_what_could_be_read(samples: dict[str, Any]) -> None:
    reading = read(samples["ubl/order_CENBII-Order-minimal.xml"].raw)
    order = _one(reading)
    assert reading.kind == "faulty"
    assert [(p.code, p.path) for p in reading.all_problems] == [
        ("order_number_missing", "Order/ID")
    ]
    assert order.ordered_at == date(2010, 1, 1)
    assert _lines(order) == [("LineItemID", None, "10", None, None)]


def test_the_change_of_ubl_2_1_speaks_of_the_line_that_it_names(samples: dict[str, Any]) -> None:
    reading = read(samples["ubl/orderchange_UBL-OrderChange-2.1-Example.xml"].raw)
    change = _one(reading)
    original = _one(read(samples["ubl/order_UBL-Order-2.1-Example.xml"].raw))
    assert (reading.format, reading.kind) == ("ubl.orderchange", "order")
    assert (change.purpose, change.external_number) == ("change", "34")
    assert change.external_id == original.external_id
    assert change.change is not None
    assert (change.change.number, change.change.sequence) == ("7", 1)
    assert not change.change.replaces_lines
    assert _lines(change) == [("1", "SItemNo001", "240", "LTR", "50")]
    assert [line.action for line in change.lines] == ["change"]


@pytest.mark.parametrize("name", ORDERX)
def test_orders_of_orderx(samples: dict[str, Any], name: str) -> None:
    reading = read(samples[f"orderx/{name}"].raw)
    order = _one(reading)
    assert (reading.format, reading.kind, reading.all_problems) == ("orderx.order", "order", ())
    assert (order.external_number, order.currency) == ("PO123456789", "EUR")
    # The net price counts, and that of the second line is for two.
    assert [(line.quantity, line.unit, line.unit_price) for line in order.lines] == [
        (6, "C62", Decimal("10.00")),
        (10, "C62", Decimal("10.00")),
        (6, "C62", Decimal("25.00")),
    ]
    assert [line.external_code for line in order.lines] == ["987654321", "598632147", "698325417"]
    assert [line.amount for line in order.lines] == [60, 100, 150]
    totals = order.totals
    assert (totals.subtotal, totals.total) == (Decimal("310.00"), Decimal("360.00"))
    assert (totals.discount, totals.shipping, totals.tax) == (31, 21, 60)
    assert order.buyer_reference == "BUYER_REF_BU123"
    assert order.ship_to is not None
    assert (order.ship_to.city, order.ship_to.country) == ("SHIP_TO_CITY", "FR")


@pytest.mark.parametrize(
    ("name", "number", "currency", "total", "lines"),
    [
        (
            "Handling_order_request",
            "acme-1-1",
            "USD",
            "10.00",
            [("1", "QA-ACME-AUTOTEST", "1", "EA", "10.00")],
        ),
        (
            "cxml_OrderRequest",
            "DO1234",
            "EUR",
            "85.00",
            [("1", "1233244", "10", "EA", "2.10"), ("2", "1233245", "20", "EA", "3.20")],
        ),
        (
            "officeluv_purchase_order_request_200",
            "6112",
            "USD",
            "1505.0",
            [("1", "223-4511", "1", "EA", "1505.0"), ("2", "223-4511", "2", "EA", "1505.0")],
        ),
    ],
)
def test_orders_of_cxml(
    samples: dict[str, Any],
    name: str,
    number: str,
    currency: str,
    total: str,
    lines: list[tuple[str, ...]],
) -> None:
    reading = read(samples[f"cxml/{name}.xml"].raw)
    order = _one(reading)
    assert (reading.format, reading.kind) == ("cxml.orderrequest", "order")
    assert (order.external_number, order.currency) == (number, currency)
    assert (order.purpose, order.source_status) == ("original", "new")
    assert order.totals.total == Decimal(total)
    assert _lines(order) == lines


def test_a_cxml_order_tells_its_moment_and_whether_it_is_a_test(samples: dict[str, Any]) -> None:
    tested = _one(read(samples["cxml/Handling_order_request.xml"].raw))
    assert tested.is_test
    assert tested.ordered_at == datetime(2025, 1, 27, 7, 35, 36, tzinfo=UTC)
    assert tested.requested_delivery_on == date(2025, 1, 28)
    real = _one(read(samples["cxml/officeluv_purchase_order_request_200.xml"].raw))
    assert not real.is_test
    # Its total is not what its lines come to, and that is told.
    assert [(p.code, p.severity) for p in real.problems] == [("totals_differ", "warning")]
