"""What entities owe is written by the database's own function alone, which looks at both books."""

from datetime import date

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.intercompany.booking import new_ids, write_entries
from domain.intercompany.models import IntercompanyEntry
from domain.ledger.entries import Entry
from domain.ledger.posting import post
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.tenants import TenantUnderTest


async def _owing(tenant: TenantUnderTest) -> Affiliates:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1)
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(4))
    await group.ship(placed.order_id)
    return group


async def test_an_entry_without_equal_journals_on_both_sides_is_refused(
    tenant: TenantUnderTest,
) -> None:
    group = await _owing(tenant)
    trade_id = await group.value("SELECT id FROM intercompany_trade WHERE tenant_id = :tenant_id")
    with pytest.raises(IntegrityError, match="differ"):
        async with tenant.work() as work:
            (entry_id,) = await new_ids(work, 1)
            entry = {
                "id": entry_id,
                "kind": "correction",
                "trade_id": trade_id,
                "creditor_id": group.entity_ids[1],
                "debtor_id": group.entity_ids[0],
                "currency": "EUR",
                "amount_minor": 100,
                "tax_minor": 0,
                "creditor_base_minor": 125,
                "debtor_base_minor": 100,
                "source_kind": "test",
                "source_id": 1,
                "occurred_on": tenant.now.date().isoformat(),
                "occurred_at": tenant.now.isoformat(),
            }
            await write_entries(work, [entry])
    assert await group.balances() == {(1, 0, "EUR"): 1600}
    assert await violations(tenant) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE intercompany_entry SET amount_minor = 0",
        "DELETE FROM intercompany_entry",
        "UPDATE intercompany_balance SET amount_minor = 0",
        "UPDATE intercompany_entry_line SET net_minor = 0",
    ],
)
async def test_nobody_changes_what_was_written(tenant: TenantUnderTest, statement: str) -> None:
    await _owing(tenant)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with tenant.work() as work:
            await work.execute(text(statement))


async def test_nobody_writes_an_entry_beside_it(tenant: TenantUnderTest) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with tenant.work() as work:
            await work.execute(
                insert(IntercompanyEntry).values(tenant_id=tenant.id, kind="payment")
            )


async def test_check_sees_books_that_were_posted_to_by_hand(tenant: TenantUnderTest) -> None:
    group = await _owing(tenant)
    async with tenant.work() as work:
        await post(
            work,
            [
                Entry(
                    entity_id=group.entity_ids[0],
                    milestone="intercompany_payment",
                    source_kind="test",
                    source_id=1,
                    currency="EUR",
                    legs=(("intercompany_payable", 100), ("bank", -100)),
                    posted_on=date(2026, 3, 1),
                    description="by hand",
                )
            ],
        )
    (broken,) = (await violations(tenant))["intercompany_agrees"]
    assert broken[:3] == (group.entity_ids[0], "intercompany_payable", "EUR")
