"""Supply that comes while an order is being written: those who waited then are served, and the
order is not among them yet. Once it is written it is looked at again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.operations.place_order import place_order
from domain.allocation.operations.pools import close_pool
from domain.approvals.operations import approve
from domain.kernel.models import EventRecord
from domain.kernel.work import Work
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.pools import new_pool
from tests.factories.promises import coming, dates, pegs
from tests.factories.tenants import TenantUnderTest


@asynccontextmanager
async def _written_late(tenant: TenantUnderTest) -> AsyncIterator[Work]:
    """What is written of it within is seen by nobody while all that happened is handled."""
    async with tenant.work() as work:
        yield work
        await deliver_all(tenant)


async def _status(shop: Shop, order_id: int) -> str:
    return str((await shop.order(order_id)).status)


async def test_stock_that_comes_while_an_order_is_placed_reaches_it(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    async with _written_late(tenant) as work:
        placed = await place_order(work, channel_id=shop.channel_id, lines=[shop.line(4)])
        await shop.stock(6)
    assert await shop.figures(placed.order_id) == [(0, 0, 0, 4)]
    await deliver_all(tenant)
    assert await shop.figures(placed.order_id) == [(4, 0, 0, 0)]
    assert await _status(shop, placed.order_id) == "allocated"
    assert await violations(tenant) == {}


async def test_stock_that_comes_while_an_order_grows_reaches_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2, items=2)
    await shop.stock(3)
    placed = await shop.place(shop.line(3))
    await deliver_all(tenant)
    async with _written_late(tenant) as work:
        more = LineAmendment(line_id=placed.line_ids[0], quantity=Decimal(5))
        added = shop.line(2, item=1)
        await amend_order(work, order_id=placed.order_id, lines=[more], added=[added])
        await shop.stock(9, location=1)
        await shop.stock(9, item=1)
    await deliver_all(tenant)
    assert await shop.figures(placed.order_id) == [(5, 0, 0, 0), (2, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_stock_that_comes_while_an_order_gives_its_own_away_reaches_it(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5)
    gives, gets = await shop.place(shop.line(5)), await shop.place(shop.line(4))
    async with tenant.work(as_=tenant.user(*ALL_PERMISSIONS, id=1)) as work:
        request_id = await request_allocation_override(
            work,
            order_line_id=gets.line_ids[0],
            quantity=Decimal(4),
            from_order_line_id=gives.line_ids[0],
            reason="gold",
        )
    await deliver_all(tenant)
    async with tenant.work(as_=tenant.user(*ALL_PERMISSIONS, id=2)) as work:
        await approve(work, request_id=request_id, comment=None)
        await shop.stock(9, location=1)
        # Who serves those who wait has found them, and waits for the one that is being written.
        serving = asyncio.create_task(deliver_all(tenant))
        await until_somebody_waits_for(work)
    await serving
    await deliver_all(tenant)
    assert await shop.figures(gets.order_id) == [(4, 0, 0, 0)]
    assert await shop.figures(gives.order_id) == [(5, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_a_pool_that_ends_while_an_order_is_placed_gives_it_what_it_kept(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(4)
    pool_id = await new_pool(shop, "GOLD", quantity=4, customer_group="gold")
    async with _written_late(tenant) as work:
        placed = await place_order(work, channel_id=shop.channel_id, lines=[shop.line(4)])
        async with tenant.work() as other:
            await close_pool(other, pool_id=pool_id)
    await deliver_all(tenant)
    assert await shop.figures(placed.order_id) == [(4, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_supply_announced_while_an_order_is_placed_dates_it(tenant: TenantUnderTest) -> None:
    shop, day = await new_shop(tenant), tenant.now.date() + timedelta(days=7)
    async with _written_late(tenant) as work:
        placed = await place_order(work, channel_id=shop.channel_id, lines=[shop.line(4)])
        supply_id = await coming(shop, 9, day)
    assert await pegs(tenant, placed.line_ids[0]) == []
    await deliver_all(tenant)
    assert [(each[0], each[1]) for each in await pegs(tenant, placed.line_ids[0])] == [
        (supply_id, 4)
    ]
    [(promised, expected, at_risk)] = await dates(shop, placed.order_id)
    assert promised is not None
    assert (expected, at_risk) == (promised, False)
    assert await violations(tenant) == {}


@pytest.mark.parametrize("there", [0, 4])
async def test_an_order_that_nothing_came_for_is_left_alone(
    tenant: TenantUnderTest, there: int
) -> None:
    """Served or not: it is not written again, and what others wait for is not looked through."""
    shop = await new_shop(tenant, items=2)
    if there:
        await shop.stock(there)
    placed = await shop.place(shop.line(4))
    version = (await shop.order(placed.order_id)).version
    await deliver_all(tenant)
    assert (await shop.order(placed.order_id)).version == version
    async with tenant.read() as reader:
        told = await reader.values(
            select(EventRecord.type).where(
                EventRecord.tenant_id == tenant.id,
                EventRecord.aggregate == "order",
                EventRecord.aggregate_id == placed.order_id,
            )
        )
    assert list(told) == ["order.placed"]
