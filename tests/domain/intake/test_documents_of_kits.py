"""Documents that order kits: booked as components, followed as kits."""

from decimal import Decimal

from sqlalchemy import insert, update

from domain.catalog.models import Item, KitComponent
from domain.orders.queries import kits_of_orders
from tests.factories.intake import ShopLine, ShopOrder, new_door
from tests.factories.masters import new_item
from tests.factories.orders import violations
from tests.factories.tenants import TenantUnderTest


async def test_a_source_orders_changes_and_drops_a_kit_in_its_own_terms(
    tenant: TenantUnderTest,
) -> None:
    parts = [await new_item(tenant, sku=sku) for sku in ("A-1", "A-2")]
    kit = await new_item(tenant, sku="BOX")
    async with tenant.work() as work:
        mine = (Item.tenant_id == tenant.id, Item.id == kit)
        await work.execute(update(Item).where(*mine).values(kind="kit"))
        for part in parts:
            row = {"kit_item_id": kit, "component_item_id": part, "quantity": Decimal(2)}
            await work.execute(insert(KitComponent).values(tenant_id=tenant.id, **row))
    door = await new_door(tenant)

    async def standing() -> tuple[list[tuple[int, int]], list[tuple[int, int, int]], int]:
        """(quantity, cancelled) of each line; the same and the net of each kit; the total."""
        order = await door.order()
        lines = [(int(line.quantity), int(line.cancelled)) for line in await door.lines(order.id)]
        async with tenant.read() as reader:
            found = await kits_of_orders(reader, order_ids=[order.id])
        kits = [(int(each.quantity), int(each.cancelled), each.net_minor) for each in found]
        return lines, kits, order.total_minor

    first = [ShopLine("A-1", 1), ShopLine("BOX", 2)]
    assert (await door.take(ShopOrder(lines=first).document())).outcome == "accepted"
    assert await standing() == ([(1, 0), (4, 0), (4, 0)], [(2, 0, 2000)], 3000)
    more = [ShopLine("A-1", 1), ShopLine("BOX", 3)]
    newer = ShopOrder(lines=more, updated_at="2026-03-01T11:00:00Z")
    assert (await door.take(newer.document())).outcome == "accepted"
    assert await standing() == ([(1, 0), (6, 0), (6, 0)], [(3, 0, 3000)], 4000)
    gone = [ShopLine("A-1", 1, current=1), ShopLine("BOX", 3, current=0)]
    last = ShopOrder(lines=gone, updated_at="2026-03-01T12:00:00Z")
    assert (await door.take(last.document())).outcome == "accepted"
    assert await standing() == ([(1, 0), (6, 6), (6, 6)], [(3, 3, 0)], 1000)
    assert await violations(tenant) == {}
