"""Worked examples of textbooks and of other systems' tests come out to the cent, through the real
operations."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select

from domain.entities.models import Party
from domain.inventory.approved_revaluations import Wanted
from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.models import CostLayer, ItemCost
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.costing import set_costing_method, set_costing_rule
from domain.inventory.operations.pricing_receipts import PricedLine, price_receipt
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.revaluing import revalue_stock
from domain.inventory.policies.cost_pools import FIFO, Pool, Uncovered
from domain.inventory.valuation.costs import CostOf, Source, take_cost
from domain.inventory.valuation.receiving import Terms
from domain.inventory.valuation.returning import Returned, return_cost
from tests.factories.accounting import sample
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest

D = Decimal


class Shelf:
    """One item of one entity, valued by a method, with receipts and adjustments."""

    def __init__(self, setting: StockSetting) -> None:
        self.setting = setting
        self.tenant = setting.tenant
        self.item = setting.item_ids[0]

    async def by(self, method: str) -> "Shelf":
        async with self.tenant.work() as work:
            await set_costing_method(work, entity_id=self.setting.entity_id, method=method)
        return self

    async def come(
        self,
        quantity: int,
        unit_cost: str | None,
        terms: Terms = Terms(),  # noqa: B008
    ) -> int:
        line = ReceiptLine(
            item_id=self.item,
            quantity=D(quantity),
            unit_cost=None if unit_cost is None else D(unit_cost),
        )
        async with self.tenant.work() as work:
            document = await receive_stock(
                work, location_id=self.setting.location_ids[0], lines=[line], terms=terms
            )
        return document.document_id

    async def go(self, quantity: int) -> int:
        """Take goods out; what that cost, in minor units."""
        before = (await self.cost()).value_minor
        line = AdjustmentLine(item_id=self.item, delta=D(-quantity))
        async with self.tenant.work() as work:
            await adjust_stock(
                work, location_id=self.setting.location_ids[0], lines=[line], reason="sold"
            )
        return int(before - (await self.cost()).value_minor)

    async def cost(self) -> Any:
        async with self.tenant.read() as reader:
            return await reader.row(
                select(*ItemCost.__table__.c).where(
                    ItemCost.tenant_id == reader.tenant_id, ItemCost.item_id == self.item
                )
            )

    async def queue(self) -> list[tuple[int, int]]:
        async with self.tenant.read() as reader:
            rows = await reader.rows(
                select(CostLayer.quantity_left, CostLayer.value_left_minor)
                .where(CostLayer.tenant_id == reader.tenant_id, CostLayer.is_open)
                .order_by(CostLayer.position)
            )
        return [(int(row.quantity_left), int(row.value_left_minor)) for row in rows]


@pytest.fixture
async def shelf(tenant: TenantUnderTest) -> Shelf:
    return Shelf(await new_stock_setting(tenant))


@pytest.mark.parametrize(("method", "expected"), [("fifo", "fifo"), ("average", "moving_average")])
async def test_a_textbook_costs_its_trackers_perpetually(
    shelf: Shelf, method: str, expected: str
) -> None:
    book = sample("openstax_spy_perpetual")
    await shelf.by(method)
    sold = 0
    for move in book["moves"]:
        if move["type"] == "sale":
            sold += await shelf.go(move["qty"])
        else:
            await shelf.come(move["qty"], move["unit_cost"])
    cost = await shelf.cost()
    wanted = {"fifo": (720000, 895500), "moving_average": (725294, 890206)}[expected]
    assert (sold, cost.value_minor, cost.quantity) == (*wanted, 285)
    if method == "fifo":
        told = book["expected"]["fifo"]
        assert (D(sold) / 100, D(cost.value_minor) / 100) == (D(told["cogs"]), D(told["ending"]))
    assert sold + cost.value_minor == 1615500
    assert await violations(shelf.tenant) == []


async def test_specific_goods_are_taken_where_they_are_named(shelf: Shelf) -> None:
    """The textbook's specific identification: 120 of lot 0, then 20 of lot 0 and 160 of lot 2."""
    await shelf.by("fifo")
    book = sample("openstax_spy_perpetual")
    documents = {
        move["n"]: await shelf.come(move["qty"], move["unit_cost"])
        for move in book["moves"]
        if move["type"] != "sale"
    }
    sold = 0
    for lot, quantity in ((0, 120), (0, 20), (2, 160)):
        async with shelf.tenant.work() as work:
            of = Source("stock_document", documents[lot])
            taken = CostOf(shelf.setting.entity_id, shelf.item, D(quantity), of=of)
            (value,) = await take_cost(work, [taken], source=Source("test", lot + quantity))
        sold += value
    assert D(sold) / 100 == D(book["expected"]["specific_id"]["cogs"])
    left = (await shelf.cost()).value_minor
    assert D(left) / 100 == D(book["expected"]["specific_id"]["ending"])


