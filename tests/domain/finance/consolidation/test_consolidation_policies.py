"""Consolidation on paper: whatever the books say, every column adds up and nothing is lost."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.consolidation.policies.accounts import RESULT_KINDS
from domain.finance.consolidation.policies.capital import Unrealised
from domain.finance.consolidation.policies.eliminating import spread
from domain.finance.consolidation.policies.ownership import (
    Holding,
    circle_in,
    held_too_much,
    joined_on,
    shares_on,
)
from domain.finance.consolidation.policies.sheet import Sheet
from tests.factories.groups import (
    PARENT,
    SPAN,
    GivenRates,
    Paper,
    balances_everywhere,
    put,
    standing,
)

BEGIN, MIDYEAR, LATER = date(2020, 1, 1), date(2026, 7, 1), date(2026, 10, 1)
RATES = GivenRates(closing={"EUR": "1.2"}, averages={"EUR": "1.1"}, before={"EUR": "1"})


def _held(*said: tuple[int, int, str, date]) -> list[Holding]:
    return [Holding(owner, entity, Decimal(percent), day) for owner, entity, percent, day in said]


@pytest.mark.parametrize(
    ("said", "shares"),
    [
        ([], {1: "1"}),
        ([(1, 2, "80", BEGIN)], {1: "1", 2: "0.8"}),
        ([(1, 2, "80", BEGIN), (2, 3, "75", BEGIN)], {1: "1", 2: "0.8", 3: "0.60"}),
        ([(1, 2, "80", BEGIN), (2, 3, "50", BEGIN), (1, 3, "30", BEGIN)], {2: "0.8", 3: "0.70"}),
        ([(1, 2, "80", BEGIN), (1, 2, "90", MIDYEAR)], {2: "0.9"}),
        ([(1, 2, "80", BEGIN), (2, 3, "75", BEGIN), (1, 2, "0", MIDYEAR)], {1: "1"}),
        ([(1, 2, "80", date(2027, 1, 1))], {1: "1"}),
        ([(5, 6, "80", BEGIN)], {1: "1"}),
    ],
    ids=["alone", "one", "by way of", "two ways", "more of it", "sold", "not yet", "strangers"],
)
def test_the_parents_part_of_each_entity(
    said: list[tuple[int, int, str, date]], shares: dict[int, str]
) -> None:
    found = shares_on(PARENT, _held(*said), SPAN.as_of)
    assert found == {PARENT: Decimal(1)} | {each: Decimal(part) for each, part in shares.items()}


def test_an_entity_joins_when_its_owner_does_and_again_after_it_left() -> None:
    held = _held((2, 3, "75", BEGIN), (1, 2, "80", MIDYEAR))
    assert joined_on(PARENT, held, 3, SPAN.as_of) == MIDYEAR
    assert joined_on(PARENT, held, PARENT, SPAN.as_of) is None
    left = [*held, *_held((1, 2, "0", LATER), (1, 2, "60", date(2026, 11, 1)))]
    assert joined_on(PARENT, left, 3, SPAN.as_of) == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("said", "circle", "too_much"),
    [
        ([(1, 2, "80", BEGIN), (2, 3, "100", BEGIN)], False, False),
        ([(1, 2, "80", BEGIN), (2, 3, "100", BEGIN), (3, 2, "20", BEGIN)], True, False),
        ([(1, 2, "80", BEGIN), (2, 1, "5", BEGIN)], True, False),
        ([(1, 2, "80", BEGIN), (2, 3, "60", BEGIN), (1, 3, "41", BEGIN)], False, True),
        ([(2, 3, "60", BEGIN), (2, 3, "0", MIDYEAR), (1, 3, "100", MIDYEAR)], False, False),
    ],
)
def test_no_circle_and_no_more_than_the_whole(
    said: list[tuple[int, int, str, date]], circle: bool, too_much: bool
) -> None:
    held = _held(*said)
    assert (circle_in(PARENT, held), held_too_much(held)) == (circle, too_much)


def test_each_kind_of_account_is_translated_at_its_rate() -> None:
    """1,000 EUR of capital at 1.00, 300 earned at 1.10 on average, all there at 1.20 in the end:
    (1,300 x 1.2) - 1,000 - 330 = 230 are the translation's, a fifth of everything is others'."""
    paper = Paper({PARENT: "USD", 2: "EUR"}, rates=RATES)
    paper.hold(2, 80, since=BEGIN)
    paper.book(2, since=date(2025, 3, 1), bank=100_000, share_capital=-100_000)
    paper.book(2, bank=30_000, revenue=-30_000)
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    cells = {line.account.key: line.cells[2] for line in sheet.lines if 2 in line.cells}
    assert {key: (cell.own_minor, cell.group_minor) for key, cell in cells.items()} == {
        "bank": (130_000, 156_000),
        "share_capital": (-100_000, -100_000),
        "revenue": (-30_000, -33_000),
        "translation_difference": (0, -23_000),
    }
    assert [(p.basis, p.rate) for p in cells["bank"].pieces] == [("closing", Decimal("1.2"))]
    assert standing(sheet) == {
        "bank": 156_000,
        "share_capital": -80_000,
        "translation_difference": -18_400,
        "minority_interest": -31_200,
        "revenue": -33_000,
        "minority_result": 6_600,
    }


def test_what_arose_before_it_joined_is_set_against_what_was_paid() -> None:
    """90 percent of 1,500 for 1,800: 450 are goodwill. What it earns afterwards is the group's."""
    paper = Paper({PARENT: "USD", 2: "USD"})
    paper.hold(2, 90, since=MIDYEAR)
    paper.book(PARENT, since=BEGIN, investments=180_000, share_capital=-180_000)
    paper.mark(PARENT, 2, "investment", "investments", 180_000)
    paper.book(2, since=BEGIN, bank=100_000, share_capital=-100_000)
    paper.book(2, since=SPAN.from_on, bank=50_000, revenue=-50_000)
    paper.book(2, since=MIDYEAR, bank=20_000, revenue=-20_000)
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    assert put(sheet, "investments") == {
        ("investments", "invested"): -180_000,
        ("share_capital", "acquired"): 90_000,
        ("retained_earnings", "acquired"): 45_000,
        ("goodwill", "goodwill"): 45_000,
    }
    assert standing(sheet) == {
        "bank": 170_000,
        "goodwill": 45_000,
        "share_capital": -180_000,
        "minority_interest": -17_000,
        "revenue": -20_000,
        "minority_result": 2_000,
    }


