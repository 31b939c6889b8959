"""Settlement reports of Amazon: V1, V2, packed, in other countries' numbers, days and letters."""

import gzip
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.settlement.told import KINDS, ToldLine
from domain.intake.document import Problem
from domain.intake.formats.settled.amazon_words import kind_of
from domain.intake.formats.settled.locale_values import amount_in, day_in, quantity_in
from domain.intake.formats.settled.reading import read_settled
from domain.intake.formats.settled.report import SettledReport
from tests.factories.payouts import V1, V2, amount, flat_file

ORDER = {"order_id": "302-1", "sku": "MUG", "quantity_purchased": "2", "shipment_id": "Dx1"}


def lines_of(report: SettledReport | None) -> list[ToldLine]:
    assert report is not None
    assert report.problems == ()
    lines = list(report.lines())
    assert not [each for each in lines if isinstance(each, Problem)]
    return [each for each in lines if isinstance(each, ToldLine)]


def test_a_v2_report_is_read_to_each_amount() -> None:
    raw = flat_file(
        V2,
        [
            amount("Order", "ItemPrice", "Principal", "20.00", **ORDER),
            amount("Order", "ItemPrice", "Tax", "4.00", **ORDER),
            amount(
                "Order", "ItemWithheldTax", "MarketplaceFacilitatorVAT-Principal", "-4", **ORDER
            ),
            amount("Order", "ItemFees", "Commission", "-3.00", **ORDER),
            amount("Order", "ItemFees", "FBAPerUnitFulfillmentFee", "-2.10", **ORDER),
            amount("Order", "Promotion", "Shipping", "-1.00", **ORDER, promotion_id="P1"),
            amount(
                "Refund", "ItemPrice", "Principal", "-5.00", order_id="302-2", adjustment_id="A"
            ),
            amount("ServiceFee", "Cost of Advertising", "TransactionTotalAmount", "-1.50"),
            amount("other-transaction", "other-transaction", "Storage Fee", "-0.40"),
            amount("other-transaction", "other-transaction", "Current Reserve Amount", "-2.00"),
            amount("other-transaction", "FBA Inventory Reimbursement", "WAREHOUSE_LOST", "3.00"),
            amount("other-transaction", "other-transaction", "Something new", "1.00"),
            amount("Transfer", "", "", "-9.00"),
        ],
        total_amount="9.00",
    )
    report = read_settled(raw)
    lines = lines_of(report)
    assert report is not None
    assert report.format == "amazon.settlement_v2"
    [payout] = report.payouts
    assert (payout.external_id, payout.currency, payout.total) == ("7001", "EUR", Decimal("9.00"))
    assert (payout.begins_on, payout.ends_on) == (date(2026, 1, 1), date(2026, 1, 14))
    assert (payout.deposited_on, payout.state, payout.is_whole) == (date(2026, 1, 16), "paid", True)
    assert [each.kind for each in lines] == [
        *("sale", "sale", "tax_withheld", "channel_fee", "fulfilment_fee", "sale", "refund"),
        *("advertising_fee", "storage_fee", "reserve", "reimbursement", "unknown", "transfer"),
    ]
    assert sum(each.amount for each in lines if each.counts) == Decimal("9.00")
    first = lines[0]
    assert (first.order_reference, first.sku, first.quantity) == ("302-1", "MUG", Decimal(2))
    assert (first.shipment_reference, first.posted_on) == ("Dx1", date(2026, 1, 5))
    assert first.word == "Order: Principal"
    assert lines[6].adjustment_reference == "A"


def test_a_v1_report_has_a_column_for_each_kind() -> None:
    own = {"transaction-type": "Order", "order-id": "302-1", "sku": "MUG"}
    raw = flat_file(
        V1,
        [
            own | {"quantity-purchased": "1"},
            own | {"price-type": "Principal", "price-amount": "27.99"},
            own | {"item-related-fee-type": "Commission", "item-related-fee-amount": "-2.24"},
            own | {"promotion-type": "Shipping", "promotion-amount": "-1.00"},
            {"transaction-type": "Refund", "order-id": "302-2"}
            | {"price-type": "Principal", "price-amount": "-8.00"},
            {"transaction-type": "Previous Reserve Amount Balance", "other-amount": "50.00"},
            {"transaction-type": "Subscription Fee", "other-amount": "-39.00"},
        ],
        total_amount="27.75",
        currency="USD",
        deposit_date="2015-12-18T03:27:08+00:00",
    )
    report = read_settled(raw)
    lines = lines_of(report)
    assert report is not None
    assert report.format == "amazon.settlement_v1"
    assert [(each.kind, each.amount) for each in lines] == [
        ("sale", Decimal("27.99")),
        ("channel_fee", Decimal("-2.24")),
        ("sale", Decimal("-1.00")),
        ("refund", Decimal("-8.00")),
        ("reserve", Decimal("50.00")),
        ("subscription_fee", Decimal("-39.00")),
    ]
    assert sum(each.amount for each in lines) == Decimal("27.75")


