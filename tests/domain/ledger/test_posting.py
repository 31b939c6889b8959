"""A milestone becomes one balanced journal in the books of its entity."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from domain.ledger.charts.accounts import STANDARD_ACCOUNTS
from domain.ledger.models import Account, EntityBook, FiscalPeriod, Journal, JournalLine
from domain.ledger.outcomes import AlreadyPosted, PostingRuleMissing
from domain.ledger.posting import post, write_journals
from tests.factories.books import POSTED_ON, entity_of, new_entry, number_of, sale
from tests.factories.tenants import TenantUnderTest


async def _count(tenant: TenantUnderTest, table: Any) -> int:
    async with tenant.read() as reader:
        return int(
            await reader.value(
                select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
            )
        )


async def _lines(tenant: TenantUnderTest, journal_id: int) -> list[tuple[Any, ...]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Account.code, JournalLine.leg, JournalLine.amount_minor, JournalLine.currency)
            .join(Account, Account.id == JournalLine.account_id)
            .where(
                JournalLine.tenant_id == tenant.id,
                Account.tenant_id == tenant.id,
                JournalLine.journal_id == journal_id,
            )
            .order_by(JournalLine.id)
        )
    return [tuple(row) for row in rows]


async def test_a_milestone_is_posted_to_the_accounts_of_its_legs(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        (first, second) = await post(work, [new_entry(entity_id), sale(entity_id, 4)])
    assert await _lines(tenant, first) == [
        ("1200", "inventory", 1250, "EUR"),
        ("2050", "goods_received", -1250, "EUR"),
    ]
    assert await _lines(tenant, second) == [
        ("1100", "receivable", 1190, "EUR"),
        ("4000", "revenue", -1000, "EUR"),
        ("2200", "tax", -190, "EUR"),
    ]
    async with tenant.read() as reader:
        journal = await reader.row(
            select(*Journal.__table__.c).where(Journal.tenant_id == tenant.id, Journal.id == second)
        )
    assert journal is not None
    assert journal._asdict() == {
        "tenant_id": tenant.id,
        "id": second,
        "number": await number_of(tenant, entity_id, 2),
        "entity_id": entity_id,
        "fiscal_year": 2026,
        "sequence": 2,
        "occurred_on": None,
        "country": None,
        "milestone": "shipment_revenue",
        "source_kind": "shipment",
        "source_id": 4,
        "posted_on": POSTED_ON,
        "posted_at": tenant.now,
        "description": "Shipment 4",
        "trace": {"shipment_id": 4, "order_id": 70, "intake_message_id": 8},
        "order_id": 70,
        "reverses_id": None,
    }


async def test_what_moves_no_money_is_not_posted(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    idle = new_entry(entity_id, legs=(("inventory", 0), ("goods_received", 0)))
    async with tenant.work() as work:
        assert await post(work, [idle, new_entry(entity_id, legs=())]) == []
        assert await post(work, []) == []
        assert len(await post(work, [idle, new_entry(entity_id, 2)])) == 1
    assert await _count(tenant, Journal) == 1


async def test_books_opened_by_many_at_once_are_opened_once(tenant: TenantUnderTest) -> None:
    entities = [await entity_of(tenant) for _ in range(2)]

    async def post_one(number: int) -> None:
        async with tenant.work() as work:
            turn = entities[:: 1 if number % 2 else -1]
            await post(work, [new_entry(entity_id, number) for entity_id in turn])

    await asyncio.gather(*(post_one(number) for number in range(12)))
    assert await _count(tenant, Journal) == 24
    assert await _count(tenant, Account) == 2 * len(STANDARD_ACCOUNTS)
    assert await _count(tenant, EntityBook) == 2
    assert await _count(tenant, FiscalPeriod) == 2 * 12


async def test_the_same_milestone_of_a_source_is_posted_once(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)

    async def post_it() -> None:
        async with tenant.work() as work:
            await post(work, [sale(entity_id, 4)])

    ended = await asyncio.gather(*(post_it() for _ in range(6)), return_exceptions=True)
    refused = [end.fields for end in ended if isinstance(end, AlreadyPosted)]
    assert refused == [{"sources": [("shipment_revenue", "shipment", 4)]}] * 5
    assert ended.count(None) == 1
    assert await _count(tenant, Journal) == 1
    assert await _count(tenant, JournalLine) == 3


async def test_a_leg_without_an_account_is_refused(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    entry = new_entry(entity_id, legs=(("inventory", 5), ("elsewhere", -5)))
    with pytest.raises(PostingRuleMissing) as refused:
        async with tenant.work() as work:
            await post(work, [entry])
    assert refused.value.fields == {
        "entity_id": entity_id,
        "milestone": "receipt",
        "leg": "elsewhere",
    }
    assert await _count(tenant, Journal) == 0


async def test_what_does_not_balance_is_refused_by_the_database(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    unbalanced = new_entry(entity_id, 2, legs=(("inventory", 1250), ("goods_received", -1249)))
    with pytest.raises(IntegrityError, match="does not balance"):
        async with tenant.work() as work:
            await post(work, [new_entry(entity_id), unbalanced])
    assert await _count(tenant, Journal) == 0
    assert await _count(tenant, JournalLine) == 0


async def _direct(
    tenant: TenantUnderTest, entity_id: int, lines: list[tuple[int, int, str]]
) -> None:
    """Hand a journal straight to the database's function, as a careless program would."""
    async with tenant.work() as work:
        entry = new_entry(entity_id, 9)
        journal = {
            name: getattr(entry, name) for name in ("milestone", "source_kind", "source_id")
        } | {
            "entity_id": entity_id,
            "posted_on": "2026-03-02",
            "posted_at": work.now.isoformat(),
            "description": "by hand",
            "lines": [
                {"account_id": account_id, "leg": "x", "amount_minor": amount, "currency": currency}
                for account_id, amount, currency in lines
            ],
        }
        await write_journals(work, [journal])


