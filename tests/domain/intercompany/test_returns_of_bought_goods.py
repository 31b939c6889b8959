"""What a customer sends back of goods that were bought from another entity, through the returns."""

import asyncio
from decimal import Decimal

from domain.entities.operations.parties import create_party
from domain.returns.models import ReturnUnit
from domain.returns.operations.setup import set_return_reason
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.returns import LET, Returns
from tests.factories.tenants import TenantUnderTest


async def _sold(tenant: TenantUnderTest, **terms: object) -> tuple[Affiliates, Returns, int]:
    """Four units of the entity in dollars, bought at cost and ten percent, with a customer."""
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(10), **terms)
    await group.stock(10, of=1, value_minor=5000)
    async with tenant.work() as work:
        party = await create_party(
            work, code="C-RET", name="Customer", is_customer=True, is_supplier=False
        )
        await set_return_reason(work, code="UNWANTED", name="Not wanted any more")
    returns = Returns(group.shop, party)
    await returns.settle_policy(LET)
    order_id = await returns.sell(4, from_stock=True)
    assert await group.balances() == {(1, 0, "EUR"): 1760}
    return group, returns, order_id


async def _units(returns: Returns, order_id: int, *quantities: int) -> list[int]:
    """The units of returns of so many each, inspected."""
    units: list[int] = []
    for quantity in quantities:
        return_id = await returns.come_back(order_id, quantity)
        units += [unit.id for unit in await returns.rows(ReturnUnit, return_id=return_id)]
    return units


async def _owned(group: Affiliates) -> list[int]:
    return [
        int(
            await group.value(
                "SELECT coalesce(sum(on_hand), 0) FROM stock_balance "
                "WHERE tenant_id = :tenant_id AND owner_id = :owner",
                owner=entity_id,
            )
        )
        for entity_id in group.entity_ids
    ]


async def test_what_can_be_sold_again_is_its_owners_again_at_what_it_cost(
    tenant: TenantUnderTest,
) -> None:
    group, returns, order_id = await _sold(tenant)
    for unit in await _units(returns, order_id, 1, 3):
        await returns.dispose(unit)
    assert await _owned(group) == [0, 10]
    assert await group.balances() == {(1, 0, "EUR"): 0}
    assert (await group.books(1))["inventory"] == 5000
    assert "cost_of_goods" not in await group.books(0)
    assert await violations(tenant) == {}


async def test_what_the_seller_keeps_stands_at_what_it_paid_with_the_profit_in_it(
    tenant: TenantUnderTest,
) -> None:
    group, returns, order_id = await _sold(tenant, dispositions={"restock": None})
    (unit,) = await _units(returns, order_id, 2)
    await returns.dispose(unit)
    assert await _owned(group) == [2, 6]
    assert await group.balances() == {(1, 0, "EUR"): 1760}
    assert (await group.books(0))["inventory"] == 880
    profit = await group.value(
        "SELECT sum(profit_minor) FROM cost_layer WHERE tenant_id = :tenant_id"
    )
    assert profit == 80
    assert await violations(tenant) == {}


async def test_scrap_is_the_sellers_loss_or_the_owners_as_it_was_agreed(
    tenant: TenantUnderTest,
) -> None:
    group, returns, order_id = await _sold(tenant)
    (unit,) = await _units(returns, order_id, 1)
    await returns.dispose(unit, "scrap")
    assert (await group.books(0))["scrap"] == 440
    assert await group.balances() == {(1, 0, "EUR"): 1760}
    assert await violations(tenant) == {}


async def test_scrap_that_the_owner_takes_back_is_its_loss(tenant: TenantUnderTest) -> None:
    group, returns, order_id = await _sold(tenant, dispositions={"scrap": "scrap"})
    (unit,) = await _units(returns, order_id, 1)
    await returns.dispose(unit, "scrap")
    assert (await group.books(1))["scrap"] == 500
    assert "scrap" not in await group.books(0)
    assert await group.balances() == {(1, 0, "EUR"): 1320}
    assert await violations(tenant) == {}


async def test_two_returns_at_once_take_turns(tenant: TenantUnderTest) -> None:
    group, returns, order_id = await _sold(tenant)
    units = await _units(returns, order_id, 2, 2)
    await asyncio.gather(*(returns.dispose(unit) for unit in units))
    assert await _owned(group) == [0, 10]
    assert await group.balances() == {(1, 0, "EUR"): 0}
    assert await violations(tenant) == {}
