"""Goods that come back, or go into kits, at what they cost; and corrections that follow them."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from domain.catalog.models import KitComponent
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import CostLayer, ItemCost
from domain.inventory.operations.assembling import KitsWanted, assemble_kits, disassemble_kits
from domain.inventory.operations.costing import set_costing_method, set_standard_costs
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import CostNotBooked, ReturnedMore
from domain.inventory.valuation.costs import CostAdded, CostOf, Source, add_cost, take_cost
from domain.inventory.valuation.kinds import Entered
from domain.inventory.valuation.receiving import Terms
from domain.inventory.valuation.returning import Issue, Returned, cost_of_issue, return_cost
from domain.inventory.valuation.revising import revalue_layers, revalue_receipt
from domain.inventory.valuation.values import stock_value, unrealised_profit
from domain.kernel.errors import InvalidInput, NotFound
from tests.factories.checks import violations
from tests.factories.costing import In, Ledgered, Out
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest

D = Decimal
SALE = Source("test_sale", 1)


async def _back(setting: StockSetting, quantity: int, number: int) -> int:
    async with setting.tenant.work() as work:
        one = Returned(setting.entity_id, setting.item_ids[0], D(quantity), SALE)
        (entered,) = await return_cost(work, [one], source=Source("test_return", number))
    return entered.value_minor


async def _sold(setting: StockSetting, method: str) -> int:
    item = await Ledgered(setting).use(method)
    for step in (In(2, 1000), In(2, 2001)):
        await item.take(step)
    async with setting.tenant.work() as work:
        taken = CostOf(setting.entity_id, setting.item_ids[0], D(3))
        (value,) = await take_cost(work, [taken], source=SALE)
    return value


@pytest.mark.parametrize(("method", "cost"), [("average", 2251), ("fifo", 2000)])
async def test_goods_come_back_at_what_they_cost_to_the_last_cent(
    tenant: TenantUnderTest, method: str, cost: int
) -> None:
    setting = await new_stock_setting(tenant)
    assert await _sold(setting, method) == cost
    back = [await _back(setting, 1, number) for number in range(3)]
    assert sum(back) == cost
    async with tenant.read() as reader:
        found = await cost_of_issue(reader, SALE)
    assert found == {setting.item_ids[0]: Issue(D(3), cost, D(3), cost)}
    with pytest.raises(ReturnedMore):
        await _back(setting, 1, 9)


async def test_no_more_comes_back_than_left_also_at_once(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    cost = await _sold(setting, "fifo")
    done = await asyncio.gather(
        *(_back(setting, 1, number) for number in range(5)), return_exceptions=True
    )
    assert sum(isinstance(each, ReturnedMore) for each in done) == 2
    assert sum(each for each in done if isinstance(each, int)) == cost


async def test_goods_of_no_known_sale_come_back_at_what_such_goods_are_worth(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant)
    await _sold(setting, "fifo")
    async with tenant.work() as work:
        one = Returned(setting.entity_id, setting.item_ids[0], D(2), None)
        assert await return_cost(work, [one], source=Source("r", 1)) == [Entered(2002)]


async def test_at_standard_cost_what_came_back_differs_by_a_variance(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant)
    await _sold(setting, "average")
    async with tenant.work() as work:
        await set_standard_costs(
            work, entity_id=setting.entity_id, costs={setting.item_ids[0]: D(7)}
        )
        await set_costing_method(work, entity_id=setting.entity_id, method="standard")
    async with tenant.work() as work:
        one = Returned(setting.entity_id, setting.item_ids[0], D(3), SALE)
        (entered,) = await return_cost(work, [one], source=Source("r", 1))
    assert (entered.stock_minor, entered.variance_minor) == (2100, 151)


async def test_what_goods_cost_more_follows_those_that_came_back(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    item = await Ledgered(setting).use("fifo")
    await item.take(In(4, 4000))
    await item.take(Out(2))
    async with tenant.work() as work:
        sale = Source("step", 2)
        one = Returned(setting.entity_id, setting.item_ids[0], D(1), sale)
        assert await return_cost(work, [one], source=Source("r", 1)) == [Entered(1000)]
    async with tenant.work() as work:
        revalued = await revalue_layers(work, {item.layers[0]: 400}, cause=Source("invoice", 1))
    # Of four, two are there, one came back, one is gone.
    assert dict(revalued.legs) == {"inventory": 300, "cost_of_goods": 100}
    async with tenant.read() as reader:
        found = await cost_of_issue(reader, sale)
    assert found == {setting.item_ids[0]: Issue(D(2), 2200, D(1), 1100)}


async def _receive(setting: StockSetting, *unit_costs: str, terms: Terms | None = None) -> int:
    lines = [
        ReceiptLine(item_id=item, quantity=D(10), unit_cost=D(cost))
        for item, cost in zip(setting.item_ids, unit_costs, strict=False)
    ]
    async with setting.tenant.work() as work:
        document = await receive_stock(
            work, location_id=setting.location_ids[0], lines=lines, terms=terms or Terms()
        )
    return document.document_id


async def _values(setting: StockSetting) -> list[int]:
    async with setting.tenant.read() as reader:
        return list(
            await reader.values(
                select(ItemCost.value_minor)
                .where(ItemCost.tenant_id == reader.tenant_id)
                .order_by(ItemCost.item_id)
            )
        )


@pytest.mark.parametrize("method", ["average", "fifo"])
async def test_what_components_cost_more_follows_them_into_kits_and_out_again(
    tenant: TenantUnderTest, method: str
) -> None:
    setting = await new_stock_setting(tenant, items=3)
    bolt, nut, kit = setting.item_ids
    async with tenant.work() as work:
        await set_costing_method(work, entity_id=setting.entity_id, method=method)
        for part in (bolt, nut):
            await work.execute(
                insert(KitComponent).values(
                    tenant_id=work.tenant_id,
                    kit_item_id=kit,
                    component_item_id=part,
                    quantity=D(1),
                )
            )
    document = await _receive(setting, "1", "2")
    place = setting.location_ids[0]
    async with tenant.work() as work:
        await assemble_kits(work, location_id=place, kits=KitsWanted(item_id=kit, quantity=D(5)))
    async with tenant.work() as work:
        await disassemble_kits(work, location_id=place, kits=KitsWanted(item_id=kit, quantity=D(2)))
    assert sum(await _values(setting)) == 3000
    async with tenant.work() as work:
        revalued = await revalue_receipt(
            work,
            source=Source("stock_document", document),
            owner_id=setting.entity_id,
            item_id=bolt,
            difference_minor=100,
            cause=Source("supplier_invoice", 1),
        )
    # All of it is still in the stock: as bolts, and in kits and what became of those.
    assert dict(revalued.legs) == {"inventory": 100}
    assert sum(await _values(setting)) == 3100
    broken = {name for name, _ in await violations(tenant)}
    assert broken == {"inventory_account_is_value_of_stock"}  # The caller posts the legs.


async def test_nothing_came_by_it(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await revalue_receipt(
                work,
                source=Source("stock_document", 1),
                owner_id=setting.entity_id,
                item_id=setting.item_ids[0],
                difference_minor=1,
                cause=Source("supplier_invoice", 1),
            )


async def test_goods_whose_cost_is_not_booked_stay_unless_the_entity_lets_them_go(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant)
    await _receive(setting, "1", terms=Terms(is_pending=True))
    with pytest.raises(CostNotBooked):
        async with tenant.work() as work:
            taken = CostOf(setting.entity_id, setting.item_ids[0], D(1))
            await take_cost(work, [taken], source=SALE)
    assert await _values(setting) == [0]
    assert await violations(tenant) == []


async def test_goods_do_not_come_tomorrow(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    tomorrow = tenant.now.date().replace(year=tenant.now.year + 1)
    with pytest.raises(InvalidInput):
        await _receive(setting, "1", terms=Terms(received_on=tomorrow))
    with pytest.raises(NotFound):
        await _receive(setting, "1", terms=Terms(consignor_id=10**6))


async def test_profit_of_another_entity_stays_with_what_is_left(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    owner, item = setting.entity_id, setting.item_ids[0]
    async with tenant.work() as work:
        bought = CostAdded(owner, item, D(3), 3000, profit_minor=1000)
        await add_cost(work, [bought], source=Source("trade", 7))
        await take_cost(work, [CostOf(owner, item, D(1))], source=SALE)
    async with tenant.read() as reader:
        (left,) = await unrealised_profit(reader, [owner])
        assert (left.quantity_left, left.profit_minor, left.source_id) == (2, 667, 7)
        today = tenant.now.date()
        assert await unrealised_profit(reader, [owner], today) == [left]
        assert await stock_value(reader, [owner, 0]) == {owner: 2000, 0: 0}
        assert await stock_value(reader, [owner], today) == {owner: 2000}
        before = today.replace(year=today.year - 1)
        assert await stock_value(reader, [owner], before) == {owner: 0}
        assert await unrealised_profit(reader, [owner], before) == []
        layers = await reader.rows(
            select(CostLayer.source_kind).where(CostLayer.tenant_id == tenant.id)
        )
    assert [row.source_kind for row in layers] == ["trade"]
