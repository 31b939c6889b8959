"""What of a payout is found among what was expected: whatever comes, nothing is lost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.settlement.policy import (
    Course,
    Expected,
    Told,
    clear,
    course_of,
    fee_beyond,
    name_left,
    name_short,
    reserve_excess,
)

MINOR = st.integers(min_value=1, max_value=10**9)
WAITING = st.lists(
    st.builds(Expected, st.integers(1, 10**6), MINOR, MINOR),
    max_size=6,
    unique_by=lambda each: each.payment_id,
)


@given(MINOR, WAITING)
def test_what_is_cleared_and_what_is_left_are_all_there_is(
    amount: int, expected: list[Expected]
) -> None:
    done = clear(amount, expected)
    taken = sum(part.amount_minor for part in done.parts)
    assert taken + done.left_minor == amount
    waited = sum(each.uncleared_minor for each in expected)
    assert taken + sum(each.uncleared_minor for each in done.short) == waited
    base = sum(each.base_minor for each in expected)
    kept = sum(part.base_minor for part in done.parts)
    assert kept + sum(each.base_minor for each in done.short) == base
    assert done.left_minor == 0 or done.short == ()


@given(WAITING, st.lists(MINOR, max_size=8))
def test_the_clearing_account_ends_at_zero_over_any_payouts(
    expected: list[Expected], amounts: list[int]
) -> None:
    """Whatever is paid out in whichever parts: what waits and what is not explained are always what
    stands on the account; once both are gone, so is it."""
    account = sum(each.uncleared_minor for each in expected)
    base = sum(each.base_minor for each in expected)
    waiting, unexplained = list(expected), 0
    for amount in amounts:
        done = clear(amount, waiting)
        account -= amount
        base -= sum(part.base_minor for part in done.parts)
        waiting, unexplained = list(done.short), unexplained + done.left_minor
        assert account == sum(each.uncleared_minor for each in waiting) - unexplained
        assert base == sum(each.base_minor for each in waiting)
    account += unexplained
    rest = clear(max(account, 0), waiting)
    assert (rest.left_minor, rest.short) == (0, ())
    assert base == sum(part.base_minor for part in rest.parts)


@pytest.mark.parametrize(
    ("kind", "left", "known", "payments", "before", "wanted"),
    [
        ("sale", 500, False, 0, False, "unknown_order"),
        ("refund", 500, False, 0, False, "unknown_order"),
        ("sale", 500, True, 0, False, "unpaid_order"),
        ("refund", 500, True, 0, False, "unknown_refund"),
        ("sale", 2, True, 1, False, "rounding"),
        ("sale", 500, True, 1, False, "amount_differs"),
        ("sale", 500, True, 1, True, "duplicate"),
        ("chargeback", 1, True, 1, True, "chargeback"),
        ("adjustment", 1, False, 0, False, "adjustment"),
        ("unknown", 1, False, 0, False, "unknown_fee"),
    ],
)
def test_what_is_left_has_a_name(
    kind: str, left: int, known: bool, payments: int, before: bool, wanted: str
) -> None:
    said = name_left(
        kind,
        left,
        order_known=known,
        payments=payments,
        settled_before=before,
        tolerance_minor=2,
    )
    assert said == wanted


def test_what_falls_short_is_rounding_or_waits_until_all_has_left() -> None:
    assert name_short(2, is_complete=False, tolerance_minor=2) == "rounding"
    assert name_short(3, is_complete=False, tolerance_minor=2) is None
    assert name_short(3, is_complete=True, tolerance_minor=2) == "amount_differs"


def test_fees_and_reserves_have_their_bounds() -> None:
    assert fee_beyond(10000, 1501, Decimal("15")) == 1
    assert fee_beyond(10000, 1500, Decimal("15")) == 0
    assert fee_beyond(0, 1500, Decimal("15")) == fee_beyond(10000, 9000, None) == 0
    assert reserve_excess(30, -50) == 20
    assert reserve_excess(30, -30) == reserve_excess(0, 40) == 0


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, Course.SAME),
        ({"digest": "b"}, Course.REPLACE),
        ({"total_minor": 2}, Course.REPLACE),
        ({"format": "v1", "digest": "b"}, Course.SAME),
        ({"format": "v1", "digest": "b", "lines_minor": 2}, Course.REPLACE),
        ({"is_whole": False}, Course.EXTEND),
    ],
)
def test_the_same_report_says_nothing_new(changes: dict[str, object], wanted: Course) -> None:
    said = {"format": "v2", "total_minor": 1, "lines_minor": 1, "digest": "a", "is_whole": True}
    told = Told(**said)  # type: ignore[arg-type]
    assert course_of(None, told) is Course.BEGIN
    assert course_of(told, Told(**said | changes)) is wanted  # type: ignore[arg-type]
