"""Messages with several orders, read at the same time, do not wait for each other in a circle."""

import asyncio
from decimal import Decimal

from sqlalchemy import select

from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.intake.processing import Processed
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from tests.factories.intake import Door, interchange, new_door, purchase_order_set
from tests.factories.orders import violations
from tests.factories.stock import new_location
from tests.factories.tenants import TenantUnderTest

ONE, OTHER = "PO1*1*1*EA*2.50**VN*A-1~", "PO1*1*1*EA*2.50**VN*B-1~"


def _two_orders(name: str, first: str, second: str) -> str:
    return interchange(
        purchase_order_set(f"{name}-1", lines=first),
        purchase_order_set(f"{name}-2", lines=second, control="0002"),
    )


async def _stock(door: Door) -> None:
    """A thousand of each item that the channel has named so far."""
    tenant = door.tenant
    async with tenant.work() as work:
        item_ids = await work.values(select(Item.id).where(Item.tenant_id == tenant.id))
        entity = select(Channel.entity_id).where(
            Channel.tenant_id == tenant.id, Channel.id == door.channel_id
        )
        location_id = await new_location(work, await work.value(entity))
        lines = [ReceiptLine(item_id=i, quantity=Decimal(1000)) for i in item_ids]
        await receive_stock(work, location_id=location_id, lines=lines)


async def test_interchanges_with_the_same_items_the_other_way_round(
    tenant: TenantUnderTest,
) -> None:
    rule = "create_draft"
    door = await new_door(
        tenant, source="x12", kind="edi", on_unknown_item=rule, on_unknown_party=rule
    )
    await door.take(_two_orders("FIRST", ONE, OTHER))
    await _stock(door)
    both_ways = [(ONE, OTHER) if n % 2 else (OTHER, ONE) for n in range(8)]
    messages = [
        await door.receive(_two_orders(f"PO{n}", *lines)) for n, lines in enumerate(both_ways)
    ]
    taken = await asyncio.gather(*(door.process(each) for each in messages))
    assert [each.outcome for each in taken if isinstance(each, Processed)] == ["accepted"] * 8
    assert len(await door.orders()) == 18
    again = await asyncio.gather(
        *(
            door.process(each)
            for each in [
                await door.receive(_two_orders(f"PO{n}", lines[1], lines[0]))
                for n, lines in enumerate(both_ways)
            ]
        )
    )
    assert all(isinstance(each, Processed) for each in again)
    assert len(await door.orders()) == 18
    assert await violations(tenant) == {}
