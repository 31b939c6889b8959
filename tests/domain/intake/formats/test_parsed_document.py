"""The neutral document: its JSON for the command line, and when an order may be booked."""

from datetime import UTC, date, datetime
from decimal import Decimal

from domain.intake.document import (
    Address,
    ParsedLine,
    ParsedOrder,
    Problem,
    Reading,
    Totals,
    as_json,
    decimal_text,
)

ERROR = Problem("a", "", "m", "r")
WARNING = Problem("b", "", "m", "r", "warning")


def order(*problems: Problem) -> ParsedOrder:
    line = ParsedLine(1, "lines[0]", Decimal("2.0"), "A-1", unit_price=Decimal("1E+2"))
    return ParsedOrder(
        "x",
        "",
        "PO-1",
        "1",
        ordered_at=datetime(2026, 1, 31, 12, tzinfo=UTC),
        lines=(line,),
        totals=Totals(total=Decimal("200.00")),
        ship_to=Address(name="A Store", city="Town"),
        problems=problems,
    )


def test_the_json_has_plain_decimals_and_null_for_what_is_absent() -> None:
    assert as_json(order()) == {
        "number": None,
        "external_number": "PO-1",
        "currency": None,
        "ordered_at": "2026-01-31T12:00:00+00:00",
        "ship_to": {
            "name": "A Store",
            "line1": None,
            "city": "Town",
            "region": None,
            "postal_code": None,
            "country": None,
        },
        "lines": [
            {
                "line": "1",
                "external_code": "A-1",
                "description": None,
                "quantity": "2.0",
                "unit": None,
                "unit_price": "100",
            }
        ],
        "totals": {
            "subtotal": None,
            "discount": None,
            "tax": None,
            "shipping": None,
            "total": "200.00",
        },
        "status": None,
    }


def test_a_date_without_time_stays_a_date() -> None:
    dated = ParsedOrder("x", "", "PO-1", "1", ordered_at=date(2026, 1, 31))
    assert as_json(dated)["ordered_at"] == "2026-01-31"


def test_our_own_number_and_status_are_given_from_outside() -> None:
    printed = as_json(order(), number="SO-1", status="confirmed")
    assert (printed["number"], printed["status"]) == ("SO-1", "confirmed")


def test_an_error_stops_an_order_and_a_warning_does_not() -> None:
    assert Reading("x", "order", (order(WARNING),)).may_book(order(WARNING))
    assert not Reading("x", "faulty", (order(ERROR),)).may_book(order(ERROR))


def test_an_error_of_the_document_stops_every_order_of_it() -> None:
    assert not Reading("x", "faulty", (order(),), (ERROR,)).may_book(order())


def test_decimals_are_printed_without_exponent() -> None:
    assert decimal_text(Decimal("1E-7")) == "0.0000001"
    assert decimal_text(None) is None
