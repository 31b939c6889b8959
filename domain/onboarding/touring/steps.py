"""The steps of a tour, each by the operation that a client would call for it.

A step is given what earlier ones found out, adds to it, and tells what it did. It raises what its
operation raises; `CannotTour` where the set-up lacks something."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import case, exists, select

from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import Location, Party
from domain.fulfilment.models import FulfilmentOrder, Shipment
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.kernel.errors import Expected
from domain.kernel.work import Work
from domain.orders.models import SalesOrder
from domain.pricing.models import Price

Facts = dict[str, Any]
RECEIVED, ORDERED = Decimal(10), Decimal(2)
COST = Decimal(1)
ADDRESS = {"name": "Tour", "line1": "1 Sandbox Street", "city": "Nowhere"}


class CannotTour(Expected):
    """The set-up lacks what an order needs; the message says what."""


async def choose(work: Work, facts: Facts) -> str:
    """The channel that was asked for, else preferably one that sells by price list; an item that
    it can sell; a warehouse, preferably of the channel's entity."""
    asked_for = [Channel.id == facts["channel_id"]] if "channel_id" in facts else []
    channel = await work.row(
        select(Channel.id, Channel.code, Channel.entity_id, Channel.price_source)
        .where(Channel.tenant_id == work.tenant_id, Channel.status == "active", *asked_for)
        .order_by(case((Channel.price_source == "price_list", 0), else_=1), Channel.id)
    )
    if channel is None:
        raise CannotTour("There is no such active channel. Create one, and refresh the sandbox.")
    location = await work.row(
        select(Location.id, Location.code, Location.country)
        .where(
            Location.tenant_id == work.tenant_id,
            Location.status == "active",
            Location.kind.in_(("owned", "third_party", "store")),
        )
        .order_by(case((Location.entity_id == channel.entity_id, 0), else_=1), Location.id)
    )
    if location is None:
        raise CannotTour("There is no location that ships. Create one, and refresh the sandbox.")
    by_list = channel.price_source == "price_list"
    item = await _item(work, by_list=by_list)
    facts |= {
        "channel_id": channel.id,
        "location_id": location.id,
        "country": location.country or "US",
        "item_id": item.id,
        "by_list": by_list,
    }
    return f"{item.sku} through {channel.code} from {location.code}"


async def _item(work: Work, *, by_list: bool) -> Any:
    statement = select(Item.id, Item.sku).where(
        Item.tenant_id == work.tenant_id,
        Item.status == "active",
        Item.kind == "stock",
        Item.tracking == "none",
    )
    if by_list:
        statement = statement.where(
            exists().where(Price.tenant_id == work.tenant_id, Price.item_id == Item.id)
        )
    item = await work.row(statement.order_by(Item.id))
    if item is None:
        lack = "with a price " if by_list else ""
        raise CannotTour(f"There is no item {lack}that could be sold. Make one, and refresh.")
    return item


async def receive(work: Work, facts: Facts) -> str:
    """Stock of the item comes in at the warehouse."""
    line = ReceiptLine(item_id=facts["item_id"], quantity=RECEIVED, unit_cost=COST)
    document = await receive_stock(
        work, location_id=facts["location_id"], lines=[line], reason="tour"
    )
    return f"{RECEIVED} received by {document.number}"


async def place(work: Work, facts: Facts) -> str:
    """An order for some of it is placed."""
    party_id = await work.value(
        select(Party.id)
        .where(Party.tenant_id == work.tenant_id, Party.is_customer, Party.status == "active")
        .order_by(Party.id)
    )
    line = OrderedLine(
        item_id=facts["item_id"],
        quantity=ORDERED,
        unit_price=None if facts["by_list"] else COST,
    )
    placed = await place_order(
        work,
        lines=[line],
        channel_id=facts["channel_id"],
        party_id=party_id,
        ship_to=ADDRESS | {"country": facts["country"]},
    )
    if placed.status != "allocated":
        raise CannotTour(
            f"The order is {placed.status}: your allocation policy gives it no stock of the "
            "warehouse. Ask explainAllocation of a like order why."
        )
    facts["order_id"] = placed.order_id
    return f"{placed.number} is {placed.status}"


async def release(work: Work, facts: Facts) -> str:
    """The warehouse gets its work."""
    facts["work_ids"] = await release_order(work, order_id=facts["order_id"])
    numbers = await work.values(
        select(FulfilmentOrder.number).where(
            FulfilmentOrder.tenant_id == work.tenant_id, FulfilmentOrder.id.in_(facts["work_ids"])
        )
    )
    return ", ".join(sorted(numbers))


async def pick(work: Work, facts: Facts) -> str:
    """Everything is picked."""
    return ", ".join(
        [await record_pick(work, fulfilment_order_id=each) for each in facts["work_ids"]]
    )


async def pack(work: Work, facts: Facts) -> str:
    """Everything is packed."""
    cartons = [
        carton
        for each in facts["work_ids"]
        for carton in await pack_fulfilment_order(work, fulfilment_order_id=each)
    ]
    return f"{len(cartons)} carton(s)"


async def ship(work: Work, facts: Facts) -> str:
    """Everything leaves."""
    shipments = [
        await ship_fulfilment_order(work, fulfilment_order_id=each, carrier="Tour")
        for each in facts["work_ids"]
    ]
    numbers = await work.values(
        select(Shipment.number).where(
            Shipment.tenant_id == work.tenant_id, Shipment.id.in_(shipments)
        )
    )
    return ", ".join(sorted(numbers))


async def check(work: Work, facts: Facts) -> str:
    """The order says that it has left."""
    order = await work.row(
        select(SalesOrder.number, SalesOrder.status).where(
            SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == facts["order_id"]
        )
    )
    if order is None or order.status != "shipped":
        raise CannotTour("The order has not left.")
    return f"{order.number} is {order.status}"


Step = Callable[[Work, Facts], Awaitable[str]]
TAKEN: Mapping[str, Step] = {
    step.__name__: step for step in (choose, receive, place, release, pick, pack, ship, check)
}
