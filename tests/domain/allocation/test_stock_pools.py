"""Orders over protected pools: who draws from which, who waits, and what gives it back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from domain.allocation.amending import Amendment, amend
from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.operations.pools import (
    change_pool,
    close_pool,
    expire_pools,
    extend_pool,
)
from domain.allocation.operations.soft_holds import hold_stock, release_hold
from domain.allocation.placing import PlacedOrder, place
from domain.allocation.promising.queries.availability import channel_availability
from domain.allocation.promising.queries.baskets import BasketLine, promise
from domain.allocation.queries.decisions import explain_allocations
from domain.allocation.queries.explaining import explain_allocation
from domain.allocation.queries.pools import PoolStanding, pool_standings
from domain.allocation.seeing import protected_from
from domain.catalog.models import Item
from domain.entities.models import Party
from domain.fulfilment.models import FulfilmentLine
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.progress import LineQuantity
from domain.inventory.outcomes import StockShort
from domain.orders.capture import NewLine, NewOrder
from domain.orders.locking import lock_order
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_channel, new_shop, violations
from tests.factories.pools import allocated, drawn, new_pool
from tests.factories.tenants import TenantUnderTest
from workers.schedule import TASKS

D = Decimal
DAY = timedelta(days=1)


async def _party(shop: Shop, code: str, **fields: Any) -> int:
    async with shop.tenant.work() as work:
        row = {"tenant_id": work.tenant_id, "created_at": work.now, "is_customer": True}
        return int(
            await work.value(
                insert(Party).values(**row, code=code, name=code, **fields).returning(Party.id)
            )
        )


async def _other(shop: Shop) -> Shop:
    """The same shop through another channel."""
    return replace(shop, channel_id=await new_channel(shop.tenant, shop.setting.entity_id))


async def _standing(shop: Shop, pool_id: int) -> PoolStanding:
    async with shop.tenant.read() as reader:
        standings = await pool_standings(reader, pool_ids=[pool_id], at=shop.tenant.now)
    [standing] = standings[pool_id]
    return standing


async def test_outsiders_get_only_what_nobody_keeps(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    pool = await new_pool(shop, "KEPT", 6)
    placed = await outside.place(outside.line(8))
    assert await shop.figures(placed.order_id) == [(4, 0, 0, 4)]
    assert await allocated(shop, placed.order_id) == [(None, 4)]
    mine = await shop.place(shop.line(8))
    assert await shop.figures(mine.order_id) == [(6, 0, 0, 2)]
    assert await allocated(shop, mine.order_id) == [(pool, 6)]
    assert await drawn(shop) == {pool: (6, 0)}
    assert await violations(tenant) == {}


async def test_one_line_may_come_from_a_pool_and_from_what_is_open(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    pool = await new_pool(shop, "KEPT", 6)
    placed = await shop.place(shop.line(9))
    assert await allocated(shop, placed.order_id) == [(pool, 6), (None, 3)]
    assert await _standing(shop, pool) == PoolStanding(
        shop.setting.item_ids[0], D(6), D(0), D(0), D(0), D(0)
    )
    assert await violations(tenant) == {}


async def test_all_or_nothing_is_refused_for_what_others_keep(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    await new_pool(shop, "KEPT", 6)
    with pytest.raises(StockShort) as refused:
        await outside.place(outside.line(5), all_or_nothing=True)
    assert refused.value.fields["available"] == 4
    assert await shop.available() == 10


async def test_a_customer_group_and_a_contract_with_its_children(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    holding = await _party(shop, "HOLDING")
    branch = await _party(shop, "BRANCH", parent_id=holding)
    depot = await _party(shop, "DEPOT", parent_id=branch)
    vip = await _party(shop, "VIP", customer_group="gold")
    contract = await new_pool(shop, "CONTRACT", 8, party_id=holding)
    group = await new_pool(shop, "GOLD", 8, customer_group="gold")
    anybody = await shop.place(shop.line(5))
    assert await allocated(shop, anybody.order_id) == [(None, 4)]
    deep = await shop.place(shop.line(9), party_id=depot)
    assert await allocated(shop, deep.order_id) == [(contract, 8)]
    gold = await shop.place(shop.line(8), party_id=vip)
    assert await allocated(shop, gold.order_id) == [(group, 8)]
    assert await violations(tenant) == {}


async def test_what_an_inner_pool_leaves_at_its_end_is_the_outer_ones(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    inner_shop = await _other(shop)
    outside = await _other(shop)
    await shop.stock(20)
    outer = await new_pool(shop, "OUTER", 12)
    inner = await new_pool(inner_shop, "INNER", 8, parent_id=outer, expires_at=tenant.now + DAY)
    first = await inner_shop.place(shop.line(3))
    assert await allocated(shop, first.order_id) == [(inner, 3)]
    second = await shop.place(shop.line(10))
    # Four of the outer pool's own, eight that nobody keeps, but not the five of the inner one.
    assert await allocated(shop, second.order_id) == [(outer, 4), (None, 6)]
    later = replace(shop, setting=replace(shop.setting, tenant=tenant.at(tenant.now + DAY)))
    third = await later.place(shop.line(6))
    assert await allocated(shop, third.order_id) == [(outer, 5), (None, 1)]
    left = await replace(outside, setting=later.setting).place(shop.line(6))
    assert await allocated(shop, left.order_id) == [(None, 1)]
    assert await violations(tenant) == {}


async def test_a_share_of_every_item_of_a_group(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    outside = await _other(shop)
    async with tenant.work() as work:
        await work.execute(
            update(Item)
            .where(Item.tenant_id == tenant.id, Item.id.in_(shop.setting.item_ids))
            .values(item_group="shoes")
        )
    await shop.stock(10)
    await shop.stock(7, item=1)
    pool = await new_pool(shop, "SHOES", item_group="shoes", share=D("0.5"))
    taken = await outside.place(shop.line(9), shop.line(9, item=1))
    assert await shop.figures(taken.order_id) == [(5, 0, 0, 4), (4, 0, 0, 5)]
    mine = await shop.place(shop.line(3), shop.line(3, item=1))
    assert await allocated(shop, mine.order_id) == [(pool, 3), (pool, 3)]
    assert await drawn(shop) == {pool: (6, 0)}
    async with tenant.read() as reader:
        standings = await pool_standings(reader, pool_ids=[pool], at=tenant.now)
    assert [(s.drawn, s.remaining, s.covered) for s in standings[pool]] == [(3, 2, 2), (3, 0, 0)]
    assert await violations(tenant) == {}


async def test_a_pool_of_one_location_and_one_over_all(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    outside = await _other(shop)
    await shop.stock(10, location=0)
    await shop.stock(10, location=1)
    local = await new_pool(shop, "HERE", 4, location_id=shop.setting.location_ids[0])
    wide = await new_pool(shop, "ALL", 9)
    taken = await outside.place(shop.line(10))
    assert await allocated(shop, taken.order_id) == [(None, 6), (None, 1)]
    mine = await shop.place(shop.line(13))
    assert await allocated(shop, mine.order_id) == [(local, 4), (wide, 9)]
    assert await drawn(shop) == {local: (4, 0), wide: (9, 0)}
    assert await shop.available() == 0
    assert await violations(tenant) == {}


async def test_cancelling_and_amending_give_back_to_the_pool(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    pool = await new_pool(shop, "KEPT", 6)
    placed = await shop.place(shop.line(6))
    [line] = await shop.lines(placed.order_id)
    async with tenant.work() as work:
        order = await lock_order(work, placed.order_id)
        await amend(work, order, Amendment(quantities={line.id: D(2)}))
    assert await drawn(shop) == {pool: (2, 0)}
    async with tenant.work() as work:
        order = await lock_order(work, placed.order_id)
        await amend(work, order, Amendment(quantities={line.id: D(5)}))
    assert await drawn(shop) == {pool: (5, 0)}
    async with tenant.work() as work:
        await cancel_order(work, order_id=placed.order_id)
    assert await drawn(shop) == {pool: (0, 0)}
    taken = await outside.place(shop.line(10))
    assert await allocated(shop, taken.order_id) == [(None, 4)]
    assert await violations(tenant) == {}


async def test_what_shipped_stays_drawn(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    pool = await new_pool(shop, "KEPT", 6)
    share = await new_pool(shop, "HALF", share=D("0.3"), channel_id=outside.channel_id)
    placed = await shop.place(shop.line(4))
    async with tenant.work() as work:
        [fulfilment] = await release_order(work, order_id=placed.order_id)
    clerk = replace(
        tenant.user("fulfilment.pick", "fulfilment.pack", "fulfilment.ship"),
        location_id=shop.setting.location_ids[0],
    )
    async with tenant.work(as_=clerk) as work:
        await record_pick(work, fulfilment_order_id=fulfilment)
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment)
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment)
    assert await drawn(shop) == {pool: (4, 4)}
    assert (await _standing(shop, pool)).remaining == 2
    # Three tenths of the six that are left.
    assert (await _standing(shop, share)).remaining == 1
    assert await violations(tenant) == {}


async def test_another_lot_is_picked_and_the_pool_stays_drawn(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="lot")
    await shop.stock(5, lot="A")
    await shop.stock(5, lot="B")
    pool = await new_pool(shop, "KEPT", 6)
    placed = await shop.place(shop.line(4))
    async with tenant.work() as work:
        [fulfilment] = await release_order(work, order_id=placed.order_id)
    async with tenant.read() as reader:
        line_id = await reader.value(
            select(FulfilmentLine.id).where(FulfilmentLine.tenant_id == tenant.id)
        )
    async with tenant.work() as work:
        taken = LineQuantity(line_id=line_id, quantity=D(3), lot="B")
        await record_pick(work, fulfilment_order_id=fulfilment, lines=[taken])
    assert await drawn(shop) == {pool: (4, 0)}
    assert await allocated(shop, placed.order_id) == [(pool, 1), (pool, 3)]
    assert await violations(tenant) == {}


async def test_a_cart_does_not_hold_what_others_keep(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    await new_pool(shop, "KEPT", 6)
    line = HoldLine(item_id=shop.setting.item_ids[0], quantity=D(5))
    with pytest.raises(StockShort):
        async with tenant.work() as work:
            await hold_stock(work, channel_id=outside.channel_id, lines=[line], holder="cart")
    assert await shop.available() == 10


async def test_what_a_cart_holds_counts_as_drawn_as_long_as_it_lasts(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    pool = await new_pool(shop, "KEPT", 6)
    line = HoldLine(item_id=shop.setting.item_ids[0], quantity=D(5))
    async with tenant.work() as work:
        hold = await hold_stock(work, channel_id=shop.channel_id, lines=[line], holder="cart")
    assert (await _standing(shop, pool)).drawn == 5
    # Of the pool one is left, and four are anybody's.
    stranger = await outside.place(outside.line(9))
    assert await allocated(shop, stranger.order_id) == [(None, 4)]
    placed = await shop.place(shop.line(5), hold_ids=[hold])
    assert await allocated(shop, placed.order_id) == [(pool, 5)]
    assert await drawn(shop) == {pool: (5, 0)}
    assert (await _standing(shop, pool)).drawn == 5
    async with tenant.work() as work:
        quote = [HoldLine(item_id=line.item_id, quantity=D(1))]
        last = await hold_stock(work, channel_id=shop.channel_id, lines=quote, holder="cart 2")
    assert (await _standing(shop, pool)).drawn == 6
    async with tenant.work() as work:
        await release_hold(work, hold_id=last)
    assert (await _standing(shop, pool)).drawn == 5
    assert await violations(tenant) == {}


async def test_a_partner_draws_its_own_and_nobody_elses(tenant: TenantUnderTest) -> None:
    """What a partner may not see is protected from it all the same."""
    shop = await new_shop(tenant)
    await shop.stock(10)
    mine, other = await _party(shop, "MINE"), await _party(shop, "OTHER")
    own = await new_pool(shop, "MINE", 3, party_id=mine)
    await new_pool(shop, "OTHER", 5, party_id=other)
    partner = replace(tenant.user("orders.place", "orders.read"), party_id=mine)
    line = NewLine(
        item_id=shop.setting.item_ids[0],
        quantity_ordered=D(10),
        unit="EA",
        quantity=D(10),
        unit_price=D(1),
    )
    order = NewOrder(
        channel_id=shop.channel_id,
        entity_id=shop.setting.entity_id,
        party_id=mine,
        currency="EUR",
        ordered_at=tenant.now,
        lines=(line,),
    )
    async with tenant.work(as_=partner) as work:
        [placed] = await place(work, [order])
    assert isinstance(placed, PlacedOrder)
    assert await allocated(shop, placed.order_id) == [(own, 3), (None, 2)]
    assert await violations(tenant) == {}


async def test_the_decision_names_the_pools(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    pool = await new_pool(shop, "KEPT", 10)
    other = await outside.place(shop.line(3))
    mine = await shop.place(shop.line(4))
    async with tenant.read() as reader:
        found = await explain_allocations(reader, order_ids=[other.order_id, mine.order_id])
        [line] = await shop.lines(other.order_id)
        told = await explain_allocation(reader, line_id=line.id, at=tenant.now)
    [refused], [given] = found[other.order_id], found[mine.order_id]
    assert [(c.available, c.given, c.rule) for c in refused.candidates] == [
        (10, 0, "protected_for_others")
    ]
    assert (refused.kept_by, refused.pools) == (((pool, D(10)),), ())
    assert (given.pools, given.kept_by) == (((pool, D(4)),), ())
    assert told.waits_because == ("protected_for_others",)
    assert [(r.kind, r.quantity) for r in told.releases] == [
        ("protected_pool", 6),
        ("reserved", 4),
    ]


async def test_what_a_closed_pool_kept_goes_to_who_waits(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    pool = await new_pool(shop, "KEPT", 10)
    placed = await outside.place(shop.line(8))
    async with tenant.work() as work:
        await change_pool(work, pool_id=pool, changes={"quantity": D(7)}, expected_version=1)
    await deliver_all(tenant)
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 5)]
    async with tenant.work() as work:
        await close_pool(work, pool_id=pool, reason="season over")
        await close_pool(work, pool_id=pool)
    await deliver_all(tenant)
    assert await shop.figures(placed.order_id) == [(8, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_what_a_pool_kept_whose_time_is_over_goes_to_who_waits(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    await new_pool(shop, "KEPT", 10, expires_at=tenant.now + DAY)
    placed = await outside.place(shop.line(8))
    assert await shop.figures(placed.order_id) == [(0, 0, 0, 8)]
    later = tenant.at(tenant.now + DAY)
    [task] = [each for each in TASKS if each.name == "expire_stock_pools"]
    async with later.work() as work:
        assert await task.run(work)
        assert await expire_pools(work) == 0
    await deliver_all(later)
    assert await shop.figures(placed.order_id) == [(8, 0, 0, 0)]


async def test_a_pool_is_extended_and_begins_when_it_says(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(10)
    pool = await new_pool(
        shop, "KEPT", 10, effective_from=tenant.now + DAY, expires_at=tenant.now + 2 * DAY
    )
    before = await outside.place(shop.line(2))
    assert await shop.figures(before.order_id) == [(2, 0, 0, 0)]
    async with tenant.work() as work:
        until = tenant.now + 3 * DAY
        await extend_pool(work, pool_id=pool, expires_at=until, expected_version=1)
    moved = replace(outside.setting, tenant=tenant.at(tenant.now + 2 * DAY))
    kept = await replace(outside, setting=moved).place(shop.line(2))
    assert await shop.figures(kept.order_id) == [(0, 0, 0, 2)]
    async with moved.tenant.work() as work:
        assert await expire_pools(work) == 0


async def test_what_a_channel_may_see(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    outside = await _other(shop)
    await shop.stock(10, location=0)
    await shop.stock(5, location=1)
    await new_pool(shop, "ALL", 9)
    item, entity = shop.setting.item_ids[0], shop.setting.entity_id
    spots = [(item, place, entity) for place in shop.setting.location_ids]

    async def seen(channel_id: int) -> tuple[list[int], int]:
        async with tenant.read() as reader:
            found = await protected_from(
                reader, item_ids=[item], channel_id=channel_id, party_id=None, at=tenant.now
            )
        return [int(found.at[spot]) for spot in spots], int(found.in_all[item, entity])

    assert await seen(outside.channel_id) == ([6, 5], 6)
    assert await seen(shop.channel_id) == ([10, 5], 15)


async def test_outsiders_and_members_at_once(tenant: TenantUnderTest) -> None:
    """20 buyers of two at once over 20 pieces: the outsiders never get into what is kept."""
    shop = await new_shop(tenant)
    outside = await _other(shop)
    await shop.stock(20)
    pool = await new_pool(shop, "KEPT", 12)
    buyers = [outside, shop, outside, outside] * 5
    placed = await asyncio.gather(*(each.place(shop.line(2)) for each in buyers))
    got = {outside.channel_id: 0, shop.channel_id: 0}
    for buyer, order in zip(buyers, placed, strict=True):
        got[buyer.channel_id] += sum(q for _, q in await allocated(shop, order.order_id))
    assert got == {outside.channel_id: 8, shop.channel_id: 10}
    assert await drawn(shop) == {pool: (10, 0)}
    assert await violations(tenant) == {}


async def test_giving_back_and_drawing_at_once_keeps_the_count(tenant: TenantUnderTest) -> None:
    """Members of two items' pools cancel and buy at once, in both orders of the items."""
    shop = await new_shop(tenant, items=2, locations=2)
    for item in (0, 1):
        for location in (0, 1):
            await shop.stock(10, item=item, location=location)
    pools = [await new_pool(shop, f"P{item}", 15, item=item) for item in (0, 1)]
    both = [shop.line(2), shop.line(2, item=1)]
    first = [await shop.place(*both) for _ in range(6)]

    async def cancel(order_id: int) -> None:
        async with tenant.work() as work:
            await cancel_order(work, order_id=order_id)

    await asyncio.gather(
        *(cancel(each.order_id) for each in first),
        *(shop.place(*(both if n % 2 else both[::-1])) for n in range(6)),
    )
    counted = await drawn(shop)
    assert set(counted) == set(pools)
    assert all(0 < quantity <= 15 for quantity, _ in counted.values())
    assert await violations(tenant) == {}


async def test_a_channel_promises_nothing_that_others_keep(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    outside = await _other(shop)
    await shop.stock(10, location=0)
    await shop.stock(5, location=1)
    await new_pool(shop, "ALL", 9)
    item = shop.setting.item_ids[0]

    async def today(channel_id: int) -> int:
        async with tenant.read() as reader:
            found = await channel_availability(
                reader, channel_id=channel_id, item_ids=[item], now=tenant.now
            )
        return int(found[item][0].available)

    assert [await today(each.channel_id) for each in (shop, outside)] == [15, 6]
    async with tenant.read() as reader:
        promised = await promise(
            reader,
            channel_id=outside.channel_id,
            lines=[BasketLine(item_id=item, quantity=D(8))],
            now=tenant.now,
        )
    parts = [part for line in promised.chosen.lines for part in line.parts]
    assert [int(part.quantity) for part in parts if part.source == "stock"] == [6]
