"""From release to shipment: stock, cost, revenue and the order move together."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.operations.hold_order import hold_order
from domain.allocation.placing import PlacedOrder, place
from domain.fulfilment.models import Carton, FulfilmentLine, Shipment, ShipmentLine
from domain.fulfilment.operations.cancel_fulfilment import cancel_fulfilment_order
from domain.fulfilment.operations.pack import PackedCarton, pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.outcomes import NotThatMuch, OrderIsHeld
from domain.fulfilment.progress import LineQuantity
from domain.inventory.models import StockBalance
from domain.kernel.errors import InvalidState, NotFound, NotPermitted
from domain.kernel.models import EventRecord
from domain.ledger.models import Journal, JournalLine
from domain.orders.capture import NewLine, NewOrder
from domain.orders.policy import GivenTotals
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _release(shop: Shop, order_id: int) -> list[int]:
    async with shop.tenant.work() as work:
        return await release_order(work, order_id=order_id)


async def _pick(shop: Shop, fulfilment_id: int, **fields: Any) -> str:
    async with shop.tenant.work() as work:
        return await record_pick(work, fulfilment_order_id=fulfilment_id, **fields)


async def _pack(shop: Shop, fulfilment_id: int, **fields: Any) -> list[int]:
    async with shop.tenant.work() as work:
        return await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id, **fields)


async def _ship(shop: Shop, fulfilment_id: int, **fields: Any) -> int:
    async with shop.tenant.work() as work:
        return await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id, **fields)


async def _ready(shop: Shop, order_id: int) -> int:
    """The one fulfilment order of an order, picked and packed."""
    [fulfilment_id] = await _release(shop, order_id)
    await _pick(shop, fulfilment_id)
    await _pack(shop, fulfilment_id)
    return fulfilment_id


async def _rows(shop: Shop, table: Any, **same: Any) -> Sequence[Any]:
    async with shop.tenant.read() as reader:
        conditions = [getattr(table, name) == value for name, value in same.items()]
        return await reader.rows(
            select(*table.__table__.c)
            .where(table.tenant_id == shop.tenant.id, *conditions)
            .order_by(table.id)
        )


async def _booked(shop: Shop) -> dict[str, int]:
    """What shipments booked in all, by leg."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(Journal.milestone, JournalLine.leg, JournalLine.amount_minor)
            .join(JournalLine, JournalLine.journal_id == Journal.id)
            .where(
                Journal.tenant_id == shop.tenant.id,
                Journal.source_kind == "shipment",
                JournalLine.tenant_id == shop.tenant.id,
            )
        )
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row.leg] += row.amount_minor
    return dict(sums)


async def test_the_whole_line_from_order_to_ledger(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10, value_minor=2500)
    placed = await shop.place(shop.line(4, price="9.99"))
    [fulfilment_id] = await _release(shop, placed.order_id)
    assert (await shop.order(placed.order_id)).status == "in_fulfilment"
    assert await _pick(shop, fulfilment_id) == "picked"
    cartons = await _pack(shop, fulfilment_id)
    shipment_id = await _ship(shop, fulfilment_id, carrier="DHL", tracking_number="JJD1")
    order = await shop.order(placed.order_id)
    assert order.status == "shipped"
    assert await shop.figures(placed.order_id) == [(0, 4, 0, 0)]
    [shipment] = await _rows(shop, Shipment)
    assert (shipment.number, shipment.carrier, shipment.tracking_number) == ("SH-1", "DHL", "JJD1")
    [line] = await _rows(shop, ShipmentLine)
    assert (line.quantity, line.revenue_minor, line.cost_minor) == (4, 3996, 1000)
    [carton] = await _rows(shop, Carton)
    assert (carton.id, carton.sscc, carton.shipment_id) == (
        cartons[0],
        "004000000000000015",
        shipment_id,
    )
    [balance] = await _rows(shop, StockBalance)
    assert (balance.on_hand, balance.reserved, balance.available) == (6, 0, 6)
    assert await _booked(shop) == {
        "cost_of_goods": 1000,
        "inventory": -1000,
        "unbilled": 3996,
        "revenue": -3996,
    }
    journals = await _rows(shop, Journal, source_kind="shipment")
    trace = {"shipment_id": shipment_id, "order_id": placed.order_id}
    assert [(j.milestone, j.trace) for j in journals] == [
        ("shipment_cost", trace),
        ("shipment_revenue", trace),
    ]
    events = await _rows(shop, EventRecord, aggregate="order")
    assert [event.type for event in events] == [
        "order.placed",
        "order.released",
        "order.picked",
        "order.packed",
        "order.shipped",
    ]
    assert {event.aggregate_id for event in events} == {placed.order_id}
    assert await violations(tenant) == {}


