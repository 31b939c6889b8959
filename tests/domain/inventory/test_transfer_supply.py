"""Goods on their way with a transfer are supply to come: waiting orders are promised from them."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.inventory.models import ExpectedSupply, TransferOrder
from domain.inventory.operations.closing_transfers import close_transfer
from domain.inventory.operations.expected_supplies import cancel_supply, change_supply
from domain.inventory.operations.receiving_expected import SupplyReceipt, receive_supplies
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.queries.coming import Coming, coming_of_items
from domain.inventory.transfer_goods import MovedLine
from domain.kernel.errors import InvalidState
from domain.promise.queries.timelines import timelines
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.promises import dates, miscounted, pegs
from tests.factories.tenants import TenantUnderTest
from tests.factories.transfers import arrive, released


async def _supplies(shop: Shop) -> list[tuple[int, int, int, str]]:
    """(quantity, received, open, status) of each supply."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(*ExpectedSupply.__table__.c)
            .where(ExpectedSupply.tenant_id == shop.tenant.id)
            .order_by(ExpectedSupply.id)
        )
    return [(int(r.quantity), int(r.received), int(r.open), r.status) for r in rows]


async def _under_way(tenant: TenantUnderTest, quantity: int = 6, days: int = 5) -> tuple[Shop, int]:
    """A shop with nothing left but what is on its way to its second location."""
    shop = await new_shop(tenant, locations=2)
    await shop.stock(quantity, value_minor=quantity * 100)
    transfer_id = await released(shop, quantity)
    day = tenant.now.date() + timedelta(days=days)
    async with tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id, expected_on=day)
    return shop, transfer_id


async def _supply_id(shop: Shop) -> int:
    async with shop.tenant.read() as reader:
        return int(
            await reader.value(
                select(ExpectedSupply.id).where(ExpectedSupply.tenant_id == shop.tenant.id)
            )
        )


async def _coming(shop: Shop) -> Coming:
    async with shop.tenant.read() as reader:
        found = await coming_of_items(reader, item_ids=shop.setting.item_ids)
    return found[shop.setting.item_ids[0]].total


async def test_what_left_is_expected_and_counted_once(tenant: TenantUnderTest) -> None:
    shop, _ = await _under_way(tenant)
    assert await _supplies(shop) == [(6, 0, 6, "open")]
    assert await _coming(shop) == Coming(Decimal(0), Decimal(6))
    async with tenant.read() as reader:
        tables = await timelines(reader, item_ids=shop.setting.item_ids, now=tenant.now)
    whole = tables[shop.setting.item_ids[0]][0]
    assert [(each.incoming, each.available) for each in whole.periods] == [(0, 0), (6, 6)]


async def test_a_waiting_order_is_promised_from_it_and_gets_it(tenant: TenantUnderTest) -> None:
    shop, transfer_id = await _under_way(tenant)
    order = await shop.place(shop.line(4))
    (line,) = await shop.lines(order.order_id)
    ((supply, quantity, ships_on),) = await pegs(tenant, line.id)
    assert (supply, quantity) == (await _supply_id(shop), 4)
    assert ships_on >= tenant.now.date() + timedelta(days=5)
    assert (await dates(shop, order.order_id))[0][0] == ships_on
    await arrive(shop, transfer_id, 5)
    await deliver_all(tenant)
    assert await _supplies(shop) == [(6, 5, 1, "open")]
    assert await shop.figures(order.order_id) == [(4, 0, 0, 0)]
    assert await pegs(tenant, line.id) == []
    assert await miscounted(tenant) == []
    assert await violations(tenant) == {}


async def test_what_is_given_up_comes_no_more_and_the_promise_is_at_risk(
    tenant: TenantUnderTest,
) -> None:
    shop, transfer_id = await _under_way(tenant)
    order = await shop.place(shop.line(4))
    async with tenant.work() as work:
        await close_transfer(work, transfer_id=transfer_id, reason="lost at sea")
    await deliver_all(tenant)
    assert await _supplies(shop) == [(6, 0, 0, "cancelled")]
    assert await _coming(shop) == Coming(Decimal(0), Decimal(0))
    (promised,) = await dates(shop, order.order_id)
    assert promised[1:] == (None, True)
    assert await miscounted(tenant) == []
    assert await violations(tenant) == {}


async def test_without_a_day_nothing_is_promised_of_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(6)
    transfer_id = await released(shop, 6)
    async with tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id)
    assert await _supplies(shop) == []
    assert await _coming(shop) == Coming(Decimal(0), Decimal(6))


async def test_it_is_received_and_ended_by_the_transfer_alone(tenant: TenantUnderTest) -> None:
    shop, _ = await _under_way(tenant)
    supply_id = await _supply_id(shop)

    async def cancel(work: Any) -> None:
        await cancel_supply(work, supply_id=supply_id, reason="no")

    async def receive(work: Any) -> None:
        receipt = SupplyReceipt(supply_id=supply_id, quantity=Decimal(1))
        await receive_supplies(work, receipts=[receipt])

    async def shrink(work: Any) -> None:
        await change_supply(work, supply_id=supply_id, quantity=Decimal(1))

    for forbidden in (cancel, receive, shrink):
        with pytest.raises(InvalidState):
            async with tenant.work() as work:
                await forbidden(work)
    later = tenant.now.date() + timedelta(days=9)
    async with tenant.work() as work:
        await change_supply(work, supply_id=supply_id, expected_on=later)
    assert await _supplies(shop) == [(6, 0, 6, "open")]
    assert await violations(tenant) == {}


async def test_arrivals_and_orders_that_race_keep_every_sum(tenant: TenantUnderTest) -> None:
    shop, transfer_id = await _under_way(tenant, 8)

    async def one() -> None:
        async with tenant.work() as work:
            line = MovedLine(line_number=1, quantity=Decimal(2))
            await receive_transfer(work, transfer_id=transfer_id, lines=[line])

    await asyncio.gather(*(one() for _ in range(4)), *(shop.place(shop.line(2)) for _ in range(4)))
    await deliver_all(tenant)
    assert await _supplies(shop) == [(8, 8, 0, "received")]
    assert await shop.available(location=1) == 0
    assert await miscounted(tenant) == []
    assert await violations(tenant) == {}


async def test_another_day_told_of_the_supply_is_the_transfers_and_all_its_goods(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2, items=2)
    for item in range(2):
        await shop.stock(3, item=item)
    first, later = (tenant.now.date() + timedelta(days=days) for days in (5, 9))
    transfer_id = await released(shop, 3, 3)
    async with tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id, expected_on=first)
    order = await shop.place(shop.line(2, item=1))
    async with tenant.read() as reader:
        supplies = await reader.values(
            select(ExpectedSupply.id)
            .where(ExpectedSupply.tenant_id == tenant.id)
            .order_by(ExpectedSupply.id)
        )
    async with tenant.work() as work:
        await change_supply(work, supply_id=supplies[0], expected_on=later)
    await deliver_all(tenant)
    async with tenant.read() as reader:
        days = await reader.values(
            select(ExpectedSupply.expected_on).where(ExpectedSupply.tenant_id == tenant.id)
        )
        of_order = await reader.value(
            select(TransferOrder.expected_on).where(
                TransferOrder.tenant_id == tenant.id, TransferOrder.id == transfer_id
            )
        )
    assert (list(days), of_order) == ([later, later], later)
    # The order rests on the other line's goods, and is told.
    assert await dates(shop, order.order_id) == [(first, later, True)]
    assert await violations(tenant) == {}
