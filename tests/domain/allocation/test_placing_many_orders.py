"""Many orders in one transaction, each with its own outcome."""

from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.placing import PlacedOrder, place
from domain.inventory.outcomes import StockShort
from domain.orders.capture import NewLine, NewOrder
from domain.orders.models import SalesOrder
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


def _order(shop: Shop, quantity: int, external_id: str | None = None) -> NewOrder:
    line = NewLine(
        item_id=shop.setting.item_ids[0],
        quantity_ordered=Decimal(quantity),
        unit="EA",
        quantity=Decimal(quantity),
        unit_price=Decimal(1),
    )
    return NewOrder(
        channel_id=shop.channel_id,
        entity_id=shop.setting.entity_id,
        party_id=None,
        currency="EUR",
        ordered_at=shop.tenant.now,
        lines=(line,),
        external_id=external_id,
        content_hash=external_id,
    )


async def test_each_order_of_a_batch_has_its_own_outcome(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    async with tenant.work() as work:
        [before] = await place(work, [_order(shop, 1, "old")])
    async with tenant.work() as work:
        old, new, double, short, waiting = await place(
            work,
            [
                _order(shop, 9, "old"),
                _order(shop, 3, "new"),
                _order(shop, 1, "new"),
                replace(_order(shop, 2), all_or_nothing=True),
                _order(shop, 2),
            ],
        )
    assert isinstance(before, PlacedOrder)
    assert isinstance(old, PlacedOrder)
    assert (old.order_id, old.is_new, old.content_hash) == (before.order_id, False, "old")
    assert isinstance(new, PlacedOrder)
    assert (new.status, new.is_new) == ("allocated", True)
    assert isinstance(double, PlacedOrder)
    assert (double.order_id, double.is_new) == (new.order_id, False)
    assert isinstance(short, StockShort)
    assert isinstance(waiting, PlacedOrder)
    async with tenant.read() as reader:
        rows = await reader.values(select(SalesOrder.id).where(SalesOrder.tenant_id == tenant.id))
    assert set(rows) == {before.order_id, new.order_id, waiting.order_id}
    assert await violations(tenant) == {}


async def test_a_batch_is_served_first_come_first_served(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    async with tenant.work() as work:
        placed = await place(work, [_order(shop, 2) for _ in range(4)])
    statuses = [each.status for each in placed if isinstance(each, PlacedOrder)]
    assert statuses == ["allocated", "allocated", "partially_allocated", "backordered"]
    assert await shop.available() == 0
    assert await violations(tenant) == {}


async def test_a_batch_of_nothing_is_nothing(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        assert await place(work, []) == []