def test_a_dividend_within_the_group_is_no_income() -> None:
    paper = Paper({PARENT: "USD", 2: "USD"})
    paper.hold(2, 80, since=BEGIN)
    paper.book(2, since=BEGIN, bank=100_000, share_capital=-100_000)
    paper.book(2, bank=50_000, revenue=-50_000)
    paper.book(2, bank=-10_000, retained_earnings=10_000)
    paper.book(PARENT, bank=8_000, fee_revenue=-8_000)
    paper.mark(PARENT, 2, "dividend", "fee_revenue", -8_000)
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    assert (sheet.result_minor, sheet.minority_result_minor) == (50_000, 10_000)
    assert "fee_revenue" not in standing(sheet)
    # A fifth of 1,000 + 500 - 100.
    assert standing(sheet)["minority_interest"] == -28_000


def test_ownership_that_changes_parts_the_result_by_its_days() -> None:
    paper = Paper({PARENT: "USD", 2: "USD"})
    paper.hold(2, 80, since=BEGIN)
    paper.hold(2, 90, since=MIDYEAR)
    paper.book(2, since=date(2026, 6, 1), bank=10_000, revenue=-10_000)
    paper.book(2, since=MIDYEAR, bank=10_000, revenue=-10_000)
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    assert (sheet.result_minor, sheet.minority_result_minor) == (20_000, 3_000)
    assert sheet.minority_equity_minor == 2_000


def test_a_debt_that_stands_at_two_rates_is_an_exchange_difference() -> None:
    """100 USD owed by one that keeps books in EUR: 100 EUR when it arose, 120 USD in the end."""
    paper = Paper({PARENT: "USD", 2: "EUR"}, rates=RATES)
    paper.hold(2, 100, since=BEGIN)
    due, owed = "intercompany_receivable", "intercompany_payable"
    paper.book(PARENT, **{due: 10_000, "fee_revenue": -10_000})
    paper.book(2, **{owed: -10_000, "shipping_cost": 10_000})
    paper.trade(PARENT, 2, PARENT, due, 10_000)
    paper.trade(PARENT, 2, 2, owed, -10_000, currency="USD")
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    assert put(sheet, "balances") == {
        (due, "eliminated"): -10_000,
        (owed, "eliminated"): 12_000,
        ("unrealised_exchange", "exchange"): -2_000,
    }
    assert [line.what for _, line in sheet.differences] == ["exchange"]


