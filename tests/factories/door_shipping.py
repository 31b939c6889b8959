"""The only order of a channel leaves the warehouse."""

from decimal import Decimal

from sqlalchemy import select

from domain.catalog.models import Item
from domain.entities.models import Location
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from tests.factories.delivering import deliver_all
from tests.factories.intake import Door
from tests.factories.stock import new_location

D = Decimal


async def ship_all(door: Door) -> int:
    """All of the channel's order leaves; its id."""
    order = await door.order()
    async with door.tenant.work() as work:
        items = await work.values(select(Item.id).where(Item.tenant_id == work.tenant_id))
        place = await work.value(
            select(Location.id).where(Location.tenant_id == work.tenant_id)
        ) or await new_location(work, order.entity_id)
        lines = [ReceiptLine(item_id=n, quantity=D(5), unit_cost=D(2)) for n in items]
        await receive_stock(work, location_id=place, lines=lines)
    await deliver_all(door.tenant)
    async with door.tenant.work() as work:
        released = await release_order(work, order_id=order.id)
    for work_id in released:
        async with door.tenant.work() as work:
            await record_pick(work, fulfilment_order_id=work_id)
            await pack_fulfilment_order(work, fulfilment_order_id=work_id)
            await ship_fulfilment_order(work, fulfilment_order_id=work_id)
    return int(order.id)
