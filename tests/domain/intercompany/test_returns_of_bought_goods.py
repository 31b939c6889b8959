"""What a customer sends back of goods that were bought from another entity, through the returns."""

import asyncio
from decimal import Decimal

from domain.returns.models import ReturnDisposition, ReturnUnit
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.returns import Returns, returns_to
from tests.factories.tenants import TenantUnderTest


async def _sold(tenant: TenantUnderTest, **terms: object) -> tuple[Affiliates, Returns, int]:
    """Four units of the entity in dollars, bought at cost and ten percent, with a customer."""
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(10), **terms)
    await group.stock(10, of=1, value_minor=5000)
    returns = await returns_to(group.shop)
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


async def test_what_can_be_sold_again_is_its_owners_again_at_what_it_cost(
    tenant: TenantUnderTest,
) -> None:
    group, returns, order_id = await _sold(tenant)
    for unit in await _units(returns, order_id, 1, 3):
        await returns.dispose(unit)
    assert await group.owned() == [0, 10]
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
    assert await group.owned() == [2, 6]
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


async def test_what_the_seller_scraps_may_wait_with_its_owner(tenant: TenantUnderTest) -> None:
    group, returns, order_id = await _sold(tenant, dispositions={"scrap": "quarantine"})
    (unit,) = await _units(returns, order_id, 1)
    await returns.dispose(unit, "scrap")
    assert await group.owned() == [0, 7]
    (done,) = await returns.rows(ReturnDisposition)
    (now,) = await returns.rows(ReturnUnit)
    # What is done is the owner's doing, and its cost is in the owner's currency.
    assert (done.kind, done.cost_minor, now.owner_id) == ("quarantine", 500, group.entity_ids[1])
    assert await group.balances() == {(1, 0, "EUR"): 1320}
    assert await violations(tenant) == {}


async def test_two_returns_at_once_take_turns(tenant: TenantUnderTest) -> None:
    group, returns, order_id = await _sold(tenant)
    units = await _units(returns, order_id, 2, 2)
    await asyncio.gather(*(returns.dispose(unit) for unit in units))
    assert await group.owned() == [0, 10]
    assert await group.balances() == {(1, 0, "EUR"): 0}
    assert await violations(tenant) == {}