def test_a_revalued_debt_leaves_no_difference_and_strangers_keep_their_part() -> None:
    paper = Paper({PARENT: "USD", 2: "EUR"}, rates=RATES)
    paper.hold(2, 100, since=BEGIN)
    owed = "intercompany_payable"
    paper.book(2, **{owed: -30_000, "shipping_cost": 30_000})
    paper.trade(PARENT, 2, PARENT, "intercompany_receivable", 10_000)
    paper.trade(PARENT, 2, 2, owed, -10_000, currency="USD")
    paper.trade(9, 2, 2, owed, -20_000, currency="USD")
    # 300 EUR were booked; 300 USD are worth 250 EUR in the end.
    paper.book(2, **{owed: 5_000, "unrealised_exchange": -5_000})
    paper.revalued.append(_revalued(owed, 5_000))
    sheet = paper.sheet()
    sums = put(sheet, "balances")
    # A third of it: 100 EUR less 16.67, which is 99.996 USD; a cent is rounding.
    assert sums[owed, "eliminated"] == 12_000 - 2_000
    assert ("unrealised_exchange", "exchange") not in sums


def _revalued(role: str, own: int) -> object:
    from types import SimpleNamespace

    return SimpleNamespace(
        entity_id=2,
        role=role,
        kind="liability",
        code=role,
        currency="USD",
        own_minor=own,
        opening_own_minor=0,
    )


def test_two_averages_of_one_price_go_to_the_translation_difference() -> None:
    """A price is corrected by 100 EUR when the goods are gone: 110 USD on average for the seller,
    and 105 in the buyer's books."""
    paper = Paper({PARENT: "USD", 2: "EUR"}, rates=RATES)
    paper.hold(2, 100, since=BEGIN)
    said = {"corrects": True, "currency": "EUR", "amount_minor": -10_000}
    paper.trade(2, PARENT, 2, "intercompany_revenue", -10_000, **said)
    paper.trade(2, PARENT, PARENT, "cost_of_goods", 10_500, **said | {"amount_minor": 10_000})
    assert put(paper.sheet(), "sales") == {
        ("intercompany_revenue", "eliminated"): 11_000,
        ("cost_of_goods", "eliminated"): -10_500,
        ("translation_difference", "average_rate"): -500,
    }


def test_profit_in_foreign_stock_leaves_it_at_the_rate_of_the_day() -> None:
    """50 EUR at the end and 20 before: 60 USD leave the stock, 20 were not retained, the result
    bears 33 at the average, and 7 are the rates'."""
    paper = Paper({PARENT: "USD", 2: "EUR"}, rates=RATES)
    paper.hold(2, 75, since=BEGIN)
    profit = Unrealised(
        seller_id=2, owner_id=2, currency="EUR", closing_minor=5_000, opening_minor=2_000
    )
    paper.in_stock.append(profit)
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    assert put(sheet, "profit_in_stock") == {
        ("inventory", "closing"): -6_000,
        ("cost_of_goods", "change"): 3_300,
        ("retained_earnings", "brought_forward"): 2_000,
        ("translation_difference", "rates_changed"): 700,
    }
    assert (sheet.result_minor, sheet.minority_result_minor) == (-3_300, -825)
    assert sheet.minority_equity_minor == -1_500