async def test_first_in_first_out_as_another_system_tests_it(shelf: Shelf) -> None:
    await shelf.by("fifo")
    for step in sample("tryton_fifo_basic")["steps"]:
        if step["move"] == "in":
            await shelf.come(step["qty"], step["unit_cost"])
        else:
            value = await shelf.go(step["qty"])
            assert D(value) / 100 / step["qty"] == D(step["move_cost"])
        if "cost_price_after" in step:
            cost = await shelf.cost()
            assert D(cost.value_minor) / 100 / cost.quantity == D(step["cost_price_after"])
    assert await violations(shelf.tenant) == []


async def test_the_average_and_its_revaluations_as_another_system_tests_them(
    shelf: Shelf,
) -> None:
    steps = sample("tryton_average")["steps"]
    for step in steps:
        cost = await shelf.cost()
        if "move" in step:
            await shelf.come(step["qty"], step["unit_cost"])
        else:
            factor = D(step["action"].removeprefix("revalue x"))
            unit = D(cost.value_minor) / 100 / cost.quantity * factor
            async with shelf.tenant.work() as work:
                await revalue_stock(
                    work,
                    entity_id=shelf.setting.entity_id,
                    lines=[Wanted(shelf.item, unit)],
                    reason="market",
                )
        cost = await shelf.cost()
        assert D(cost.value_minor) / 100 / cost.quantity == D(step["avg"])
    assert await violations(shelf.tenant) == []


async def test_consigned_goods_are_on_hand_and_worth_nothing(shelf: Shelf) -> None:
    async with shelf.tenant.work() as work:
        party_id = await work.value(
            insert(Party)
            .values(
                tenant_id=work.tenant_id,
                code="CONSIGNOR",
                name="Consignor",
                is_customer=False,
                is_supplier=True,
                created_at=work.now,
            )
            .returning(Party.id)
        )
    steps = sample("odoo_avco_consignment")["steps"]
    went: list[D] = []
    for kind, quantity, unit_cost, told in steps:
        if kind.startswith("in owned"):
            await shelf.come(quantity, unit_cost, Terms(consignor_id=party_id))
        elif kind == "in":
            before = (await shelf.cost()).value_minor if await shelf.cost() else 0
            await shelf.come(quantity, unit_cost)
            assert D((await shelf.cost()).value_minor - before) / 100 == D(told.split()[1])
        else:
            gone = D(await shelf.go(quantity)) / 100
            went.append(gone)
            # That example rounds the average to cents before it multiplies.
            rounded = (gone / quantity).quantize(D("0.01")) * quantity
            assert rounded == D(told.split()[1])
    # So its issues come to 4,190.10 for goods that cost 4,190.00; here nothing is made or lost.
    assert went == [D("2916.50"), D("477.56"), D("795.94")]
    assert sum(went) == 900 + 2170 + 1120
    cost = await shelf.cost()
    assert (cost.quantity, cost.value_minor, cost.consigned) == (0, 0, 10)
    assert await violations(shelf.tenant) == []
    # The goods become ours at the moment they leave, at what was agreed.
    assert await shelf.go(4) == 0
    cost = await shelf.cost()
    assert (cost.quantity, cost.value_minor, cost.consigned) == (0, 0, 6)
    assert await violations(shelf.tenant) == []


def _run(start: Sequence[Any], operations: Sequence[Any]) -> list[list[int]]:
    pool = Pool(method=FIFO, lends=D(1000))
    for quantity, unit in start:
        pool.quantity += D(quantity)
        pool.value += quantity * unit
        pool.uncovered.append(Uncovered(0, D(-quantity), -quantity * unit))
    for number, (kind, quantity, *unit) in enumerate(operations, start=1):
        if kind == "in":
            pool.add(number, D(quantity), quantity * unit[0])
        elif kind == "out":
            pool.last_unit = D(unit[0]) if unit else pool.last_unit
            gone = pool.take(D(quantity))
            if gone.uncovered:
                pool.uncovered.append(Uncovered(number, gone.uncovered, gone.uncovered_value))
        else:
            wanted = {layer.key for layer in pool.layers if layer.value == layer.left * unit[0]}
            pool.take(D(quantity), wanted.__contains__)
    queue = [[int(n.left), int(n.value / n.left)] for n in pool.layers if n.left]
    owed = [[-int(n.quantity), int(n.value / n.quantity)] for n in pool.uncovered]
    merged: list[list[int]] = []
    for quantity, rate in queue or owed:
        # That system keeps neighbours at one rate together.
        if merged and merged[-1][1] == rate:
            merged[-1][0] += quantity
        else:
            merged.append([quantity, rate])
    return merged


