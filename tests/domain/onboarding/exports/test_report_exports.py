"""Every report of the books goes out as CSV and as a workbook, as of any day."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from api.imports.export_kinds import ExportKind
from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.finance.paying import TO_SUPPLIER, NewPayment, record_payments
from domain.kernel.errors import InvalidInput, NotPermitted
from domain.onboarding.exports import advancing
from domain.onboarding.exports.kinds import KINDS
from domain.onboarding.exports.operations import start_export
from domain.onboarding.exports.queries import export_content
from tests.factories.delivering import deliver_all
from tests.factories.money import billed, new_customer, paid
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest

REPORTS = (
    *("trial_balance", "general_ledger", "aged_receivables", "aged_payables"),
    *("stock_values", "margins"),
)


async def _exported(tenant: TenantUnderTest, kind: str, **how: Any) -> list[list[str]]:
    """The lines of a report's file, its headers left out."""
    async with tenant.work() as work:
        export_id = await start_export(work, kinds=[kind], **how)
    await deliver_all(tenant)
    async with tenant.read() as reader:
        content = (await export_content(reader, export_id=export_id, begin=0)).content
    if how.get("format") == "xlsx":
        sheet: Any = load_workbook(io.BytesIO(content)).active
        rows = [["" if c is None else str(c) for c in row] for row in sheet.values]
    else:
        rows = list(csv.reader(io.StringIO(content.decode())))
    assert tuple(rows[0]) == KINDS[kind].headers
    return rows[1:]


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    """Two pieces came at 4.00, one was sold for 10.00, billed, and 3.00 of it paid."""
    made = await new_shop(tenant)
    customer = await new_customer(tenant)
    async with tenant.work() as work:
        for table, code in (
            (LegalEntity, "DE1"),
            (Location, "HAM"),
            (Channel, "SHOP"),
        ):
            changed = update(table).where(table.tenant_id == tenant.id)
            await work.execute(changed.values(code=code))
        party = update(Party).where(Party.tenant_id == tenant.id, Party.id == customer)
        await work.execute(party.values(code="ACME", name="Acme"))
        item = update(Item).where(Item.tenant_id == tenant.id)
        await work.execute(item.values(sku="NUT", name="Nut", item_group="metal"))
    await made.stock(1, value_minor=400)
    await billed(made, customer)
    await paid(made, customer, 300)
    return made


def test_every_kind_can_be_asked_for_over_the_api() -> None:
    assert {kind.value for kind in ExportKind} == set(KINDS)
    assert set(REPORTS) <= set(KINDS)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
async def test_what_stands_on_accounts_and_moved_goes_out(shop: Shop, format: str) -> None:
    tenant, day = shop.tenant, shop.tenant.now.date().isoformat()
    balance = await _exported(tenant, "trial_balance", format=format)
    found = {row[4]: (row[0], row[5], int(row[6]), int(row[7]), int(row[8])) for row in balance}
    assert found["inventory"] == ("DE1", "EUR", 800, 400, 400)
    assert found["receivables"] == ("DE1", "EUR", 1000, 300, 700)
    assert sum(int(row[10]) for row in balance) == 0
    ledger = await _exported(tenant, "general_ledger", format=format)
    [revenue] = [row for row in ledger if row[9] == "revenue"]
    assert revenue[3:7] == [day, "DE1-2026-4", "shipment_revenue", "shipment"]
    assert revenue[10:] == ["EUR", "-1000", "-1000", "SHOP", "HAM", "metal", revenue[16], ""]
    assert sum(int(row[12]) for row in ledger) == 0


@pytest.mark.parametrize("format", ["csv", "xlsx"])
async def test_what_is_owed_and_earned_and_worth_goes_out(shop: Shop, format: str) -> None:
    tenant = shop.tenant
    supplier = await new_customer(tenant, is_supplier=True)
    async with tenant.work() as work:
        party = update(Party).where(Party.tenant_id == tenant.id, Party.id == supplier)
        await work.execute(party.values(code="MILL", name="Mill"))
        beforehand = NewPayment(
            kind=TO_SUPPLIER,
            entity_id=shop.setting.entity_id,
            currency="EUR",
            amount_minor=250,
            paid_on=tenant.now.date(),
            party_id=supplier,
        )
        await record_payments(work, [beforehand])
    assert await _exported(tenant, "aged_receivables", format=format) == [
        ["DE1", "ACME", "Acme", "EUR", "700", "0", "0", "0", "0", "0", "700"]
    ]
    assert await _exported(tenant, "aged_payables", format=format) == [
        ["DE1", "MILL", "Mill", "EUR", "0", "0", "0", "0", "0", "-250", "-250"]
    ]
    assert await _exported(tenant, "stock_values", format=format) == [
        ["DE1", "NUT", "Nut", "metal", "EUR", "1", "400"]
    ]
    assert await _exported(tenant, "margins", format=format) == [
        ["DE1", "SHOP", "EUR", "1000", "400", "0", "600"]
    ]


@pytest.mark.parametrize("kind", REPORTS)
async def test_a_report_is_as_of_the_day_that_was_asked_for(shop: Shop, kind: str) -> None:
    tenant = shop.tenant
    yesterday = tenant.now.date() - timedelta(days=1)
    assert await _exported(tenant, kind, as_of=yesterday) == []
    later = tenant.at(tenant.now + timedelta(days=60))
    now = await _exported(later, kind)
    if kind == "aged_receivables":
        [row] = now
        assert row[4:] == ["0", "0", "700", "0", "0", "0", "700"]
    if kind in ("trial_balance", "general_ledger", "margins"):
        assert now == await _exported(later, kind, as_of=tenant.now.date())
        assert await _exported(later, kind, from_on=tenant.now.date() + timedelta(days=1)) == []


@pytest.mark.parametrize("kind", REPORTS)
async def test_a_report_is_whole_however_little_of_it_is_read_at_once(
    shop: Shop, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts, items and entities without a line are between those that have one."""
    at_once = await _exported(shop.tenant, kind)
    monkeypatch.setattr(advancing, "PART_ROWS", 1)
    assert await _exported(shop.tenant, kind) == at_once


async def test_a_report_asks_for_the_right_to_read_it(shop: Shop) -> None:
    for kind in REPORTS:
        with pytest.raises(NotPermitted):
            async with shop.tenant.work(as_=shop.tenant.user("onboarding.import")) as work:
                await start_export(work, kinds=[kind])
    with pytest.raises(InvalidInput):
        async with shop.tenant.work() as work:
            await start_export(work, kinds=["margins"], from_on=date(2999, 1, 1))
