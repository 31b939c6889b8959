"""The books are read by entity, source and order, and by nobody else's tenant."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.kernel.errors import NotPermitted
from domain.kernel.paging import PageRequest
from domain.ledger.charts.accounts import STANDARD_ACCOUNTS
from domain.ledger.posting import post
from domain.ledger.queries.accounts import accounts, accounts_of_ids
from domain.ledger.queries.journals import (
    JournalFilter,
    account_lines,
    journals,
    journals_of_ids,
    journals_of_orders,
    journals_of_sources,
    lines_of_ids,
    lines_of_journals,
)
from domain.ledger.queries.reports import trial_balance
from tests.factories.books import POSTED_ON, entity_of, new_entry, number_of, sale
from tests.factories.tenants import TenantUnderTest, new_tenant

ALL = PageRequest(size=100)


async def _posted(tenant: TenantUnderTest) -> tuple[int, list[int]]:
    """A receipt, two shipments of order 70 and, a day later, one of order 71."""
    entity_id = await entity_of(tenant)
    later = sale(entity_id, 6, order_id=71)
    later = new_entry(
        entity_id,
        6,
        milestone=later.milestone,
        source_kind="shipment",
        legs=later.legs,
        trace=later.trace,
        posted_on=POSTED_ON + timedelta(days=1),
    )
    entries = [new_entry(entity_id), sale(entity_id, 4), sale(entity_id, 5, net=500), later]
    async with tenant.work() as work:
        return entity_id, await post(work, entries)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, [3, 2, 1, 0]),
        ({"milestone": "receipt"}, [0]),
        ({"source_kind": "shipment", "source_ids": [4, 6]}, [3, 1]),
        ({"source_kind": "journal", "source_ids": [4]}, []),
        ({"order_id": 70}, [2, 1]),
        ({"number": ""}, [1]),
        ({"to_on": POSTED_ON}, [2, 1, 0]),
        ({"from_on": date(2026, 3, 3), "to_on": date(2026, 3, 3)}, [3]),
        ({"entity_id": 0}, []),
    ],
)
async def test_journals_are_found_by_what_caused_them(
    tenant: TenantUnderTest, where: dict[str, Any], found: list[int]
) -> None:
    entity_id, ids = await _posted(tenant)
    if "number" in where:
        where = {"number": await number_of(tenant, entity_id, 2)}
    async with tenant.read() as reader:
        listing = await journals(reader, where=JournalFilter(**where), request=ALL)
        assert [row.id for row in listing.page.rows] == [ids[n] for n in found]
        assert await listing.count() == len(found)


async def test_a_journal_leads_to_its_source_and_back(tenant: TenantUnderTest) -> None:
    _, ids = await _posted(tenant)
    async with tenant.read() as reader:
        by_order = await journals_of_orders(reader, order_ids=[71, 70, 72])
        by_source = await journals_of_sources(reader, source_kind="shipment", source_ids=[5, 9])
        lines = await lines_of_journals(reader, journal_ids=ids[1:3])
        line = lines[ids[1]][0]
        again = await lines_of_ids(reader, ids=[line.id, 0])
        journal = (await journals_of_ids(reader, ids=[line.journal_id]))[ids[1]]
    assert {order: [row.id for row in rows] for order, rows in by_order.items()} == {
        71: [ids[3]],
        70: ids[1:3],
        72: [],
    }
    assert {source: [row.id for row in rows] for source, rows in by_source.items()} == {
        5: [ids[2]],
        9: [],
    }
    assert [(row.account_code, row.amount_minor) for row in lines[ids[2]]] == [
        ("1100", 595),
        ("4000", -500),
        ("2200", -95),
    ]
    assert list(again) == [line.id]
    assert journal.trace == {"shipment_id": 4, "order_id": 70, "intake_message_id": 8}
    assert journal.reversed_by_id is None


async def test_the_trial_balance_adds_up_to_zero(tenant: TenantUnderTest) -> None:
    entity_id, _ = await _posted(tenant)
    async with tenant.read() as reader:
        rows = await trial_balance(reader, entity_id=entity_id)
        early = await trial_balance(reader, entity_id=entity_id, up_to=POSTED_ON)
        nothing = await trial_balance(reader, entity_id=0)
    assert [(*row[1:5], *row[6:9]) for row in rows] == [
        ("1100", "Trade receivables", "asset", "EUR", 2975, 0, 2975),
        ("1200", "Inventory", "asset", "EUR", 1250, 0, 1250),
        ("2050", "Goods received, not invoiced", "liability", "EUR", 0, 1250, -1250),
        ("2200", "Tax payable", "liability", "EUR", 0, 475, -475),
        ("4000", "Sales revenue", "income", "EUR", 0, 2500, -2500),
    ]
    assert sum(row.balance_minor for row in rows) == 0
    assert {row.code: row.balance_minor for row in early}["1100"] == 1785
    assert list(nothing) == []


async def test_an_account_shows_what_was_posted_to_it(tenant: TenantUnderTest) -> None:
    entity_id, ids = await _posted(tenant)
    async with tenant.read() as reader:
        listing = await accounts(reader, entity_id=entity_id, request=PageRequest(size=5))
        codes = ["1000", "1010", "1050", "1060", "1100"]
        assert [row.code for row in listing.page.rows] == codes
        assert await listing.count() == len(STANDARD_ACCOUNTS)
        receivables = listing.page.rows[4]
        assert (await accounts_of_ids(reader, ids=[receivables.id]))[receivables.id] == (
            tuple(receivables)[:-2]
        )
        lines = await account_lines(reader, account_id=receivables.id, request=ALL)
    assert [(row.journal_id, row.amount_minor) for row in lines.page.rows] == [
        (ids[3], 1190),
        (ids[2], 595),
        (ids[1], 1190),
    ]


async def test_another_tenant_sees_none_of_it(tenant: TenantUnderTest) -> None:
    entity_id, ids = await _posted(tenant)
    async with tenant.read() as reader:
        (account,) = (
            await accounts(reader, entity_id=entity_id, request=PageRequest(size=1))
        ).page.rows
        line = (await lines_of_journals(reader, journal_ids=ids))[ids[0]][0]
    other = await new_tenant(tenant.engine, now=tenant.now)
    async with other.read() as reader:
        filters = (
            {},
            {"entity_id": entity_id},
            {"order_id": 70},
            {"source_kind": "shipment", "source_ids": [4]},
        )
        for where in filters:
            found = await journals(reader, where=JournalFilter(**where), request=ALL)  # type: ignore[arg-type]
            assert (list(found.page.rows), await found.count()) == ([], 0)
        assert await journals_of_ids(reader, ids=ids) == {}
        assert await journals_of_orders(reader, order_ids=[70]) == {70: []}
        sources = await journals_of_sources(reader, source_kind="shipment", source_ids=[4])
        assert sources == {4: []}
        assert await lines_of_journals(reader, journal_ids=ids[:1]) == {ids[0]: []}
        assert await lines_of_ids(reader, ids=[line.id]) == {}
        lines = await account_lines(reader, account_id=account.id, request=ALL)
        assert (list(lines.page.rows), await lines.count()) == ([], 0)
        assert (await accounts(reader, entity_id=entity_id, request=ALL)).page.rows == []
        assert await accounts_of_ids(reader, ids=[account.id]) == {}
        assert list(await trial_balance(reader, entity_id=entity_id)) == []


async def test_reading_the_books_needs_the_permission(tenant: TenantUnderTest) -> None:
    async with tenant.read(as_=tenant.user("orders.read")) as reader:
        for reading in (
            trial_balance(reader, entity_id=1),
            accounts(reader, request=ALL),
            journals(reader, where=JournalFilter(), request=ALL),
            lines_of_journals(reader, journal_ids=[1]),
        ):
            with pytest.raises(NotPermitted, match=r"ledger\.read"):
                await reading
