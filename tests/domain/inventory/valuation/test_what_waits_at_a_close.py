"""What of the value of stock is not decided is found before a period closes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

import app.subjects  # noqa: F401
from domain.inventory.approved_revaluations import Wanted
from domain.inventory.closing import UNPRICED_RECEIPTS, WAITING_REVALUATIONS
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.costing import set_costing_rule
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.revaluing import write_down_stock
from domain.inventory.valuation.receiving import Terms
from domain.ledger.closing_checks import ClosingCheck
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _receive(setting: StockSetting, *, is_pending: bool) -> None:
    line = ReceiptLine(item_id=setting.item_ids[0], quantity=D(3), unit_cost=D(2))
    async with setting.tenant.work() as work:
        await receive_stock(
            work,
            location_id=setting.location_ids[0],
            lines=[line],
            terms=Terms(is_pending=is_pending),
        )


async def _found(setting: StockSetting, check: ClosingCheck, *, days: int) -> list[str]:
    given = {
        "tenant_id": setting.tenant.id,
        "entity_id": setting.entity_id,
        "until": setting.tenant.now.date() + timedelta(days=days),
    }
    async with setting.tenant.read() as reader:
        return [row.what for row in await reader.rows(text(check.found), given)]


@pytest.mark.parametrize(("days", "expected"), [(1, ["3 are not priced"]), (0, [])])
async def test_receipts_without_a_cost(
    tenant: TenantUnderTest, days: int, expected: list[str]
) -> None:
    setting = await new_stock_setting(tenant)
    await _receive(setting, is_pending=True)
    assert await _found(setting, UNPRICED_RECEIPTS, days=days) == expected


async def test_write_downs_that_wait(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    await _receive(setting, is_pending=False)
    async with tenant.work() as work:
        await set_costing_rule(work, entity_id=setting.entity_id, approval_above_minor=0)
        await write_down_stock(
            work,
            entity_id=setting.entity_id,
            lines=[Wanted(setting.item_ids[0], D(1))],
            reason="old",
        )
    assert await _found(setting, WAITING_REVALUATIONS, days=1) == ["RV-1 waits for a yes"]
    assert await _found(setting, UNPRICED_RECEIPTS, days=1) == []
