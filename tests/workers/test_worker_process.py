"""A real worker process: nothing is lost or done twice, whatever is killed."""

import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import redis

from app.database import connect, migrate
from app.embedded import Engines, start_engines
from tests.factories.conditions import until
from tests.factories.events import (
    ThingBroke,
    ThingHappened,
    ThingStalled,
    effects,
    tell,
    waiting,
)
from tests.factories.tenants import TenantUnderTest, new_tenant
from tests.factories.worker_processes import WorkerProcess, worker_process


@pytest.fixture
def worker(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[WorkerProcess]:
    with worker_process(database_url=database_url, redis_url=redis_url, folder=tmp_path) as made:
        yield made


async def _all_handled(tenant: TenantUnderTest) -> bool:
    return await waiting(tenant) == []


async def test_events_are_handled_in_order_by_a_running_worker(
    tenant: TenantUnderTest, worker: WorkerProcess
) -> None:
    for step in range(10):
        await tell(tenant, *(ThingHappened(aggregate_id=thing, step=step) for thing in (1, 2, 3)))
    await until(lambda: _all_handled(tenant))
    done = await effects(tenant)
    assert len(done) == 30
    for thing in (1, 2, 3):
        assert [step for number, step in done if number == thing] == list(range(10))


async def test_a_worker_killed_in_the_middle_leaves_its_event_to_the_next(
    tenant: TenantUnderTest, worker: WorkerProcess
) -> None:
    await tell(tenant, ThingStalled(aggregate_id=1))
    await until(worker.stalled)
    worker.kill()
    assert await effects(tenant) == []
    worker.let_go_on()
    worker.start()
    await until(lambda: _all_handled(tenant))
    assert await effects(tenant) == [(1, 0)]


async def test_a_poisonous_event_keeps_nobody_from_being_handled(
    tenant: TenantUnderTest, worker: WorkerProcess
) -> None:
    await tell(tenant, *(ThingBroke(aggregate_id=thing) for thing in range(10, 20)))
    await tell(tenant, *(ThingHappened(aggregate_id=thing) for thing in range(20)))

    async def neighbours_handled() -> bool:
        return len(await effects(tenant)) == 10

    await until(neighbours_handled)
    assert sorted(await effects(tenant)) == [(thing, 0) for thing in range(10)]
    assert len(await waiting(tenant)) == 20


async def test_a_stopped_worker_finishes_what_it_has_begun(
    tenant: TenantUnderTest, worker: WorkerProcess
) -> None:
    await tell(tenant, ThingStalled(aggregate_id=1))
    await until(worker.stalled)
    worker.process.send_signal(signal.SIGTERM)
    worker.let_go_on()
    assert worker.process.wait(timeout=30) == 0
    assert await effects(tenant) == [(1, 0)]
    assert await waiting(tenant) == []


@pytest.fixture
async def outage(now: datetime) -> AsyncIterator[tuple[Engines, TenantUnderTest]]:
    """Engines that may be killed, with a tenant. Durable: a commit outlives PostgreSQL."""
    home = Path(tempfile.mkdtemp(prefix="crossdock-outage-"))
    with start_engines(home, durable=True, ephemeral=True) as engines:
        await migrate(engines.database_owner_url)
        engine = connect(engines.database_url)
        yield engines, await new_tenant(engine, now=now)
        await engine.dispose()


async def _some_engine_dead(engines: Engines) -> bool:
    return engines.dead() != []


def _kill_valkey(engines: Engines) -> None:
    with redis.Redis.from_url(engines.redis_url) as client:
        pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGKILL)


def _kill_postgres(engines: Engines) -> None:
    recorded = next(engines.home.rglob("postmaster.pid")).read_text()
    os.kill(int(recorded.split()[0]), signal.SIGKILL)


async def test_nothing_is_lost_when_valkey_and_postgres_are_killed(
    outage: tuple[Engines, TenantUnderTest], tmp_path: Path
) -> None:
    engines, tenant = outage
    with worker_process(
        database_url=engines.database_url, redis_url=engines.redis_url, folder=tmp_path
    ) as worker:
        await tell(tenant, ThingStalled(aggregate_id=1))
        await until(worker.stalled)
        for kill, thing in ((_kill_valkey, 2), (_kill_postgres, 3)):
            await tell(tenant, *(ThingHappened(aggregate_id=thing, step=s) for s in range(20)))
            kill(engines)
            await until(lambda: _some_engine_dead(engines))
            engines.revive()
            await tell(tenant, ThingHappened(aggregate_id=thing, step=20))
        worker.let_go_on()
        await until(lambda: _all_handled(tenant), seconds=60)
        assert worker.process.poll() is None
        assert worker.stop() == 0
    done = await effects(tenant)
    assert [step for thing, step in done if thing == 1] == [0]
    for thing in (2, 3):
        assert [step for number, step in done if number == thing] == list(range(21))


async def test_an_emptied_valkey_loses_nothing(
    outage: tuple[Engines, TenantUnderTest], tmp_path: Path
) -> None:
    engines, tenant = outage
    with worker_process(
        database_url=engines.database_url, redis_url=engines.redis_url, folder=tmp_path
    ):
        with redis.Redis.from_url(engines.redis_url) as client:
            for thing in range(20):
                await tell(tenant, ThingHappened(aggregate_id=thing))
                client.flushall()
        await until(lambda: _all_handled(tenant), seconds=60)
    assert sorted(await effects(tenant)) == [(thing, 0) for thing in range(20)]
