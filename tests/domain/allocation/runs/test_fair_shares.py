"""Fair shares close, give nobody more than asked, and treat equals alike."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.runs.fair_share import Claim, fair_shares


def _shares(supply: int, *claims: tuple[int, int, int]) -> list[int]:
    made = [Claim(Decimal(q), Decimal(step), weight) for q, step, weight in claims]
    return [int(share) for share in fair_shares(made, Decimal(supply))]


@pytest.mark.parametrize(
    ("supply", "claims", "expected"),
    [
        (10, [(10, 1, 1), (20, 1, 1), (30, 1, 1)], [2, 3, 5]),
        (7, [(10, 1, 1), (10, 1, 1)], [4, 3]),
        (30, [(10, 1, 1), (10, 1, 1)], [10, 10]),
        (0, [(10, 1, 1)], [0]),
        # A weight of three counts three times, until all that was asked for is given.
        (12, [(12, 1, 3), (12, 1, 1)], [9, 3]),
        (20, [(12, 1, 3), (12, 1, 1)], [12, 8]),
        # Whole cases; what no case can be made of stays.
        (25, [(20, 10, 1), (20, 10, 1)], [10, 10]),
        (27, [(20, 10, 1), (17, 10, 1)], [10, 17]),
        (5, [], []),
    ],
)
def test_shares_are_in_proportion(
    supply: int, claims: list[tuple[int, int, int]], expected: list[int]
) -> None:
    assert _shares(supply, *claims) == expected


CLAIMS = st.lists(
    st.builds(
        Claim,
        st.integers(0, 400).map(lambda n: Decimal(n) / 4),
        st.sampled_from([Decimal("0.25"), Decimal(1), Decimal(6), Decimal(10)]),
        st.sampled_from([1, 1, 2, 5]),
    ),
    max_size=12,
)
SUPPLY = st.integers(0, 2000).map(lambda n: Decimal(n) / 4)


@given(CLAIMS, SUPPLY)
def test_sums_close_and_nobody_gets_more_than_asked(claims: list[Claim], supply: Decimal) -> None:
    shares = fair_shares(claims, supply)
    pairs = list(zip(shares, claims, strict=True))
    assert sum(shares) <= supply
    for share, claim in pairs:
        assert 0 <= share <= claim.quantity
        assert share == claim.quantity or share % claim.step == 0
    left = supply - sum(shares)
    steps = [min(c.step, c.quantity - s) for s, c in pairs if s < c.quantity]
    assert all(step > left for step in steps)


@given(st.lists(st.integers(0, 100), max_size=12), st.integers(0, 800))
def test_in_single_units_everything_is_given(asked: list[int], supply: int) -> None:
    shares = fair_shares([Claim(Decimal(n)) for n in asked], Decimal(supply))
    assert sum(shares) == min(sum(asked), supply)


@given(st.lists(st.integers(0, 100), max_size=12), st.integers(0, 800), st.integers(1, 9))
def test_who_asks_for_more_never_gets_less(asked: list[int], supply: int, step: int) -> None:
    claims = [Claim(Decimal(n * step), Decimal(step)) for n in asked]
    shares = fair_shares(claims, Decimal(supply))
    for mine, share in zip(asked, shares, strict=True):
        for theirs, other in zip(asked, shares, strict=True):
            assert mine <= theirs or share >= other


@given(st.lists(st.integers(0, 100), max_size=12), st.integers(0, 800))
def test_more_supply_costs_nobody_more_than_one_unit(asked: list[int], supply: int) -> None:
    claims = [Claim(Decimal(n)) for n in asked]
    before = fair_shares(claims, Decimal(supply))
    after = fair_shares(claims, Decimal(supply + 1))
    assert all(b - a <= 1 for b, a in zip(before, after, strict=True))
