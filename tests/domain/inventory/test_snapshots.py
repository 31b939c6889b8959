"""A warehouse tells its stock as of a moment; what happened after that moment stays."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from domain.allocation.operations.cancel_order import cancel_order
from domain.catalog.models import Item
from domain.inventory.models import StockCount
from domain.inventory.operations.counting import cancel_stock_count
from domain.inventory.operations.snapshots import reconcile_snapshot, settle_stock_count
from domain.inventory.outcomes import CountSuperseded
from domain.inventory.policies.counting import (
    Found,
    Tolerance,
    books_then,
    difference,
    is_within,
)
from domain.inventory.policy import States
from domain.inventory.snapshots import SnapshotRow
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, NotPermitted
from domain.kernel.models import EventRecord
from tests.factories.counting import (
    allow,
    close,
    count_of,
    counted,
    movement_kinds,
    on_hand,
    open_count,
    say_yes,
    skus,
    told,
    verdicts,
    waiting,
)
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


def later(shop: Shop, minutes: int) -> Shop:
    """The same shop, some minutes on."""
    setting = shop.setting
    tenant = setting.tenant.at(setting.tenant.now + timedelta(minutes=minutes))
    moved = type(setting)(tenant, setting.entity_id, setting.location_ids, setting.item_ids)
    return Shop(moved, shop.channel_id)


async def shop_with(tenant: TenantUnderTest, *quantities: int) -> Shop:
    """A shop with so much of each item, and a tolerance of 5 pieces."""
    shop = await new_shop(tenant, items=len(quantities))
    for item, quantity in enumerate(quantities):
        await shop.stock(quantity, item=item, value_minor=quantity * 100)
    await allow(tenant, quantity=Decimal(5))
    return shop


async def status(shop: Shop, count_id: int) -> str:
    return str((await count_of(shop, count_id)).status)


async def test_what_happened_after_the_moment_is_not_touched(tenant: TenantUnderTest) -> None:
    """As of 9:30 there were 97, told at 10:00; since then 20 were reserved and 50 came."""
    shop = await shop_with(tenant, 100)
    after = later(shop, 10)
    await after.place(after.line(20))
    await after.stock(50)
    snapshot = await told(later(shop, 30), 97, as_of=tenant.now)
    assert await verdicts(shop, snapshot) == [("within", -3, True)]
    assert await on_hand(shop) == [(147, 20)]
    assert await status(shop, snapshot) == "booked"
    assert await violations(tenant) == {}


async def test_orders_placed_while_it_is_reconciled_all_stand(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 100)
    after = later(shop, 5)
    await asyncio.gather(
        told(later(shop, 6), 96, as_of=tenant.now),
        *(after.place(after.line(2)) for _ in range(15)),
    )
    assert await on_hand(shop) == [(96, 30)]
    assert await violations(tenant) == {}


async def test_the_same_snapshot_twice_is_one_effect(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 100)
    ids = await asyncio.gather(*(told(shop, 97) for _ in range(5)))
    assert len(set(ids)) == 1
    assert await told(later(shop, 60), 97, as_of=tenant.now) == ids[0]
    assert (await movement_kinds(shop))[1:] == [("count", -3)]


async def test_an_older_snapshot_than_the_last_one_is_kept_and_ignored(
    tenant: TenantUnderTest,
) -> None:
    shop = await shop_with(tenant, 100)
    noon = later(shop, 150)
    await told(noon, 98)
    older = await told(noon, 100, as_of=tenant.now)
    row = await count_of(shop, older)
    assert (row.status, row.raw[0]["on_hand"]) == ("ignored", "100")
    assert "later" in row.note
    assert await verdicts(shop, older) == [("superseded", 2, False)]
    assert await on_hand(shop) == [(98, 0)]


async def test_an_older_snapshot_of_other_items_still_counts(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 100, 50)
    noon = later(shop, 150)
    await told(noon, 98)
    both = await told(noon, 100, 49, as_of=tenant.now)
    assert await verdicts(shop, both) == [("superseded", 2, False), ("within", -1, True)]
    assert await on_hand(shop) == [(98, 0), (49, 0)]


async def test_above_tolerance_is_booked_only_once_approved(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 100, 100)
    snapshot = await told(shop, 98, 60)
    assert await status(shop, snapshot) == "waiting"
    assert await on_hand(shop) == [(98, 0), (100, 0)]
    (request,) = await waiting(tenant)
    after = later(shop, 1)
    await after.place(after.line(30, item=1))
    await say_yes(tenant, request.id)
    assert await on_hand(shop) == [(98, 0), (60, 30)]
    assert await status(shop, snapshot) == "booked"
    assert await violations(tenant) == {}


async def test_a_later_snapshot_overtakes_one_that_waits(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 100)
    await told(shop, 60)
    (request,) = await waiting(tenant)
    await told(later(shop, 60), 97)
    assert await on_hand(shop) == [(97, 0)]
    with pytest.raises(CountSuperseded):
        await say_yes(tenant, request.id)
    assert await on_hand(shop) == [(97, 0)]


async def test_a_count_after_the_moment_overtakes_it_too(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 100)
    after = later(shop, 30)
    count_id = await open_count(after)
    await counted(after, count_id, 97)
    await close(after, count_id)
    snapshot = await told(later(shop, 60), 97, as_of=tenant.now)
    assert await verdicts(shop, snapshot) == [("superseded", 0, False)]
    assert await on_hand(shop) == [(97, 0)]


async def test_promised_stock_that_is_not_there_waits_for_people(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 10, 10)
    order = await shop.place(shop.line(8))
    (line,) = await shop.lines(order.order_id)
    snapshot = await told(later(shop, 10), 6, 9)
    assert await status(shop, snapshot) == "exception"
    assert await verdicts(shop, snapshot) == [("oversold", -4, False), ("within", -1, True)]
    assert await on_hand(shop) == [(10, 8), (9, 0)]
    async with tenant.read() as reader:
        event = await reader.value(
            select(EventRecord.payload).where(
                EventRecord.tenant_id == tenant.id, EventRecord.type == "inventory.stock_oversold"
            )
        )
    assert (event["oversold_item_ids"], event["order_line_ids"]) == (
        shop.setting.item_ids[:1],
        [line.id],
    )
    await _cancel(shop, order.order_id)
    after = later(shop, 20)
    async with after.tenant.work() as work:
        await settle_stock_count(work, count_id=snapshot)
    assert await status(shop, snapshot) == "booked"
    assert await on_hand(shop) == [(6, 0), (9, 0)]
    assert await violations(tenant) == {}


async def _cancel(shop: Shop, order_id: int) -> None:
    async with shop.tenant.work() as work:
        await cancel_order(work, order_id=order_id, reason="cannot be served")


async def test_a_whole_snapshot_says_that_the_rest_is_gone(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 100, 3, 50)
    snapshot = await told(shop, 100, is_whole=True)
    assert await verdicts(shop, snapshot) == [
        ("even", 0, True),
        ("within", -3, True),
        ("above", -50, False),
    ]
    assert await on_hand(shop) == [(100, 0), (0, 0), (50, 0)]


async def test_an_unknown_code_is_an_exception_with_its_place_and_takes_nothing_away(
    tenant: TenantUnderTest,
) -> None:
    shop = await shop_with(tenant, 100, 50)
    strange = SnapshotRow(codes=(("sku", "WHAT"),), on_hand=Decimal(4), path="LIN[7]")
    snapshot = await told(shop, 100, extra=[strange], is_whole=True)
    assert await verdicts(shop, snapshot) == [("even", 0, True), ("unknown", 0, False)]
    assert await status(shop, snapshot) == "exception"
    assert "not understood" in (await count_of(shop, snapshot)).note
    assert await on_hand(shop) == [(100, 0), (50, 0)]
    await _rename(shop, 1, "WHAT")
    async with tenant.work() as work:
        await settle_stock_count(work, count_id=snapshot)
    assert await verdicts(shop, snapshot) == [("even", 0, True), ("above", -46, False)]


async def _rename(shop: Shop, item: int, sku: str) -> None:
    async with shop.tenant.work() as work:
        await work.execute(
            update(Item)
            .where(Item.tenant_id == work.tenant_id, Item.id == shop.setting.item_ids[item])
            .values(sku=sku)
        )


async def test_states_are_told_and_shelves_of_one_item_added_up(tenant: TenantUnderTest) -> None:
    shop = await shop_with(tenant, 20)
    (sku,) = await skus(shop)
    rows = [
        SnapshotRow(codes=(("sku", sku),), on_hand=Decimal(12), damaged=Decimal(2)),
        SnapshotRow(codes=(("sku", sku),), on_hand=Decimal(7), quality_control=Decimal(1)),
    ]
    snapshot = await told(shop, extra=rows)
    assert await verdicts(shop, snapshot) == [("within", -1, True)]
    assert await shop.available() == 16
    assert await violations(tenant) == {}


async def test_a_kill_in_between_leaves_nothing_and_it_may_come_again(
    tenant: TenantUnderTest,
) -> None:
    shop = await shop_with(tenant, 20)
    (sku,) = await skus(shop)
    row = SnapshotRow(codes=(("sku", sku),), on_hand=Decimal(18))
    with pytest.raises(RuntimeError):
        async with tenant.work() as work:
            place = shop.setting.location_ids[0]
            await reconcile_snapshot(work, location_id=place, as_of=tenant.now, rows=[row])
            raise RuntimeError("killed")
    async with tenant.read() as reader:
        assert await reader.value(select(func.count()).select_from(StockCount)) == 0
    await told(shop, extra=[row])
    assert await on_hand(shop) == [(18, 0)]


async def test_a_warehouse_partner_tells_its_own_location_and_no_other(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(20)
    await allow(tenant, quantity=Decimal(5))
    (sku,) = await skus(shop)
    here, there = shop.setting.location_ids
    row = SnapshotRow(codes=(("sku", sku),), on_hand=Decimal(18))
    partner = replace(tenant.user("inventory.report"), location_id=here)

    async def tell(location_id: int, quantity: int, minutes: int = 0) -> int:
        moment = tenant.now - timedelta(minutes=minutes)
        rows = [replace(row, on_hand=Decimal(quantity))]
        async with tenant.work(as_=partner) as work:
            return await reconcile_snapshot(work, location_id=location_id, as_of=moment, rows=rows)

    with pytest.raises(NotFound):
        await tell(there, 18)
    await tell(here, 18)
    assert await on_hand(shop) == [(18, 0)]
    waits = await tell(here, 2)
    assert await status(shop, waits) == "waiting"
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("inventory.read")) as work:
            await reconcile_snapshot(work, location_id=here, as_of=tenant.now, rows=[row])


async def test_nobody_tells_the_future_and_what_is_done_is_not_settled_again(
    tenant: TenantUnderTest,
) -> None:
    shop = await shop_with(tenant, 20)
    with pytest.raises(InvalidInput):
        await told(shop, 20, as_of=tenant.now + timedelta(seconds=1))
    done = await told(shop, 20)
    for operation in (settle_stock_count, cancel_stock_count):
        with pytest.raises(InvalidState):
            async with tenant.work() as work:
                fields = {"reason": "x"} if operation is cancel_stock_count else {}
                await operation(work, count_id=done, **fields)
    assert isinstance((await count_of(shop, done)).as_of, datetime)


@pytest.mark.parametrize(
    ("limits", "change", "expected", "value", "within"),
    [
        ({}, 1, 10, 0, False),
        ({"quantity": Decimal(2)}, -2, 10, 10**9, True),
        ({"quantity": Decimal(2)}, 3, 10, 0, False),
        ({"percent": Decimal(10)}, -1, 10, 0, True),
        ({"percent": Decimal(10)}, 1, 9, 0, False),
        ({"percent": Decimal(10)}, 1, 0, 0, False),
        ({"value_minor": 100}, -5, 5, -100, True),
        ({"value_minor": 100}, -5, 5, -101, False),
        ({"quantity": Decimal(9), "percent": Decimal(1)}, 1, 10, 0, False),
    ],
)
def test_a_difference_keeps_every_limit_or_needs_a_yes(
    limits: dict[str, Decimal], change: int, expected: int, value: int, within: bool
) -> None:
    tolerance = Tolerance(**limits) if limits else None  # type: ignore[arg-type]
    states = States(on_hand=Decimal(change))
    said = is_within(tolerance, states, expected=Decimal(expected), value_minor=value)
    assert said is within


def test_the_books_then_are_the_books_now_less_what_moved_since() -> None:
    now = States(Decimal(10), Decimal(4), Decimal(1), Decimal(2))
    since = States(Decimal(-5), Decimal(4), Decimal(1), Decimal(0))
    then = books_then(now, since)
    assert then == States(Decimal(15), Decimal(0), Decimal(0), Decimal(2))
    found = Found(on_hand=Decimal(14), damaged=Decimal(3))
    assert difference(found, then) == States(Decimal(-1), Decimal(0), Decimal(0), Decimal(1))
