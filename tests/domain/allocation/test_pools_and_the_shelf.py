"""What is taken off the shelf past every pool: it is shown, and nobody else gets it meanwhile."""

from dataclasses import replace
from decimal import Decimal

from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.queries.pools import pool_standings
from domain.approvals.operations import approve
from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.operations.transferring import cancel_transfer
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.counting import allow, close, counted, open_count
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_channel, new_shop, violations
from tests.factories.pools import allocated, new_pool
from tests.factories.tenants import TenantUnderTest
from tests.factories.transfers import arrive, released

D = Decimal


async def _shop(tenant: TenantUnderTest, **pool: int) -> tuple[Shop, Shop, int]:
    """A shop with 10 at its first location, another channel of it, and a pool of 6."""
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    outside = replace(shop, channel_id=await new_channel(tenant, shop.setting.entity_id))
    return shop, outside, await new_pool(shop, "KEPT", 6, **pool)


async def _shown(shop: Shop, pool_id: int) -> tuple[int, int]:
    """(what the pool protects, how much of that is there)."""
    async with shop.tenant.read() as reader:
        found = await pool_standings(reader, pool_ids=[pool_id], at=shop.tenant.now)
    [standing] = found[pool_id]
    return int(standing.remaining), int(standing.covered)


async def _adjust(shop: Shop, delta: int) -> None:
    line = AdjustmentLine(item_id=shop.setting.item_ids[0], delta=D(delta))
    async with shop.tenant.work() as work:
        here = shop.setting.location_ids[0]
        await adjust_stock(work, location_id=here, lines=[line], reason="broken")


async def test_a_correction_below_what_is_kept_is_shown_and_outsiders_get_none_of_the_rest(
    tenant: TenantUnderTest,
) -> None:
    shop, outside, pool = await _shop(tenant)
    assert await _shown(shop, pool) == (6, 6)
    await _adjust(shop, -7)
    assert await _shown(shop, pool) == (6, 3)
    other = await outside.place(outside.line(1))
    mine = await shop.place(shop.line(5))
    assert await shop.figures(other.order_id) == [(0, 0, 0, 1)]
    assert await shop.figures(mine.order_id) == [(3, 0, 0, 2)]
    # What is found again is the pool's first.
    await _adjust(shop, 2)
    await deliver_all(tenant)
    assert await allocated(shop, mine.order_id) == [(pool, 3), (pool, 2)]
    assert await shop.figures(other.order_id) == [(0, 0, 0, 1)]
    assert await violations(tenant) == {}


async def test_a_count_below_what_is_kept_is_shown_as_well(tenant: TenantUnderTest) -> None:
    shop, _, pool = await _shop(tenant)
    await allow(tenant, quantity=D(9))
    count_id = await open_count(shop)
    await counted(shop, count_id, 4)
    assert await close(shop, count_id) == "booked"
    assert await _shown(shop, pool) == (6, 4)


async def test_a_transfer_that_takes_what_is_kept_is_shown_until_the_goods_arrive(
    tenant: TenantUnderTest,
) -> None:
    shop, outside, pool = await _shop(tenant)
    transfer_id = await released(shop, 8)
    assert await _shown(shop, pool) == (6, 2)
    other = await outside.place(outside.line(2))
    assert await shop.figures(other.order_id) == [(0, 0, 0, 2)]
    async with tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id)
    assert await _shown(shop, pool) == (6, 2)
    await arrive(shop, transfer_id, 8)
    await deliver_all(tenant)
    # Over all locations the pool is whole again, and what is beyond it is anybody's.
    assert await _shown(shop, pool) == (6, 6)
    assert await shop.figures(other.order_id) == [(2, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_a_transfer_given_up_gives_the_pool_back_what_it_kept(
    tenant: TenantUnderTest,
) -> None:
    shop, outside, pool = await _shop(tenant)
    transfer_id = await released(shop, 10)
    assert await _shown(shop, pool) == (6, 0)
    async with tenant.work() as work:
        await cancel_transfer(work, transfer_id=transfer_id, reason="not needed")
    assert await _shown(shop, pool) == (6, 6)
    other = await outside.place(outside.line(9))
    assert await shop.figures(other.order_id) == [(4, 0, 0, 5)]
    assert await violations(tenant) == {}


async def test_what_left_the_location_of_a_pool_stays_lacking_there(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    pool = await new_pool(shop, "HERE", 6, location_id=shop.setting.location_ids[0])
    transfer_id = await released(shop, 8)
    async with tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id)
    await arrive(shop, transfer_id, 8)
    assert await _shown(shop, pool) == (6, 2)
    assert await violations(tenant) == {}


async def test_an_approved_override_takes_what_is_kept_and_that_is_shown(
    tenant: TenantUnderTest,
) -> None:
    shop, outside, pool = await _shop(tenant)
    other = await outside.place(outside.line(7))
    assert await shop.figures(other.order_id) == [(4, 0, 0, 3)]
    async with tenant.work(as_=tenant.user(*ALL_PERMISSIONS, id=1)) as work:
        request_id = await request_allocation_override(
            work,
            order_line_id=other.line_ids[0],
            quantity=D(3),
            reason="gold",
            from_location_id=shop.setting.location_ids[0],
        )
    assert await _shown(shop, pool) == (6, 6)
    async with tenant.work(as_=tenant.user(*ALL_PERMISSIONS, id=2)) as work:
        await approve(work, request_id=request_id, comment=None)
    assert await shop.figures(other.order_id) == [(7, 0, 0, 0)]
    assert await allocated(shop, other.order_id) == [(None, 4), (None, 3)]
    assert await _shown(shop, pool) == (6, 3)
    mine = await shop.place(shop.line(4))
    assert await shop.figures(mine.order_id) == [(3, 0, 0, 1)]
    assert await violations(tenant) == {}
