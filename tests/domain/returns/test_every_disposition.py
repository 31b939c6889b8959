"""Each disposition does to the stock, the piece and the books what it says, and nothing before."""

import pytest
from sqlalchemy import func, select

from domain.inventory.models import SerialNumber, StockBalance, StockMovement
from domain.kernel.errors import InvalidInput, InvalidState
from domain.ledger.models import Journal, JournalLine
from domain.returns.models import ReturnDisposition, ReturnUnit
from tests.factories.orders import violations
from tests.factories.pieces import receive_pieces
from tests.factories.returns import new_returns
from tests.factories.tenants import TenantUnderTest

# (on hand, quality control), what is booked, the state of the piece.
EXPECTED = {
    "restock": ((1, 0), {"inventory": 500, "cost_of_goods": -500}, "available"),
    "refurbish": ((1, 1), {"inventory": 500, "cost_of_goods": -500}, "quality_control"),
    "quarantine": ((1, 1), {"inventory": 500, "cost_of_goods": -500}, "quality_control"),
    "scrap": ((0, 0), {"scrap": 500, "cost_of_goods": -500}, "removed"),
    "return_to_supplier": ((0, 0), {"goods_received": 500, "cost_of_goods": -500}, "removed"),
    "missing": ((0, 0), {}, "shipped"),
}


@pytest.mark.parametrize("kind", EXPECTED)
async def test_stock_changes_by_disposition_alone(tenant: TenantUnderTest, kind: str) -> None:
    returns = await new_returns(tenant, tracking="serial")
    await receive_pieces(returns.shop, "S-1")
    order_id = await returns.sell(1, serials=["S-1"])

    async def stock() -> tuple[int, int]:
        rows = await returns.rows(StockBalance)
        return sum(int(row.on_hand) for row in rows), sum(int(r.quality_control) for r in rows)

    async def moved() -> int:
        return len(await returns.rows(StockMovement))

    before = await moved()
    return_id = await returns.request(order_id, 1)
    await returns.receive(return_id, (0, 1), serials=["S-1"])
    [unit] = await returns.rows(ReturnUnit)
    found = "missing" if kind == "missing" else "new"
    [inspected] = await returns.inspect(unit.id, (1, found))
    # Nothing of it is in the stock, nor has anything been booked.
    assert (await stock(), await moved()) == ((0, 0), before)
    await returns.dispose(inspected, kind)
    there, booked, state = EXPECTED[kind]
    assert await stock() == there
    assert await moved() == before + (there[0] > 0)
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(JournalLine.leg, func.sum(JournalLine.amount_minor).label("amount"))
            .join(Journal, Journal.id == JournalLine.journal_id)
            .where(Journal.tenant_id == tenant.id, Journal.source_kind == "return_disposition")
            .group_by(JournalLine.leg)
        )
    assert {row.leg: int(row.amount) for row in rows} == booked
    [piece] = await returns.rows(SerialNumber)
    assert piece.state == state
    [disposition] = await returns.rows(ReturnDisposition)
    assert (disposition.kind, int(disposition.quantity)) == (kind, 1)
    with pytest.raises(InvalidState):
        await returns.dispose(inspected, kind)
    assert await violations(tenant) == {}


async def test_nothing_is_disposed_of_before_it_was_looked_at(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    return_id = await returns.request(await returns.sell(1), 1)
    await returns.receive(return_id, (0, 1))
    [unit] = await returns.rows(ReturnUnit)
    with pytest.raises(InvalidState):
        await returns.dispose(unit.id)
    [inspected] = await returns.inspect(unit.id, (1, "new"))
    with pytest.raises(InvalidInput):
        await returns.dispose(inspected, "give_away")
    assert await returns.rows(ReturnDisposition) == []
    assert await violations(tenant) == {}
