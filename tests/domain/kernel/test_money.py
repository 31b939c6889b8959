"""Money is exact and its parts add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.money import exponent, share, to_major, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("12.505", "USD", 1251),
        ("-12.505", "USD", -1251),
        ("1200", "JPY", 1200),
        ("1.2345", "KWD", 1235),
        ("0", "EUR", 0),
    ],
)
def test_major_units_become_minor_units_half_up(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


def test_minor_units_come_back_with_the_currencys_decimals() -> None:
    assert str(to_major(1250, "USD")) == "12.50"
    assert str(to_major(1200, "JPY")) == "1200"
    assert exponent("KWD") == 3


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_money(amount: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        to_minor(Decimal(amount), "USD")


@given(
    st.integers(min_value=-(10**12), max_value=10**12),
    st.lists(
        st.decimals(min_value=0, max_value=10**6, places=3, allow_nan=False),
        min_size=1,
        max_size=20,
    ),
)
def test_shares_add_up_and_are_within_one_unit_of_fair(total: int, weights: list[Decimal]) -> None:
    parts = share(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - Decimal(total) * weight / whole) < 1