@given(
    total=st.integers(-(10**9), 10**9),
    weights=st.lists(st.integers(-(10**6), 10**6), max_size=6),
)
def test_a_spread_amount_is_spread_whole_or_not_at_all(total: int, weights: list[int]) -> None:
    parts = spread(total, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == (total if sum(weights) else 0)


AMOUNTS = st.integers(-(10**8), 10**8)
ROLES = ("bank", "inventory", "payables", "share_capital", "revenue", "cost_of_goods")
DAYS = st.sampled_from([date(2024, 5, 1), SPAN.from_on, date(2026, 5, 1), MIDYEAR, LATER])


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    """A parent, one or two below it (one by way of the other), who trade and hold each other."""
    some = draw(st.sampled_from(["1", "0.5", "1.37"]))
    rates = GivenRates(closing={"EUR": some}, averages={"EUR": "1.1"}, before={"EUR": "0.93"})
    paper = Paper({PARENT: "USD", 2: draw(st.sampled_from(["USD", "EUR"])), 3: "EUR"}, rates=rates)
    paper.hold(2, draw(st.integers(1, 100)), since=draw(DAYS))
    paper.hold(
        3, draw(st.integers(1, 100)), since=draw(DAYS), owner_id=draw(st.sampled_from([1, 2]))
    )
    for entity in (1, 2, 3):
        for _ in range(draw(st.integers(0, 3))):
            amounts = [draw(AMOUNTS) for _ in ROLES[1:]]
            booked = dict(zip(ROLES, [-sum(amounts), *amounts], strict=True))
            paper.book(entity, since=draw(DAYS), **booked)
    for seller, buyer in ((1, 2), (2, 3), (3, 1)):
        paper.trade(
            seller,
            buyer,
            seller,
            "intercompany_receivable",
            draw(AMOUNTS),
            currency="USD",
            opening_own_minor=draw(AMOUNTS),
        )
        paper.trade(seller, buyer, buyer, "intercompany_payable", draw(AMOUNTS), currency="USD")
        for role in ("intercompany_revenue", "intercompany_cost"):
            paper.trade(seller, buyer, seller, role, draw(AMOUNTS), since=draw(DAYS))
        paper.in_stock.append(
            Unrealised(
                seller_id=seller,
                owner_id=buyer,
                currency=paper.currencies[buyer],
                closing_minor=draw(AMOUNTS),
                opening_minor=draw(AMOUNTS),
            )
        )
    paper.mark(1, 2, "investment", "investments", draw(AMOUNTS))
    paper.mark(2, 1, "balance", "payables", draw(AMOUNTS))
    paper.mark(1, 2, "dividend", "fee_revenue", draw(AMOUNTS))
    paper.mark(3, 2, "trade", "fee_revenue", draw(AMOUNTS))
    return paper


@given(paper=papers())
def test_every_column_adds_up_and_minority_and_parent_are_the_whole(paper: Paper) -> None:
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    for line in sheet.lines:
        eliminated = sum(
            each.amount_minor
            for elimination in sheet.eliminations
            for each in elimination.lines
            if each.account == line.account.key
        )
        entities = sum(cell.group_minor for cell in line.cells.values())
        assert line.group_minor == entities + eliminated
    assert sheet.parent_result_minor + sheet.minority_result_minor == sheet.result_minor
    assert sheet.parent_equity_minor + sheet.minority_equity_minor == sheet.equity_minor
    assert _owners(sheet) == sheet.equity_minor
    assert _owners(sheet, without="minority_interest") == sheet.parent_equity_minor


def _owners(sheet: Sheet, *, without: str = "") -> int:
    """What is the owners': equity, and what was earned."""
    kinds = {"equity", *RESULT_KINDS}
    return -sum(
        line.group_minor
        for line in sheet.lines
        if line.account.kind in kinds and line.account.key != without
    )


@given(price=st.integers(0, 10**8), cost=st.integers(0, 10**8), kept=st.integers(0, 100))
def test_a_sale_within_the_group_is_as_if_there_were_one_company(
    price: int, cost: int, kept: int
) -> None:
    """Goods go from the one to the other, which keeps so much of a hundred and sells the rest."""
    paper = Paper({PARENT: "USD", 2: "USD"})
    paper.hold(2, 100, since=BEGIN)
    profit = (price - cost) * kept // 100
    own_cost = cost * kept // 100
    left = own_cost + profit
    paper.book(PARENT, intercompany_receivable=price, intercompany_revenue=-price)
    paper.book(PARENT, inventory=-cost, intercompany_cost=cost)
    paper.book(2, inventory=left, cost_of_goods=price - left, intercompany_payable=-price)
    paper.trade(PARENT, 2, PARENT, "intercompany_receivable", price)
    paper.trade(PARENT, 2, 2, "intercompany_payable", -price)
    paper.trade(PARENT, 2, PARENT, "intercompany_revenue", -price)
    paper.trade(PARENT, 2, PARENT, "intercompany_cost", cost)
    paper.in_stock.append(
        Unrealised(
            seller_id=PARENT, owner_id=2, currency="USD", closing_minor=profit, opening_minor=0
        )
    )
    sheet = paper.sheet()
    assert balances_everywhere(sheet)
    one = {"inventory": own_cost - cost, "cost_of_goods": cost - own_cost}
    assert standing(sheet) == {key: amount for key, amount in one.items() if amount}
    assert sheet.differences == []
