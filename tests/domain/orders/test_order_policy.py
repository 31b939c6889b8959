"""The pure decisions on orders: status, actions, money."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders.policy import (
    PAYMENT_ORDER,
    GivenTotals,
    LineFigures,
    LinePrice,
    actions,
    later_payment_state,
    order_amounts,
    order_status,
    portion,
)
from tenancy.permissions import OF_PARTY


def _line(quantity: int, allocated: int = 0, shipped: int = 0, cancelled: int = 0) -> LineFigures:
    return LineFigures(*(Decimal(n) for n in (quantity, allocated, shipped, cancelled)))


@pytest.mark.parametrize(
    ("lines", "flags", "status"),
    [
        ([_line(2)], {}, "backordered"),
        ([_line(2, 1)], {}, "partially_allocated"),
        ([_line(2, 2), _line(1)], {}, "partially_allocated"),
        ([_line(2, 2)], {}, "allocated"),
        ([_line(2, 1, 0, 1)], {}, "allocated"),
        ([_line(2, 2)], {"in_fulfilment": True}, "in_fulfilment"),
        ([_line(2, 1, 1)], {"in_fulfilment": True}, "partially_shipped"),
        ([_line(2, 0, 2)], {"held": True}, "shipped"),
        ([_line(2, 0, 1, 1)], {}, "shipped"),
        ([_line(2, 0, 0, 2)], {"held": True}, "cancelled"),
        ([_line(2, 2)], {"held": True}, "held"),
        ([_line(2, 1, 1)], {"held": True}, "held"),
    ],
)
def test_the_status_follows_the_lines(
    lines: list[LineFigures], flags: dict[str, bool], status: str
) -> None:
    assert order_status(lines, **({"held": False} | flags)) == status


def test_actions_follow_state_and_permissions() -> None:
    state = {"status": "allocated", "held": False, "waiting": True, "reserved": True}
    everything = actions(**state, at_work=False, permitted=lambda _: True)  # type: ignore[arg-type]
    assert everything == ["allocate", "release", "amend", "hold", "cancel"]
    working = actions(**state, at_work=True, permitted=lambda _: True)  # type: ignore[arg-type]
    assert "cancel" not in working
    clerk = actions(
        **(state | {"held": True, "by_hand": True}),  # type: ignore[arg-type]
        at_work=False,
        permitted=lambda wanted: wanted in ("orders.amend", "orders.manage"),
    )
    assert clerk == ["amend", "unhold"]
    customer = actions(
        **(state | {"held": True, "by_hand": True}),  # type: ignore[arg-type]
        at_work=False,
        permitted=lambda wanted: wanted in OF_PARTY,
    )
    assert customer == ["amend", "cancel"]
    final = actions(**(state | {"status": "shipped"}), at_work=False, permitted=lambda _: True)  # type: ignore[arg-type]
    assert final == []


def test_payment_facts_end_the_same_in_any_order() -> None:
    for told in permutations(PAYMENT_ORDER):
        state = "unknown"
        for each in told:
            state = later_payment_state(state, each)
        assert state == "refunded"


def test_totals_are_taken_as_given_and_shared_over_the_lines() -> None:
    lines = [LinePrice(1000), LinePrice(2000), LinePrice(1)]
    given_totals = GivenTotals(
        subtotal_minor=3001, discount_minor=100, tax_minor=571, shipping_minor=490, total_minor=3962
    )
    amounts = order_amounts(lines, given_totals)
    assert amounts.total_minor == 3962
    assert [line.discount_minor for line in amounts.lines] == [33, 67, 0]
    assert [line.tax_minor for line in amounts.lines] == [190, 381, 0]
    assert [line.net_minor for line in amounts.lines] == [967, 1933, 1]


def test_what_is_not_given_is_computed() -> None:
    amounts = order_amounts([LinePrice(1000, 100, 171)], GivenTotals(shipping_minor=50))
    assert (amounts.subtotal_minor, amounts.discount_minor, amounts.tax_minor) == (1000, 100, 171)
    assert (amounts.total_minor, amounts.lines[0].net_minor) == (1121, 900)
    gross = order_amounts([LinePrice(1190, 0, 190)], GivenTotals(), prices_include_tax=True)
    assert (gross.total_minor, gross.lines[0].net_minor, gross.lines[0].tax_minor) == (
        1190,
        1000,
        190,
    )


MONEY = st.integers(0, 10**9)
PRICES = st.lists(st.builds(LinePrice, MONEY, MONEY, MONEY), min_size=1, max_size=6)
TOTALS = st.builds(GivenTotals, *(st.none() | MONEY for _ in range(5)))


@given(PRICES, TOTALS, st.booleans())
def test_the_lines_close_to_the_order(
    lines: list[LinePrice], totals: GivenTotals, inclusive: bool
) -> None:
    amounts = order_amounts(lines, totals, prices_include_tax=inclusive)
    assert sum(line.discount_minor for line in amounts.lines) == amounts.discount_minor
    assert sum(line.tax_minor for line in amounts.lines) == amounts.tax_minor
    earned = sum(line.net_minor + line.tax_minor for line in amounts.lines)
    assert earned + amounts.shipping_minor == amounts.total_minor


@given(MONEY, st.decimals("0.000001", 10**9, places=6), st.decimals(0, 1, places=3))
def test_a_portion_is_exact_at_both_ends_and_near_in_between(
    amount: int, whole: Decimal, fraction: Decimal
) -> None:
    assert portion(amount, Decimal(0), whole) == 0
    assert portion(amount, whole, whole) == amount
    part = (whole * fraction).quantize(Decimal("0.000001"))
    assert abs(portion(amount, part, whole) - amount * part / whole) <= Decimal("0.500001")
