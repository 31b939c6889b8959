"""Plain text journals of another program load and balance as stated."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from domain.kernel.errors import InvalidInput
from domain.ledger.interchange.amounts import UnreadableJournal, read_amount
from domain.ledger.interchange.balancing import FIFO, LIFO, Holdings, book_journal
from domain.ledger.interchange.reading import read_journal
from domain.ledger.models import ManualJournal
from domain.ledger.operations.plain_journals import take_in_plain_journal
from domain.ledger.queries.reports import trial_balance
from tests.factories.accounting import plain_journal
from tests.factories.books import entity_of
from tests.factories.tenants import TenantUnderTest


def _held(name: str, *, matching: str | None = None) -> Holdings:
    return book_journal(read_journal(plain_journal(name)), matching=matching)[1]


def _expected(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The plain balance reports that a sample states: account and amount, line by line."""
    command, lines = None, {}
    for line in plain_journal(name).splitlines():
        if line.startswith("test "):
            command, lines = line.removeprefix("test "), {}
        elif line == "end test" and command is not None:
            yield command, lines
            command = None
        elif command is not None and "  " in line.strip():
            amount, account = line.strip().split("  ", 1)
            lines[account.strip()] = amount


@pytest.mark.parametrize(
    ("name", "transactions"),
    [
        ("cmd-balance.test", 5),
        ("cov2-gain-basis.test", 2),
        ("cov6-xact-lot-multi-sell.test", 3),
        ("coverage-xact-lotmatch-fifo.test", 4),
        ("coverage-xact-lotmatch-nolots.test", 3),
        ("coverage-xact-lotmatch-samexact.test", 3),
        ("drewr3.dat", 11),
        ("feat-balance-assignments.test", 7),
        ("opt-average.test", 48),
        ("opt-exchange.test", 12),
        ("opt-gain.test", 7),
        ("opt-lot-matching.test", 3),
    ],
)
def test_every_sample_is_read_and_balances(name: str, transactions: int) -> None:
    journal = read_journal(plain_journal(name))
    booked, _ = book_journal(journal)
    assert len(booked) == len(journal.transactions) == transactions


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("cmd-balance.test", "bal --flat"),
        ("feat-balance-assignments.test", "bal"),
    ],
)
def test_the_balances_are_those_that_a_sample_states(name: str, command: str) -> None:
    stated = dict(_expected(name))[command]
    held = {
        account: quantity for (account, _), quantity in _held(name).balances.items() if quantity
    }
    assert held == {account: read_amount(text, 1).quantity for account, text in stated.items()}


def test_the_tree_of_balances_is_the_sum_of_its_leaves() -> None:
    stated = dict(_expected("cmd-balance.test"))["bal -n"]
    tops: dict[str, Decimal] = {}
    for (account, _), quantity in _held("cmd-balance.test").balances.items():
        top = account.split(":")[0]
        tops[top] = tops.get(top, Decimal(0)) + quantity
    assert {top: total for top, total in tops.items() if total} == {
        account: Decimal(text) for account, text in stated.items()
    }


def test_what_was_paid_less_what_was_got_stays_as_cost() -> None:
    """bal Assets:Broker --basis: 1,000 bought, 1,500 sold."""
    booked, _ = book_journal(read_journal(plain_journal("cov2-gain-basis.test")))
    basis = [
        row.value.quantity
        for each in booked
        for row in each.booked
        if row.account == "Assets:Broker"
    ]
    assert basis == [Decimal(1000), Decimal(-1500)]
    stated = dict(_expected("cov2-gain-basis.test"))["bal Assets:Broker --basis"]
    assert sum(basis) == read_amount(stated["Assets:Broker"], 1).quantity


@pytest.mark.parametrize(
    ("matching", "lots", "gain"),
    [
        (FIFO, [(1, 8000), (1, 9000)], -1500),
        (LIFO, [(2, 8000)], -500),
        (None, [(2, 8000), (1, 9000), (-1, 9500)], 0),
    ],
)
def test_what_is_sold_leaves_the_lots_that_are_held(
    matching: str | None, lots: list[tuple[int, int]], gain: int
) -> None:
    held = _held("opt-lot-matching.test", matching=matching)
    left = [
        (lot.quantity, lot.price.quantity)
        for lot in held.lots["Assets:Crypto", "BTC"]
        if lot.quantity
    ]
    assert left == lots
    assert held.balances["Income:Capital Gains", "$"] == gain


