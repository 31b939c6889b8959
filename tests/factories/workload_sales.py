"""What the random workload does with orders and stock: ordered, changed, sent, moved between
entities."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from random import Random

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.cancel_order import LineCancellation, cancel_order
from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.allocation.placing import place
from domain.fulfilment.models import FulfilmentLine, FulfilmentOrder, Shipment
from domain.fulfilment.operations.cancel_fulfilment import cancel_fulfilment_order
from domain.fulfilment.operations.deliver import record_delivery
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.progress import LineQuantity
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import TransferLine, TransferOrder
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.operations.transferring import (
    WantedTransferLine,
    cancel_transfer,
    create_transfer,
    release_transfer,
)
from domain.inventory.transfer_goods import MovedLine
from domain.inventory.valuation.receiving import Terms
from domain.kernel.work import Work
from domain.orders.capture import NewLine, NewOrder
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.orders.policy import GivenTotals
from tests.factories.workload_scene import AGREED, COST, CURRENCIES, PRICE, Scene

Deed = Callable[[Scene, Random], Awaitable[None]]
LIVE_ORDER = SalesOrder.status.not_in(["shipped", "cancelled"])


def near(dice: Random, amount: Decimal) -> Decimal:
    """About so much, to the cent."""
    return (amount * dice.randint(80, 120) / 100).quantize(Decimal("0.01"))


async def order(scene: Scene, dice: Random) -> None:
    """A customer orders some items through any channel."""
    items = dice.sample(scene.item_ids, k=dice.randint(1, 3))
    lines = [
        OrderedLine(
            item_id=item,
            quantity=Decimal(dice.randint(1, 5)),
            unit="EA",
            unit_price=near(dice, PRICE),
        )
        for item in items
    ]
    async with scene.work() as work:
        await place_order(
            work,
            channel_id=dice.choice(scene.channel_ids),
            party_id=dice.choice(scene.party_ids),
            lines=lines,
            all_or_nothing=dice.random() < 0.15,
        )


async def order_from_outside(scene: Scene, dice: Random) -> None:
    """A channel brings an order with its own totals: discount, tax and shipping to the cent."""
    lines, subtotal = [], 0
    for item in dice.sample(scene.item_ids, k=dice.randint(1, 3)):
        quantity, amount = dice.randint(1, 4), dice.randint(1, 5000)
        subtotal += amount
        lines.append(
            NewLine(
                item_id=item,
                quantity_ordered=Decimal(quantity),
                unit="EA",
                quantity=Decimal(quantity),
                unit_price=Decimal(amount) / 100 / quantity,
                amount_minor=amount,
            )
        )
    discount = dice.randint(0, subtotal // 3)
    tax, shipping = dice.choice([0, dice.randint(0, 900)]), dice.choice([0, 499])
    new = NewOrder(
        channel_id=scene.channel_ids[0],
        entity_id=scene.entity_ids[0],
        party_id=dice.choice(scene.party_ids),
        currency=dice.choice(CURRENCIES),
        ordered_at=scene.tenant.now,
        lines=tuple(lines),
        payment_state=dice.choice(["pending", "paid"]),
        external_id=f"{dice.getrandbits(48):x}",
        totals=GivenTotals(
            subtotal_minor=subtotal,
            discount_minor=discount,
            tax_minor=tax,
            shipping_minor=shipping,
            total_minor=subtotal - discount + tax + shipping,
        ),
    )
    async with scene.work() as work:
        await place(work, [new])


async def receive(scene: Scene, dice: Random) -> None:
    """Goods come to an entity, of today or of days ago, at a cost that may not be known yet."""
    entity = dice.choice([0, 0, 1, 1, 2])
    pending = dice.random() < 0.15
    line = ReceiptLine(
        item_id=dice.choice(scene.item_ids),
        quantity=Decimal(dice.randint(1, 14)),
        unit_cost=None if pending or dice.random() < 0.1 else near(dice, COST),
    )
    ago = timedelta(days=dice.choice([0, 0, 0, 3, 17, 40]))
    async with scene.work() as work:
        await receive_stock(
            work,
            location_id=dice.choice(scene.location_ids[entity]),
            lines=[line],
            terms=Terms(received_on=scene.today - ago if ago else None, is_pending=pending),
        )


async def amend(scene: Scene, dice: Random) -> None:
    """Another quantity of a line."""
    line = await scene.some(dice, SalesOrderLine, SalesOrderLine.quantity > SalesOrderLine.shipped)
    async with scene.work() as work:
        change = LineAmendment(line.id, Decimal(dice.randint(0, 6)))
        await amend_order(work, order_id=line.order_id, lines=[change])


async def cancel(scene: Scene, dice: Random) -> None:
    """All that is open of an order, or of one line, is cancelled."""
    row = await scene.some(dice, SalesOrder, LIVE_ORDER)
    lines = await scene.rows(SalesOrderLine, SalesOrderLine.order_id == row.id)
    part = [LineCancellation(dice.choice(lines).id)] if dice.random() < 0.5 else None
    async with scene.work() as work:
        await cancel_order(work, order_id=row.id, lines=part)


async def release(scene: Scene, dice: Random) -> None:
    """An order goes to its locations."""
    row = await scene.some(dice, SalesOrder, LIVE_ORDER)
    async with scene.work() as work:
        await release_order(work, order_id=row.id)


def _step(verb: Callable[..., Awaitable[object]]) -> Deed:
    async def step(scene: Scene, dice: Random) -> None:
        live = FulfilmentOrder.status.not_in(["shipped", "cancelled"])
        row = await scene.some(dice, FulfilmentOrder, live)
        async with scene.work() as work:
            await verb(work, fulfilment_order_id=row.id)

    step.__name__ = verb.__name__
    return step


async def pick_short(scene: Scene, dice: Random) -> None:
    """One of a line is not there."""
    line = await scene.some(dice, FulfilmentLine)
    missing = [LineQuantity(line.id, Decimal(1))]
    async with scene.work() as work:
        await record_pick(work, fulfilment_order_id=line.fulfilment_order_id, missing=missing)


async def send(scene: Scene, dice: Random) -> None:
    """A fulfilment order is picked, packed and shipped, all or a part of one line, each step in
    a transaction of its own."""
    live = FulfilmentOrder.status.not_in(["shipped", "cancelled"])
    row = await scene.some(dice, FulfilmentOrder, live)
    lines = None
    if dice.random() < 0.3:
        line = await scene.some(dice, FulfilmentLine, FulfilmentLine.fulfilment_order_id == row.id)
        lines = [LineQuantity(line.id, Decimal(1))]
    async with scene.work() as work:
        await record_pick(work, fulfilment_order_id=row.id, lines=lines)
    for verb in (pack_fulfilment_order, ship_fulfilment_order):
        async with scene.work() as work:
            await verb(work, fulfilment_order_id=row.id)


async def deliver_shipment(scene: Scene, dice: Random) -> None:
    """A shipment arrives."""
    row = await scene.some(dice, Shipment, Shipment.delivered_at.is_(None))
    async with scene.work() as work:
        await record_delivery(work, shipment_id=row.id)


async def transfer(scene: Scene, dice: Random) -> None:
    """Goods are to go to another location, and to another entity at times."""
    source, other = dice.choice(AGREED)
    places = scene.location_ids
    here = dice.choice(places[source])
    there = dice.choice([each for each in (*places[source], *places[other]) if each != here])
    sells = there in places[other]
    line = WantedTransferLine(
        item_id=dice.choice(scene.item_ids), quantity=Decimal(dice.randint(1, 4))
    )
    async with scene.work() as work:
        transfer_id = await create_transfer(
            work,
            source_id=here,
            destination_id=there,
            lines=[line],
            buyer_id=scene.entity_ids[other] if sells else None,
        )
        await release_transfer(work, transfer_id=transfer_id)


async def move_transfer(scene: Scene, dice: Random) -> None:
    """A transfer leaves, comes in parts, or is given up."""
    row = await scene.some(dice, TransferOrder, TransferOrder.status.not_in(["cancelled"]))
    async with scene.work() as work:
        await _move(work, scene, dice, row.id, row.status)


async def _move(work: Work, scene: Scene, dice: Random, transfer_id: int, status: str) -> None:
    if status == "released":
        if dice.random() < 0.15:
            await cancel_transfer(work, transfer_id=transfer_id, reason="not needed")
        else:
            await ship_transfer(work, transfer_id=transfer_id)
        return
    [line] = await scene.rows(TransferLine, TransferLine.transfer_id == transfer_id)
    part = MovedLine(line_number=1, quantity=Decimal(dice.randint(1, max(1, int(line.quantity)))))
    await receive_transfer(work, transfer_id=transfer_id, lines=[part])


DEEDS: dict[Deed, int] = {
    order: 10,
    order_from_outside: 5,
    receive: 9,
    amend: 3,
    cancel: 2,
    release: 10,
    _step(record_pick): 3,
    _step(pack_fulfilment_order): 3,
    _step(ship_fulfilment_order): 3,
    _step(cancel_fulfilment_order): 1,
    pick_short: 1,
    send: 24,
    deliver_shipment: 6,
    transfer: 3,
    move_transfer: 4,
}
