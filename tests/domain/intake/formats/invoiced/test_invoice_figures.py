"""The rules by which the figures of an invoice agree, and how its amounts are read."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intake.formats.edifact_envelope import Interchange, acknowledge, read_interchanges
from domain.intake.formats.invoiced.checks import checked
from domain.intake.formats.invoiced.invoice import ParsedInvoice, Totals, turned
from domain.intake.formats.invoiced.reading import read_invoices
from domain.intake.formats.registry import read
from tests.factories.invoices import (
    Written,
    WrittenLine,
    as_810,
    as_cii,
    as_invoic,
    as_ubl,
)

CUP = WrittenLine(code="CUP", quantity=3, price="2.50")
PRICES = st.decimals(min_value="0.01", max_value=999, places=2).map(str)
LINES = st.builds(WrittenLine, code=st.just("CUP"), quantity=st.integers(1, 500), price=PRICES)


def _read(raw: bytes) -> ParsedInvoice:
    found = read_invoices(raw, format=read(raw).format)
    assert found is not None
    [invoice] = found.invoices
    return invoice


def _codes(invoice: ParsedInvoice) -> list[str]:
    return [problem.code for problem in invoice.problems]


@given(lines=st.lists(LINES, min_size=1, max_size=4), percent=st.sampled_from([0, 7, 19, 25]))
def test_whatever_it_is_written_in_it_comes_to_the_same(
    lines: list[WrittenLine], percent: int
) -> None:
    bill = Written(lines=lines, tax_percent=percent, order="PO-1", freight="3.00")
    totals = []
    for write in (as_ubl, as_cii, as_810, as_invoic):
        invoice = _read(write(bill))
        assert invoice.problems == ()
        told = invoice.totals
        totals.append((told.lines, told.net, told.tax, told.gross, told.payable))
        assert [line.amount for line in invoice.lines] == [line.amount for line in lines]
    assert set(totals) == {(bill.goods, bill.net, bill.tax, bill.gross, bill.payable)}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("lines", "lines_total_differs"),
        ("allowances", "allowances_total_differs"),
        ("charges", "charges_total_differs"),
        ("net", "net_total_differs"),
        ("tax", "tax_total_differs"),
        ("gross", "gross_total_differs"),
        ("payable", "payable_total_differs"),
    ],
)
def test_each_total_that_is_off_by_a_cent_is_named(name: str, code: str) -> None:
    sound = _read(as_ubl(Written(lines=(CUP,), tax_percent=20, allowance="1.00", freight="2.00")))
    stated = getattr(sound.totals, name)
    off = replace(sound.totals, **{name: stated + Decimal("0.01")})
    found = checked(replace(sound, totals=off, problems=()))
    assert code in _codes(found)
    assert str(stated) in next(p.message for p in found.problems if p.code == code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": None}, "invoice_number_missing"),
        ({"issued_on": None}, "invoice_date_missing"),
        ({"currency": "XQX"}, "currency_unknown"),
        ({"lines": (), "totals": Totals()}, "total_missing"),
    ],
)
def test_what_no_invoice_is_without_is_missed(change: dict[str, object], code: str) -> None:
    sound = _read(as_ubl(Written(lines=(CUP,))))
    assert code in _codes(checked(replace(sound, problems=(), **change)))  # type: ignore[arg-type]


def test_a_tax_far_off_its_rate_is_named() -> None:
    raw = as_ubl(Written(lines=(replace(CUP, quantity=1000),), tax_percent=20))
    raw = raw.replace(b"<cbc:Percent>20<", b"<cbc:Percent>7<")
    assert _codes(_read(raw)) == ["tax_amount_differs"]


def test_turning_twice_changes_nothing() -> None:
    sound = _read(as_ubl(Written(lines=(CUP,), tax_percent=20, allowance="1.00")))
    assert turned(turned(sound)) == sound
    assert turned(sound).totals.gross == -(sound.totals.gross or 0)


@pytest.mark.parametrize("write", [as_ubl, as_cii, as_810, as_invoic])
def test_a_credit_note_is_told_above_zero(write: object) -> None:
    bill = Written(lines=(CUP,), is_credit=True)
    assert callable(write)
    invoice = _read(write(bill))
    assert (invoice.is_credit, invoice.totals.gross) == (True, Decimal("7.50"))
    below = _read(as_ubl(replace(bill, lines=(replace(CUP, quantity=-3),))))
    assert (below.is_credit, below.totals.gross) == (True, Decimal("7.50"))


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (("BIG*20260302*R-1", "BIG*2026*R-1"), "date_invalid"),
        (("IT1*1*3*", "IT1*1*three*"), "number_invalid"),
        (("CTT*1", "CTT*4"), "line_count_differs"),
        (("BIG*", "BIX*"), "big_missing"),
    ],
)
def test_a_fault_of_an_810_is_told_in_its_997(broken: tuple[str, str], code: str) -> None:
    raw = as_810(Written(lines=(CUP,))).replace(*(each.encode() for each in broken))
    assert code in _codes(_read(raw))
    assert "AK5*R" in (read(raw).acknowledgement or "")


def test_prices_for_many_and_rounding_of_the_whole_come_out() -> None:
    """Three lines of a third of a cent each round only together."""
    raw = as_810(Written(lines=[replace(CUP, quantity=1)] * 3))
    raw = raw.replace(b"*2.50**", b"*0.3333**").replace(b"TDS*750", b"TDS*100")
    invoice = _read(raw)
    assert _codes(invoice) == []
    assert [line.amount for line in invoice.lines] == [
        Decimal("0.34"), Decimal("0.33"), Decimal("0.33")
    ]  # fmt: skip


def test_a_comma_is_the_decimal_mark_where_the_interchange_says_so() -> None:
    raw = b"UNA:+,? '" + as_invoic(Written(lines=(CUP,))).replace(b".50", b",50")
    invoice = _read(raw)
    assert _codes(invoice) == []
    assert invoice.totals.gross == Decimal("7.50")


@pytest.mark.parametrize(
    ("currency", "price", "wanted"),
    [("EUR", "0.125", "0.13"), ("JPY", "12.5", "13"), ("KWD", "0.0125", "0.013")],
)
def test_a_line_without_an_amount_is_its_price_in_whole_units_half_up(
    currency: str, price: str, wanted: str
) -> None:
    bill = Written(lines=(replace(CUP, quantity=1),), currency=currency)
    raw = re.sub(rb"MOA\+203:[^']*'PRI\+AAA:[^']*'", f"PRI+AAA:{price}'".encode(), as_invoic(bill))
    assert [line.amount for line in _read(raw).lines] == [Decimal(wanted)]


def test_days_are_read_with_or_without_a_zone() -> None:
    raw = as_ubl(Written(lines=(CUP,))).replace(b"2026-03-02<", b"2026-03-02+02:00<")
    assert _read(raw).issued_on == date(2026, 3, 2)
    raw = raw.replace(b"2026-03-02+02:00<", b"soon<")
    assert _codes(_read(raw)) == ["date_invalid", "invoice_date_missing"]


def test_a_contrl_answers_in_the_senders_words() -> None:
    (found,) = read_interchanges(as_invoic(Written(lines=(CUP,), seller="A+B")).decode())
    answer = acknowledge(found, frozenset({"INVOIC"}), frozenset({"UNH[1]"}))
    assert answer is not None
    (again,) = read_interchanges(answer)
    assert (again.problems, [message.kind for message in again.messages]) == ([], ["CONTRL"])
    assert "UCM+1+INVOIC:D:96A:UN:EAN008+4+18'" in answer
    assert acknowledge(_headless(answer), frozenset(), frozenset()) is None


def _headless(answer: str) -> Interchange:
    """The same without its UNB."""
    (found,) = read_interchanges(answer[answer.index("UNH") :])
    return found
