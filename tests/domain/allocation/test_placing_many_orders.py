"""Many orders in one transaction, each with its own outcome."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text

from domain.allocation.placing import PlacedOrder, place
from domain.inventory.outcomes import StockShort
from domain.orders.capture import NewLine, NewOrder
from domain.orders.models import SalesOrder
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

_SOMEBODY_WAITS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


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


async def test_who_is_there_already_takes_nothing_from_those_beside_it(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(4)
    async with tenant.work() as work:
        first, second, beside = await place(
            work, [_order(shop, 2, "one"), _order(shop, 2, "one"), _order(shop, 2)]
        )
    assert isinstance(first, PlacedOrder)
    assert isinstance(second, PlacedOrder)
    assert isinstance(beside, PlacedOrder)
    assert (second.order_id, second.is_new) == (first.order_id, False)
    assert (first.status, beside.status) == ("allocated", "allocated")
    assert await shop.available() == 0
    assert await violations(tenant) == {}


async def test_the_second_has_its_turn_when_the_first_is_refused(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(4)
    async with tenant.work() as work:
        refused, placed = await place(
            work, [replace(_order(shop, 9, "one"), all_or_nothing=True), _order(shop, 3, "one")]
        )
    assert isinstance(refused, StockShort)
    assert isinstance(placed, PlacedOrder)
    assert (placed.status, placed.is_new) == ("allocated", True)
    assert await violations(tenant) == {}


async def test_of_two_writers_of_one_order_the_loser_has_the_winners(
    tenant: TenantUnderTest,
) -> None:
    """The loser waits for the stock: neither its neighbour nor itself goes short for it."""
    shop = await new_shop(tenant)
    await shop.stock(4)
    wanted = replace(_order(shop, 2, "one"), all_or_nothing=True)

    async def lose(*beside: NewOrder) -> list[Any]:
        async with tenant.work() as work:
            return await place(work, [wanted, *beside])

    async with tenant.work() as work:
        [winner] = await place(work, [wanted])
        losing = asyncio.create_task(lose(_order(shop, 2)))
        for _ in range(200):
            if await work.value(text(_SOMEBODY_WAITS)):
                break
    assert isinstance(winner, PlacedOrder)
    loser, neighbour = await losing
    assert (loser.order_id, loser.is_new) == (winner.order_id, False)
    assert neighbour.status == "allocated"
    assert await shop.available() == 0
    [again] = await lose()
    assert (again.order_id, again.is_new) == (winner.order_id, False)
    assert await violations(tenant) == {}


async def test_a_loser_for_which_nothing_is_left_is_not_refused(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(2)
    wanted = replace(_order(shop, 2, "one"), all_or_nothing=True)

    async def write() -> Any:
        async with tenant.work() as work:
            [placed] = await place(work, [wanted])
        return placed

    placed = await asyncio.gather(*(write() for _ in range(6)))
    assert [type(each) for each in placed] == [PlacedOrder] * 6
    assert [each.is_new for each in placed].count(True) == 1
    assert len({each.order_id for each in placed}) == 1
    assert await violations(tenant) == {}


async def test_a_batch_of_nothing_is_nothing(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        assert await place(work, []) == []
