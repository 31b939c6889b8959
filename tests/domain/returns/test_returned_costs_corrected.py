"""What goods cost is corrected after they were sold and came back: wherever they went then, their
cost follows, in one journal for each correction."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.inventory.lines import ReceiptLine
from domain.inventory.models import CostLayer, ItemCost
from domain.inventory.operations.costing import set_costing_method
from domain.inventory.operations.landed_costs import book_landed_cost
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.valuation.charged import LandedChargeLine
from domain.inventory.valuation.landed import LandedReceipt
from domain.inventory.valuation.receiving import Terms
from domain.ledger.models import Account, Journal, JournalLine
from domain.returns.models import ReturnUnit
from tests.factories.orders import violations
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest

D = Decimal


@pytest.fixture
async def returns(tenant: TenantUnderTest) -> Returns:
    made = await new_returns(tenant)
    async with tenant.work() as work:
        await set_costing_method(work, entity_id=made.shop.setting.entity_id, method="fifo")
    return made


async def _receive(returns: Returns, quantity: int, unit_cost: str, *, days_ago: int = 0) -> int:
    line = ReceiptLine(
        item_id=returns.shop.setting.item_ids[0], quantity=D(quantity), unit_cost=D(unit_cost)
    )
    day = returns.tenant.now.date() - timedelta(days=days_ago)
    async with returns.tenant.work() as work:
        document = await receive_stock(
            work,
            location_id=returns.shop.setting.location_ids[0],
            lines=[line],
            terms=Terms(received_on=day),
        )
    return document.document_id


async def _sold_and_back(returns: Returns) -> None:
    """Four are sold; one each is restocked, scrapped, sent to the supplier, and kept."""
    order_id = await returns.sell(4, from_stock=True)
    return_id = await returns.request(order_id, 3)
    await returns.receive(return_id, (0, 3))
    [unit] = await returns.rows(ReturnUnit)
    parts = await returns.inspect(unit.id, (1, "new"), (1, "damaged"), (1, "new"))
    for part, kind in zip(parts, ("restock", "scrap", "return_to_supplier"), strict=True):
        await returns.dispose(part, kind)


async def _accounts(returns: Returns) -> dict[str, int]:
    async with returns.tenant.read() as reader:
        rows = await reader.rows(
            select(Account.role, func.sum(JournalLine.amount_minor).label("amount"))
            .join(JournalLine, JournalLine.account_id == Account.id)
            .where(
                Account.tenant_id == returns.tenant.id,
                Account.role.in_(("inventory", "cost_of_goods", "scrap", "goods_received")),
            )
            .group_by(Account.role)
        )
    return {row.role: int(row.amount) for row in rows}


async def _journals(returns: Returns) -> int:
    async with returns.tenant.read() as reader:
        statement = select(func.count()).where(Journal.tenant_id == returns.tenant.id)
        return int(await reader.value(statement) or 0)


async def test_a_receipt_of_an_earlier_day_reaches_goods_that_came_back(returns: Returns) -> None:
    await _receive(returns, 6, "4.00")
    await _sold_and_back(returns)
    before = await _accounts(returns)
    # Six at 4.00 came; four left; each that came back did so at 4.00.
    assert before == {
        "inventory": 1200,
        "cost_of_goods": 400,
        "scrap": 400,
        "goods_received": -2400 + 400,
    }
    journals = await _journals(returns)
    await _receive(returns, 4, "5.00", days_ago=3)
    # What was sold was of those, then: each of the four cost 1.00 more.
    assert await _accounts(returns) == {
        "inventory": 1200 + 2000 - 400 + 100,
        "cost_of_goods": 500,
        "scrap": 500,
        "goods_received": -2000 - 2000 + 100,
    }
    assert await _journals(returns) == journals + 1
    assert await violations(returns.tenant) == {}


async def test_freight_reaches_goods_that_came_back_and_went(returns: Returns) -> None:
    document = await _receive(returns, 6, "4.00")
    await _sold_and_back(returns)
    before, journals = await _accounts(returns), await _journals(returns)
    async with returns.tenant.work() as work:
        await book_landed_cost(
            work,
            entity_id=returns.shop.setting.entity_id,
            charges=[LandedChargeLine(kind="freight", basis="quantity", amount=D("0.61"))],
            receipts=[LandedReceipt(document_id=document)],
            reason="freight",
        )
    after = await _accounts(returns)
    moved = {role: after[role] - before[role] for role in after}
    assert sum(moved.values()) == 61
    # 0.61 on six: of the four that left one is gone for good, one came back, two went elsewhere.
    assert moved == {"inventory": 31, "cost_of_goods": 10, "scrap": 10, "goods_received": 10}
    assert await _journals(returns) == journals + 1
    async with returns.tenant.read() as reader:
        layers = await reader.rows(
            select(CostLayer.standing, CostLayer.leg, CostLayer.cost_minor)
            .where(CostLayer.tenant_id == returns.tenant.id, CostLayer.issue_id.is_not(None))
            .order_by(CostLayer.id)
        )
        value = await reader.value(
            select(ItemCost.value_minor).where(ItemCost.tenant_id == returns.tenant.id)
        )
    assert [tuple(row) for row in layers] == [
        ("valued", None, 411),
        ("gone", "scrap", 410),
        ("gone", "goods_received", 410),
    ]
    assert value == after["inventory"]
    assert await violations(returns.tenant) == {}


async def test_three_that_cost_ten_euros_are_scrapped_one_by_one(returns: Returns) -> None:
    await _receive(returns, 3, "3.333333")
    order_id = await returns.sell(3, from_stock=True)
    for _ in range(3):
        return_id = await returns.request(order_id, 1)
        await returns.receive(return_id, (0, 1))
        [unit] = await returns.rows(ReturnUnit, return_id=return_id)
        [part] = await returns.inspect(unit.id, (1, "damaged"))
        await returns.dispose(part, "scrap")
    assert await _accounts(returns) == {
        "inventory": 0,
        "cost_of_goods": 0,
        "scrap": 1000,
        "goods_received": -1000,
    }
    assert await violations(returns.tenant) == {}
