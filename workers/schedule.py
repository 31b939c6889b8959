"""What recurs. Each task runs in one process at a time, and may safely run twice."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.operations.blocked_lots import withdraw_blocked_lots
from domain.allocation.operations.pools import EXPIRY_BATCH as POOL_BATCH
from domain.allocation.operations.pools import expire_pools
from domain.allocation.operations.soft_holds import expire_holds
from domain.allocation.operations.wake_barred import WAKING_PART, wake_barred_lines
from domain.allocation.operations.wake_waiting import wake_waiting_lines
from domain.allocation.promising.operations import OVERDUE_PART, tell_overdue_supply
from domain.approvals.ending import expire_requests
from domain.approvals.escalating import escalate_steps
from domain.finance.operations.invoicing import bill_periods
from domain.finance.settlement.waiting import REOPENED_AT_ONCE, reopen_waited
from domain.governance.carrying_out import carry_out_next
from domain.integration.resealing import reseal_secrets
from domain.integration.retention import PURGE_BATCH, purge_webhook_deliveries
from domain.inventory.holds import EXPIRY_BATCH
from domain.kernel.audit_chain import SEALED_AT_ONCE, seal_audit
from domain.kernel.quotas import set_ceiling
from domain.kernel.reading import reading
from domain.kernel.retention import IDEMPOTENCY_RECORDS_KEPT, purge_idempotency_records
from domain.kernel.sealing import Keyring
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.access.retention import purge_expired_sessions
from domain.onboarding.files.storing import purge_files
from domain.onboarding.letters.sending import LETTERS_KEPT, purge_letters
from domain.onboarding.lifecycle.erasing import erase_due_tenant
from domain.onboarding.signing_up.signing_up import purge_sign_ups
from domain.returns.ending import EXPIRY_BATCH as RETURNS_BATCH
from domain.returns.ending import expire_authorizations
from tenancy.principals import HOUSE, system_principal
from workers.clock import utc_now

log = logging.getLogger(__name__)

Task = Callable[[Work], Awaitable[bool]]


class Whom(Enum):
    """For whom a task is run."""

    SERVED = "served"  # The tenants that are neither suspended nor being made or erased.
    EVERYBODY = "everybody"
    HOUSE = "house"  # The installation itself.


@dataclass(frozen=True, slots=True)
class Recurring:
    """A task run for every tenant that is served, or for whom it says, in rounds of one
    transaction, until it says it is done."""

    name: str
    every: timedelta
    run: Task
    whom: Whom = Whom.SERVED


async def _purge_idempotency(work: Work) -> bool:
    before = work.now - IDEMPOTENCY_RECORDS_KEPT
    return await purge_idempotency_records(work, before=before) == 0


async def _expire_holds(work: Work) -> bool:
    return await expire_holds(work) < EXPIRY_BATCH


async def _expire_pools(work: Work) -> bool:
    return await expire_pools(work) < POOL_BATCH


async def _expire_authorizations(work: Work) -> bool:
    return await expire_authorizations(work) < RETURNS_BATCH


async def _wake_barred_lines(work: Work) -> bool:
    return await wake_barred_lines(work) < WAKING_PART


async def _wake_waiting_lines(work: Work) -> bool:
    await wake_waiting_lines(work)
    return True


async def _purge_sessions(work: Work) -> bool:
    return await purge_expired_sessions(work, before=work.now) == 0


async def _expire_approvals(work: Work) -> bool:
    return await expire_requests(work) == 0


async def _escalate_approvals(work: Work) -> bool:
    return await escalate_steps(work) == 0


async def _tell_overdue_supply(work: Work) -> bool:
    return await tell_overdue_supply(work) < OVERDUE_PART


async def _withdraw_blocked_lots(work: Work) -> bool:
    return await withdraw_blocked_lots(work)


async def _seal_audit(work: Work) -> bool:
    return await seal_audit(work) < SEALED_AT_ONCE


def purge_of_deliveries(kept: timedelta) -> Recurring:
    """The task that deletes what was sent to subscribers longer ago than it is `kept`."""

    async def purge(work: Work) -> bool:
        return await purge_webhook_deliveries(work, before=work.now - kept) < PURGE_BATCH

    return Recurring("purge_webhook_deliveries", timedelta(hours=1), purge)


def resealing(keys: Keyring) -> Recurring:
    """The task that seals by the first key what another one sealed, or none yet."""

    async def reseal(work: Work) -> bool:
        await reseal_secrets(work, keys=keys)
        return True

    return Recurring("reseal_secrets", timedelta(hours=1), reseal, Whom.EVERYBODY)


async def _set_ceiling(work: Work) -> bool:
    await set_ceiling(work)
    return True


async def _purge_letters(work: Work) -> bool:
    return await purge_letters(work, before=work.now - LETTERS_KEPT) == 0


async def _purge_sign_ups(work: Work) -> bool:
    return await purge_sign_ups(work, kept=work.now - LETTERS_KEPT) == 0


async def _carry_out_changes(work: Work) -> bool:
    return not await carry_out_next(work)


async def _bill_periods(work: Work) -> bool:
    return await bill_periods(work) == 0


async def _reopen_waited(work: Work) -> bool:
    return await reopen_waited(work) < REOPENED_AT_ONCE


async def _purge_files(work: Work) -> bool:
    return await purge_files(work) == 0


TASKS = (
    Recurring("purge_files", timedelta(hours=1), _purge_files),
    Recurring("bill_periods", timedelta(minutes=15), _bill_periods),
    Recurring("reopen_payout_differences", timedelta(hours=1), _reopen_waited),
    Recurring("carry_out_changes", timedelta(seconds=5), _carry_out_changes),
    Recurring("erase_tenants", timedelta(seconds=30), erase_due_tenant, Whom.EVERYBODY),
    Recurring("set_order_ceilings", timedelta(minutes=5), _set_ceiling),
    Recurring("purge_letters", timedelta(hours=1), _purge_letters),
    Recurring("purge_sign_ups", timedelta(minutes=15), _purge_sign_ups, Whom.HOUSE),
    Recurring("purge_house_letters", timedelta(hours=1), _purge_letters, Whom.HOUSE),
    Recurring("seal_house_audit", timedelta(minutes=1), _seal_audit, Whom.HOUSE),
    Recurring("seal_audit", timedelta(seconds=5), _seal_audit),
    Recurring("withdraw_blocked_lots", timedelta(minutes=5), _withdraw_blocked_lots),
    Recurring("tell_overdue_supply", timedelta(minutes=15), _tell_overdue_supply),
    Recurring("expire_stock_holds", timedelta(seconds=5), _expire_holds),
    Recurring("expire_stock_pools", timedelta(seconds=15), _expire_pools),
    Recurring("expire_return_authorizations", timedelta(minutes=15), _expire_authorizations),
    Recurring("wake_barred_lines", timedelta(minutes=1), _wake_barred_lines),
    Recurring("wake_waiting_lines", timedelta(minutes=15), _wake_waiting_lines),
    Recurring("expire_approvals", timedelta(minutes=1), _expire_approvals),
    Recurring("escalate_approvals", timedelta(minutes=1), _escalate_approvals),
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
    for tenant_id in await _tenants(engine, task.whom):
        principal = system_principal(tenant_id, name="schedule")
        try:
            done = False
            while not done:
                async with unit_of_work(engine, principal, now=utc_now()) as work:
                    with work.through(f"task:{task.name}"):
                        done = await task.run(work)
        except Exception:
            # One tenant's trouble must not keep the others from their turn.
            log.exception("%s failed for tenant %s", task.name, tenant_id)


async def _tenants(engine: AsyncEngine, whom: Whom) -> Sequence[int]:
    if whom is Whom.HOUSE:
        return [HOUSE]
    async with reading(engine, system_principal(HOUSE, name="schedule")) as reader:
        rows = await reader.rows(text("SELECT tenant_id, status FROM all_tenants()"))
    return [row.tenant_id for row in rows if whom is Whom.EVERYBODY or row.status == "active"]
