"""What recurs. Each task runs in one process at a time, and may safely run twice."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.operations.blocked_lots import withdraw_blocked_lots
from domain.allocation.operations.pools import EXPIRY_BATCH as POOL_BATCH
from domain.allocation.operations.pools import expire_pools
from domain.allocation.operations.soft_holds import expire_holds
from domain.allocation.promising.operations import OVERDUE_PART, tell_overdue_supply
from domain.approvals.ending import expire_requests
from domain.inventory.holds import EXPIRY_BATCH
from domain.kernel.reading import reading
from domain.kernel.retention import IDEMPOTENCY_RECORDS_KEPT, purge_idempotency_records
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.access.retention import purge_expired_sessions
from tenancy.principals import system_principal
from workers.clock import utc_now

log = logging.getLogger(__name__)

Task = Callable[[Work], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Recurring:
    """A task run for every tenant, in rounds of one transaction, until it says it is done."""

    name: str
    every: timedelta
    run: Task


async def _purge_idempotency(work: Work) -> bool:
    before = work.now - IDEMPOTENCY_RECORDS_KEPT
    return await purge_idempotency_records(work, before=before) == 0


async def _expire_holds(work: Work) -> bool:
    return await expire_holds(work) < EXPIRY_BATCH


async def _expire_pools(work: Work) -> bool:
    return await expire_pools(work) < POOL_BATCH


async def _purge_sessions(work: Work) -> bool:
    return await purge_expired_sessions(work, before=work.now) == 0


async def _expire_approvals(work: Work) -> bool:
    return await expire_requests(work) == 0


async def _tell_overdue_supply(work: Work) -> bool:
    return await tell_overdue_supply(work) < OVERDUE_PART


async def _withdraw_blocked_lots(work: Work) -> bool:
    return await withdraw_blocked_lots(work)


TASKS = (
    Recurring("withdraw_blocked_lots", timedelta(minutes=5), _withdraw_blocked_lots),
    Recurring("tell_overdue_supply", timedelta(minutes=15), _tell_overdue_supply),
    Recurring("expire_stock_holds", timedelta(seconds=5), _expire_holds),
    Recurring("expire_stock_pools", timedelta(seconds=15), _expire_pools),
    Recurring("expire_approvals", timedelta(minutes=1), _expire_approvals),
    Recurring("purge_idempotency_records", timedelta(hours=1), _purge_idempotency),
    Recurring("purge_expired_sessions", timedelta(hours=1), _purge_sessions),
)


async def run_due_tasks(
    engine: AsyncEngine,
    client: "redis.Redis",
    *,
    namespace: str,
    tasks: Sequence[Recurring] = TASKS,
) -> None:
    """Run the tasks whose turn it is and that no other process has taken."""
    for task in tasks:
        if await asyncio.to_thread(_take, client, namespace, task):
            await _run(engine, task)


def _take(client: "redis.Redis", namespace: str, task: Recurring) -> bool:
    # The mark lasts for the interval: it is both the lock and the clock.
    milliseconds = round(task.every.total_seconds() * 1000)
    return bool(client.set(f"{namespace}:schedule:{task.name}", "taken", nx=True, px=milliseconds))


async def _run(engine: AsyncEngine, task: Recurring) -> None:
    for tenant_id in await _tenants(engine):
        principal = system_principal(tenant_id, name="schedule")
        try:
            done = False
            while not done:
                async with unit_of_work(engine, principal, now=utc_now()) as work:
                    done = await task.run(work)
        except Exception:
            # One tenant's trouble must not keep the others from their turn.
            log.exception("%s failed for tenant %s", task.name, tenant_id)


async def _tenants(engine: AsyncEngine) -> Sequence[int]:
    async with reading(engine, system_principal(0, name="schedule")) as reader:
        return await reader.values(text("SELECT id FROM all_tenants() AS t(id, slug, status)"))
