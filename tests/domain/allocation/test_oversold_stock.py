"""Less was found than is promised: the newest orders give up, wait, and are served elsewhere."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from domain.allocation.models import Allocation
from domain.allocation.operations.oversold import request_oversold_resolution
from domain.approvals.outcomes import AwaitingApproval
from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.counting import CountEntry, record_stock_count
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import StockChanged, StockPromised
from domain.kernel.errors import InvalidState
from tests.factories.counting import (
    close,
    count_of,
    counted,
    on_hand,
    open_count,
    say_no,
    say_yes,
    told,
    waiting,
)
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.pieces import pieces, receive_pieces
from tests.factories.tenants import TenantUnderTest


async def _ask(shop: Shop, count_id: int) -> int:
    async with shop.tenant.work() as work:
        return await request_oversold_resolution(work, count_id=count_id, reason="really gone")


async def _sold_out(tenant: TenantUnderTest, *, locations: int = 1) -> tuple[Shop, list[int]]:
    """A shop with 10 pieces, and three orders of 3 each."""
    shop = await new_shop(tenant, locations=locations)
    await shop.stock(10, value_minor=1_000)
    orders = [(await shop.place(shop.line(3))).order_id for _ in range(3)]
    return shop, orders


async def _allocated(shop: Shop, orders: list[int]) -> list[tuple[int, int]]:
    """(allocated, waiting) of the first line of each order."""
    figures = [(await shop.figures(order_id))[0] for order_id in orders]
    return [(given, waits) for given, _, _, waits in figures]


def _later(tenant: TenantUnderTest) -> TenantUnderTest:
    return tenant.at(tenant.now + timedelta(minutes=10))


async def test_the_newest_orders_give_up_what_a_snapshot_did_not_find(
    tenant: TenantUnderTest,
) -> None:
    shop, orders = await _sold_out(tenant)
    snapshot = await told(shop, 5)
    assert (await count_of(shop, snapshot)).status == "exception"
    request_id = await _ask(shop, snapshot)
    with pytest.raises(AwaitingApproval):
        await _ask(shop, snapshot)
    assert await _allocated(shop, orders) == [(3, 0), (3, 0), (3, 0)]
    await say_yes(tenant, request_id)
    assert await on_hand(shop) == [(5, 5)]
    assert await _allocated(shop, orders) == [(3, 0), (2, 1), (0, 3)]
    assert (await shop.order(orders[2])).status == "backordered"
    assert (await count_of(shop, snapshot)).status == "booked"
    assert await violations(tenant) == {}
    with pytest.raises(InvalidState):
        await say_yes(tenant, request_id, who=78)
    with pytest.raises(InvalidState):
        await _ask(shop, snapshot)
    assert await on_hand(shop) == [(5, 5)]


async def test_who_gave_up_is_served_from_elsewhere_once(tenant: TenantUnderTest) -> None:
    shop, orders = await _sold_out(tenant, locations=2)
    await shop.stock(2, location=1)
    await deliver_all(tenant)
    snapshot = await told(shop, 5)
    await say_yes(tenant, await _ask(shop, snapshot))
    await deliver_all(tenant)
    await deliver_all(tenant)
    assert await _allocated(shop, orders) == [(3, 0), (3, 0), (1, 2)]
    assert await on_hand(shop) == [(5, 5), (2, 2)]
    assert await violations(tenant) == {}


async def test_a_count_that_could_not_be_closed_is_closed_by_it(tenant: TenantUnderTest) -> None:
    shop, orders = await _sold_out(tenant)
    count_id = await open_count(shop)
    await counted(shop, count_id, 4)
    with pytest.raises(StockPromised):
        await close(shop, count_id)
    await say_yes(tenant, await _ask(shop, count_id))
    assert (await count_of(shop, count_id)).status == "booked"
    assert await _allocated(shop, orders) == [(3, 0), (1, 2), (0, 3)]
    assert await on_hand(shop) == [(4, 4)]
    assert await violations(tenant) == {}


async def test_what_a_warehouse_works_on_is_not_taken(tenant: TenantUnderTest) -> None:
    shop, orders = await _sold_out(tenant)
    async with tenant.work() as work:
        await work.execute(
            update(Allocation)
            .where(Allocation.tenant_id == tenant.id, Allocation.order_id == orders[2])
            .values(status="released")
        )
    snapshot = await told(shop, 5)
    await say_yes(tenant, await _ask(shop, snapshot))
    assert await _allocated(shop, orders) == [(2, 1), (0, 3), (3, 0)]
    assert await violations(tenant) == {}
    lower = Shop(shop.setting, shop.channel_id)
    again = await told(lower, 2)
    request_id = await _ask(shop, again)
    with pytest.raises(StockPromised):
        await say_yes(tenant, request_id)
    assert await _allocated(shop, orders) == [(2, 1), (0, 3), (3, 0)]
    assert await on_hand(shop) == [(5, 5)]
    assert await violations(tenant) == {}


async def test_a_refusal_leaves_every_order_what_it_has(tenant: TenantUnderTest) -> None:
    shop, orders = await _sold_out(tenant)
    snapshot = await told(shop, 5)
    await say_no(tenant, await _ask(shop, snapshot))
    assert await _allocated(shop, orders) == [(3, 0), (3, 0), (3, 0)]
    assert (await count_of(shop, snapshot)).status == "exception"
    assert await waiting(tenant) == []


async def test_a_new_count_overtakes_what_was_accepted(tenant: TenantUnderTest) -> None:
    shop, orders = await _sold_out(tenant)
    count_id = await open_count(shop)
    await counted(shop, count_id, 4)
    request_id = await _ask(shop, count_id)
    await counted(shop, count_id, 6)
    with pytest.raises(StockChanged):
        await say_yes(tenant, request_id)
    assert await _allocated(shop, orders) == [(3, 0), (3, 0), (3, 0)]
    await counted(shop, count_id, 10)
    with pytest.raises(InvalidState):
        await say_yes(tenant, request_id)
    assert await on_hand(shop) == [(10, 9)]


async def test_stock_corrected_by_hand_meanwhile_is_not_corrected_twice(
    tenant: TenantUnderTest,
) -> None:
    shop, orders = await _sold_out(tenant)
    request_id = await _ask(shop, await told(shop, 5))
    line = AdjustmentLine(item_id=shop.setting.item_ids[0], delta=Decimal(-1))
    async with tenant.work() as work:
        here = shop.setting.location_ids[0]
        await adjust_stock(work, location_id=here, lines=[line], reason="seen it")
    with pytest.raises(StockChanged):
        await say_yes(tenant, request_id)
    assert await _allocated(shop, orders) == [(3, 0), (3, 0), (3, 0)]
    assert await on_hand(shop) == [(9, 9)]


async def test_a_promised_piece_that_is_not_found_is_given_up_by_name(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2, tracking="serial")
    await receive_pieces(shop, "S1", "S2")
    order = (await shop.place(shop.line(2))).order_id
    count_id = await open_count(shop, items=[0])
    entry = CountEntry(item_id=shop.setting.item_ids[0], quantity=Decimal(1), serials=["S2"])
    async with tenant.work() as work:
        await record_stock_count(work, count_id=count_id, entries=[entry])
    await say_yes(tenant, await _ask(shop, count_id))
    assert await pieces(shop) == {"S1": ("source", "removed"), "S2": ("source", "available")}
    assert await _allocated(shop, [order]) == [(1, 1)]
    assert await violations(tenant) == {}


async def test_orders_and_receipts_that_race_with_it_leave_the_books_right(
    tenant: TenantUnderTest,
) -> None:
    shop, orders = await _sold_out(tenant)
    snapshot = await told(shop, 5)
    request_id = await _ask(shop, snapshot)

    async def receive() -> None:
        line = ReceiptLine(item_id=shop.setting.item_ids[0], quantity=Decimal(1))
        async with tenant.work() as work:
            await receive_stock(work, location_id=shop.setting.location_ids[0], lines=[line])

    async def accept() -> bool:
        try:
            await say_yes(tenant, request_id)
        except StockPromised:
            return False
        return True

    done = await asyncio.gather(
        accept(), *(shop.place(shop.line(1)) for _ in range(3)), *(receive() for _ in range(3))
    )
    if not done[0]:
        # An order came between: the approval is tried again.
        await say_yes(tenant, request_id)
    await deliver_all(tenant)
    assert await on_hand(shop) == [(8, 8)]
    assert (await _allocated(shop, orders))[0] == (3, 0)
    async with tenant.read() as reader:
        given = await reader.values(
            select(Allocation.quantity).where(
                Allocation.tenant_id == tenant.id, Allocation.status == "open"
            )
        )
    assert sum(given) == 8
    assert await violations(tenant) == {}
