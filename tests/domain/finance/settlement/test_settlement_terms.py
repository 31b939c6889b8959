"""What is expected of a channel's payouts, how its own table of them is read, and what a closing
asks of them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain.finance.models import SettlementTerms
from domain.finance.settlement.closing import CLEARING, SETTLEMENTS_OPEN
from domain.finance.settlement.operations.terms import set_settlement_terms
from domain.finance.settlement.queries.expected import expected_payouts
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted, StaleVersion
from domain.kernel.governing import ChangeRequestRequired
from tests.factories.changes import changed, go_live
from tests.factories.money import rows_of
from tests.factories.settling import Market, new_market, only
from tests.factories.tenants import TenantUnderTest

MAPPING = {
    "columns": {"payout": "Batch", "amount": "Gross", "kind": "Type", "order": "Order"},
    "fees": {"Fee": "payment_fee"},
    "kinds": {"Payment": "sale"},
    "currency": "EUR",
}
TABLE = "Batch;Type;Order;Gross;Fee\nB1;Payment;9001;60,00;1,80\nB1;Payment;9002;40,00;1,20\n"


async def _set(market: Market, **fields: Any) -> int:
    async with market.tenant.work() as work:
        return await set_settlement_terms(work, channel_id=market.shop.channel_id, fields=fields)


async def test_a_table_is_read_once_its_columns_are_known(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("9001", price="60.00")
    await market.sell("9002", price="40.00")
    raw = TABLE.encode()
    assert (await market.take(raw)).outcome == "rejected"
    await _set(market, mapping=MAPPING)
    processed = await market.take(raw)
    assert (processed.outcome, processed.reading.format) == ("accepted", "table.payouts")
    assert only(await market.stands(), "bank", "channel_clearing", "payment_fees") == {
        "bank": 9700,
        "payment_fees": 300,
    }
    assert (await market.take(raw)).outcome == "duplicate"
    broken = await market.take(raw.replace(b"60,00", b"sixty"))
    assert broken.outcome == "exception"
    assert [each.path for each in broken.reading.problems] == ["line 2, Gross"]
    twice = TABLE.replace("Batch;", "Reference;Batch;").replace("\nB1", "\nr1;B1")
    await _set(market, mapping=MAPPING | {"columns": MAPPING["columns"] | {"line": "Reference"}})
    told = await market.take(twice.encode())
    # The amount, and its fee.
    assert [each.code for each in told.reading.problems] == ["line_twice", "line_twice"]


async def test_terms_are_changed_by_who_has_read_them(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    channel = market.shop.channel_id
    await _set(market, wait_days=14, most_fee_percent="12.5")
    [row] = await rows_of(tenant, SettlementTerms)
    assert (row.wait_days, str(row.most_fee_percent), row.version) == (14, "12.50", 2)
    with pytest.raises(StaleVersion):
        async with tenant.work() as work:
            await set_settlement_terms(
                work, channel_id=channel, fields={"wait_days": 9}, expected_version=1
            )
    for wrong in ({"wait_days": 366}, {"tolerance_minor": -1}, {"colour": 1}, {"wait_days": None}):
        with pytest.raises(InvalidInput):
            await _set(market, **wrong)
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await set_settlement_terms(work, channel_id=10**9, fields={"wait_days": 9})
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("settlement.read")) as work:
            await set_settlement_terms(work, channel_id=channel, fields={"wait_days": 9})
    [again] = await rows_of(tenant, SettlementTerms)
    assert again == row


async def test_terms_that_are_governed_change_by_change_request(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await go_live(tenant)
    with pytest.raises(ChangeRequestRequired):
        await _set(market, wait_days=9)
    wanted = {"wait_days": 10, "most_fee_percent": "12.5", "mapping": MAPPING}
    await changed(tenant, "settlement_terms", str(market.shop.channel_id), **wanted)
    [row] = await rows_of(tenant, SettlementTerms)
    assert (row.wait_days, str(row.most_fee_percent)) == (10, "12.50")
    assert row.mapping["kinds"] == {"payment": "sale"}


async def test_what_a_channel_has_is_shown_by_its_age(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.sell("302-1", price="30.00")
    old = market.at(tenant.now - timedelta(days=20))
    await old.sell("302-2", price="20.00")
    await market.pay_out(("302-9", "5.00"))
    async with tenant.read() as reader:
        [row] = await expected_payouts(reader, as_of=tenant.now.date())
    assert (row.expected_minor, row.to_7_minor, row.to_30_minor) == (5000, 3000, 2000)
    assert (row.unexplained_minor, row.withheld_minor, row.over_30_minor) == (-500, 0, None)


async def test_a_closing_asks_for_what_is_not_explained(tenant: TenantUnderTest) -> None:
    market = await new_market(tenant)
    await market.pay_out(("302-9", "5.00"))
    assert await _found(market, SETTLEMENTS_OPEN.found, date(2026, 1, 16)) == []
    assert await _found(market, SETTLEMENTS_OPEN.found, date(2026, 1, 17)) == [
        ("payout_difference", "302-9: unknown order")
    ]
    assert await _found(market, CLEARING.found, date(2026, 1, 17)) == []


async def _found(market: Market, statement: str, until: date) -> list[tuple[str, str]]:
    values = {
        "tenant_id": market.tenant.id,
        "entity_id": market.shop.setting.entity_id,
        "until": until,
    }
    async with market.tenant.read() as reader:
        given = {name: values[name] for name in values if f":{name}" in statement}
        rows = await reader.rows(text(statement), given)
    return [(row.object_kind, row.what) for row in rows]
