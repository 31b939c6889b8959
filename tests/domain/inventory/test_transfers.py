"""Transfers: kept at the source, on their way outside of every promise, then at the destination."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain.allocation.operations.allocate import reallocate_backorders
from domain.inventory.in_transit import arriving, in_transit_of
from domain.inventory.models import ItemCost, StockMovement
from domain.inventory.operations.closing_transfers import close_transfer
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.operations.transferring import cancel_transfer, release_transfer
from domain.inventory.outcomes import StockShort
from domain.inventory.policies.transfers import arrival, status_after
from domain.inventory.transfer_goods import MovedLine
from domain.kernel.errors import InvalidInput, InvalidState, NotPermitted
from domain.kernel.models import EventRecord
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest
from tests.factories.transfers import (
    arrive,
    planned,
    quantities,
    released,
    shipped,
    status,
    stock_at,
)


async def _cost(shop: Shop) -> list[tuple[int, int]]:
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(ItemCost.quantity, ItemCost.value_minor)
            .where(ItemCost.tenant_id == shop.tenant.id)
            .order_by(ItemCost.item_id)
        )
    return [(int(row.quantity), row.value_minor) for row in rows]


async def _events(shop: Shop, type_: str) -> list[dict[str, Any]]:
    async with shop.tenant.read() as reader:
        return list(
            await reader.values(
                select(EventRecord.payload)
                .where(EventRecord.tenant_id == shop.tenant.id, EventRecord.type == type_)
                .order_by(EventRecord.id)
            )
        )


async def test_goods_go_through_transit_and_cost_what_they_cost(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10, value_minor=5_000)
    transfer_id = await planned(shop, 6)
    assert await status(shop, transfer_id) == "draft"
    assert (await stock_at(shop))["source"] == (10, 0, 0, 10)
    async with tenant.work() as work:
        await release_transfer(work, transfer_id=transfer_id)
    assert (await stock_at(shop))["source"] == (10, 6, 0, 4)
    async with tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id)
    assert await stock_at(shop) == {"source": (4, 0, 0, 4), "transit": (6, 6, 0, 0)}
    async with tenant.read() as reader:
        there = shop.setting.location_ids[1]
        item = shop.setting.item_ids[0]
        assert await in_transit_of(reader, [item]) == {(item, there): Decimal(6)}
        assert await in_transit_of(reader, [item], [there + 999]) == {}
        assert [each.quantity for each in await arriving(reader, [item])] == [6]
    await arrive(shop, transfer_id, (4, 1))
    assert await status(shop, transfer_id) == "partly_received"
    await arrive(shop, transfer_id, 2)
    assert await status(shop, transfer_id) == "received"
    assert await quantities(shop, transfer_id) == [(6, 6, 1, 0, 0, 0)]
    assert await stock_at(shop) == {
        "source": (4, 0, 0, 4),
        "transit": (0, 0, 0, 0),
        "destination": (6, 0, 1, 5),
    }
    assert await _cost(shop) == [(10, 5_000)]
    assert await violations(tenant) == {}


async def test_what_is_kept_for_a_transfer_no_order_takes(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    await released(shop, 7)
    order = await shop.place(shop.line(5))
    assert await shop.figures(order.order_id) == [(3, 0, 0, 2)]


async def test_what_is_on_its_way_is_promised_to_nobody(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    await shipped(shop, 10)
    order = await shop.place(shop.line(5))
    assert await shop.figures(order.order_id) == [(0, 0, 0, 5)]


async def test_what_arrives_serves_the_orders_that_wait(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    transfer_id = await shipped(shop, 10)
    order = await shop.place(shop.line(5))
    await arrive(shop, transfer_id, 8)
    (event,) = await _events(shop, "inventory.transfer_received")
    async with tenant.work() as work:
        await reallocate_backorders(work, item_ids=event["item_ids"])
    assert await shop.figures(order.order_id) == [(5, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_less_may_leave_than_was_kept_and_the_rest_is_free(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2, items=2)
    for item in range(2):
        await shop.stock(10, item=item)
    transfer_id = await released(shop, 6, 6)
    async with tenant.work() as work:
        await ship_transfer(
            work, transfer_id=transfer_id, lines=[MovedLine(line_number=1, quantity=Decimal(4))]
        )
    assert await quantities(shop, transfer_id) == [(4, 0, 0, 0, 0, 4), (0, 0, 0, 0, 0, 0)]
    assert await stock_at(shop) == {"source": (16, 0, 0, 16), "transit": (4, 4, 0, 0)}
    (event,) = await _events(shop, "inventory.transfer_shipped")
    assert event["item_ids"] == sorted(shop.setting.item_ids)
    assert await violations(tenant) == {}


async def test_too_much_needs_a_reason_and_is_found_at_the_average(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10, value_minor=5_000)
    transfer_id = await shipped(shop, 6)
    with pytest.raises(InvalidInput):
        await arrive(shop, transfer_id, 7)
    await arrive(shop, transfer_id, (8, 7), reason="two more in the box")
    assert await quantities(shop, transfer_id) == [(6, 8, 7, 2, 0, 0)]
    assert (await stock_at(shop))["destination"] == (8, 0, 7, 1)
    assert await _cost(shop) == [(12, 6_000)]
    assert await violations(tenant) == {}


async def test_what_never_arrives_is_given_up_with_a_reason(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10, value_minor=5_000)
    transfer_id = await shipped(shop, 6)
    await arrive(shop, transfer_id, 4)
    async with tenant.work() as work:
        await close_transfer(work, transfer_id=transfer_id, reason="fell off the lorry")
    assert await status(shop, transfer_id) == "received"
    assert await quantities(shop, transfer_id) == [(6, 4, 0, 0, 2, 0)]
    assert (await stock_at(shop))["transit"] == (0, 0, 0, 0)
    assert await _cost(shop) == [(8, 4_000)]
    assert await violations(tenant) == {}
    with pytest.raises(InvalidState):
        await arrive(shop, transfer_id, 2)


async def test_a_cancelled_transfer_gives_back_what_it_kept(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    transfer_id = await released(shop, 6)
    async with tenant.work() as work:
        await cancel_transfer(work, transfer_id=transfer_id, reason="not needed")
    assert await stock_at(shop) == {"source": (10, 0, 0, 10)}
    assert [e["item_ids"] for e in await _events(shop, "inventory.transfer_ended")] == [
        shop.setting.item_ids
    ]
    assert await violations(tenant) == {}
    gone = await shipped(shop, 6)
    with pytest.raises(InvalidState) as told:
        async with tenant.work() as work:
            await cancel_transfer(work, transfer_id=gone, reason="too late")
    assert told.value.fields["allowed"] == ["receive", "close"]


async def test_orders_and_transfers_that_race_for_the_last_pieces_never_oversell(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(20)
    transfers = [await planned(shop, 5) for _ in range(4)]

    async def release(transfer_id: int) -> bool:
        try:
            async with tenant.work() as work:
                await release_transfer(work, transfer_id=transfer_id)
            return True
        except StockShort:
            return False

    done = await asyncio.gather(
        *(release(each) for each in transfers), *(shop.place(shop.line(5)) for _ in range(4))
    )
    kept = 5 * sum(each is True for each in done[:4])
    on_hand, reserved, _, available = (await stock_at(shop))["source"]
    assert (on_hand, reserved, available) == (20, 20, 0)
    assert 0 <= kept <= 20
    assert await violations(tenant) == {}


async def test_two_who_receive_the_same_goods_receive_them_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    transfer_id = await shipped(shop, 6)
    done = await asyncio.gather(
        *(arrive(shop, transfer_id, 6) for _ in range(4)), return_exceptions=True
    )
    assert [type(each) for each in done].count(InvalidState) == 3
    assert (await stock_at(shop))["destination"] == (6, 0, 0, 6)


async def test_a_kill_in_between_leaves_the_goods_where_they_were(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    transfer_id = await shipped(shop, 6)
    lines = [MovedLine(line_number=1, quantity=Decimal(8))]
    with pytest.raises(RuntimeError):
        async with tenant.work() as work:
            await receive_transfer(work, transfer_id=transfer_id, lines=lines, reason="more")
            raise RuntimeError("killed")
    assert await stock_at(shop) == {"source": (4, 0, 0, 4), "transit": (6, 6, 0, 0)}
    assert await status(shop, transfer_id) == "shipped"
    assert await violations(tenant) == {}


async def test_a_transfer_needs_its_permission_another_place_and_something(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    transfer_id = await planned(shop, 12)
    with pytest.raises(StockShort):
        async with tenant.work() as work:
            await release_transfer(work, transfer_id=transfer_id)
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("inventory.read")) as work:
            await release_transfer(work, transfer_id=transfer_id)
    assert await stock_at(shop) == {"source": (10, 0, 0, 10)}
    async with tenant.read() as reader:
        kinds = await reader.values(
            select(StockMovement.kind).where(StockMovement.tenant_id == tenant.id)
        )
    assert list(kinds) == ["receipt"]


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_what_arrives_is_what_was_on_its_way_and_what_is_too_much(
    quantity: int, damaged: int, in_transit: int
) -> None:
    if damaged > quantity:
        with pytest.raises(ValueError, match="damaged"):
            arrival(Decimal(quantity), Decimal(damaged), in_transit=Decimal(in_transit))
        return
    each = arrival(Decimal(quantity), Decimal(damaged), in_transit=Decimal(in_transit))
    assert each.expected + each.over == quantity
    assert each.expected <= in_transit
    assert each.over == 0 or each.expected == in_transit
    left = Decimal(in_transit) - each.expected
    assert status_after([left]) == ("partly_received" if left else "received")
