"""Payouts of Shopify, and tables whose columns the company has laid down."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.finance.settlement.mappings import TableMapping, mapping_of, sound_mapping
from domain.finance.settlement.told import ToldLine
from domain.intake.document import Problem
from domain.intake.formats.settled.reading import read_settled
from domain.kernel.errors import InvalidInput
from tests.factories.payouts import payouts, transactions

SAMPLES = "ecommerce/shopify"


def test_the_sample_of_payouts(samples: dict[str, Any]) -> None:
    report = read_settled(samples[f"{SAMPLES}/goshopify_payouts.json"].raw)
    assert report is not None
    assert report.problems == ()
    assert report.format == "shopify.payouts"
    assert [(each.external_id, each.state, each.total) for each in report.payouts] == [
        ("854088011", "announced", Decimal("43.12")),
        ("512467833", "failed", Decimal("43.12")),
    ]
    assert report.payouts[0].deposited_on == date(2013, 11, 1)
    assert list(report.lines()) == []


def test_the_sample_of_one_payout(samples: dict[str, Any]) -> None:
    report = read_settled(samples[f"{SAMPLES}/rubyapi_2024_10_payout_3.json"].raw)
    assert report is not None
    assert report.problems == ()
    assert [each.state for each in report.payouts] == ["paid"]


def test_the_sample_of_transactions(samples: dict[str, Any]) -> None:
    report = read_settled(samples[f"{SAMPLES}/goshopify_payments_transactions.json"].raw)
    assert report is not None
    assert report.problems == ()
    [payout] = report.payouts
    assert (payout.external_id, payout.total, payout.state) == ("623721858", None, None)
    lines = [each for each in report.lines() if isinstance(each, ToldLine)]
    assert [(each.kind, each.amount, each.order_reference) for each in lines] == [
        ("adjustment", Decimal("-50.00"), None),
        ("adjustment", Decimal("50.00"), None),
        ("refund", Decimal("-3.45"), "217130470"),
    ]
    assert [each.posted_on for each in lines] == [date(2013, 11, 1)] * 3


def test_a_transaction_is_its_amount_and_its_fee() -> None:
    raw = transactions(
        {"id": 1, "amount": "100.00", "fee": "3.20", "net": "96.80", "source_order_id": 9},
        {"id": 2, "type": "payout", "amount": "-96.80"},
        {"id": 3, "type": "dispute", "amount": "-20.00", "fee": "15.00", "net": "-35.00"},
        {"id": 4, "type": "payout_failure", "amount": "7.00"},
        {"id": 5, "type": "marketing_credit", "amount": "7.00"},
        {"id": 6, "amount": "1.00", "payout_id": None},
        {"id": 7, "amount": "1.00", "test": True},
    )
    report = read_settled(raw)
    assert report is not None
    lines = [each for each in report.lines() if isinstance(each, ToldLine)]
    assert [(each.kind, each.amount, each.external_id) for each in lines] == [
        ("sale", Decimal("100.00"), "1"),
        ("payment_fee", Decimal("-3.20"), "1:fee"),
        ("transfer", Decimal("-96.80"), "2"),
        ("chargeback", Decimal("-20.00"), "3"),
        ("payment_fee", Decimal("-15.00"), "3:fee"),
        ("retried", Decimal("7.00"), "4"),
        ("unknown", Decimal("7.00"), "5"),
    ]


def test_what_is_wrong_is_told_with_its_place() -> None:
    raw = payouts(
        {"id": 1, "amount": "x"},
        {"id": 2, "amount": "1.00", "status": "lost"},
        {"id": 3, "amount": "1.00", "date": "soon"},
        {"id": 4, "amount": "1.00", "currency": "EURO"},
    )
    report = read_settled(raw)
    assert report is not None
    assert report.payouts == ()
    assert [each.path for each in report.problems] == [
        "payouts[0], amount",
        "payouts[1], status",
        "payouts[2], date",
        "payouts[3], currency",
    ]
    raw = transactions(
        {"id": 1, "amount": "10.00", "fee": "1.00", "net": "10.00"},
        {"id": 2, "amount": "ten"},
        {"id": None, "amount": "10.00"},
    )
    report = read_settled(raw)
    assert report is not None
    faults = [each for each in report.lines() if isinstance(each, Problem)]
    assert [each.path for each in faults] == [
        "transactions[0], net",
        "transactions[1], amount",
        "transactions[2], id",
    ]


MAPPING: dict[str, Any] = {
    "columns": {
        "payout": "Batch",
        "amount": "Gross",
        "kind": "Type",
        "order": "Order no.",
        "posted_on": "Date",
        "total": "Paid out",
        "line": "Reference",
    },
    "fees": {"Fee": "payment_fee"},
    "kinds": {"Payment": "sale", "Refund": "refund"},
    "currency": "EUR",
}
TABLE = """Batch;Reference;Date;Type;Order no.;Gross;Fee;Paid out
B1;r1;05.01.2026;Payment;"#10;01";1.000,00;14,00;961,00
B1;r2;06.01.2026;refund;#1000;-25,00;0;961,00
B2;r3;07.01.2026;Gift;;3,00;;
"""


def test_a_table_is_read_by_its_mapping() -> None:
    mapping = mapping_of(sound_mapping(MAPPING))
    report = read_settled(TABLE.encode(), mapping)
    assert report is not None
    assert report.problems == ()
    assert [(each.external_id, each.total) for each in report.payouts] == [
        ("B1", Decimal("961.00")),
        ("B2", None),
    ]
    lines = [each for each in report.lines() if isinstance(each, ToldLine)]
    assert [(each.payout, each.kind, each.amount, each.external_id) for each in lines] == [
        ("B1", "sale", Decimal("1000.00"), "r1"),
        ("B1", "payment_fee", Decimal("-14.00"), "r1:Fee"),
        ("B1", "refund", Decimal("-25.00"), "r2"),
        ("B2", "unknown", Decimal("3.00"), "r3"),
    ]
    assert (lines[0].order_reference, lines[0].posted_on) == ("#10;01", date(2026, 1, 5))
    assert read_settled(TABLE.replace("Gross", "Net").encode(), mapping) is None
    assert read_settled(TABLE.encode()) is None


def test_a_value_of_a_table_that_cannot_be_read_is_told() -> None:
    table = TABLE.replace("1.000,00", "much").replace("07.01.2026", "later").replace("B2", "")
    report = read_settled(table.encode(), TableMapping(**sound_mapping(MAPPING)))
    assert report is not None
    assert [each.path for each in report.problems] == ["line 4, Batch"]
    faults = [each for each in report.lines() if isinstance(each, Problem)]
    assert [each.path for each in faults] == ["line 2, Gross"]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"columns": {"payout": "A"}}, "columns"),
        ({"columns": {"payout": "A", "amount": "A"}}, "columns"),
        ({"columns": {"payout": "A", "amount": "B", "colour": "C"}}, "columns"),
        ({"columns": {"payout": "A", "amount": " "}}, "columns"),
        ({"fees": {"Fee": "bribe"}}, "fees"),
        ({"kinds": {"Payment": "gift"}}, "kinds"),
        ({"currency": None}, "currency"),
        ({"currency": "EURO"}, "currency"),
    ],
)
def test_a_mapping_has_to_be_sound(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sound_mapping(MAPPING | changes)
    assert tuple(refused.value.path or ())[:1] == (place,)
