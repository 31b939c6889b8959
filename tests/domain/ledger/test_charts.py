"""Charts by template, and accounts of one's own."""

import pytest
from sqlalchemy import select

from domain.kernel.errors import CodeTaken, InvalidInput, NotFound
from domain.ledger.accounts import accounts_of_roles
from domain.ledger.books import open_books
from domain.ledger.charts.accounts import STANDARD_ACCOUNTS
from domain.ledger.charts.templates import IFRS, ROLES, US_GAAP, chart, lacking
from domain.ledger.models import Account
from domain.ledger.operations.accounts import choose_chart, create_account, update_account
from domain.ledger.outcomes import AccountInUse, BooksInUse
from domain.ledger.posting import post
from domain.ledger.standard_rules.everything import STANDARD_RULES
from tests.factories.books import entity_of, new_entry
from tests.factories.tenants import TenantUnderTest


@pytest.mark.parametrize("template", [US_GAAP, IFRS])
def test_a_chart_has_every_role_once_and_every_code_once(template: str) -> None:
    accounts = chart(template)
    assert len({account.code for account in accounts}) == len(accounts)
    assert {account.role for account in accounts} == ROLES.keys()
    assert set(STANDARD_RULES.values()) <= ROLES.keys()


def test_what_a_chart_lacks_takes_no_code_twice() -> None:
    roles = ROLES.keys() - {"inventory", "revenue"}
    assert [tuple(each)[:2] for each in lacking(US_GAAP, roles=roles, codes={"1200"})] == [
        ("1200-inventory", "Inventory"),
        ("4000", "Sales revenue"),
    ]


async def _codes(tenant: TenantUnderTest, entity_id: int) -> dict[str | None, str]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Account.role, Account.code).where(
                Account.tenant_id == tenant.id, Account.entity_id == entity_id
            )
        )
    return {row.role: row.code for row in rows}


async def test_an_entity_chooses_its_chart_before_it_posts(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        await choose_chart(work, entity_id=entity_id, template=IFRS)
    assert (await _codes(tenant, entity_id))["receivables"] == "1600"
    async with tenant.work() as work:
        await post(work, [new_entry(entity_id)])
    assert len(await _codes(tenant, entity_id)) == len(STANDARD_ACCOUNTS)
    for template, refusal in (("us_gaap", BooksInUse), ("hgb", InvalidInput)):
        with pytest.raises(refusal):
            async with tenant.work() as work:
                await choose_chart(work, entity_id=entity_id, template=template)


async def test_a_chart_of_ones_own_is_completed_when_it_lacks_a_role(
    tenant: TenantUnderTest,
) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        await choose_chart(work, entity_id=entity_id, template="own")
        await create_account(
            work, entity_id=entity_id, code="2050", name="Stock", kind="asset", role="inventory"
        )
    assert await _codes(tenant, entity_id) == {"inventory": "2050"}
    async with tenant.work() as work:
        await post(work, [new_entry(entity_id)])
    codes = await _codes(tenant, entity_id)
    assert (codes["inventory"], codes["goods_received"]) == ("2050", "2050-goods_received")


async def test_accounts_are_added_renamed_and_closed(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        await open_books(work, [entity_id])
        account_id = await create_account(
            work, entity_id=entity_id, code="6500", name="Rent", kind="expense"
        )
        await update_account(work, account_id=account_id, name="Rents", code="6501")
        await update_account(work, account_id=account_id, status="closed")
        row = await work.row(
            select(Account.code, Account.name, Account.status, Account.version).where(
                Account.tenant_id == tenant.id, Account.id == account_id
            )
        )
    assert tuple(row or ()) == ("6501", "Rents", "closed", 3)
    with pytest.raises(CodeTaken):
        async with tenant.work() as work:
            await create_account(
                work, entity_id=entity_id, code="6501", name="Other", kind="expense"
            )
    with pytest.raises(CodeTaken):
        async with tenant.work() as work:
            await update_account(work, account_id=account_id, code="5000")
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await create_account(
                work, entity_id=entity_id, code="9", name="x", kind="expense", role="revenue"
            )
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await create_account(work, entity_id=0, code="9", name="x", kind="expense")


async def test_a_role_moves_until_something_is_posted(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        own = await create_account(
            work, entity_id=entity_id, code="1201", name="Goods", kind="asset", role="inventory"
        )
        found = await accounts_of_roles(work, [entity_id], ["inventory"])
        assert found == {(entity_id, "inventory"): own}
        await post(work, [new_entry(entity_id)])
    for fields in ({"role": None}, {"status": "closed"}):
        with pytest.raises(AccountInUse):
            async with tenant.work() as work:
                await update_account(work, account_id=own, **fields)  # type: ignore[arg-type]
