"""Write-downs, what is taken back of them, revaluations by hand, other methods and standards."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

import app.subjects  # noqa: F401
from domain.catalog.models import Item
from domain.inventory.approved_revaluations import Wanted
from domain.inventory.models import ItemCost, RevaluationLine, StockRevaluation
from domain.inventory.operations.costing import (
    set_costing_method,
    set_costing_rule,
    set_standard_costs,
)
from domain.inventory.operations.revaluing import (
    revalue_stock,
    reverse_write_down,
    write_down_stock,
)
from domain.inventory.outcomes import ValueRefused
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work
from tests.factories.checks import violations
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.costing import In, Ledgered, More, Out
from tests.factories.counting import say_no, say_yes, waiting
from tests.factories.stock import new_stock_setting
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _cost(item: Ledgered) -> Any:
    async with item.setting.tenant.read() as reader:
        return await reader.row(
            select(*ItemCost.__table__.c).where(
                ItemCost.tenant_id == reader.tenant_id, ItemCost.item_id == item.key[1]
            )
        )


async def _documents(item: Ledgered) -> list[tuple[str, str, int]]:
    async with item.setting.tenant.read() as reader:
        rows = await reader.rows(
            select(
                StockRevaluation.kind, StockRevaluation.status, StockRevaluation.difference_minor
            )
            .where(StockRevaluation.tenant_id == reader.tenant_id)
            .order_by(StockRevaluation.id)
        )
    return [tuple(row) for row in rows]


async def _change(item: Ledgered, change: Any, unit_value: str | None) -> int:
    async with item.setting.tenant.work() as work:
        wanted = [Wanted(item.key[1], None if unit_value is None else D(unit_value))]
        done = await change(work, entity_id=item.key[0], lines=wanted, reason="the season is over")
    return int(done)


@pytest.fixture(params=["average", "fifo"])
async def item(tenant: TenantUnderTest, request: pytest.FixtureRequest) -> Ledgered:
    """Ten of an item, six at 10.00 and four at 20.00."""
    item = await Ledgered(await new_stock_setting(tenant)).use(request.param)
    await item.take(In(6, 6000))
    await item.take(In(4, 8000))
    return item


async def test_stock_is_written_down_and_that_is_taken_back_to_its_cost(item: Ledgered) -> None:
    await _change(item, write_down_stock, "9.00")
    cost = await _cost(item)
    assert (cost.value_minor, cost.written_down_minor) == (9000, 5000)
    with pytest.raises(ValueRefused):
        await _change(item, write_down_stock, "9.50")
    await item.take(Out(5))
    cost = await _cost(item)
    assert cost.written_down_minor == 2500
    with pytest.raises(ValueRefused):
        await _change(item, reverse_write_down, "99")
    await _change(item, reverse_write_down, None)
    after = await _cost(item)
    assert (after.value_minor, after.written_down_minor) == (cost.value_minor + 2500, 0)
    with pytest.raises(ValueRefused):
        await _change(item, reverse_write_down, None)
    assert await _documents(item) == [
        ("write_down", "booked", -5000),
        ("write_up", "booked", 2500),
    ]
    await item.take(Out(5))
    assert (await _cost(item)).value_minor == 0
    assert await violations(item.setting.tenant) == []


async def test_above_the_amount_it_waits_for_somebody_elses_yes(item: Ledgered) -> None:
    tenant = item.setting.tenant
    async with tenant.work() as work:
        await set_costing_rule(work, entity_id=item.key[0], approval_above_minor=1000)
    await _change(item, revalue_stock, "13.50")
    assert (await _cost(item)).value_minor == 13500
    await _change(item, write_down_stock, "10.00")
    assert (await _cost(item)).value_minor == 13500
    (request,) = await waiting(tenant)
    assert request.details["value_minor"] == 3500
    # What leaves meanwhile is not written down.
    await item.take(Out(2))
    await say_yes(tenant, request.id)
    assert (await _cost(item)).value_minor == 8000
    await _change(item, write_down_stock, "1.00")
    (request,) = await waiting(tenant)
    await say_no(tenant, request.id)
    assert [status for _, status, _ in await _documents(item)] == ["booked", "booked", "dropped"]
    assert (await _cost(item)).value_minor == 8000
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(RevaluationLine.quantity, RevaluationLine.after_minor)
            .where(RevaluationLine.tenant_id == tenant.id)
            .order_by(RevaluationLine.revaluation_id)
        )
    assert [tuple(row) for row in rows][1] == (8, 8000)
    assert await violations(tenant) == []


async def test_nothing_can_be_worth_what_is_no_amount(item: Ledgered) -> None:
    for value in ("-1", "NaN"):
        with pytest.raises(InvalidInput):
            await _change(item, revalue_stock, value)
    with pytest.raises(InvalidInput):
        await _change(item, write_down_stock, None)
    await item.take(Out(10))
    with pytest.raises(ValueRefused):
        await _change(item, revalue_stock, "1")
    assert await violations(item.setting.tenant) == []


async def test_a_correction_passes_a_write_down(item: Ledgered) -> None:
    """What a receipt cost more comes on top of what the stock is worth by hand."""
    await item.take(Out(2))
    await _change(item, write_down_stock, "5.00")
    await item.take(More(0, 600))
    assert (await _cost(item)).value_minor in (4000 + 480, 4000 + 400)
    await item.take(Out(8))
    assert (await _cost(item)).value_minor == 0
    assert await violations(item.setting.tenant) == []


async def test_another_method_values_the_stock_anew_with_a_journal(tenant: TenantUnderTest) -> None:
    item = await Ledgered(await new_stock_setting(tenant)).use("average")
    for step in (In(6, 6000), In(4, 8000), Out(5)):
        await item.take(step)
    assert (await _cost(item)).value_minor == 7000
    async with tenant.work() as work:
        await set_costing_method(work, entity_id=item.key[0], method="fifo")
    # One at 10.00 and four at 20.00 are there.
    assert (await _cost(item)).value_minor == 9000
    assert await violations(tenant) == []
    # Half of the first receipt's goods that are gone by now went before: they bear it at once.
    await item.take(More(0, 600))
    assert await item.result() == ([7000 + 500], 9100)
    assert await violations(tenant) == []
    await item.take(Out(1))
    assert await item.result() == ([7500, 1100], 8000)
    async with tenant.work() as work:
        await set_standard_costs(work, entity_id=item.key[0], costs={item.key[1]: D(21)})
        await set_costing_method(work, entity_id=item.key[0], method="standard")
    assert (await _cost(item)).value_minor == 8400
    async with tenant.work() as work:
        await set_costing_method(work, entity_id=item.key[0], method="average")
    assert (await _cost(item)).value_minor == 8000
    assert await _documents(item) == [
        ("method", "booked", 2000),
        ("standard", "booked", 0),
        ("method", "booked", 400),
        ("method", "booked", -400),
    ]
    await item.take(Out(4))
    assert await item.result() == ([7500, 1100, 8000], 0)
    assert await violations(tenant) == []


async def test_a_group_of_items_may_have_a_method_of_its_own(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, items=2)
    async with tenant.work() as work:
        await work.execute(
            update(Item)
            .where(Item.tenant_id == work.tenant_id, Item.id == setting.item_ids[1])
            .values(item_group="spirits")
        )
        await set_costing_method(
            work, entity_id=setting.entity_id, method="fifo", item_group="spirits"
        )
    for number in (0, 1):
        one = Ledgered(setting, item=number, number=number * 100)
        for step in (In(1, 100), In(1, 300), Out(1)):
            await one.take(step)
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(ItemCost.method, ItemCost.value_minor)
            .where(ItemCost.tenant_id == tenant.id)
            .order_by(ItemCost.item_id)
        )
    assert [tuple(row) for row in rows] == [("average", 200), ("fifo", 300)]
    assert await violations(tenant) == []


@pytest.mark.parametrize("first", [0, 1])
async def test_methods_of_all_and_of_a_group_that_are_set_at_once_are_both_in_use(
    tenant: TenantUnderTest, first: int
) -> None:
    """Neither sees the other's before it is there: the second values what the first left to it."""
    setting = await new_stock_setting(tenant, items=2)
    async with tenant.work() as work:
        await work.execute(
            update(Item)
            .where(Item.tenant_id == work.tenant_id, Item.id == setting.item_ids[1])
            .values(item_group="spirits")
        )
    for number in (0, 1):
        await Ledgered(setting, item=number, number=number * 100).take(In(1, 100))

    async def settle(work: Work, which: int) -> None:
        method, group = (("standard", None), ("fifo", "spirits"))[which]
        await set_costing_method(work, entity_id=setting.entity_id, method=method, item_group=group)

    async def settle_second() -> None:
        async with tenant.work() as work:
            await settle(work, 1 - first)

    async with tenant.work() as work:
        await settle(work, first)
        second = asyncio.create_task(settle_second())
        await until_somebody_waits_for(work)
    await second
    async with tenant.read() as reader:
        methods = await reader.values(
            select(ItemCost.method)
            .where(ItemCost.tenant_id == tenant.id)
            .order_by(ItemCost.item_id)
        )
    assert list(methods) == ["standard", "fifo"]
    assert await violations(tenant) == []
