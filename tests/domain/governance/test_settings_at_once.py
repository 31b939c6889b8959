"""Two people settle the same thing at once: what the second said stands, and nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.models import LaneCost
from domain.allocation.operations.lane_costs import NewLane, set_lane_costs
from domain.fulfilment.operations.rush import set_rush_service_levels
from domain.fulfilment.rush import rush_levels
from domain.inventory.models import StockTolerance
from domain.inventory.operations.tolerances import set_stock_tolerance
from domain.kernel.work import Work
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.orders import new_shop
from tests.factories.tenants import TenantUnderTest

Step = Callable[[Work], Awaitable[object]]


async def _at_once(tenant: TenantUnderTest, first: Step, second: Step) -> None:
    async def do_second() -> None:
        async with tenant.work() as work:
            await second(work)

    async with tenant.work() as work:
        await first(work)
        waiting = asyncio.create_task(do_second())
        await until_somebody_waits_for(work)
    await waiting


async def test_the_lanes_of_a_location(tenant: TenantUnderTest) -> None:
    [location_id] = (await new_shop(tenant)).setting.location_ids
    both, one = NewLane(per_order_minor=500), NewLane(country="DE", per_order_minor=300)
    dearer = NewLane(per_order_minor=700)
    await _at_once(
        tenant,
        lambda work: set_lane_costs(work, location_id=location_id, lanes=[both, one]),
        lambda work: set_lane_costs(work, location_id=location_id, lanes=[dearer]),
    )
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(LaneCost.country, LaneCost.per_order_minor).where(
                LaneCost.tenant_id == tenant.id
            )
        )
    assert [tuple(row) for row in rows] == [(None, 700)]


async def test_the_service_levels_that_are_rush(tenant: TenantUnderTest) -> None:
    await _at_once(
        tenant,
        lambda work: set_rush_service_levels(work, service_levels=["express", "same day"]),
        lambda work: set_rush_service_levels(work, service_levels=["express", "courier"]),
    )
    async with tenant.read() as reader:
        assert await rush_levels(reader) == ["courier", "express"]


async def test_the_tolerance_of_stock(tenant: TenantUnderTest) -> None:
    await _at_once(
        tenant,
        lambda work: set_stock_tolerance(work, quantity=Decimal(2)),
        lambda work: set_stock_tolerance(work, quantity=Decimal(5)),
    )
    async with tenant.read() as reader:
        limits = await reader.values(
            select(StockTolerance.quantity).where(StockTolerance.tenant_id == tenant.id)
        )
    assert list(limits) == [5]