@pytest.mark.parametrize(
    ("name", "sold", "left"),
    [
        ("coverage-xact-lotmatch-fifo.test", [-8, -2], [3]),
        ("coverage-xact-lotmatch-samexact.test", [-3, -2, -2], [3]),
        ("cov6-xact-lot-multi-sell.test", [-3, -2], [5]),
        # The lots are held elsewhere: what is sold has none.
        ("coverage-xact-lotmatch-nolots.test", [-3], [-3]),
    ],
)
def test_a_sale_is_split_over_lots_as_a_sample_states(
    name: str, sold: list[int], left: list[int]
) -> None:
    booked, held = book_journal(read_journal(plain_journal(name)), matching=FIFO)
    parts = [
        row.amount.quantity
        for row in booked[-1].booked
        if (row.account, row.amount.commodity) == ("Assets:Brokerage", "AAPL")
    ]
    assert parts == sold
    lots = held.lots["Assets:Brokerage", "AAPL"]
    assert [lot.quantity for lot in lots if lot.quantity] == left


def test_brackets_that_do_not_balance_are_refused_with_their_line() -> None:
    with pytest.raises(UnreadableJournal) as refused:
        _held("coverage-xact-virtual-unbal-err.test")
    assert refused.value.fields == {"line": 6}
    assert "8.00 $" in refused.value.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2026/01/01 x\n  Assets:A  $10\n  Assets:B  $-9\n", 1),
        ("2026/01/01 x\n  Assets:A  $10\n  Assets:B\n  Assets:C\n", 4),
        ("2026/13/01 x\n  Assets:A  $10\n  Assets:B\n", 1),
        ("\n2026/01/01 x\n  Assets:A  ten\n  Assets:B\n", 3),
        ("2026/01/01 x\n  Assets:A  $10 = $11\n  Assets:B\n", 2),
        ("include other.dat\n", 1),
    ],
)
def test_what_is_wrong_is_named_by_its_line(text: str, line: int) -> None:
    with pytest.raises(UnreadableJournal) as refused:
        book_journal(read_journal(text))
    assert refused.value.fields == {"line": line}


@given(text=st.text(max_size=200))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    with suppress(UnreadableJournal):
        book_journal(read_journal(text))


@pytest.mark.parametrize(
    ("name", "matching", "balances", "left_out"),
    [
        (
            "feat-balance-assignments.test",
            None,
            {
                "Assets:Cash": 410000,
                "Equity:Opening Balances": -1000000,
                "Expenses:Cash": 590000,
            },
            (0, 0),
        ),
        (
            "opt-lot-matching.test",
            FIFO,
            {"Assets:Crypto": 1700000, "Assets:USD": -1550000, "Income:Capital Gains": -150000},
            (0, 0),
        ),
        ("cov2-gain-basis.test", None, {"Assets:Broker": -50000, "Assets:Cash": 50000}, (0, 0)),
        (
            "drewr3.dat",
            None,
            {},
            (0, 1),
        ),
    ],
)
async def test_a_sample_is_posted_to_the_books(
    tenant: TenantUnderTest,
    name: str,
    matching: str | None,
    balances: dict[str, int],
    left_out: tuple[int, int],
) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        done = await take_in_plain_journal(
            work,
            entity_id=entity_id,
            content=plain_journal(name),
            currencies={"$": "EUR"},
            matching=matching,
        )
        rows = await trial_balance(work, entity_id=entity_id)
        posted = await work.value(
            select(func.count())
            .select_from(ManualJournal)
            .where(ManualJournal.tenant_id == tenant.id, ManualJournal.status == "posted")
        )
    assert posted == len(done.journal_ids)
    assert (done.virtual_left_out, done.rules_left_out) == left_out
    found = {row.code: row.balance_minor for row in rows}
    assert sum(found.values()) == 0
    # What the file itself adds up to, where nothing is bought that is not money.
    if not balances:
        held = book_journal(read_journal(plain_journal(name)))[1].balances
        balances = {account: int(held[account, key] * 100) for account, key in held}
    assert {code: amount for code, amount in found.items() if amount} == {
        code: amount for code, amount in balances.items() if amount
    }


async def test_what_is_not_money_is_not_posted(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    for content in (
        "2026/01/01 x\n  Assets:A  10 AAPL\n  Assets:B\n",
        "2026/01/01 x\n  Elsewhere:A  $10\n  Assets:B\n",
        "2026/01/01 x\n  1200  $10\n  Assets:B\n",
    ):
        with pytest.raises(InvalidInput):
            async with tenant.work() as work:
                await take_in_plain_journal(
                    work, entity_id=entity_id, content=content, currencies={"$": "EUR"}
                )
