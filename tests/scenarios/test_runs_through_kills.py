"""A worker is killed in the midst of an allocation run, while it plans and while it applies: after
a restart the run comes to its end, and nothing is done twice."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import func, select

from app.database import connect, migrate
from app.embedded import start_engines
from app.http.services import system_clock
from app.namespace import namespace_of
from domain.allocation.models import Allocation, AllocationRun, AllocationRunLine
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.operations import apply_allocation_run, plan_allocation_run
from domain.allocation.runs.parts import PART_LINES
from domain.kernel.models import EventRecord, Outbox
from domain.orders.models import SalesOrder
from tests.factories.conditions import until, until_somebody_waits
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.running import Running, installed
from tests.factories.runs import run_lines, run_row
from tests.factories.tenants import TenantUnderTest, new_tenant

ORDERS, EACH, STOCK = 3 * PART_LINES, 2, 100


async def test_a_run_outlives_the_worker_that_plans_and_the_one_that_applies(
    tmp_path: Path,
) -> None:
    home = Path(tempfile.mkdtemp(prefix="crossdock-runs-"))
    with start_engines(home, durable=True, ephemeral=True) as engines:
        await migrate(engines.database_owner_url)
        engine = connect(engines.database_url)
        tenant = await new_tenant(engine, now=system_clock())
        shop, orders = await _waiting_orders(tenant)
        _no_clock_wakes_them(engines.redis_url, namespace_of(engines.database_url))
        with installed(
            tmp_path,
            database_url=engines.database_url,
            owner_url=engines.database_owner_url,
            redis_url=engines.redis_url,
        ) as running:
            running.programs["worker"] = ("tests.factories.impatient_worker",)
            run_id = await _killed_while_it_plans(running, tenant)
            await _killed_while_it_applies(running, tenant, run_id, orders)
        await _everything_happened_once(shop, run_id, orders)
        await engine.dispose()


async def _waiting_orders(tenant: TenantUnderTest) -> tuple[Shop, list[int]]:
    """More orders than the stock that came after them is enough for."""
    shop = await new_shop(tenant)
    orders = [(await shop.place(shop.line(EACH))).order_id for _ in range(ORDERS)]
    async with tenant.work() as work:
        # What stock that comes would start by itself is not what is looked at here.
        await work.execute(Outbox.__table__.delete().where(Outbox.tenant_id == tenant.id))
    await shop.stock(STOCK)
    async with tenant.work() as work:
        await work.execute(Outbox.__table__.delete().where(Outbox.tenant_id == tenant.id))
    return shop, orders


def _no_clock_wakes_them(redis_url: str, namespace: str) -> None:
    """As if the clock had struck just now: the run is to serve those who wait."""
    with redis.Redis.from_url(redis_url) as client:
        client.set(f"{namespace}:schedule:wake_waiting_lines", "taken")


async def _killed_while_it_plans(running: Running, tenant: TenantUnderTest) -> int:
    async with tenant.work() as work:
        run_id = await plan_allocation_run(work, method="priority", scope=Scope())
    async with _locked(tenant, AllocationRun, run_id):
        running.start("worker")
        await until_somebody_waits(tenant.engine)
        running.kill("worker")
        assert await _standing(tenant, run_id) == ("planning", 0)
    assert await run_lines(tenant, run_id) == []
    running.start("worker")
    await _until_it_is(tenant, run_id, "planned")
    assert len(await run_lines(tenant, run_id)) == ORDERS
    return run_id


async def _killed_while_it_applies(
    running: Running, tenant: TenantUnderTest, run_id: int, orders: list[int]
) -> None:
    of_second_part = orders[PART_LINES + 1]
    async with _locked(tenant, SalesOrder, of_second_part):
        async with tenant.work() as work:
            await apply_allocation_run(work, run_id=run_id)
        await until_somebody_waits(tenant.engine)
        running.kill("worker")
        assert await _standing(tenant, run_id) == ("applying", PART_LINES)
    running.start("worker")
    await _until_it_is(tenant, run_id, "applied")


@asynccontextmanager
async def _locked(tenant: TenantUnderTest, table: Any, row_id: int) -> AsyncIterator[None]:
    """Somebody is at a row: who wants it waits."""
    async with tenant.work() as work:
        mine = (table.tenant_id == tenant.id, table.id == row_id)
        await work.rows(select(table.id).where(*mine).with_for_update())
        yield


async def _standing(tenant: TenantUnderTest, run_id: int) -> tuple[str, int]:
    run = await run_row(tenant, run_id)
    return run.status, run.lines_applied


async def _until_it_is(tenant: TenantUnderTest, run_id: int, status: str) -> None:
    async def is_so() -> bool:
        return bool((await run_row(tenant, run_id)).status == status)

    await until(is_so, seconds=90.0)


async def _everything_happened_once(shop: Shop, run_id: int, orders: list[int]) -> None:
    tenant = shop.tenant
    served = STOCK // EACH
    assert [line.status for line in await run_lines(tenant, run_id)] == (
        ["applied"] * served + ["unchanged"] * (ORDERS - served)
    )
    assert await _standing(tenant, run_id) == ("applied", served)
    assert await shop.available() == 0
    figures = Counter([(await shop.figures(order_id))[0] for order_id in orders])
    assert figures == {(EACH, 0, 0, 0): served, (0, 0, 0, EACH): ORDERS - served}
    async with tenant.read() as reader:
        allocations = await reader.value(
            select(func.count()).where(Allocation.tenant_id == tenant.id)
        )
        lines = await reader.value(
            select(func.count()).where(AllocationRunLine.tenant_id == tenant.id)
        )
        steps = await reader.rows(
            select(EventRecord.type, func.count())
            .where(EventRecord.tenant_id == tenant.id, EventRecord.aggregate == "allocation_run")
            .group_by(EventRecord.type)
        )
    assert (allocations, lines) == (served, ORDERS)
    told = {row[0]: row[1] for row in steps}
    assert (told["allocation.run_planned"], told["allocation.run_applied"]) == (1, 1)
    assert told["allocation.run_progressed"] == 1 + served // PART_LINES
    assert await violations(tenant) == {}
