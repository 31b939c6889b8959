"""Moving average, exact to the minor unit, closing to zero with the last unit."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain.inventory.models import ItemCost
from domain.inventory.policy import (
    Cost,
    UnitCost,
    add_to_cost,
    per_base_unit,
    take_from_cost,
    value_at_average,
    value_at_unit_cost,
)
from domain.inventory.valuation.costs import (
    CostAdded,
    CostOf,
    Source,
    add_cost,
    lock_costs,
    take_cost,
)
from domain.kernel.quantity import Conversion
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest

D = Decimal
QUANTITIES = st.decimals("0.000001", "100000", places=6)
VALUES = st.integers(0, 10**12)
CAME, WENT = Source("test", 1), Source("test", 2)


@given(
    receipts=st.lists(st.tuples(QUANTITIES, VALUES), min_size=1, max_size=8),
    parts=st.lists(st.integers(1, 10), max_size=8),
)
def test_whatever_comes_in_goes_out_to_the_last_minor_unit(
    receipts: list[tuple[Decimal, int]], parts: list[int]
) -> None:
    cost = Cost()
    for quantity, value in receipts:
        cost = add_to_cost(cost, quantity, value)
    taken = 0
    for part in parts:
        quantity = (cost.quantity / part).quantize(D("0.000001"), rounding="ROUND_DOWN")
        value, cost = take_from_cost(cost, quantity)
        assert value >= 0
        assert cost.value_minor >= 0
        taken += value
    value, cost = take_from_cost(cost, cost.quantity)
    assert cost == Cost(D(0), 0)
    assert taken + value == sum(value for _, value in receipts)


@pytest.mark.parametrize("quantity", [D(-1), D("10.000001")])
def test_more_than_is_owned_cannot_be_taken(quantity: Decimal) -> None:
    with pytest.raises(ValueError, match="cannot take"):
        take_from_cost(Cost(D(10), 100), quantity)


def test_values_are_rounded_once_and_named_in_minor_units() -> None:
    assert value_at_average(Cost(D(3), 100), D(1)) == 33
    assert value_at_average(Cost(D(8), 20), D(1)) == 2
    assert value_at_average(Cost(), D(5)) == 0
    each, three = Conversion(D(1)), Conversion(D(3))
    assert value_at_unit_cost(D(200), UnitCost(D("0.0125"), "EUR", each)) == 250
    assert value_at_unit_cost(D(1), UnitCost(D("0.005"), "EUR", each)) == 1
    assert value_at_unit_cost(D(3), UnitCost(D(7), "JPY", each)) == 21
    assert value_at_unit_cost(D(6), UnitCost(D("0.999"), "TND", three)) == 1998
    assert value_at_unit_cost(D(1), UnitCost(D(10), "EUR", three)) == 333
    assert per_base_unit(UnitCost(D(10), "EUR", three)) == D("3.333333")


async def _cost(setting: StockSetting) -> tuple[Decimal, int]:
    async with setting.tenant.read() as reader:
        row = await reader.row(
            select(ItemCost.quantity, ItemCost.value_minor).where(
                ItemCost.tenant_id == reader.tenant_id,
                ItemCost.item_id == setting.item_ids[0],
            )
        )
    assert row is not None
    return row.quantity, row.value_minor


async def test_cost_comes_and_goes_at_the_moving_average(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    owner, item = setting.entity_id, setting.item_ids[0]
    async with tenant.work() as work:
        added = [CostAdded(owner, item, D(2), 700), CostAdded(owner, item, D(1), 300)]
        await add_cost(work, added, source=CAME)
        await add_cost(work, [], source=CAME)
        assert await lock_costs(work, [(owner, item), (owner, 0)]) == {
            (owner, item): Cost(D(3), 1000)
        }
    async with tenant.work() as work:
        one, two = CostOf(owner, item, D(1)), CostOf(owner, item, D(2))
        assert await take_cost(work, [one], source=WENT) == [333]
        assert await _cost(setting) == (3, 1000)
        assert await take_cost(work, [one, one], source=WENT) == [334, 333]
        assert await take_cost(work, [], source=WENT) == []
        with pytest.raises(ValueError, match="cannot take"):
            await take_cost(work, [two], source=WENT)
    assert await _cost(setting) == (0, 0)


async def test_costs_taken_at_once_in_any_order_close_to_zero(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, items=2)
    owner = setting.entity_id
    async with tenant.work() as work:
        added = [CostAdded(owner, item, D(10), 1001) for item in setting.item_ids]
        await add_cost(work, added, source=CAME)

    async def take(number: int) -> int:
        items = setting.item_ids[:: 1 if number % 2 else -1]
        async with tenant.work() as work:
            taken = [CostOf(owner, item, D(1)) for item in items]
            return sum(await take_cost(work, taken, source=WENT))

    assert sum(await asyncio.gather(*(take(number) for number in range(10)))) == 2002
    assert await _cost(setting) == (0, 0)
