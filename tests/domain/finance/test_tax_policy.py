"""Taxes close: the lines add up to the document, whatever the rates and the rounding."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.policies.crediting import BilledLine, Given, spread_over, tax_of
from domain.finance.policies.settling import Standing, spread
from domain.finance.policies.taxes import (
    Component,
    Taxable,
    Treatment,
    reverse_charge,
    tax_document,
)

amounts = st.integers(0, 10**9)
percents = st.decimals("0", "60", places=4)
components = st.lists(
    st.builds(Component, st.sampled_from(["state", "city", "levy"]), percents, st.booleans()),
    min_size=1,
    max_size=3,
    unique_by=lambda each: each.name,
).map(tuple)
treatments = st.builds(
    Treatment,
    st.integers(1, 3),
    st.sampled_from(["standard", "exempt", "reverse_charge"]),
    st.booleans(),
    components,
)


@given(
    st.lists(st.tuples(amounts, st.none() | treatments), max_size=8),
    st.sampled_from(["line", "document"]),
)
def test_lines_and_components_add_up_to_the_same_tax(
    lines: list[tuple[int, Treatment | None]], rounding: str
) -> None:
    taxed = tax_document([Taxable(*line) for line in lines], rounding=rounding)
    assert sum(line.tax_minor for line in taxed.lines) == sum(t.tax_minor for t in taxed.totals)
    for (amount, treatment), line in zip(lines, taxed.lines, strict=True):
        assert line.tax_minor >= 0
        if treatment is not None and treatment.is_inclusive:
            assert line.net_minor + line.tax_minor == amount
        else:
            assert line.net_minor == amount
        if treatment is None or treatment.kind != "standard":
            assert line.tax_minor == 0


@given(st.lists(amounts, min_size=1, max_size=8), treatments)
def test_a_document_is_rounded_once(prices: list[int], treatment: Treatment) -> None:
    taxed = tax_document([Taxable(each, treatment) for each in prices], rounding="document")
    whole = tax_document([Taxable(sum(prices), treatment)], rounding="document")
    assert sum(line.tax_minor for line in taxed.lines) == whole.lines[0].tax_minor


@pytest.mark.parametrize(
    ("parts", "net", "tax"),
    [
        ((Component("VAT", Decimal(19)),), 10000, 1900),
        ((Component("GST", Decimal(5)), Component("QST", Decimal("9.975"))), 10000, 1498),
        # Ten of the price, then ten of the price with it.
        ((Component("a", Decimal(10)), Component("b", Decimal(10), True)), 10000, 2100),
    ],
)
def test_components_simple_and_compound(parts: tuple[Component, ...], net: int, tax: int) -> None:
    outside = tax_document([Taxable(net, Treatment(1, components=parts))], rounding="document")
    assert outside.lines[0].tax_minor == tax
    inside = Treatment(1, is_inclusive=True, components=parts)
    taxed = tax_document([Taxable(net + tax, inside)], rounding="document")
    assert (taxed.lines[0].net_minor, taxed.lines[0].tax_minor) == (net, tax)


def test_reverse_charge_is_reckoned_at_the_codes_rate() -> None:
    treatment = Treatment(1, "reverse_charge", components=(Component("VAT", Decimal(19)),))
    assert reverse_charge(2500, treatment) == 475


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=6), st.data())
def test_what_is_settled_in_parts_closes_in_the_books(
    parts: list[int], data: st.DataObject
) -> None:
    standing = Standing(sum(parts), data.draw(st.integers(1, 10**10)))
    gone = 0
    for part in parts:
        gone += standing.base_of(part)
        standing = standing.less(part)
    assert (standing.open_minor, standing.base_open_minor) == (0, 0)
    assert gone > 0


@given(st.integers(0, 10**9), st.lists(st.integers(-5, 10**9), max_size=6))
def test_what_is_spread_is_never_more_than_is_open(amount: int, opens: list[int]) -> None:
    parts = spread(amount, opens)
    assert all(0 <= part <= max(each, 0) for part, each in zip(parts, opens, strict=True))
    assert sum(parts) == min(amount, sum(max(each, 0) for each in opens))


@given(st.integers(1, 10**8), st.integers(0, 10**8), st.lists(st.integers(1, 10**7), max_size=12))
def test_credits_of_a_line_never_exceed_it_and_close_with_it(
    net: int, tax: int, credits: list[int]
) -> None:
    line = BilledLine(Decimal(10), net, tax)
    for wanted in credits:
        given_net = min(wanted, line.left.net_minor)
        part = tax_of(line, given_net)
        assert 0 <= part <= line.left.tax_minor
        line = BilledLine(
            line.quantity,
            net,
            tax,
            Decimal(0),
            line.credited_net_minor + given_net,
            line.credited_tax_minor + part,
        )
    rest = line.left.net_minor
    assert line.credited_tax_minor + tax_of(line, rest) == tax


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=4), amounts, amounts)
def test_a_credit_over_lines_stays_within_each(
    billed: list[tuple[int, int]], net: int, tax: int
) -> None:
    lines = [BilledLine(Decimal(5), *each) for each in billed]
    parts = spread_over(Given(Decimal(7), net, tax), lines)
    assert all(part.within(line.left) for part, line in zip(parts, lines, strict=True))
    assert sum(part.net_minor for part in parts) == min(net, sum(n for n, _ in billed))
