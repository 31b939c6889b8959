"""What stock of a company cost and is worth, under names that carry its mark."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select

from domain.inventory.approved_revaluations import Wanted
from domain.inventory.models import StockDocument
from domain.inventory.operations.costing import set_costing_method, set_costing_rule
from domain.inventory.operations.landed_costs import book_landed_cost
from domain.inventory.operations.revaluing import write_down_stock
from domain.inventory.valuation.charged import LandedChargeLine
from domain.inventory.valuation.landed import LandedReceipt
from domain.kernel.work import Work


async def value_stock(
    work: Work, mark: str, *, entity: int, stock: Mapping[int, int], party: int
) -> None:
    """A method and a rule, freight on every receipt so far, and a write-down of every item."""
    await set_costing_method(work, entity_id=entity, method="fifo", item_group=f"{mark} group")
    await set_costing_rule(work, entity_id=entity, approval_above_minor=10**9)
    receipts = await work.values(
        select(StockDocument.id).where(
            StockDocument.tenant_id == work.tenant_id, StockDocument.kind == "receipt"
        )
    )
    await book_landed_cost(
        work,
        entity_id=entity,
        party_id=party,
        charges=[LandedChargeLine(kind="freight", basis="value", amount=Decimal("7.77"))],
        receipts=[LandedReceipt(document_id=each) for each in receipts],
        reason=f"{mark} freight",
        external_reference=f"{mark}-BILL",
    )
    await write_down_stock(
        work,
        entity_id=entity,
        lines=[Wanted(item, Decimal("2.40")) for item in stock.values()],
        reason=f"{mark} out of fashion",
    )