async def _place_with_totals(shop: Shop) -> int:
    """Three pieces whose document's totals do not divide by three."""
    line = NewLine(
        item_id=shop.setting.item_ids[0],
        quantity_ordered=Decimal(3),
        unit="EA",
        quantity=Decimal(3),
        unit_price=Decimal("3.333333"),
    )
    order = NewOrder(
        channel_id=shop.channel_id,
        entity_id=shop.setting.entity_id,
        party_id=None,
        currency="EUR",
        ordered_at=shop.tenant.now,
        lines=(line,),
        totals=GivenTotals(
            subtotal_minor=1000,
            discount_minor=100,
            tax_minor=171,
            shipping_minor=490,
            total_minor=1561,
        ),
    )
    async with shop.tenant.work() as work:
        [placed] = await place(work, [order])
    assert isinstance(placed, PlacedOrder)
    return placed.order_id


async def test_partial_shipments_close_to_the_orders_total(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(3, value_minor=1000)
    order_id = await _place_with_totals(shop)
    fulfilment_id = await _ready(shop, order_id)
    [line_row] = await _rows(shop, FulfilmentLine)
    one = [LineQuantity(line_row.id, Decimal(1))]
    for _ in range(3):
        await _ship(shop, fulfilment_id, lines=one)
    lines = await _rows(shop, ShipmentLine)
    assert [(n.revenue_minor, n.tax_minor, n.cost_minor) for n in lines] == [
        (300, 57, 333),
        (300, 57, 334),
        (300, 57, 333),
    ]
    assert await _booked(shop) == {
        "cost_of_goods": 1000,
        "inventory": -1000,
        "unbilled": 1561,
        "discount": 100,
        "revenue": -1000,
        "tax": -171,
        "shipping": -490,
    }
    with pytest.raises(InvalidState):
        await _ship(shop, fulfilment_id, lines=one)
    assert await violations(tenant) == {}


async def test_the_same_button_twice_ships_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    fulfilment_id = await _ready(shop, (await shop.place(shop.line(2))).order_id)
    outcomes = await asyncio.gather(
        *(_ship(shop, fulfilment_id) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(each, int) for each in outcomes) == 1
    assert sum(isinstance(each, InvalidState) for each in outcomes) == 5
    assert len(await _rows(shop, Shipment)) == 1
    assert await violations(tenant) == {}


async def test_a_split_order_is_worked_on_at_each_location(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(2, location=0)
    await shop.stock(3, location=1)
    placed = await shop.place(shop.line(5))
    first, second = await _release(shop, placed.order_id)
    with pytest.raises(InvalidState):
        await _release(shop, placed.order_id)
    for fulfilment_id, status in ((first, "partially_shipped"), (second, "shipped")):
        await _pick(shop, fulfilment_id)
        await _pack(shop, fulfilment_id)
        await _ship(shop, fulfilment_id)
        assert (await shop.order(placed.order_id)).status == status
    assert await violations(tenant) == {}


async def test_a_short_pick_waits_again_and_its_units_are_checked(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    placed = await shop.place(shop.line(4))
    [fulfilment_id] = await _release(shop, placed.order_id)
    [line] = await _rows(shop, FulfilmentLine)
    missing = [LineQuantity(line.id, Decimal(1))]
    assert await _pick(shop, fulfilment_id, missing=missing) == "picked"
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 1)]
    [balance] = await _rows(shop, StockBalance)
    assert (balance.on_hand, balance.reserved, balance.quality_control) == (5, 3, 1)
    [event] = await _rows(shop, EventRecord, type="order.picked")
    assert event.payload["item_ids"] == shop.setting.item_ids
    await _pack(shop, fulfilment_id)
    await _ship(shop, fulfilment_id)
    assert (await shop.order(placed.order_id)).status == "partially_shipped"
    assert await violations(tenant) == {}


async def test_nothing_found_ends_the_work(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(2)
    placed = await shop.place(shop.line(2))
    [fulfilment_id] = await _release(shop, placed.order_id)
    [line] = await _rows(shop, FulfilmentLine)
    missing = [LineQuantity(line.id, Decimal(2))]
    assert await _pick(shop, fulfilment_id, lines=[], missing=missing) == "cancelled"
    assert (await shop.order(placed.order_id)).status == "backordered"
    assert await violations(tenant) == {}


async def test_steps_take_no_more_than_there_is(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    [fulfilment_id] = await _release(shop, (await shop.place(shop.line(3))).order_id)
    [line] = await _rows(shop, FulfilmentLine)
    four, two = LineQuantity(line.id, Decimal(4)), LineQuantity(line.id, Decimal(2))
    with pytest.raises(NotThatMuch) as refused:
        await _pick(shop, fulfilment_id, lines=[four])
    assert refused.value.fields == {"requested": 4, "available": 3}
    with pytest.raises(InvalidState) as early:
        await _ship(shop, fulfilment_id)
    assert early.value.fields == {"state": "released", "allowed": ["pick", "reject", "cancel"]}
    assert await _pick(shop, fulfilment_id, lines=[two]) == "picking"
    with pytest.raises(NotThatMuch):
        await _pack(shop, fulfilment_id, cartons=[PackedCarton((two,)), PackedCarton((two,))])
    await _pack(shop, fulfilment_id, cartons=[PackedCarton((LineQuantity(line.id, Decimal(1)),))])
    with pytest.raises(NotThatMuch):
        await _ship(shop, fulfilment_id, lines=[two])
    with pytest.raises(NotFound):
        await _pick(shop, fulfilment_id, lines=[LineQuantity(10**12, Decimal(1))])
    assert await _rows(shop, Shipment) == []
    assert await violations(tenant) == {}


async def test_work_called_off_can_be_released_again(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    placed = await shop.place(shop.line(3))
    fulfilment_id = await _ready(shop, placed.order_id)
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await cancel_order(work, order_id=placed.order_id)
    async with tenant.work() as work:
        status = await cancel_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
    assert status == "allocated"
    assert await _rows(shop, Carton) == []
    with pytest.raises(InvalidState):
        await _pick(shop, fulfilment_id)
    await _ship(shop, await _ready(shop, placed.order_id))
    assert (await shop.order(placed.order_id)).status == "shipped"
    assert await violations(tenant) == {}


async def test_a_held_order_is_not_released(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(1)
    placed = await shop.place(shop.line(1))
    async with tenant.work() as work:
        await hold_order(work, order_id=placed.order_id, reason="credit")
    with pytest.raises(OrderIsHeld) as refused:
        await _release(shop, placed.order_id)
    assert refused.value.fields == {"number": "SO-1", "reason": "credit"}


async def test_the_rest_of_a_part_shipped_order_is_cancelled(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(2)
    placed = await shop.place(shop.line(5))
    await _ship(shop, await _ready(shop, placed.order_id))
    async with tenant.work() as work:
        assert await cancel_order(work, order_id=placed.order_id) == "shipped"
    assert await shop.figures(placed.order_id) == [(0, 2, 3, 0)]
    assert await violations(tenant) == {}


async def test_many_ship_and_order_at_once_without_deadlock(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(40, value_minor=4000)
    await shop.stock(40, item=1, value_minor=4000)
    one, other = shop.line(1), shop.line(1, item=1)
    ready = [
        await _ready(shop, (await shop.place(*((one, other) if n % 2 else (other, one)))).order_id)
        for n in range(8)
    ]
    await asyncio.gather(
        *(_ship(shop, each) for each in ready), *(shop.place(other, one) for _ in range(8))
    )
    assert (await shop.available(), await shop.available(item=1)) == (24, 24)
    assert (await _booked(shop))["cost_of_goods"] == 1600
    assert await violations(tenant) == {}


async def test_each_step_needs_its_own_permission(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(1)
    fulfilment_id = await _ready(shop, (await shop.place(shop.line(1))).order_id)
    picker = tenant.user("fulfilment.pick")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=picker) as work:
            await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
