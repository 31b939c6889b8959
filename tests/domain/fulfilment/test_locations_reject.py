"""A location rejects what it was given: it is taken from elsewhere, and not without end."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.allocation.models import Allocation, AllocationRejection
from domain.allocation.operations.allocate import allocate_order, reallocate_backorders
from domain.allocation.operations.clear_rejections import clear_rejections
from domain.allocation.queries.explaining import explain_allocation
from domain.fulfilment.models import FulfilmentLine, FulfilmentOrder
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.reject_fulfilment import reject_fulfilment
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.outcomes import NotThatMuch
from domain.fulfilment.progress import LineQuantity
from domain.inventory.models import StockBalance
from domain.kernel.errors import InvalidInput, InvalidState, NotPermitted
from domain.kernel.models import EventRecord
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _release(shop: Shop, order_id: int) -> int:
    async with shop.tenant.work() as work:
        [made] = await release_order(work, order_id=order_id)
    return made


async def _reject(shop: Shop, fulfilment_id: int, **fields: Any) -> str:
    fields = {"reason": "capacity"} | fields
    async with shop.tenant.work() as work:
        return await reject_fulfilment(work, fulfilment_order_id=fulfilment_id, **fields)


async def _rows(shop: Shop, table: Any, *columns: str) -> list[Any]:
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(*table.__table__.c).where(table.tenant_id == shop.tenant.id).order_by(table.id)
        )
    return [tuple(getattr(row, name) for name in columns) for row in rows]


async def _held_at(shop: Shop) -> list[tuple[int, int]]:
    """(place of the location, quantity) of what is kept for orders."""
    rows = await _rows(shop, Allocation, "location_id", "quantity", "status")
    places = shop.setting.location_ids
    return [(places.index(place), int(quantity)) for place, quantity, s in rows if s != "cancelled"]


async def _events(shop: Shop, kind: str) -> list[Any]:
    rows = await _rows(shop, EventRecord, "type", "payload")
    return [payload for name, payload in rows if name == kind]


async def test_what_a_location_rejects_is_taken_from_the_next_at_once(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    placed = await shop.place(shop.line(3))
    fulfilment_id = await _release(shop, placed.order_id)
    assert await _reject(shop, fulfilment_id, note_text="Too many today") == "cancelled"
    assert await _held_at(shop) == [(1, 3)]
    assert await shop.available(location=0) == 5
    assert await shop.available(location=1) == 2
    assert (await shop.order(placed.order_id)).status == "allocated"
    [rejection] = await _rows(
        shop, AllocationRejection, "quantity", "reason", "note", "expires_at", "cleared_at"
    )
    ends = tenant.now + timedelta(days=1)
    assert rejection == (3, "capacity", "Too many today", ends, None)
    [told] = await _events(shop, "order.fulfilment_rejected")
    assert told["item_ids"] == [shop.setting.item_ids[0]]
    assert await violations(tenant) == {}


@pytest.mark.parametrize("reason", ["no_stock", "damaged"])
async def test_what_is_not_there_is_not_sold_to_the_next_one(
    tenant: TenantUnderTest, reason: str
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    placed = await shop.place(shop.line(3))
    fulfilment_id = await _release(shop, placed.order_id)
    [(line_id,)] = await _rows(shop, FulfilmentLine, "id")
    lines = [LineQuantity(line_id, Decimal(2))]
    assert await _reject(shop, fulfilment_id, reason=reason, lines=lines) == "released"
    figures = await _rows(shop, StockBalance, "on_hand", "reserved", "quality_control", "available")
    assert figures == [(5, 1, 2, 2)]
    # Two more lie there, but this location said it has none for the line.
    assert await shop.figures(placed.order_id) == [(1, 0, 0, 2)]
    assert await violations(tenant) == {}


async def test_a_location_is_not_asked_again_until_its_time_is_over(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    placed = await shop.place(shop.line(3))
    until = tenant.now + timedelta(hours=2)
    await _reject(shop, await _release(shop, placed.order_id), until=until)
    async with tenant.work() as work:
        await reallocate_backorders(work, item_ids=shop.setting.item_ids)
    assert await shop.figures(placed.order_id) == [(0, 0, 0, 3)]
    [line] = await shop.lines(placed.order_id)
    async with tenant.read() as reader:
        explained = await explain_allocation(reader, line_id=line.id, at=tenant.now)
    assert explained.waits_because == ("rejected_by_location",)
    async with tenant.at(until).work() as work:
        await reallocate_backorders(work, item_ids=shop.setting.item_ids)
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 0)]


async def test_after_three_rejections_the_line_waits_for_a_person(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=4)
    for location in range(4):
        await shop.stock(5, location=location)
    placed = await shop.place(shop.line(3))
    for _ in range(3):
        await _reject(shop, await _release(shop, placed.order_id))
    assert await _held_at(shop) == []
    assert await shop.figures(placed.order_id) == [(0, 0, 0, 3)]
    [line] = await shop.lines(placed.order_id)
    assert (line.rejections, line.allocation_stopped) == (3, True)
    [told] = await _events(shop, "order.allocation_stopped")
    assert (told["line_ids"], told["rejections"]) == ([line.id], 3)
    async with tenant.work() as work:
        await allocate_order(work, order_id=placed.order_id)
        await reallocate_backorders(work, item_ids=shop.setting.item_ids)
    assert await shop.figures(placed.order_id) == [(0, 0, 0, 3)]
    assert len(await _events(shop, "order.allocation_stopped")) == 1
    async with tenant.read() as reader:
        explained = await explain_allocation(reader, line_id=line.id, at=tenant.now)
    assert explained.waits_because == ("rejected_too_often",)
    async with tenant.work() as work:
        assert await clear_rejections(work, order_id=placed.order_id) == "allocated"
    assert await _held_at(shop) == [(0, 3)]
    [line] = await shop.lines(placed.order_id)
    assert (line.rejections, line.allocation_stopped) == (0, False)
    assert await violations(tenant) == {}


async def test_a_partner_rejects_and_the_worker_asks_the_others(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    placed = await shop.place(shop.line(3))
    fulfilment_id = await _release(shop, placed.order_id)
    place = shop.setting.location_ids[0]
    partner = replace(tenant.user("fulfilment.pick"), location_id=place)
    async with tenant.work(as_=partner) as work:
        await reject_fulfilment(work, fulfilment_order_id=fulfilment_id, reason="no_stock")
    assert await shop.figures(placed.order_id) == [(0, 0, 0, 3)]
    [told] = await _events(shop, "order.fulfilment_rejected")
    async with tenant.work() as work:
        await reallocate_backorders(work, item_ids=told["item_ids"])
    assert await _held_at(shop) == [(1, 3)]
    assert await violations(tenant) == {}


async def test_an_order_nobody_rejected_has_nothing_to_clear(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    placed = await shop.place(shop.line(3))
    with pytest.raises(InvalidState, match="No location rejected"):
        async with tenant.work() as work:
            await clear_rejections(work, order_id=placed.order_id)


async def test_what_is_picked_cannot_be_rejected(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    placed = await shop.place(shop.line(3))
    fulfilment_id = await _release(shop, placed.order_id)
    [(line_id,)] = await _rows(shop, FulfilmentLine, "id")
    async with tenant.work() as work:
        picked = [LineQuantity(line_id, Decimal(2))]
        await record_pick(work, fulfilment_order_id=fulfilment_id, lines=picked)
    with pytest.raises(NotThatMuch):
        await _reject(shop, fulfilment_id, lines=[LineQuantity(line_id, Decimal(2))])
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 0)]
    assert await _reject(shop, fulfilment_id) == "picked"
    assert await shop.figures(placed.order_id) == [(2, 0, 0, 1)]
    with pytest.raises(InvalidState):
        await _reject(shop, fulfilment_id)
    assert await violations(tenant) == {}


async def test_a_rejection_is_checked_and_needs_the_right_to_pick(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    fulfilment_id = await _release(shop, (await shop.place(shop.line(3))).order_id)
    with pytest.raises(InvalidInput):
        await _reject(shop, fulfilment_id, reason="mood")
    with pytest.raises(InvalidInput, match="ahead"):
        await _reject(shop, fulfilment_id, until=tenant.now)
    viewer = tenant.user("fulfilment.read")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=viewer) as work:
            await reject_fulfilment(work, fulfilment_order_id=fulfilment_id, reason="closed")
    assert await _rows(shop, AllocationRejection, "id") == []


async def test_rejecting_and_shipping_at_once_has_one_winner(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(4, location=0)
    await shop.stock(4, location=1)
    placed = await shop.place(shop.line(4))
    fulfilment_id = await _release(shop, placed.order_id)

    async def ship() -> None:
        async with tenant.work() as work:
            await record_pick(work, fulfilment_order_id=fulfilment_id)
        async with tenant.work() as work:
            await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
        async with tenant.work() as work:
            await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)

    found = await asyncio.gather(ship(), _reject(shop, fulfilment_id), return_exceptions=True)
    refused = [each for each in found if isinstance(each, BaseException)]
    assert [type(each) for each in refused] == [InvalidState]
    [(status,)] = await _rows(shop, FulfilmentOrder, "status")
    shipped = status == "shipped"
    assert await shop.figures(placed.order_id) == [(0, 4, 0, 0) if shipped else (4, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_many_rejections_at_once_meet_no_deadlock(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=3, items=2)
    for item in range(2):
        for location in range(3):
            await shop.stock(8, item=item, location=location)
    orders = []
    for n in range(6):
        lines = [shop.line(1, item=0), shop.line(1, item=1)]
        placed = await shop.place(*(lines if n % 2 else reversed(lines)))
        orders.append((placed.order_id, await _release(shop, placed.order_id)))
    await asyncio.gather(*(_reject(shop, fulfilment_id) for _, fulfilment_id in orders))
    for order_id, _ in orders:
        assert await shop.figures(order_id) == [(1, 0, 0, 0), (1, 0, 0, 0)]
    assert {place for place, _ in await _held_at(shop)} == {1}
    assert await violations(tenant) == {}
