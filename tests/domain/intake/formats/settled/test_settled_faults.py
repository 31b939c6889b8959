"""What documents of payouts get wrong: it is told, and nothing of it is mixed up or cut off."""

import gzip
from decimal import Decimal
from typing import Any

import pytest

from domain.finance.settlement.mappings import TableMapping
from domain.finance.settlement.told import ToldLine
from domain.intake.document import Problem
from domain.intake.formats.settled.locale_values import quantity_in
from domain.intake.formats.settled.reading import read_settled
from domain.intake.formats.settled.report import SettledReport
from domain.intake.formats.settled.text_lines import UnreadableText, lines_of
from domain.intake.settled_sums import MOST_PAYOUTS, summed_payouts
from tests.factories.payouts import V2, amount, flat_file, payouts, transactions

TABLE = TableMapping(
    columns={"payout": "Payout", "amount": "Amount", "currency": "Currency", "total": "Total"}
)


def told(raw: bytes, mapping: TableMapping | None = None) -> SettledReport:
    report = read_settled(raw, mapping)
    assert report is not None
    return report


def problems_of(report: SettledReport) -> list[tuple[str, str]]:
    _, found = summed_payouts(report)
    return [(each.code, each.path) for each in found]


def test_a_payout_of_a_table_has_one_currency_and_one_total() -> None:
    rows = "P1;10.00;EUR;30.00\nP1;20.00;USD;30.00\nP1;5.00;EUR;31.00\nP2;1.00;USD;1.00\n"
    report = told(f"Payout;Amount;Currency;Total\n{rows}".encode(), TABLE)
    assert [(each.code, each.path) for each in report.problems] == [
        ("value_invalid", "line 3, Currency"),
        ("value_invalid", "line 4, Total"),
    ]


def test_a_total_may_stand_in_one_line_of_a_payout_alone() -> None:
    rows = "P1;10.00;EUR;\nP1;20.00;EUR;30.00\nP1;0.00;EUR;\n"
    report = told(f"Payout;Amount;Currency;Total\n{rows}".encode(), TABLE)
    assert problems_of(report) == []
    assert [each.total for each in report.payouts] == [Decimal("30.00")]


def test_transactions_of_a_payout_are_in_one_currency() -> None:
    raw = transactions(
        {"id": 1, "payout_id": 7, "amount": "5.00", "fee": "0.00", "net": "5.00"},
        {"id": 2, "payout_id": 7, "amount": "5.00", "fee": "0", "net": "5.00", "currency": "USD"},
    )
    [found] = told(raw).problems
    assert (found.code, found.path) == ("value_invalid", "transactions[1], currency")


def test_a_payout_stands_in_a_document_once() -> None:
    one: dict[str, Any] = {"id": 9, "status": "paid", "amount": "5.00"}
    assert problems_of(told(payouts(one, one))) == [("payout_twice", "9")]


def test_only_so_many_payouts_are_taken_at_once() -> None:
    rows = "".join(f"P{number};1.00;EUR;\n" for number in range(MOST_PAYOUTS + 1))
    report = told(f"Payout;Amount;Currency;Total\n{rows}".encode(), TABLE)
    assert problems_of(report) == [("too_many_payouts", "")]


@pytest.mark.parametrize("digits", ["9" * 14, "9" * 25])
def test_an_amount_that_nobody_means_is_told(digits: str) -> None:
    one = {"id": 1, "payout_id": 7, "amount": digits, "fee": "0", "net": digits}
    assert problems_of(told(transactions(one)))[0] == ("value_invalid", "7, 1")
    report = told(payouts({"id": 9, "status": "paid", "amount": digits}))
    assert problems_of(report) == [("value_invalid", "9, its total")]


def test_a_quantity_that_nobody_means_is_none() -> None:
    assert quantity_in("9999999999999") == Decimal(9999999999999)
    assert quantity_in("10000000000000") is None


def test_utf_16_is_read_line_by_line_as_any_other() -> None:
    # What other alphabets end lines with stands within a name here.
    name = "Cup\u2028 of\u0085tea"
    line = amount("Order", "ItemPrice", "Principal", "5.00", order_id="302-1", sku=name)
    text = flat_file(V2, [line], total_amount="5.00").decode()
    for raw in (text.encode("utf-16"), gzip.compress(text.encode("utf-16"))):
        [found] = [each for each in told(raw).lines() if not isinstance(each, Problem)]
        assert isinstance(found, ToldLine)
        assert (found.sku, found.amount) == (name, Decimal("5.00"))


def test_what_was_packed_in_pieces_is_read_to_its_end() -> None:
    pieces = b"".join(gzip.compress(each) for each in (b"one\ntw", b"o\nthree\n"))
    assert list(lines_of(pieces + b"\0\0")) == ["one", "two", "three"]
    with pytest.raises(UnreadableText):
        list(lines_of(pieces[:-4]))
    with pytest.raises(UnreadableText):
        list(lines_of(pieces + b"more"))
