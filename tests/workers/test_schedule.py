"""What recurs runs once for each interval, for every tenant, whatever another tenant's trouble."""

import itertools
import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from sqlalchemy import insert, select

from domain.kernel.models import IdempotencyRecord
from domain.kernel.retention import purge_idempotency_records
from domain.kernel.work import Work
from tests.factories.tenants import TenantUnderTest, new_tenant
from workers.schedule import Recurring, run_due_tasks

_serial = itertools.count(1)


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as made:
        yield made


@pytest.fixture
def namespace() -> str:
    return f"schedule-{os.getpid()}-{next(_serial)}"


async def test_two_processes_run_a_task_once(
    tenant: TenantUnderTest, client: redis.Redis, namespace: str
) -> None:
    ran: list[int] = []

    async def note(work: Work) -> bool:
        ran.append(work.tenant_id)
        return True

    task = Recurring("note", timedelta(hours=1), note)
    for _ in range(2):
        await run_due_tasks(tenant.engine, client, namespace=namespace, tasks=[task])
    assert ran.count(tenant.id) == 1
    assert 0 < client.pttl(f"{namespace}:schedule:note") <= 3_600_000


async def test_one_tenants_trouble_does_not_keep_the_others_from_their_turn(
    tenant: TenantUnderTest, client: redis.Redis, namespace: str
) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    rounds: list[int] = []

    async def fail_for_one(work: Work) -> bool:
        if work.tenant_id == tenant.id:
            raise ValueError("no")
        if work.tenant_id == other.id:
            rounds.append(1)
        return work.tenant_id != other.id or len(rounds) == 3

    task = Recurring("fail", timedelta(hours=1), fail_for_one)
    await run_due_tasks(tenant.engine, client, namespace=namespace, tasks=[task])
    assert len(rounds) == 3


async def test_old_idempotency_records_are_purged_in_parts(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        await work.execute(
            insert(IdempotencyRecord),
            [
                {
                    "tenant_id": tenant.id,
                    "actor": "user:1",
                    "key": str(age),
                    "operation": "op",
                    "input_hash": "",
                    "created_at": tenant.now - timedelta(days=age),
                }
                for age in (0, 29, 30, 31, 32, 33)
            ],
        )
    before = tenant.now - timedelta(days=30)
    async with tenant.work() as work:
        purged = [await purge_idempotency_records(work, before=before, limit=2) for _ in range(3)]
    assert purged == [2, 1, 0]
    async with tenant.read() as reader:
        kept = await reader.values(
            select(IdempotencyRecord.key).where(IdempotencyRecord.tenant_id == tenant.id)
        )
    assert sorted(kept) == ["0", "29", "30"]
