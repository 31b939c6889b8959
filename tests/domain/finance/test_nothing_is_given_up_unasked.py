"""What a customer owes is given up by an approved write-off alone: no other path does it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from domain.approvals.operations import approve
from domain.approvals.outcomes import OwnRequest
from domain.finance.models import WriteOff
from domain.finance.operations.write_offs import request_write_off
from domain.finance.outcomes import PaymentTooMuch
from domain.kernel.errors import Expected, InvalidInput, NotPermitted, Refusal
from domain.kernel.work import Work
from domain.ledger.models import Account, Journal
from domain.ledger.operations.accounts import update_account
from domain.ledger.operations.journals import reverse_journal
from domain.ledger.operations.manual_journals import ManualLine, write_manual_journal
from domain.ledger.operations.plain_journals import take_in_plain_journal
from domain.ledger.operations.posting_rules import draft_posting_rules
from tests.factories.money import balances, billed, invoice_of, new_customer, rows_of
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

BOSS = ("finance.approve", "approvals.decide", "approvals.read")
Path = Callable[[Work, Shop, dict[str, int]], Awaitable[Any]]


async def _by_hand(work: Work, shop: Shop, accounts: dict[str, int]) -> None:
    lines = [
        ManualLine(account_id=accounts["bank"], amount_minor=1000),
        ManualLine(account_id=accounts["receivables"], amount_minor=-1000),
    ]
    await write_manual_journal(
        work,
        entity_id=shop.setting.entity_id,
        posted_on=work.now.date(),
        currency="EUR",
        description="given up",
        lines=lines,
    )


async def _by_a_file(work: Work, shop: Shop, accounts: dict[str, int]) -> None:
    code = await work.value(select(Account.code).where(Account.id == accounts["receivables"]))
    day = work.now.date().strftime("%Y/%m/%d")
    await take_in_plain_journal(
        work,
        entity_id=shop.setting.entity_id,
        content=f"{day} given up\n  Expenses:Gone  $10\n  {code}\n",
        currencies={"$": "EUR"},
    )


async def _by_taking_the_invoice_back(work: Work, shop: Shop, accounts: dict[str, int]) -> None:
    journal = await work.value(
        select(Journal.id).where(
            Journal.tenant_id == work.tenant_id, Journal.milestone == "invoice"
        )
    )
    await reverse_journal(work, journal_id=journal, reason="given up")


async def _by_another_account(work: Work, shop: Shop, accounts: dict[str, int]) -> None:
    await update_account(work, account_id=accounts["receivables"], status="closed")


async def _by_a_rule(work: Work, shop: Shop, accounts: dict[str, int]) -> None:
    rule = {"milestone": "invoice", "leg": "receivable", "account_id": accounts["bank"]}
    await draft_posting_rules(work, entity_id=shop.setting.entity_id, rules=[rule])


@pytest.mark.parametrize(
    "path", [_by_hand, _by_a_file, _by_taking_the_invoice_back, _by_another_account, _by_a_rule]
)
async def test_no_other_path_gives_up_what_is_owed(tenant: TenantUnderTest, path: Path) -> None:
    shop = await new_shop(tenant)
    invoice = await billed(shop, await new_customer(tenant))
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Account.role, Account.id).where(Account.tenant_id == tenant.id)
        )
    accounts = {row.role: row.id for row in rows if row.role}
    before = await balances(tenant)
    with pytest.raises((Expected, InvalidInput, Refusal)):
        async with tenant.work() as work:
            await path(work, shop, accounts)
    assert await balances(tenant) == before
    assert (await invoice_of(tenant, invoice)).open_minor == 1000
    assert await violations(tenant) == {}


async def test_who_asked_or_may_not_does_not_approve(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    invoice = await billed(shop, await new_customer(tenant))
    asker = tenant.user("finance.invoice", "finance.read", *BOSS, id=7)
    for amount in (0, 1001):
        with pytest.raises((InvalidInput, PaymentTooMuch)):
            async with tenant.work(as_=asker) as work:
                await request_write_off(work, invoice_id=invoice, reason="x", amount_minor=amount)
    async with tenant.work(as_=asker) as work:
        request = await request_write_off(work, invoice_id=invoice, reason="x")
    refusals = (
        (asker, OwnRequest),
        (tenant.user("approvals.decide", "approvals.read", id=8), NotPermitted),
        (tenant.user("finance.approve", id=8), NotPermitted),
    )
    for who, refusal in refusals:
        with pytest.raises(refusal):
            async with tenant.work(as_=who) as work:
                await approve(work, request_id=request)
    assert (await invoice_of(tenant, invoice)).open_minor == 1000
    assert [row.status for row in await rows_of(tenant, WriteOff)] == ["waiting"]
    async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
        await approve(work, request_id=request)
    assert (await invoice_of(tenant, invoice)).open_minor == 0
    assert await violations(tenant) == {}
