"""The order's shipping charge is booked once, whoever ships and whatever the source says later."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.allocation.amending import Amendment, amend
from domain.allocation.outcomes import AmountsBooked
from domain.allocation.placing import PlacedOrder, place
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.ledger.models import JournalLine
from domain.orders.capture import NewLine, NewOrder
from domain.orders.locking import lock_order
from domain.orders.policy import GivenTotals
from tenancy.principals import Principal
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

STATED = GivenTotals(subtotal_minor=5000, tax_minor=0, shipping_minor=500, total_minor=5500)


async def _split_order(tenant: TenantUnderTest) -> tuple[Shop, int]:
    """Five pieces, two in the first location and three in the second, with a shipping charge."""
    shop = await new_shop(tenant, locations=2)
    await shop.stock(2, location=0)
    await shop.stock(3, location=1)
    line = NewLine(
        item_id=shop.setting.item_ids[0],
        quantity_ordered=Decimal(5),
        unit="EA",
        quantity=Decimal(5),
        unit_price=Decimal(10),
    )
    order = NewOrder(
        channel_id=shop.channel_id,
        entity_id=shop.setting.entity_id,
        party_id=None,
        currency="EUR",
        ordered_at=tenant.now,
        lines=(line,),
        totals=STATED,
    )
    async with tenant.work() as work:
        [placed] = await place(work, [order])
    assert isinstance(placed, PlacedOrder)
    return shop, placed.order_id


async def _send_out(shop: Shop, fulfilment_id: int, *, as_: Principal | None = None) -> None:
    async with shop.tenant.work(as_=as_) as work:
        await record_pick(work, fulfilment_order_id=fulfilment_id)
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)


async def _release(shop: Shop, order_id: int) -> list[int]:
    async with shop.tenant.work() as work:
        return await release_order(work, order_id=order_id)


async def _charged(tenant: TenantUnderTest) -> int:
    async with tenant.read() as reader:
        return -int(
            await reader.value(
                select(func.coalesce(func.sum(JournalLine.amount_minor), 0)).where(
                    JournalLine.tenant_id == tenant.id, JournalLine.leg == "shipping"
                )
            )
        )


async def test_a_third_party_that_ships_the_rest_does_not_charge_again(
    tenant: TenantUnderTest,
) -> None:
    shop, order_id = await _split_order(tenant)
    ours, theirs = await _release(shop, order_id)
    await _send_out(shop, ours)
    clerk = replace(
        tenant.user("fulfilment.pick", "fulfilment.pack", "fulfilment.ship"),
        location_id=shop.setting.location_ids[1],
    )
    await _send_out(shop, theirs, as_=clerk)
    assert (await shop.order(order_id)).status == "shipped"
    assert await _charged(tenant) == 500
    assert await violations(tenant) == {}


async def _restate(shop: Shop, order_id: int, amendment: Amendment) -> None:
    async with shop.tenant.work() as work:
        order = await lock_order(work, order_id)
        await amend(work, order, amendment)


async def test_a_booked_shipping_charge_is_not_amended(tenant: TenantUnderTest) -> None:
    shop, order_id = await _split_order(tenant)
    first, second = await _release(shop, order_id)
    dearer = Amendment(totals=replace(STATED, shipping_minor=700, total_minor=5700))
    await _restate(shop, order_id, dearer)
    await _send_out(shop, first)
    with pytest.raises(AmountsBooked):
        await _restate(shop, order_id, Amendment(totals=STATED))
    await _send_out(shop, second)
    assert (await shop.order(order_id)).total_minor == 5700
    assert await _charged(tenant) == 700
    assert await violations(tenant) == {}


async def test_a_line_that_left_in_full_keeps_its_amounts(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(2)
    placed = await shop.place(shop.line(2), shop.line(1, item=1))
    [fulfilment_id] = await _release(shop, placed.order_id)
    await _send_out(shop, fulfilment_id)
    without_second = {placed.line_ids[1]: Decimal(0)}
    cheaper = GivenTotals(subtotal_minor=2000, discount_minor=500, total_minor=1500)
    with pytest.raises(AmountsBooked):
        await _restate(shop, placed.order_id, Amendment(quantities=without_second, totals=cheaper))
    await _restate(shop, placed.order_id, Amendment(quantities=without_second))
    order = await shop.order(placed.order_id)
    assert (order.status, order.total_minor) == ("shipped", 2000)
    assert await violations(tenant) == {}


async def test_a_line_cut_down_twice_costs_what_was_booked(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(1)
    line = shop.line(3, price="0.333333")
    placed = await shop.place(line)
    [fulfilment_id] = await _release(shop, placed.order_id)
    await _send_out(shop, fulfilment_id)
    for quantity in (2, 1):
        cut = {placed.line_ids[0]: Decimal(quantity)}
        await _restate(shop, placed.order_id, Amendment(quantities=cut))
    order = await shop.order(placed.order_id)
    assert (order.status, order.total_minor) == ("shipped", 33)
    assert await violations(tenant) == {}
