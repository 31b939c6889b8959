"""Reports as of any day, by dimension; foreign balances at the rates of a day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.kernel.errors import InvalidInput
from domain.kernel.paging import PageRequest
from domain.ledger.balances import account_balances
from domain.ledger.entries import Dimensions, Leg
from domain.ledger.operations.revaluation import revalue_foreign_balances
from domain.ledger.posting import post
from domain.ledger.queries.margins import margins
from domain.ledger.queries.reports import LedgerFilter, general_ledger, trial_balance, turnover
from tests.factories.books import POSTED_ON, concession, entity_of, new_entry, set_rate
from tests.factories.checks import violations
from tests.factories.stock import new_location
from tests.factories.tenants import TenantUnderTest

LATER = POSTED_ON + timedelta(days=10)


async def test_a_balance_is_told_as_of_any_day_and_by_dimension(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        here, there = [await new_location(work, entity_id) for _ in range(2)]
        await post(
            work,
            [
                replace(new_entry(entity_id, 1), dimensions=Dimensions(location_id=here)),
                replace(new_entry(entity_id, 2), dimensions=Dimensions(location_id=there)),
                replace(
                    new_entry(entity_id, 3, posted_on=LATER),
                    legs=(
                        Leg("inventory", 50, Dimensions(location_id=there)),
                        Leg("goods_received", -50),
                    ),
                    dimensions=Dimensions(location_id=here),
                ),
            ],
        )
    async with tenant.read() as reader:
        rows = await trial_balance(reader, entity_id=entity_id, from_on=LATER, by="location")
        early = await trial_balance(reader, entity_id=entity_id, up_to=POSTED_ON)
        with pytest.raises(InvalidInput):
            await trial_balance(reader, entity_id=entity_id, by="colour")
        listing = await general_ledger(
            reader,
            where=LedgerFilter(entity_id=entity_id, role="inventory", location_id=there),
            request=PageRequest(size=10),
        )
        total = await turnover(
            reader, where=LedgerFilter(entity_id=entity_id, role="inventory", from_on=LATER)
        )
        balances = await account_balances(reader, [entity_id], ["inventory"], POSTED_ON)
    assert [(row.code, row.dimension, *row[5:9]) for row in rows] == [
        ("1200", here, 1250, 0, 0, 1250),
        ("1200", there, 1250, 50, 0, 1300),
        ("2050", here, -1250, 0, 50, -1300),
        ("2050", there, -1250, 0, 0, -1250),
    ]
    assert [(row.code, row.balance_minor) for row in early] == [("1200", 2500), ("2050", -2500)]
    assert [(row.amount_minor, row.account_code) for row in listing.page.rows] == [
        (1250, "1200"),
        (50, "1200"),
    ]
    assert [tuple(row) for row in total] == [("EUR", 2500, 50, 0, 2550, 2550, "EUR")]
    assert [(each.role, each.amount_minor) for each in balances] == [("inventory", 2500)]


async def test_what_a_channel_earns_is_told(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    cost = new_entry(
        entity_id,
        7,
        milestone="shipment_cost",
        legs=(("cost_of_goods", 400), ("inventory", -400)),
    )
    revenue = replace(
        concession(entity_id, 7),
        legs=(("revenue", -1000), ("discount", 100), ("unbilled", 900)),
    )
    async with tenant.work() as work:
        await post(work, [cost, revenue])
    async with tenant.read() as reader:
        found = await margins(reader, entity_ids=[entity_id], from_on=POSTED_ON, to_on=POSTED_ON)
        none = await margins(reader, entity_ids=[entity_id], from_on=LATER, to_on=LATER)
    (margin,) = found
    assert (margin.dimension, margin.revenue_minor, margin.cost_minor, margin.fees_minor) == (
        None,
        900,
        400,
        0,
    )
    assert margin.margin_minor == 500
    assert none == []


async def test_foreign_balances_are_revalued_and_taken_back(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    end = date(2026, 2, 28)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.90", on=date(2026, 1, 1))
        foreign = new_entry(entity_id, currency="USD", posted_on=date(2026, 2, 2))
        await post(work, [foreign, new_entry(entity_id, 2, posted_on=date(2026, 2, 3))])
        await set_rate(work, "USD", "EUR", "0.95", on=end)
    async with tenant.work() as work:
        first = await revalue_foreign_balances(work, entity_id=entity_id, as_of=end)
        again = await revalue_foreign_balances(work, entity_id=entity_id, as_of=end)
    assert first.journal_id is not None
    assert again.journal_id is None
    async with tenant.read() as reader:
        at_end = await account_balances(reader, [entity_id], ["goods_received"], end)
        after = await account_balances(reader, [entity_id], ["goods_received"])
        rows = await trial_balance(reader, entity_id=entity_id, up_to=end)
    # What was received for 12.50 USD stood at 11.25 and is worth 11.88 by now: a loss.
    foreign_at = [(e.currency, e.amount_minor, e.base_amount_minor) for e in at_end]
    assert foreign_at == [("EUR", -1250, -1250), ("USD", -1250, -1188)]
    assert [(e.currency, e.base_amount_minor) for e in after] == [("EUR", -1250), ("USD", -1125)]
    assert sum(row.base_balance_minor for row in rows) == 0
    loss = {row.code: row.base_balance_minor for row in rows}["7010"]
    assert loss == 63
    broken = [name for name, _ in await violations(tenant)]
    assert set(broken) <= {"inventory_account_is_value_of_stock"}


async def test_nothing_is_revalued_without_a_rate_or_ahead_of_time(
    tenant: TenantUnderTest,
) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.90", on=POSTED_ON)
        await post(work, [new_entry(entity_id, currency="USD", posted_on=POSTED_ON)])
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await revalue_foreign_balances(work, entity_id=entity_id, as_of=LATER)
    async with tenant.work() as work:
        done = await revalue_foreign_balances(
            work, entity_id=entity_id, as_of=POSTED_ON - timedelta(days=1)
        )
    assert done.journal_id is None
