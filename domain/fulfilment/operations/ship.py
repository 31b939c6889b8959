"""Goods leave: stock, cost, revenue, allocations and the order move together, or not at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from domain.allocation.holdings import holdings_of, reduce_holdings
from domain.allocation.settling import Standing, settle
from domain.fulfilment.booking import Shipped, book_shipment, carriage, owed, price_shipment
from domain.fulfilment.events import OrderShipped
from domain.fulfilment.kit_parts import require_whole_kits
from domain.fulfilment.models import Carton, Shipment, ShipmentLine
from domain.fulfilment.pieces import mark_shipped, ship_pieces
from domain.fulfilment.progress import (
    LineQuantity,
    LocationWork,
    lock_work,
    note,
    require_enough,
    sound_quantities,
    write_progress,
)
from domain.fulfilment.rush import require_rush_approved
from domain.fulfilment.traded import bought_goods
from domain.inventory.balances import lock_balances_by_id
from domain.inventory.reservations import Taken, consume
from domain.inventory.serials import note_pieces
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.kinds import CostOf, Source
from domain.kernel import text
from domain.kernel.money import share
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("fulfilment.ship")
async def ship_fulfilment_order(
    work: Work,
    *,
    fulfilment_order_id: int,
    lines: Sequence[LineQuantity] | None = None,
    carrier: str | None = None,
    tracking_number: str | None = None,
    expected_version: int | None = None,
) -> int:
    """Ship what is packed, or these quantities of it (base units); returns the shipment's id.

    The goods leave the stock at their cost, the sale is booked in the selling entity, the order
    follows. Pieces with serial numbers are named here or were at the pick. Told twice, the second
    finds nothing packed. Raises NotFound, StaleVersion, InvalidInput, InvalidState, NotThatMuch,
    SerialsMissing, SerialNotThere, LotBlocked, KitIncomplete, RushNotApproved,
    AwaitingApproval, ExchangeRateMissing."""
    carrier = text.optional(carrier, path=("carrier",))
    tracking_number = text.optional(tracking_number, path=("tracking_number",))
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    await require_rush_approved(work, current.order)
    quantities = _quantities(current, lines)
    await require_whole_kits(work, current, quantities)
    held = {each.id: each for each in await holdings_of(work, [current.order.id])}
    book, costs = await _take_costs(work, current, quantities, held)
    mirrored, costs = await bought_goods(work, current, quantities, held, costs)
    leaving = await ship_pieces(work, current, quantities, lines or (), held)
    sold = await price_shipment(work, current, quantities, costs)
    shipment = await _write_shipment(work, current, sold, carrier, tracking_number)
    await book.write(Source("shipment", shipment.id))
    await _leave_stock(work, current, quantities, held, shipment.id)
    await mark_shipped(work, leaving, shipment.id)
    await note_pieces(work, leaving.moved, reference_kind="shipment", reference_id=shipment.id)
    status = await _move_on(work, current, quantities, shipment.id)
    standing = (await settle(work, [current.order.id]))[current.order.id]
    bought = book.bought_legs(current.order.entity_id)
    await book_shipment(work, current, shipment, sold, bought=bought, mirrored=mirrored)
    note(work, "ship_fulfilment_order", current, status, shipment=shipment.number)
    _tell(work, current, shipment, standing, carrier, tracking_number)
    return int(shipment.id)


def _tell(
    work: Work,
    current: LocationWork,
    shipment: Row[Any],
    standing: Standing,
    carrier: str | None,
    tracking_number: str | None,
) -> None:
    work.record(
        OrderShipped(
            aggregate_id=current.order.id,
            number=current.order.number,
            status=standing.status,
            shipment_id=shipment.id,
            shipment_number=shipment.number,
            fulfilment_order_id=current.fulfilment.id,
            location_id=current.fulfilment.location_id,
            carrier=carrier,
            tracking_number=tracking_number,
        )
    )


def _quantities(current: LocationWork, lines: Sequence[LineQuantity] | None) -> dict[int, Decimal]:
    quantities = (
        {line_id: line.to_ship for line_id, line in current.progress.items() if line.to_ship}
        if lines is None
        else sound_quantities(current, lines)
    )
    current.require_open("There is nothing packed to ship.", todo=bool(quantities))
    for line_id, quantity in quantities.items():
        line = current.progress[line_id]
        require_enough(
            line.after_shipment(quantity),
            requested=quantity,
            available=line.to_ship,
            path=("lines",),
        )
    return quantities


async def _take_costs(
    work: Work,
    current: LocationWork,
    quantities: Mapping[int, Decimal],
    held: Mapping[int, Row[Any]],
) -> tuple[CostBook, dict[int, int]]:
    """What each line's goods cost, in minor units, and the book that says so, which is yet to be
    written. Balances are locked before costs."""
    allocations = {line_id: held[current.lines[line_id].allocation_id] for line_id in quantities}
    await lock_balances_by_id(work, {each.balance_id for each in allocations.values()})
    together: dict[tuple[int, int], list[int]] = defaultdict(list)
    for line_id, allocation in allocations.items():
        together[allocation.owner_id, current.lines[line_id].item_id].append(line_id)
    asked = [
        CostOf(owner_id, item_id, sum((quantities[line_id] for line_id in line_ids), Decimal(0)))
        for (owner_id, item_id), line_ids in together.items()
    ]
    book = await open_costs(work, taking=asked)
    values = [book.take(each) for each in asked]
    return book, {
        line_id: part
        for line_ids, value in zip(together.values(), values, strict=True)
        for line_id, part in zip(
            line_ids, share(value, [quantities[line_id] for line_id in line_ids]), strict=True
        )
    }


async def _write_shipment(
    work: Work,
    current: LocationWork,
    sold: Sequence[Shipped],
    carrier: str | None,
    tracking_number: str | None,
) -> Row[Any]:
    shipping = await carriage(work, current.order)
    number = (await draw_numbers(work, shipment=1))["shipment"][0]
    rows = await work.rows(
        insert(Shipment)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            order_id=current.order.id,
            fulfilment_order_id=current.fulfilment.id,
            location_id=current.fulfilment.location_id,
            party_id=current.order.party_id,
            carrier=carrier,
            tracking_number=tracking_number,
            shipped_at=work.now,
            shipping_minor=shipping,
            owed_minor=owed(sold, shipping),
        )
        .returning(Shipment.id, Shipment.number, Shipment.shipping_minor)
    )
    lines = [
        {
            "tenant_id": work.tenant_id,
            "shipment_id": rows[0].id,
            "order_line_id": each.order_line_id,
            "fulfilment_line_id": each.fulfilment_line_id,
            "item_id": each.item_id,
            "quantity": each.quantity,
            "revenue_minor": each.earned.revenue_minor,
            "tax_minor": each.earned.tax_minor,
            "cost_minor": each.cost_minor,
        }
        for each in sold
    ]
    await work.execute(insert(ShipmentLine), lines)
    return rows[0]


async def _leave_stock(
    work: Work,
    current: LocationWork,
    quantities: Mapping[int, Decimal],
    held: Mapping[int, Row[Any]],
    shipment_id: int,
) -> None:
    gone = {current.lines[line_id].allocation_id: q for line_id, q in quantities.items()}
    taken = [Taken(reservation_id=held[a].reservation_id, quantity=q) for a, q in gone.items()]
    await consume(work, taken, reference_kind="shipment", reference_id=shipment_id)
    await reduce_holdings(work, gone, shipped=True)


async def _move_on(
    work: Work, current: LocationWork, quantities: Mapping[int, Decimal], shipment_id: int
) -> str:
    progress = current.progress
    after = {
        line_id: require_enough(
            progress[line_id].after_shipment(quantity),
            requested=quantity,
            available=progress[line_id].to_ship,
            path=("lines",),
        )
        for line_id, quantity in quantities.items()
    }
    if not any(line.to_ship for line in (progress | after).values()):
        await _send_cartons(work, current, shipment_id)
    return await write_progress(work, current, after)


async def _send_cartons(work: Work, current: LocationWork, shipment_id: int) -> None:
    """Nothing packed is left here, so all cartons left with this shipment at the latest."""
    packed = select(Carton.id).where(
        Carton.tenant_id == work.tenant_id,
        Carton.fulfilment_order_id == current.fulfilment.id,
        Carton.shipment_id.is_(None),
    )
    await work.execute(
        update(Carton)
        .where(Carton.tenant_id == work.tenant_id, Carton.id.in_(packed))
        .values(shipment_id=shipment_id)
    )
