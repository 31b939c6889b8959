"""Stock that comes in goes to backorders by the tenant's rule, part of the queue by part."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from domain.allocation.operations import allocate
from domain.allocation.operations.backorder_priority import set_backorder_priority
from domain.allocation.priority import PriorityKey
from domain.allocation.queries.backorders import backorders
from domain.entities.models import Party
from domain.kernel.errors import NotFound
from domain.kernel.models import EventRecord
from domain.kernel.paging import PageRequest
from domain.orders.models import SalesOrder, SalesOrderLine
from tests.factories.orders import Shop, new_channel, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _set(tenant: TenantUnderTest, *keys: PriorityKey) -> None:
    async with tenant.work() as work:
        await set_backorder_priority(work, keys=keys)


async def _reallocate(shop: Shop, **options: Any) -> None:
    async with shop.tenant.work() as work:
        items = shop.setting.item_ids
        await allocate.reallocate_backorders(work, item_ids=items, **options)


async def _queue(shop: Shop) -> list[int]:
    async with shop.tenant.read() as reader:
        item = shop.setting.item_ids[0]
        listing = await backorders(reader, item_id=item, request=PageRequest())
    assert [row.position for row in listing.page.rows] == [
        place + 1 for place in range(len(listing.page.rows))
    ]
    return [row.order_id for row in listing.page.rows]


async def _promise(shop: Shop, order_id: int, day: date) -> None:
    async with shop.tenant.work() as work:
        await work.execute(
            update(SalesOrderLine)
            .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.order_id == order_id)
            .values(promised_ship_on=day)
        )


async def _customer(shop: Shop, order_id: int, group: str) -> None:
    async with shop.tenant.work() as work:
        row = {"code": group, "name": group, "is_customer": True, "customer_group": group}
        party = await work.value(
            insert(Party)
            .values(tenant_id=work.tenant_id, created_at=work.now, **row)
            .returning(Party.id)
        )
        await work.execute(
            update(SalesOrder)
            .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id)
            .values(party_id=party)
        )


async def test_the_promised_date_counts_before_age(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    old, urgent, late = [(await shop.place(shop.line(4))).order_id for _ in range(3)]
    await _promise(shop, urgent, date(2026, 3, 3))
    await _promise(shop, late, date(2026, 3, 9))
    assert await _queue(shop) == [old, urgent, late]
    await _set(tenant, PriorityKey(kind="promised_date"))
    assert await _queue(shop) == [urgent, late, old]
    await shop.stock(6)
    await _reallocate(shop)
    figures = [(await shop.figures(each))[0][0] for each in (old, urgent, late)]
    assert figures == [0, 4, 2]
    assert await violations(tenant) == {}


async def test_tier_channel_margin_and_value_put_the_queue_in_order(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    other = Shop(shop.setting, await new_channel(tenant, shop.setting.entity_id))
    await shop.stock(2, value_minor=1000)
    cheap = (await shop.place(shop.line(3, price="6.00"))).order_id
    plain = (await shop.place(shop.line(2, price="10.00"))).order_id
    dear = (await other.place(other.line(1, price="20.00"))).order_id
    gold = (await other.place(other.line(1, price="7.00"))).order_id
    await _customer(shop, gold, "gold")
    assert await _queue(shop) == [cheap, plain, dear, gold]
    await _set(tenant, PriorityKey(kind="customer_group", groups=("gold",)))
    assert await _queue(shop) == [gold, cheap, plain, dear]
    await _set(tenant, PriorityKey(kind="channel", channel_ids=(other.channel_id,)))
    assert await _queue(shop) == [dear, gold, cheap, plain]
    await _set(tenant, PriorityKey(kind="margin"))
    assert await _queue(shop) == [dear, plain, gold, cheap]
    await _set(tenant, PriorityKey(kind="order_value", currency="EUR"))
    assert (await _queue(shop))[-1] == gold
    with pytest.raises(NotFound):
        await _set(tenant, PriorityKey(kind="channel", channel_ids=(10**12,)))


async def test_a_long_queue_goes_on_behind_the_line_that_was_served_last(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "QUEUE_PART", 2)
    shop = await new_shop(tenant)
    orders = [(await shop.place(shop.line(n))).order_id for n in (1, 2, 3, 4)]
    await _set(tenant, PriorityKey(kind="order_value", currency="EUR"))
    await shop.stock(10)
    await _reallocate(shop)
    assert [(await shop.figures(each))[0][0] for each in orders] == [0, 0, 3, 4]
    async with tenant.read() as reader:
        asked = select(EventRecord.payload).where(
            EventRecord.tenant_id == tenant.id, EventRecord.type == "allocation.backorders_left"
        )
        [payload] = await reader.values(asked)
    await _reallocate(shop, after_line_id=payload["after_line_id"])
    assert [(await shop.figures(each))[0][0] for each in orders] == [1, 2, 3, 4]
    assert await shop.available() == Decimal(0)
