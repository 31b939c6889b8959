"""Limits of credit: over the customer tree, over what is open, and under concurrency."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.hold_order import request_credit_release
from domain.allocation.placing import PlacedOrder
from domain.approvals.operations import approve
from domain.finance.operations.settings import set_credit_limit
from domain.finance.queries.settings import credits_of_parties
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.outcomes import OrderIsHeld
from domain.kernel.errors import InvalidInput
from tests.factories.delivering import deliver_all
from tests.factories.money import new_customer, paid, shipped
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest

BOSS = ("orders.approve", "approvals.decide", "approvals.read")


async def _limit(shop: Shop, party_id: int, limit: int | None) -> None:
    async with shop.tenant.work() as work:
        await set_credit_limit(work, party_id=party_id, currency="EUR", limit_minor=limit)


async def _order(shop: Shop, party_id: int, pieces: int) -> PlacedOrder:
    """Ten euros a piece."""
    return await shop.place(shop.line(pieces), party_id=party_id)


async def _exposure(shop: Shop, party_id: int) -> dict[str, int]:
    async with shop.tenant.read() as reader:
        found = await credits_of_parties(reader, ids=[party_id])
    return {each.currency: each.amount_minor for each in found[party_id].owed}


async def test_an_order_beyond_the_limit_is_held_until_somebody_lets_it_go(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    customer = await new_customer(tenant)
    await _limit(shop, customer, 5000)
    assert (await _order(shop, customer, 5)).status == "allocated"
    held = await _order(shop, customer, 1)
    assert held.status == "held"
    assert (await shop.order(held.order_id)).guarded_holds == ["credit"]
    # What waits for its release adds nothing.
    assert await _exposure(shop, customer) == {"EUR": 5000}
    with pytest.raises(OrderIsHeld):
        async with tenant.work() as work:
            await release_order(work, order_id=held.order_id)
    async with tenant.work() as work:
        request = await request_credit_release(work, order_id=held.order_id, reason="a good one")
    async with tenant.work(as_=tenant.user(*BOSS, id=9)) as work:
        await approve(work, request_id=request)
    assert (await shop.order(held.order_id)).status == "allocated"
    assert await _exposure(shop, customer) == {"EUR": 6000}


async def test_exposure_follows_orders_shipments_invoices_and_payments(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    customer = await new_customer(tenant)
    placed = await _order(shop, customer, 3)
    assert await _exposure(shop, customer) == {"EUR": 3000}
    await shipped(shop, placed.order_id)
    assert await _exposure(shop, customer) == {"EUR": 3000}, "shipped, not billed"
    await deliver_all(tenant)
    assert await _exposure(shop, customer) == {"EUR": 3000}, "billed"
    await paid(shop, customer, 2500)
    assert await _exposure(shop, customer) == {"EUR": 500}
    await paid(shop, customer, 1500)
    assert await _exposure(shop, customer) == {"EUR": -1000}, "credit of its own"


async def test_a_limit_holds_for_all_below_and_each_for_its_own(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(50)
    group = await new_customer(tenant)
    store = await new_customer(tenant, parent_id=group)
    other = await new_customer(tenant, parent_id=group)
    stranger = await new_customer(tenant)
    await _limit(shop, group, 6000)
    await _limit(shop, store, 3000)
    assert (await _order(shop, store, 4)).status == "held", "beyond its own"
    assert (await _order(shop, store, 3)).status == "allocated"
    assert (await _order(shop, other, 4)).status == "held", "beyond the group's"
    assert (await _order(shop, other, 3)).status == "allocated"
    assert (await _order(shop, stranger, 30)).status == "allocated"
    await _limit(shop, group, None)
    assert (await _order(shop, other, 4)).status == "allocated"


async def test_two_orders_at_once_do_not_both_just_fit(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(50)
    group = await new_customer(tenant)
    stores = [await new_customer(tenant, parent_id=group) for _ in range(3)]
    await _limit(shop, group, 5000)
    placed = await asyncio.gather(*(_order(shop, store, 4) for store in stores))
    assert sorted(each.status for each in placed) == ["allocated", "held", "held"]
    assert await violations(tenant) == {}


async def test_an_order_that_grows_beyond_the_limit_is_held(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    customer = await new_customer(tenant)
    await _limit(shop, customer, 5000)
    placed = await _order(shop, customer, 2)
    [line] = await shop.lines(placed.order_id)

    async def amend(quantity: int) -> Any:
        async with tenant.work() as work:
            change = LineAmendment(line_id=line.id, quantity=Decimal(quantity))
            await amend_order(work, order_id=placed.order_id, lines=[change])
        return await shop.order(placed.order_id)

    assert (await amend(5)).status == "allocated"
    grown = await amend(6)
    assert (grown.status, grown.guarded_holds) == ("held", ["credit"])


async def test_a_limit_is_not_negative(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    with pytest.raises(InvalidInput):
        await _limit(shop, await new_customer(tenant), -1)


async def test_a_limit_costs_an_order_one_statement(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    customer = await new_customer(tenant)

    async def statements() -> int:
        with counted_statements(tenant.engine) as seen:
            assert (await _order(shop, customer, 1)).status == "allocated"
        return len(seen)

    await statements()
    without = await statements()
    await _limit(shop, customer, 9000)
    assert await statements() == without + 1
    assert await violations(tenant) == {}
