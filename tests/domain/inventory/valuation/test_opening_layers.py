"""What was kept as one moving average becomes one opening layer of each item of an owner."""

from decimal import Decimal

from sqlalchemy import select, text

from domain.inventory.models import CostLayer, ItemCost
from tests.factories.checks import violations
from tests.factories.costing import In, Ledgered, Out
from tests.factories.migrations import migration, run_as_owner
from tests.factories.stock import new_stock_setting
from tests.factories.tenants import TenantUnderTest


async def test_an_average_of_before_opens_as_one_layer(
    tenant: TenantUnderTest, owner_url: str
) -> None:
    item = Ledgered(await new_stock_setting(tenant))
    for step in (In(2, 300), In(1, 100)):
        await item.take(step)
    async with tenant.work() as work:
        # As it stood before there were layers.
        await work.execute(text("DELETE FROM cost_layer"))
        await work.execute(text("UPDATE item_cost SET position = 0, last_on = NULL"))
    await run_as_owner(owner_url, _of_one(migration("0024_valuation").OPENING, tenant))
    async with tenant.read() as reader:
        (layer,) = await reader.rows(
            select(*CostLayer.__table__.c).where(CostLayer.tenant_id == tenant.id)
        )
        (cost,) = await reader.rows(
            select(*ItemCost.__table__.c).where(ItemCost.tenant_id == tenant.id)
        )
    assert (layer.quantity, layer.quantity_left, layer.cost_minor) == (3, 3, 400)
    assert (layer.source_kind, layer.source_id) == ("item_cost", cost.id)
    assert (cost.position, cost.last_unit_minor) == (1, Decimal("133.333333"))
    assert await violations(tenant) == []
    await item.take(Out(2))
    assert await item.result() == ([267], 133)
    assert await violations(tenant) == []


def _of_one(statement: str, tenant: TenantUnderTest) -> str:
    """Other tests' tenants have their layers already."""
    return statement.replace(
        "FROM all_tenants() t LOOP", f"FROM all_tenants() t WHERE t.tenant_id = {tenant.id} LOOP"
    )
