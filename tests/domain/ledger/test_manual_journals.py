"""People write journals, within limits; above them somebody else says yes."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

import domain.ledger.approved_journals  # noqa: F401
from domain.approvals.operations.decisions import approve, reject
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.ledger.accounts import accounts_of_roles
from domain.ledger.books import open_books
from domain.ledger.entries import Dimensions, Entry, Leg
from domain.ledger.manual import ManualLine
from domain.ledger.models import ExchangeRate, Journal, JournalLine, ManualJournal
from domain.ledger.operations.calendars import set_manual_journal_limit
from domain.ledger.operations.manual_journals import WrittenJournal, write_manual_journal
from domain.ledger.outcomes import AccountInUse, JournalUnbalanced, PeriodClosed
from domain.ledger.periods import ready_period, set_period_status
from domain.ledger.policy import HARD_CLOSED
from domain.ledger.posting import post
from tests.factories.books import POSTED_ON, entity_of, set_rate
from tests.factories.stock import new_location
from tests.factories.tenants import TenantUnderTest


async def _setting(tenant: TenantUnderTest) -> tuple[int, dict[str, int]]:
    entity_id = await entity_of(tenant)
    roles = ["bank", "share_capital", "bad_debt", "receivables"]
    async with tenant.work() as work:
        await open_books(work, [entity_id])
        found = await accounts_of_roles(work, [entity_id], roles)
    return entity_id, {role: account_id for (_, role), account_id in found.items()}


async def _write(
    tenant: TenantUnderTest, entity_id: int, lines: list[tuple[int, int]], **fields: Any
) -> WrittenJournal:
    wanted: dict[str, Any] = {
        "posted_on": POSTED_ON,
        "currency": "EUR",
        "description": "Capital paid in",
    }
    async with tenant.work() as work:
        return await write_manual_journal(
            work,
            entity_id=entity_id,
            lines=[ManualLine(account_id=a, amount_minor=m) for a, m in lines],
            **wanted | fields,
        )


async def _state(tenant: TenantUnderTest) -> list[tuple[Any, ...]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(ManualJournal.status, ManualJournal.journal_id)
            .where(ManualJournal.tenant_id == tenant.id)
            .order_by(ManualJournal.id)
        )
    return [tuple(row) for row in rows]


async def test_a_journal_is_written_by_hand_with_its_dimensions(tenant: TenantUnderTest) -> None:
    entity_id, accounts = await _setting(tenant)
    async with tenant.work() as work:
        location_id = await new_location(work, entity_id)
        said = Dimensions(location_id=location_id, project="P1")
        written = await write_manual_journal(
            work,
            entity_id=entity_id,
            posted_on=POSTED_ON,
            currency="EUR",
            description="Capital paid in",
            lines=[
                ManualLine(account_id=accounts["bank"], amount_minor=500, dimensions=said),
                ManualLine(account_id=accounts["share_capital"], amount_minor=-500),
            ],
        )
        rows = await work.rows(
            select(
                JournalLine.account_id,
                JournalLine.amount_minor,
                JournalLine.location_id,
                JournalLine.project,
            )
            .where(
                JournalLine.tenant_id == tenant.id,
                JournalLine.journal_id == written.journal_id,
            )
            .order_by(JournalLine.id)
        )
    assert [tuple(row) for row in rows] == [
        (accounts["bank"], 500, location_id, "P1"),
        (accounts["share_capital"], -500, None, None),
    ]
    assert await _state(tenant) == [("posted", written.journal_id)]


async def test_what_makes_no_sense_is_not_written(tenant: TenantUnderTest) -> None:
    entity_id, accounts = await _setting(tenant)
    _, others = await _setting(tenant)
    bank, capital = accounts["bank"], accounts["share_capital"]
    for lines, refusal in (
        ([(bank, 5), (capital, -4)], JournalUnbalanced),
        ([(bank, 5)], InvalidInput),
        ([(bank, 0), (capital, 0)], InvalidInput),
        ([(bank, 5), (others["share_capital"], -5)], NotFound),
        ([(accounts["receivables"], 5), (capital, -5)], AccountInUse),
    ):
        with pytest.raises(refusal):
            await _write(tenant, entity_id, lines)
    with pytest.raises(NotFound):
        await _write(tenant, 0, [(bank, 5), (capital, -5)])
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("ledger.read")) as work:
            await write_manual_journal(
                work,
                entity_id=entity_id,
                posted_on=POSTED_ON,
                currency="EUR",
                description="x",
                lines=[],
            )
    async with tenant.work() as work:
        january = await ready_period(work, entity_id, date(2026, 1, 5))
        await set_period_status(work, january.id, HARD_CLOSED)
    with pytest.raises(PeriodClosed):
        await _write(tenant, entity_id, [(bank, 5), (capital, -5)], posted_on=date(2026, 1, 5))
    assert await _state(tenant) == []


@pytest.mark.parametrize("says_yes", [True, False])
async def test_above_the_limit_somebody_else_says_yes(
    tenant: TenantUnderTest, says_yes: bool
) -> None:
    entity_id, accounts = await _setting(tenant)
    lines = [(accounts["bank"], 1000), (accounts["share_capital"], -1000)]
    async with tenant.work() as work:
        await set_manual_journal_limit(work, entity_id=entity_id, limit_minor=920)
        await set_rate(work, "USD", "EUR", "0.921")
    within = await _write(tenant, entity_id, [(a, m * 9 // 10) for a, m in lines])
    assert within.journal_id is not None
    above = await _write(tenant, entity_id, lines, currency="USD")
    assert above.journal_id is None
    assert (await _state(tenant))[1] == ("waiting", None)
    decide = approve if says_yes else reject
    async with tenant.work(as_=tenant.user("approvals.decide", "ledger.approve")) as work:
        await decide(work, request_id=above.approval_request_id or 0, comment="seen")
    status, journal_id = (await _state(tenant))[1]
    assert (status, journal_id is not None) == (
        ("posted", True) if says_yes else ("dropped", False)
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amounts=st.lists(st.integers(-1000, 1000), min_size=2, max_size=6),
    currency=st.sampled_from(("EUR", "USD")),
    close=st.booleans(),
)
async def test_random_entries_balance_or_are_refused(
    tenant: TenantUnderTest, amounts: list[int], currency: str, close: bool
) -> None:
    entity_id, accounts = await _setting(tenant)
    if close:
        amounts = [*amounts, -sum(amounts)]
    names = sorted(accounts)
    legs = tuple(
        Leg(f"leg{n}", amount, account_id=accounts[names[n % len(names)]])
        for n, amount in enumerate(amounts)
    )
    entry = Entry(
        entity_id=entity_id,
        milestone="test",
        source_kind="test",
        source_id=1,
        currency=currency,
        legs=legs,
        posted_on=POSTED_ON,
        description="random",
    )
    moving = [amount for amount in amounts if amount]
    posted = False
    try:
        async with tenant.work() as work:
            if currency == "USD":
                await work.execute(delete(ExchangeRate).where(ExchangeRate.tenant_id == tenant.id))
                await set_rate(work, "USD", "EUR", "0.9237")
            posted = bool(await post(work, [entry]))
    except IntegrityError:
        assert sum(amounts) != 0 or len(moving) < 2
    else:
        assert posted == bool(moving)
        assert sum(amounts) == 0
    async with tenant.read() as reader:
        left = await reader.rows(
            select(JournalLine.journal_id)
            .join(Journal, Journal.id == JournalLine.journal_id)
            .where(JournalLine.tenant_id == tenant.id, Journal.tenant_id == tenant.id)
            .group_by(JournalLine.journal_id)
            .having(
                (func.sum(JournalLine.amount_minor) != 0)
                | (func.sum(JournalLine.base_amount_minor) != 0)
            )
        )
    assert list(left) == []
