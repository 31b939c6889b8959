"""An account is closed, or comes to follow documents, while a journal on it is written or waits for
somebody's yes: nothing is posted to it by hand any more."""

from typing import Any

import pytest
from sqlalchemy import select

import domain.ledger.approved_journals  # noqa: F401
from domain.approvals.operations.decisions import approve
from domain.kernel.work import Work
from domain.ledger.accounts import accounts_of_roles
from domain.ledger.books import open_books
from domain.ledger.manual import ManualLine
from domain.ledger.models import JournalLine, ManualJournal
from domain.ledger.operations.accounts import create_account, update_account
from domain.ledger.operations.calendars import set_manual_journal_limit
from domain.ledger.operations.manual_journals import WrittenJournal, write_manual_journal
from domain.ledger.outcomes import AccountInUse
from tests.factories.books import POSTED_ON, entity_of
from tests.factories.conditions import one_waits_for_the_other
from tests.factories.tenants import TenantUnderTest

CHANGES: dict[str, Any] = {"closed": {"status": "closed"}, "control": {"role": "receivables"}}


async def _accounts(tenant: TenantUnderTest) -> tuple[int, int, int]:
    """An entity, its bank's account, and another one of no role."""
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        await open_books(work, [entity_id])
        found = await accounts_of_roles(work, [entity_id], ["bank"])
        other = await create_account(
            work, entity_id=entity_id, code="1999", name="Deposits", kind="asset"
        )
    return entity_id, found[entity_id, "bank"], other


async def _write(work: Work, entity_id: int, bank: int, other: int) -> WrittenJournal:
    return await write_manual_journal(
        work,
        entity_id=entity_id,
        posted_on=POSTED_ON,
        currency="EUR",
        description="A deposit",
        lines=[
            ManualLine(account_id=bank, amount_minor=-500),
            ManualLine(account_id=other, amount_minor=500),
        ],
    )


async def _posted(tenant: TenantUnderTest, account_id: int) -> list[Any]:
    async with tenant.read() as reader:
        return list(
            await reader.values(
                select(JournalLine.id).where(
                    JournalLine.tenant_id == tenant.id, JournalLine.account_id == account_id
                )
            )
        )


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_journal_that_waits_is_not_posted_to_an_account_that_takes_none_by_now(
    tenant: TenantUnderTest, change: Any
) -> None:
    entity_id, bank, other = await _accounts(tenant)
    async with tenant.work() as work:
        await set_manual_journal_limit(work, entity_id=entity_id, limit_minor=100)
        written = await _write(work, entity_id, bank, other)
    async with tenant.work() as work:
        await update_account(work, account_id=other, **change)
    with pytest.raises(AccountInUse):
        async with tenant.work(as_=tenant.user("approvals.decide", "ledger.approve")) as work:
            await approve(work, request_id=written.approval_request_id or 0)
    assert await _posted(tenant, other) == []
    async with tenant.read() as reader:
        statuses = await reader.values(
            select(ManualJournal.status).where(ManualJournal.tenant_id == tenant.id)
        )
    assert statuses == ["waiting"]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_journal_waits_for_whoever_changes_its_accounts(
    tenant: TenantUnderTest, change: Any
) -> None:
    entity_id, bank, other = await _accounts(tenant)
    with pytest.raises(AccountInUse):
        await one_waits_for_the_other(
            tenant,
            lambda work: update_account(work, account_id=other, **change),
            lambda work: _write(work, entity_id, bank, other),
        )
    assert await _posted(tenant, other) == []
