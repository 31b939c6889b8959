"""A period closes by its checklist, under the lock of the books, and opens again by approval."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

import app.subjects  # noqa: F401  (the checks are declared there)
from domain.approvals.operations.decisions import approve
from domain.approvals.outcomes import OwnRequest
from domain.finance.closing.checklist import CheckState, checklist
from domain.finance.closing.outcomes import CloseRefused, NotWaivable, PeriodNotClosed
from domain.finance.models import ClosingSignature, PeriodReopening
from domain.finance.operations.closing import (
    close_period,
    name_closing_owner,
    request_period_reopening,
    sign_closing_check,
)
from domain.ledger.accounts import accounts_of_roles
from domain.ledger.manual import ManualLine
from domain.ledger.models import FiscalPeriod, Journal
from domain.ledger.operations.calendars import set_manual_journal_limit
from domain.ledger.operations.manual_journals import write_manual_journal
from domain.ledger.outcomes import PeriodOrder
from domain.ledger.periods import period_on, ready_period
from tests.factories.accounts import new_user
from tests.factories.conditions import one_waits_for_the_other
from tests.factories.money import balances, billed, new_customer, rows_of, sold
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest

JANUARY, FEBRUARY, MARCH = date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15)
BY_PERIOD = "These are billed by the month."


async def _period(shop: Shop, day: date) -> int:
    async with shop.tenant.work() as work:
        return int((await ready_period(work, shop.setting.entity_id, day)).id)


async def _close(shop: Shop, *days: date, softly: bool = False) -> None:
    for day in days:
        period = await _period(shop, day)
        async with shop.tenant.work() as work:
            await close_period(work, period_id=period, softly=softly)


async def _status(shop: Shop, day: date) -> str:
    async with shop.tenant.read() as reader:
        row = await period_on(reader, shop.setting.entity_id, day)
    assert row is not None
    return str(row.status)


async def _found(shop: Shop, day: date) -> dict[str, CheckState]:
    async with shop.tenant.read() as reader:
        period = await period_on(reader, shop.setting.entity_id, day)
        assert period is not None
        return {each.check.name: each for each in await checklist(reader, period)}


async def _sign(shop: Shop, day: date, check: str) -> None:
    period = await _period(shop, day)
    async with shop.tenant.work() as work:
        await sign_closing_check(work, period_id=period, check=check, note=BY_PERIOD)


async def test_what_is_open_keeps_the_period_open_until_it_is_done(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    await billed(shop, customer)
    await _close(shop, JANUARY, FEBRUARY)
    shipment = await sold(shop, customer)
    check = (await _found(shop, MARCH))["shipped_not_invoiced"]
    assert [(each.object_kind, each.object_id) for each in check.findings] == [
        ("shipment", shipment)
    ]
    with pytest.raises(CloseRefused) as refused:
        await _close(shop, MARCH)
    assert refused.value.fields["open"] == [
        ("shipped_not_invoiced", "Shipments without an invoice", 1)
    ]
    assert await _status(shop, MARCH) == "open"
    await _sign(shop, MARCH, "shipped_not_invoiced")
    await _close(shop, MARCH)
    assert await _status(shop, MARCH) == "hard_closed"


async def test_a_period_does_not_close_over_a_journal_that_begins_to_wait_for_a_yes(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    period, entity_id = await _period(shop, JANUARY), shop.setting.entity_id
    async with tenant.work() as work:
        await set_manual_journal_limit(work, entity_id=entity_id, limit_minor=0)
        accounts = await accounts_of_roles(work, [entity_id], ["bank", "share_capital"])
    lines = [
        ManualLine(account_id=accounts[entity_id, role], amount_minor=amount)
        for role, amount in (("bank", 100), ("share_capital", -100))
    ]
    with pytest.raises(CloseRefused) as refused:
        await one_waits_for_the_other(
            tenant,
            lambda work: write_manual_journal(
                work,
                entity_id=entity_id,
                posted_on=JANUARY,
                currency="EUR",
                description="Capital",
                lines=lines,
            ),
            lambda work: close_period(work, period_id=period),
        )
    assert [name for name, _, _ in refused.value.fields["open"]] == ["manual_journals_waiting"]
    assert await _status(shop, JANUARY) == "open"


async def test_a_signature_is_for_what_was_found_and_no_more(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    await sold(shop, customer)
    await _close(shop, JANUARY, FEBRUARY)
    await _sign(shop, MARCH, "shipped_not_invoiced")
    await sold(shop, customer)
    with pytest.raises(CloseRefused):
        await _close(shop, MARCH)
    [signature] = await rows_of(tenant, ClosingSignature)
    assert (signature.findings, signature.note) == (1, BY_PERIOD)


async def test_nobody_signs_for_a_sub_ledger_that_disagrees(
    tenant: TenantUnderTest, owner_url: str
) -> None:
    shop = await new_shop(tenant)
    await sold(shop, await new_customer(tenant))
    await shop.stock(3, value_minor=300)
    await _close(shop, JANUARY)
    async with tenant.work() as work:
        await work.execute(
            text("UPDATE item_cost SET value_minor = value_minor + 1 WHERE tenant_id = :tenant"),
            {"tenant": tenant.id},
        )
    with pytest.raises(CloseRefused) as refused:
        await _close(shop, FEBRUARY)
    assert [name for name, _, _ in refused.value.fields["open"]] == [
        "inventory_account_is_value_of_stock"
    ]
    with pytest.raises(NotWaivable):
        await _sign(shop, FEBRUARY, "inventory_account_is_value_of_stock")
    assert await _status(shop, FEBRUARY) == "open"


async def test_softly_closed_takes_nothing_of_the_day_and_closes_for_good_later(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await sold(shop, await new_customer(tenant))
    await _close(shop, JANUARY, FEBRUARY)
    await _close(shop, MARCH, softly=True)
    await sold(shop, await new_customer(tenant))
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Journal.posted_on, Journal.occurred_on)
            .where(Journal.tenant_id == tenant.id, Journal.milestone == "shipment_revenue")
            .order_by(Journal.id)
        )
    assert [tuple(row) for row in rows] == [
        (tenant.now.date(), None),
        (date(2026, 4, 1), tenant.now.date()),
    ]
    await _close(shop, MARCH, softly=True)
    assert await _status(shop, MARCH) == "soft_closed"


async def test_periods_close_one_after_the_other(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await billed(shop, await new_customer(tenant))
    with pytest.raises(PeriodOrder):
        await _close(shop, MARCH)
    assert await _status(shop, MARCH) == "open"


async def test_a_closed_period_opens_when_somebody_else_agrees(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await sold(shop, await new_customer(tenant))
    await _close(shop, JANUARY, FEBRUARY)
    await _sign(shop, MARCH, "shipped_not_invoiced")
    await _close(shop, MARCH)
    period = await _period(shop, MARCH)
    asker = tenant.user("close.run", "close.reopen", "approvals.decide", id=7, name="asker")
    async with tenant.work(as_=asker) as work:
        request = await request_period_reopening(work, period_id=period, reason="A late bill")
    with pytest.raises(PeriodNotClosed):
        async with tenant.work(as_=asker) as work:
            await request_period_reopening(work, period_id=period, reason="Once more")
    with pytest.raises(OwnRequest):
        async with tenant.work(as_=asker) as work:
            await approve(work, request_id=request)
    assert await _status(shop, MARCH) == "hard_closed"
    other = tenant.user("close.reopen", "approvals.decide", id=8, name="controller")
    async with tenant.work(as_=other) as work:
        await approve(work, request_id=request)
    assert await _status(shop, MARCH) == "open"
    assert await rows_of(tenant, ClosingSignature) == []
    [reopening] = await rows_of(tenant, PeriodReopening)
    assert (reopening.status, reopening.asked_by) == ("opened", "asker")


async def test_an_open_period_is_not_opened_again(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await billed(shop, await new_customer(tenant))
    period = await _period(shop, MARCH)
    with pytest.raises(PeriodNotClosed):
        async with tenant.work() as work:
            await request_period_reopening(work, period_id=period, reason="For nothing")
    assert await rows_of(tenant, PeriodReopening) == []


async def test_the_last_period_of_a_year_carries_its_result(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await billed(shop, await new_customer(tenant), price="10.00")
    year = await _all_periods(shop)
    for period in year:
        for check in ("shipped_not_invoiced", "unmatched_receipts"):
            async with tenant.work() as work:
                await sign_closing_check(work, period_id=period, check=check, note=BY_PERIOD)
        async with tenant.work() as work:
            await close_period(work, period_id=period)
    assert await balances(tenant) == {
        "goods_received": -400,
        "receivables": 1000,
        "retained_earnings": -600,
    }


async def _all_periods(shop: Shop) -> Sequence[int]:
    await _period(shop, MARCH)
    async with shop.tenant.read() as reader:
        return list(
            await reader.values(
                select(FiscalPeriod.id)
                .where(
                    FiscalPeriod.tenant_id == shop.tenant.id,
                    FiscalPeriod.entity_id == shop.setting.entity_id,
                    FiscalPeriod.fiscal_year == 2026,
                )
                .order_by(FiscalPeriod.number)
            )
        )


async def test_nothing_is_posted_into_a_period_while_it_closes(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    customer = await new_customer(tenant)
    await billed(shop, customer)
    await _close(shop, JANUARY, FEBRUARY)

    async def close() -> Any:
        try:
            await _close(shop, MARCH)
        except CloseRefused as refused:
            return refused

    await shop.stock(4)
    closed = await asyncio.gather(*(billed(shop, customer) for _ in range(4)), close(), close())
    hard = await _status(shop, MARCH) == "hard_closed"
    assert hard or any(isinstance(each, CloseRefused) for each in closed)
    async with tenant.read() as reader:
        lines = await reader.values(
            text(
                "SELECT count(*) FROM journal j JOIN audit_entry a ON a.tenant_id = j.tenant_id "
                "AND a.action = 'close_period' AND a.subject_id = :period "
                "WHERE j.tenant_id = :tenant AND j.posted_on <= '2026-03-31' "
                "AND j.posted_at > a.occurred_at"
            ),
            {"tenant": tenant.id, "period": await _period(shop, MARCH)},
        )
    assert list(lines) == [0]


async def test_a_check_has_the_owner_that_was_named(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await billed(shop, await new_customer(tenant))
    user = await new_user(tenant, "close.run")
    assert (await _found(shop, MARCH))["counts_overdue"].owner_id is None
    for named, owner in ((user, user), (None, None)):
        async with tenant.work() as work:
            await name_closing_owner(
                work, entity_id=shop.setting.entity_id, check="counts_overdue", user_id=named
            )
        assert (await _found(shop, MARCH))["counts_overdue"].owner_id == owner
