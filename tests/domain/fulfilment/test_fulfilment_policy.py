"""The pure decisions of fulfilment: states, what is earned, codes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fulfilment.policy import (
    Earned,
    Sale,
    WorkLine,
    actions,
    cost_legs,
    earn,
    revenue_legs,
    work_status,
)
from domain.fulfilment.sscc import check_digit, sscc


def _line(*figures: int) -> WorkLine:
    return WorkLine(*(Decimal(n) for n in figures))


@pytest.mark.parametrize(
    ("lines", "status", "possible"),
    [
        ([_line(2)], "released", ["pick", "reject", "cancel"]),
        ([_line(2, 1)], "picking", ["pick", "pack", "reject", "cancel"]),
        ([_line(2, 2)], "picked", ["pack", "cancel"]),
        ([_line(2, 2, 1)], "picked", ["pack", "ship", "cancel"]),
        ([_line(2, 2, 2)], "packed", ["ship", "cancel"]),
        ([_line(2, 2, 2, 1)], "partially_shipped", ["ship"]),
        ([_line(2, 2, 2, 2), _line(0)], "shipped", []),
        ([_line(2, 2, 2, 2), _line(1)], "partially_shipped", ["pick", "reject"]),
        ([_line(0)], "cancelled", []),
    ],
)
def test_the_state_follows_the_lines(
    lines: list[WorkLine], status: str, possible: list[str]
) -> None:
    assert work_status(lines) == status
    assert actions(status=status, lines=lines, permitted=lambda _: True) == possible
    assert actions(status=status, lines=lines, permitted=lambda _: False) == []


def test_no_step_takes_more_than_the_one_before_left() -> None:
    line = _line(5, 3, 2, 1)
    assert line.after_pick(Decimal(1), Decimal(1)) == _line(4, 4, 2, 1)
    assert line.after_pick(Decimal(2), Decimal(1)) is None
    assert line.after_pack(Decimal(1)) == _line(5, 3, 3, 1)
    assert line.after_pack(Decimal(2)) is None
    assert line.after_shipment(Decimal(1)) == _line(5, 3, 2, 2)
    assert line.after_shipment(Decimal(2)) is None


PARTS = st.lists(st.decimals("0.001", 1000, places=3), min_size=1, max_size=8)
MONEY = st.integers(0, 10**8)


@given(parts=PARTS, net=MONEY, tax=MONEY, discount=MONEY)
def test_all_shipments_of_a_line_earn_its_amounts_exactly(
    parts: list[Decimal], net: int, tax: int, discount: int
) -> None:
    sale = Sale(sum(parts, Decimal(0)), net, tax, discount)
    earned = []
    for part in parts:
        earned.append(earn(sale, part))
        sale = sale.after(part, earned[-1])
    assert sum(each.revenue_minor for each in earned) == net
    assert sum(each.tax_minor for each in earned) == tax
    assert sum(each.discount_minor for each in earned) == discount
    assert all(each.revenue_minor >= 0 for each in earned)


@given(
    st.lists(st.builds(Earned, MONEY, MONEY, MONEY), max_size=5),
    MONEY,
    st.integers(-(10**8), 10**8),
)
def test_the_legs_balance(earned: list[Earned], shipping: int, cost: int) -> None:
    assert sum(amount for _, amount in revenue_legs(earned, shipping_minor=shipping)) == 0
    assert sum(amount for _, amount in cost_legs(cost)) == 0


def test_an_sscc_has_eighteen_digits_and_gs1s_check_digit() -> None:
    assert check_digit("10614141192837465") == "7"
    assert sscc(1) == "004000000000000015"
    assert len({sscc(n) for n in range(1, 200)}) == 199
    with pytest.raises(ValueError, match="does not fit"):
        sscc(10**9)
