"""From the wish to send goods back to stock, books and money."""

from typing import Any

from sqlalchemy import func, select

from domain.inventory.models import StockBalance
from domain.ledger.models import Journal, JournalLine
from domain.returns.models import ReturnCredit, ReturnUnit
from tests.factories.orders import violations
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest


async def _stock(returns: Returns) -> list[tuple[str, int, int]]:
    """(condition, on hand, quality control) of every balance of the first item."""
    rows = await returns.rows(StockBalance, item_id=returns.shop.setting.item_ids[0])
    return [(row.condition, int(row.on_hand), int(row.quality_control)) for row in rows]


async def _booked(returns: Returns, milestone: str) -> dict[str, int]:
    async with returns.tenant.read() as reader:
        rows = await reader.rows(
            select(JournalLine.leg, func.sum(JournalLine.amount_minor).label("amount"))
            .join(Journal, Journal.id == JournalLine.journal_id)
            .where(Journal.tenant_id == returns.tenant.id, Journal.milestone == milestone)
            .group_by(JournalLine.leg)
        )
    return {row.leg: int(row.amount) for row in rows}


def _amounts(credit: Any) -> tuple[int, ...]:
    return (credit.net_minor, credit.tax_minor, credit.shipping_minor, credit.fee_minor)


async def test_goods_come_back_into_stock_at_what_they_cost_and_their_money_goes_back(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant)
    order_id = await returns.sell(3, tax_minor=190)
    await returns.shop.stock(1, value_minor=900)
    return_id = await returns.request(order_id, 2)
    assert await returns.state(return_id) == ("approved", [("authorized", 0, 0, 0, 0)])
    authorization = await returns.authorization(return_id)
    assert (authorization.number, authorization.barcode) == ("RMA-1", "0000000000017")
    await returns.receive(return_id, (0, 2))
    assert await _stock(returns) == [("new", 1, 0)]
    [unit] = await returns.rows(ReturnUnit)
    first, second = await returns.inspect(unit.id, (1, "new"), (1, "damaged"))
    await returns.dispose(first)
    assert await _stock(returns) == [("new", 2, 0)]
    assert await _booked(returns, "return_restock") == {"inventory": 400, "cost_of_goods": -400}
    await returns.dispose(second, "scrap")
    assert await _booked(returns, "return_scrap") == {"scrap": 400, "cost_of_goods": -400}
    [credit_id] = await returns.credit(return_id)
    [credit] = await returns.rows(ReturnCredit, id=credit_id)
    assert _amounts(credit) == (667, 127, 0, 0)
    assert await returns.state(return_id) == ("closed", [("authorized", 2, 2, 2, 2)])
    assert await violations(tenant) == {}