async def test_the_database_refuses_a_wrong_journal_from_anyone(tenant: TenantUnderTest) -> None:
    one, two = await entity_of(tenant), await entity_of(tenant)
    async with tenant.work() as work:
        await post(work, [new_entry(one), new_entry(two)])
    async with tenant.read() as reader:
        accounts = {
            (row.entity_id, row.code): row.id
            for row in await reader.rows(
                select(Account.entity_id, Account.code, Account.id).where(
                    Account.tenant_id == tenant.id
                )
            )
        }
    mine, other, foreign = accounts[one, "1200"], accounts[one, "2050"], accounts[two, "2050"]
    for lines, message in (
        ([(mine, 5, "EUR"), (foreign, -5, "EUR")], "another entity"),
        ([(mine, 5, "EUR"), (other, -5, "USD")], "does not balance"),
        ([(mine, 5, "EUR"), (other, -4, "EUR")], "does not balance"),
        ([(mine, 5, "EUR")], "fewer than two lines"),
        ([], "fewer than two lines"),
        ([(mine, 0, "EUR"), (other, 0, "EUR")], "not_zero"),
    ):
        with pytest.raises(IntegrityError, match=message):
            await _direct(tenant, one, lines)
    assert await _count(tenant, Journal) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO journal_line (tenant_id, journal_id, account_id, leg, amount_minor, currency)"
        " SELECT tenant_id, journal_id, account_id, leg, 1, currency FROM journal_line",
        "UPDATE journal_line SET amount_minor = amount_minor + 1",
        "DELETE FROM journal_line",
        "UPDATE journal SET description = 'other'",
        "DELETE FROM journal",
        "TRUNCATE journal CASCADE",
    ],
)
async def test_the_books_are_written_by_nothing_but_their_function(
    tenant: TenantUnderTest, statement: str
) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        (journal_id,) = await post(work, [new_entry(entity_id)])
    before = await _lines(tenant, journal_id)
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with tenant.work() as work:
            await work.execute(text(statement))
    assert await _lines(tenant, journal_id) == before


async def test_a_journal_cannot_be_inserted_past_the_function(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    row = {
        "tenant_id": tenant.id,
        "number": "JE-X",
        "entity_id": entity_id,
        "milestone": "receipt",
        "source_kind": "x",
        "source_id": 1,
        "posted_on": POSTED_ON,
        "posted_at": tenant.now,
        "description": "",
        "trace": {},
    }
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with tenant.work() as work:
            await work.execute(insert(Journal).values(**row))
    assert await _count(tenant, Journal) == 0