@pytest.mark.parametrize("case", range(6))
def test_another_systems_queue_comes_out(case: int) -> None:
    one = sample("erpnext_fifo_queue")["fifo"][case]
    assert _run(one["start"], one["ops"]) == one["queue"]


async def test_goods_leave_before_their_cost_is_booked(shelf: Shelf) -> None:
    """The queues that are below zero, through the real operations."""
    await shelf.by("fifo")
    async with shelf.tenant.work() as work:
        await set_costing_rule(work, entity_id=shelf.setting.entity_id, negative_stock="last_cost")
    await shelf.come(1, "100")
    await shelf.go(1)
    document = await shelf.come(6, None, Terms(is_pending=True))
    assert await shelf.go(5) == 500_00
    cost = await shelf.cost()
    assert (cost.quantity, cost.value_minor, cost.pending) == (-5, -500_00, 6)
    assert await violations(shelf.tenant) == []
    one = PricedLine(item_id=shelf.item, unit_cost=D(10), quantity=D(1))
    async with shelf.tenant.work() as work:
        await price_receipt(work, document_id=document, lines=[one])
    cost = await shelf.cost()
    assert (cost.quantity, cost.value_minor, cost.pending) == (-4, -400_00, 5)
    async with shelf.tenant.work() as work:
        rest = PricedLine(item_id=shelf.item, unit_cost=D(10))
        await price_receipt(work, document_id=document, lines=[rest])
    cost = await shelf.cost()
    assert (cost.quantity, cost.value_minor, cost.pending) == (1, 10_00, 0)
    assert await violations(shelf.tenant) == []


async def test_the_last_cost_wins_while_stock_is_below_zero(shelf: Shelf) -> None:
    told = sample("tryton_average")["negative_stock"]
    async with shelf.tenant.work() as work:
        await set_costing_rule(work, entity_id=shelf.setting.entity_id, negative_stock="last_cost")
    await shelf.come(1, told["initial_cost"])
    await shelf.go(1)
    await shelf.come(2, None, Terms(is_pending=True))
    for step in told["steps"]:
        if step["move"] == "in":
            await shelf.come(step["qty"], step["unit_cost"])
        else:
            await shelf.go(step["qty"])
        assert (await shelf.cost()).last_unit_minor / 100 == D(step["avg"].split()[0])
    assert (await shelf.cost()).quantity == -1
    assert await violations(shelf.tenant) == []


async def test_a_margin_with_a_return_and_a_loss(shelf: Shelf) -> None:
    told = sample("tryton_margin")
    await shelf.come(10, told["cost"])
    cost, revenue = 0, D(0)
    for number, line in enumerate(told["lines"], start=1):
        quantity = line.get("sold", 0) - line.get("customer_return", 0)
        revenue += quantity * D(line["price"])
        issue = Source("test_sale", number)
        async with shelf.tenant.work() as work:
            if quantity > 0:
                taken = CostOf(shelf.setting.entity_id, shelf.item, D(quantity))
                cost += sum(await take_cost(work, [taken], source=issue))
            else:
                back = Returned(
                    shelf.setting.entity_id, shelf.item, D(-quantity), Source("test_sale", 2)
                )
                cost -= sum(e.value_minor for e in await return_cost(work, [back], source=issue))
    expected = told["expected"]
    assert (D(cost) / 100, revenue) == (D(expected["cost"]), D(expected["revenue"]))
    margin = (revenue - D(cost) / 100) / revenue
    assert margin.quantize(D("0.0001")) == D(expected["margin"])
    async with shelf.tenant.work() as work:
        lost = CostOf(shelf.setting.entity_id, shelf.item, D(1))
        cost += sum(await take_cost(work, [lost], source=Source("test_loss", 1)))
    with_loss = expected["including_lost_1"]
    assert D(cost) / 100 == D(with_loss["cost"])
    assert ((revenue - D(cost) / 100) / revenue).quantize(D("0.0001")) == D(with_loss["margin"])
