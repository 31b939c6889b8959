"""An item is changed while its first goods come: they are taken in as it is stocked then."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.catalog.operations.items import update_item
from domain.catalog.outcomes import BaseUnitInUse
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import StockBalance
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work
from tests.factories.checks import violations
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.masters import new_item
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest


async def _setting(tenant: TenantUnderTest) -> StockSetting:
    """With an item that nothing counts in yet, in one unit only."""
    setting = await new_stock_setting(tenant)
    return replace(setting, item_ids=[await new_item(tenant, sku="NEW", base_unit="EA")])


async def _receive(work: Work, setting: StockSetting) -> None:
    line = ReceiptLine(item_id=setting.item_ids[0], quantity=Decimal(5), unit="EA")
    await receive_stock(work, location_id=setting.location_ids[0], lines=[line])


async def _received(setting: StockSetting) -> None:
    async with setting.tenant.work() as work:
        await _receive(work, setting)


@pytest.mark.parametrize("change", [{"tracking": "lot"}, {"base_unit": "KG"}], ids=str)
async def test_what_comes_while_an_item_changes_is_held_against_what_it_became(
    tenant: TenantUnderTest, change: dict[str, str]
) -> None:
    """Without the lot that it needs now, or in a unit that it no longer has, nothing comes in."""
    setting = await _setting(tenant)
    async with tenant.work() as work:
        await update_item(work, item_id=setting.item_ids[0], **change)  # type: ignore[arg-type]
        coming = asyncio.create_task(_received(setting))
        await until_somebody_waits_for(work)
    with pytest.raises(InvalidInput):
        await coming
    async with tenant.read() as reader:
        balances = await reader.values(
            select(StockBalance.id).where(StockBalance.tenant_id == tenant.id)
        )
    assert list(balances) == []
    assert await violations(tenant) == []


async def test_an_item_does_not_change_under_goods_that_are_coming(
    tenant: TenantUnderTest,
) -> None:
    setting = await _setting(tenant)

    async def change() -> None:
        async with tenant.work() as work:
            await update_item(work, item_id=setting.item_ids[0], base_unit="KG")

    async with tenant.work() as work:
        await _receive(work, setting)
        changing = asyncio.create_task(change())
        await until_somebody_waits_for(work)
    with pytest.raises(BaseUnitInUse):
        await changing
