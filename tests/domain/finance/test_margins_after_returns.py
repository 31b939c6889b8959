"""What a channel earned is told after returns, credits and corrections as well: each is reported
where its sale was."""

from decimal import Decimal

from sqlalchemy import select, update

from domain.catalog.models import Item
from domain.finance.models import Invoice
from domain.finance.operations.credit_notes import CreditedLine, credit_invoice
from domain.inventory.models import CostLayer
from domain.inventory.operations.landed_costs import book_landed_cost
from domain.inventory.valuation.charged import LandedChargeLine
from domain.inventory.valuation.landed import LandedReceipt
from domain.ledger.queries.margins import margins
from domain.returns.models import ReturnUnit
from tests.factories.delivering import deliver_all
from tests.factories.money import rows_of, taxed
from tests.factories.orders import new_channel, violations
from tests.factories.returns import Returns, new_returns
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _margins(
    returns: Returns, by: str = "channel"
) -> dict[int | str | None, tuple[int, int]]:
    """(revenue, cost) by a dimension."""
    day = returns.tenant.now.date()
    async with returns.tenant.read() as reader:
        found = await margins(
            reader,
            entity_ids=[returns.shop.setting.entity_id],
            from_on=day,
            to_on=day,
            by=by,
        )
    return {each.dimension: (each.revenue_minor, each.cost_minor) for each in found}


async def _sold(returns: Returns, channel_id: int) -> int:
    order = await returns.sell(2, prices_minor=[2000], channel_id=channel_id, shipping_minor=300)
    await deliver_all(returns.tenant)
    return order


async def test_a_channel_loses_what_came_back_and_no_other_does(tenant: TenantUnderTest) -> None:
    returns = await new_returns(
        tenant,
        {"name": "Let", "decision": "approve", "refunds_shipping": True, "fee_percent": "10"},
    )
    async with tenant.work() as work:
        await work.execute(
            update(Item)
            .where(Item.tenant_id == tenant.id, Item.id == returns.shop.setting.item_ids[0])
            .values(item_group="tools")
        )
    one, two = returns.shop.channel_id, await new_channel(tenant, returns.shop.setting.entity_id)
    order = await _sold(returns, one)
    await _sold(returns, two)
    assert await _margins(returns) == {one: (2300, 800), two: (2300, 800)}
    returned = await returns.come_back(order, 1)
    [unit] = await returns.rows(ReturnUnit)
    await returns.dispose(unit.id)
    await returns.credit(returned)
    await deliver_all(tenant)
    # Half of it came back, half of its carriage too; a tenth of the goods is kept as a fee.
    assert await _margins(returns) == {one: (2300 - 1000 - 150 + 100, 400), two: (2300, 800)}
    assert (await _margins(returns, "item_group"))["tools"] == (4000 - 1000, 1200)
    place = returns.shop.setting.location_ids[0]
    assert (await _margins(returns, "location"))[place] == (4600 - 1150, 1200)
    assert await violations(tenant) == {}


async def test_a_credit_note_by_hand_is_the_channels_of_its_order(tenant: TenantUnderTest) -> None:
    returns = await new_returns(tenant)
    await taxed(returns.shop, ("VAT", "19"), is_inclusive=True)
    one, two = returns.shop.channel_id, await new_channel(tenant, returns.shop.setting.entity_id)
    await _sold(returns, one)
    await _sold(returns, two)
    # Of 20.00 and 3.00 with tax in them, 16.81 and 2.52 are earned.
    assert await _margins(returns) == {one: (1933, 800), two: (1933, 800)}
    [first, _] = await rows_of(tenant, Invoice)
    async with tenant.work() as work:
        lines = [CreditedLine(line_number=1, net_minor=681)]
        await credit_invoice(work, invoice_id=first.id, reason="late", lines=lines)
    assert await _margins(returns) == {one: (1252, 800), two: (1933, 800)}
    assert await violations(tenant) == {}


async def test_what_goods_cost_more_is_borne_by_the_channel_that_sold_them(
    tenant: TenantUnderTest,
) -> None:
    returns = await new_returns(tenant)
    one, two = returns.shop.channel_id, await new_channel(tenant, returns.shop.setting.entity_id)
    await returns.shop.stock(10, value_minor=4000)
    await returns.sell(2, channel_id=one, from_stock=True)
    order = await returns.sell(4, channel_id=two, from_stock=True)
    assert await _margins(returns) == {one: (1000, 800), two: (1000, 1600)}
    await returns.come_back(order, 1)
    [unit] = await returns.rows(ReturnUnit)
    await returns.dispose(unit.id, "scrap")
    async with tenant.read() as reader:
        document = await reader.value(
            select(CostLayer.source_id).where(
                CostLayer.tenant_id == tenant.id, CostLayer.source_kind == "stock_document"
            )
        )
    async with tenant.work() as work:
        await book_landed_cost(
            work,
            entity_id=returns.shop.setting.entity_id,
            charges=[LandedChargeLine(kind="freight", basis="quantity", amount=D("5.00"))],
            receipts=[LandedReceipt(document_id=document)],
            reason="freight",
        )
    # 0.50 on each: what was scrapped is a cost of the channel that had sold it, as before.
    assert await _margins(returns) == {one: (1000, 900), two: (1000, 1800)}
    assert await violations(tenant) == {}
