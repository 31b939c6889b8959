"""X12 860: a change of an order that the buyer sends, segment by segment."""

from decimal import Decimal
from typing import Any

import pytest

from domain.intake.changes import Change
from domain.intake.document import ParsedOrder
from domain.intake.formats.registry import read
from tests.factories.x12_changes import order_change


def _order(text: str) -> ParsedOrder:
    (order,) = read(text.encode()).orders
    return order


def _codes(text: str) -> list[str]:
    return [problem.code for problem in read(text.encode()).all_problems]


def test_a_change_is_read_to_the_last_element() -> None:
    text = order_change(
        "PO-1",
        "POC*1*QD*8*2*EA*2.50**VN*A-1*UP*012345678905~DTM*002*20260401~",
        "POC*2*DI*0*0*EA***VN*A-2~",
        "POC*3*AI*5**BX:1*10**VN*A-3~PID*F****Blue chair~",
        bch="BCH*04*SA*PO-1*7*2*20260301*REQ-9****20260302",
    )
    order = _order(text)
    assert read(text.encode()).kind == "order"
    assert (order.format, order.external_id) == ("x12.860", "ZZ:PARTNER/PO-1/7")
    assert (order.purpose, order.source_status) == ("change", "04")
    assert str(order.ordered_at) == "2026-03-01"
    assert order.change == Change(number="2/REQ-9", sequence=2)
    assert order.sent_at == "2026-03-02T09:00:00"
    lines: list[Any] = [
        (line.line_reference, line.action, line.quantity, line.unit, line.unit_price)
        for line in order.lines
    ]
    assert lines == [
        ("1", "decrease", 8, "EA", Decimal("2.50")),
        ("2", "remove", 0, "EA", None),
        ("3", "add", 5, "BX", 10),
    ]
    assert [code.kind for code in order.lines[0].codes] == ["vendor", "upc"]
    assert str(order.lines[0].requested_delivery_on) == "2026-04-01"
    assert order.lines[2].description == "Blue chair"


@pytest.mark.parametrize(
    ("code", "action"),
    [
        ("AI", "add"),
        ("DI", "remove"),
        ("QI", "increase"),
        ("QD", "decrease"),
        ("CA", "change"),
        ("PC", "change"),
        ("PQ", "change"),
        ("RQ", "change"),
        ("RZ", "change"),
        ("CT", "change"),
        ("RE", "replace_item"),
        ("NC", "keep"),
    ],
)
def test_what_is_to_be_done_with_a_line(code: str, action: str) -> None:
    assert _order(order_change("PO-1", f"POC*1*{code}*5**EA~")).lines[0].action == action


@pytest.mark.parametrize(
    ("purpose", "ours", "replaces"),
    [
        ("00", "change", False),
        ("04", "change", False),
        ("05", "change", True),
        ("18", "change", False),
        ("01", "cancel", False),
    ],
)
def test_purposes_of_a_change(purpose: str, ours: str, replaces: bool) -> None:
    order = _order(order_change("PO-1", bch=f"BCH*{purpose}*SA*PO-1***20260301"))
    assert (order.purpose, order.cancelled) == (ours, ours == "cancel")
    assert order.change is not None
    assert order.change.replaces_lines is replaces


@pytest.mark.parametrize(
    ("lines", "bch", "codes"),
    [
        (["POC*1*XX*5**EA~"], None, ["action_unknown"]),
        (["POC*1**5**EA~"], None, ["element_missing"]),
        (["POC*1*AI***EA***VN*A-1~"], None, ["quantity_missing"]),
        (["POC*1*QD*many**EA~"], None, ["number_invalid"]),
        (["POC*1*QD*-5**EA~"], None, ["quantity_negative"]),
        (["POC*1*CA*5**EA***VN~"], None, ["element_missing"]),
        ([], None, ["lines_missing"]),
        ([], "BCH*01*SA*PO-1***20260301", []),
        (["POC*1*DI~"], "BCH*77*SA*PO-1***20260301", ["purpose_unknown"]),
        (["POC*1*DI~"], "BCH*04*SA*PO-1***someday", ["date_invalid"]),
        (["POC*1*DI~"], "REF*DP*1", ["bch_missing"]),
        (["POC*1*DI~CTT*2~"], None, ["line_count_mismatch"]),
    ],
)
def test_what_is_wrong_with_a_change_is_told(
    lines: list[str], bch: str | None, codes: list[str]
) -> None:
    assert _codes(order_change("PO-1", *lines, bch=bch)) == codes


def test_what_is_left_to_receive_counts_where_nothing_else_is_told() -> None:
    assert _order(order_change("PO-1", "POC*1*CA**3*EA~")).lines[0].quantity == 3


def test_a_change_is_acknowledged_and_stands_beside_orders() -> None:
    text = order_change("PO-1", "POC*1*DI~")
    assert "AK2*860*0001~AK5*A~" in (read(text.encode()).acknowledgement or "")
    wrong = read(order_change("PO-1", "POC*1*XX*5**EA~").encode()).acknowledgement or ""
    assert "AK2*860*0001~AK3*POC*3**8~AK4*2**7*XX~AK5*R*5~" in wrong