def test_a_german_report_is_read_in_its_numbers_and_days() -> None:
    raw = flat_file(
        V2,
        [amount("Order", "ItemPrice", "Principal", "1.234,50", posted_date="02.03.2026")],
        total_amount="1234,50",
        deposit_date="05.03.2026 10:39:40 UTC",
    )
    report = read_settled(raw)
    [line] = lines_of(report)
    assert report is not None
    assert line.amount == report.payouts[0].total == Decimal("1234.50")
    assert line.posted_on == date(2026, 3, 2)
    assert report.payouts[0].deposited_on == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("currency", "encoding", "sku"),
    [("EUR", "cp1252", "Käse"), ("JPY", "cp932", "ソフト"), ("EUR", "utf-8-sig", "Käse")],
)
def test_letters_are_read_in_the_encoding_of_the_country(
    currency: str, encoding: str, sku: str
) -> None:
    row = amount("Order", "ItemPrice", "Principal", "1200", sku=sku, posted_date="2026/01/05")
    raw = flat_file(V2, [row], total_amount="1200", currency=currency).decode().encode(encoding)
    [line] = lines_of(read_settled(raw))
    assert (line.sku, line.amount) == (sku, Decimal(1200))
    [line] = lines_of(read_settled(raw.decode(encoding).encode("utf-16")))
    assert line.sku == sku


def test_a_packed_report_is_read_like_any_other() -> None:
    raw = flat_file(V2, [amount("Order", "ItemPrice", "Principal", "5")] * 9000, total_amount="1")
    packed = gzip.compress(raw)
    assert len(lines_of(read_settled(packed))) == 9000
    broken = read_settled(packed[: len(packed) // 2])
    assert broken is not None
    faults = [each.code for each in broken.lines() if isinstance(each, Problem)]
    assert faults == ["document_unreadable"]
    cut = read_settled(packed[:30])
    assert cut is not None
    assert [each.code for each in cut.problems] == ["document_unreadable"]


def test_what_cannot_be_read_is_told_with_line_and_field() -> None:
    rows = [
        amount("Order", "ItemPrice", "Principal", "12,3,4"),
        amount("Order", "ItemPrice", "Principal", "1.00", posted_date="yesterday"),
        amount("Order", "ItemPrice", "Principal", "1.00", quantity_purchased="two"),
        amount("Order", "ItemPrice", "Principal", ""),
        amount("Order", "ItemPrice", "Principal", "1.00", settlement_id="7002"),
    ]
    report = read_settled(flat_file(V2, rows, total_amount="x", deposit_date="soon"))
    assert report is not None
    assert [each.path for each in report.problems] == [
        "line 2, total-amount",
        "line 2, deposit-date",
    ]
    faults = [each for each in report.lines() if isinstance(each, Problem)]
    assert [each.path for each in faults] == [
        "line 3, amount",
        "line 4, posted-date",
        "line 5, quantity-purchased",
        "line 6, amount",
        "line 7, settlement-id",
    ]
    without = read_settled(flat_file(V2, rows, currency="euro", total_amount="1"))
    assert without is not None
    assert without.payouts == ()
    assert [each.path for each in without.problems] == ["line 2, currency"]


@pytest.mark.parametrize("raw", [b"", b"a\tb\n1\t2\n", b"\x1f\x8bnothing", b"{}", b"\xff\xfe"])
def test_other_documents_are_none(raw: bytes) -> None:
    report = read_settled(raw)
    assert report is None or report.payouts == ()


@pytest.mark.parametrize(
    ("text", "currency", "wanted"),
    [
        ("1234.56", "USD", "1234.56"),
        ("1,234.56", "USD", "1234.56"),
        ("1.234,56", "EUR", "1234.56"),
        ("1 234,56", "EUR", "1234.56"),
        ("12,5", "EUR", "12.5"),
        ("1,234", "USD", "1234"),
        ("1.234", "EUR", "1234"),
        ("1.234", "KWD", "1.234"),
        ("1.234.567", "EUR", "1234567"),
        ("(55.00)", "USD", "-55.00"),
        ("55.00-", "USD", "-55.00"),
        ("\u221255.00", "USD", "-55.00"),
        (",5", "EUR", "0.5"),
        ("1,2,3", "USD", None),
        ("1.2.3", "USD", None),
        ("1,23.4", "USD", None),
        ("12,34.56", "USD", None),
        ("1e5", "USD", None),
        ("NaN", "USD", None),
        ("９", "USD", None),
        ("", "USD", None),
        ("99999999999999", "USD", None),
    ],
)
def test_amounts_of_many_countries(text: str, currency: str, wanted: str | None) -> None:
    assert amount_in(text, currency) == (None if wanted is None else Decimal(wanted))


@pytest.mark.parametrize(
    ("text", "month_first", "wanted"),
    [
        ("2026-03-01T00:00:00+00:00", False, date(2026, 3, 1)),
        ("2026/03/01", False, date(2026, 3, 1)),
        ("01.03.2026", True, date(2026, 3, 1)),
        ("03/01/26", True, date(2026, 3, 1)),
        ("03/01/2026", False, date(2026, 1, 3)),
        ("25/12/2026", True, date(2026, 12, 25)),
        ("Mar 1, 2026 10:23:05 PM PDT", False, date(2026, 3, 1)),
        ("31.02.2026", False, None),
        ("13.13.2026", False, None),
        ("soon", False, None),
    ],
)
def test_days_of_many_countries(text: str, month_first: bool, wanted: date | None) -> None:
    assert day_in(text, month_first=month_first) == wanted


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_an_amount_written_in_any_way_is_the_same(value: Decimal) -> None:
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert amount_in(english, "USD") == amount_in(german, "EUR") == value
    assert amount_in(f"{value:.2f}", "EUR") == value


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text: str) -> None:
    amount_in(text, "EUR")
    quantity_in(text)
    day_in(text, month_first=True)
    assert kind_of(text, text, text) in KINDS


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    for given_raw in (raw, "\t".join(V2).encode() + b"\n" + raw):
        report = read_settled(given_raw)
        if report is not None:
            list(report.lines())
