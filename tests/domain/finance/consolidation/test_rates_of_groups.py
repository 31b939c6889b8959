"""Rates of a group: on days, on average over periods, by hand or out of the days' rates; and whose
profit is in a layer of stock."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.consolidation.policies.sellers import SoldLayer, Source, sellers_in
from domain.finance.consolidation.rates import RateBook
from domain.ledger.fiscal_calendar import Calendar, periods_of
from domain.ledger.outcomes import ExchangeRateMissing

AS_OF = date(2026, 3, 10)


def _given(one: str, other: str, day: date, rate: str, kind: str = "spot") -> Any:
    return SimpleNamespace(
        from_currency=one,
        to_currency=other,
        valid_on=day,
        rate=Decimal(rate),
        kind=kind,
        third="CHF",
    )


def _book(*rates: Any) -> RateBook:
    ordered = sorted(rates, key=lambda rate: rate.valid_on)
    return RateBook("USD", as_of=AS_OF, periods=periods_of(Calendar(), 2026), given=ordered)


def test_the_average_is_the_mean_of_the_days_as_far_as_the_period_has_run() -> None:
    book = _book(
        _given("EUR", "USD", date(2026, 1, 11), "1"),
        _given("EUR", "USD", date(2026, 1, 17), "2"),
        _given("EUR", "USD", date(2026, 3, 6), "3"),
    )
    # From the 11th on, when there is a rate: 6 days at 1, and 15 at 2.
    assert book.average("EUR", date(2026, 1, 3)) == Decimal(36) / 21
    assert book.average("EUR", date(2026, 2, 14)) == 2
    # Ten days by now, five at 2 and five at 3.
    assert book.average("EUR", AS_OF) == Decimal("2.5")
    assert book.mean("EUR", date(2026, 2, 1), AS_OF) == (28 * 2 + 10 * Decimal("2.5")) / 38
    assert book.on("EUR", date(2026, 3, 5)) == 2
    assert book.average("USD", AS_OF) == book.on("USD", AS_OF) == 1


def test_what_was_given_for_a_period_goes_before_the_mean_of_its_days() -> None:
    book = _book(
        _given("EUR", "USD", date(2026, 1, 1), "1"),
        _given("EUR", "USD", date(2026, 1, 31), "1.5", "average"),
    )
    assert book.average("EUR", date(2026, 1, 20)) == Decimal("1.5")
    assert book.average("EUR", date(2026, 2, 20)) == 1


def test_a_rate_may_be_turned_around_or_lead_through_a_third_currency() -> None:
    book = _book(
        _given("USD", "EUR", date(2026, 1, 1), "2"),
        _given("GBP", "CHF", date(2026, 1, 1), "3"),
        _given("CHF", "USD", date(2026, 1, 1), "0.5"),
    )
    assert book.on("EUR", AS_OF) == Decimal("0.5")
    assert book.on("GBP", AS_OF) == Decimal("1.5")


def test_a_rate_that_nobody_gave_is_missing_by_name() -> None:
    book = _book(_given("EUR", "USD", date(2026, 2, 1), "1"))
    for ask in (
        lambda: book.on("EUR", date(2026, 1, 31)),
        lambda: book.average("EUR", date(2026, 1, 31)),
    ):
        with pytest.raises(ExchangeRateMissing) as missing:
            ask()
        assert missing.value.fields["from_currency"] == "EUR"
        assert missing.value.fields["on"] == date(2026, 1, 31)


def _layer(number: int, quantity: int, profit: int, **sold: Any) -> SoldLayer:
    return SoldLayer(layer_id=number, quantity=Decimal(quantity), profit_minor=profit, **sold)


def _source(issue: int, quantity: int, layer: int, profit: int) -> Source:
    return Source(
        issue_id=issue,
        issue_quantity=Decimal(quantity),
        layer_id=layer,
        profit=Decimal(profit),
    )


def test_a_layer_of_a_chain_has_each_sellers_profit_in_it() -> None:
    """8 of the first seller, 12 of the second who got twice as much of its own currency for it:
    20 in all, of which 8 x 1/2 is of two of the first one's four pieces, doubled."""
    layers = {
        1: _layer(1, 4, 8, seller_id=10),
        2: _layer(2, 2, 20, seller_id=11, sold_minor=50, bought_minor=100),
    }
    sources = {2: [_source(7, 2, 1, 4)]}
    assert sellers_in(2, layers, sources) == {11: Decimal("0.6"), 10: Decimal("0.4")}


def test_goods_that_came_back_have_the_profit_that_they_left_with() -> None:
    layers = {
        1: _layer(1, 4, 8, seller_id=10),
        2: _layer(2, 4, 8, seller_id=11),
        3: _layer(3, 2, 3),
    }
    sources = {3: [_source(7, 2, 1, 2), _source(7, 2, 2, 1)]}
    thirds = {10: Decimal(2) / 3, 11: Decimal(1) / 3}
    assert sellers_in(3, layers, sources) == thirds
    assert sellers_in(3, layers, {}) == {None: 1}


@given(
    profits=st.lists(st.integers(1, 10**6), min_size=2, max_size=5),
    quantity=st.integers(1, 1000),
)
def test_the_parts_of_sellers_are_the_whole(profits: list[int], quantity: int) -> None:
    layers = {n: _layer(n, quantity, p, seller_id=n % 3) for n, p in enumerate(profits)}
    sources = {n: [_source(n, quantity, n - 1, profits[n - 1])] for n in range(1, len(profits))}
    parts = sellers_in(len(profits) - 1, layers, sources)
    assert abs(sum(parts.values()) - 1) < Decimal("1e-20")
