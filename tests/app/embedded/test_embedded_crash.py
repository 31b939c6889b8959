"""Any part killed at any moment: nothing acknowledged is lost, the next start recovers."""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import redis

from app.embedded import EngineError, Engines, start_engines
from app.embedded.liveness import identify, working_in
from app.embedded.waiting import wait_until

StartPython = Callable[..., subprocess.Popen[str]]

ENOUGH = 50
LOST_CONNECTION = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
START_AND_WAIT = """
import sys
from pathlib import Path
from app.embedded import start_engines
engines = start_engines(Path(sys.argv[1]), durable=False, ephemeral=sys.argv[2:] == ["ephemeral"])
print(engines.database_url, flush=True)
sys.stdin.readline()
engines.close()
"""


def engine_processes(home: Path) -> dict[int, str]:
    """The living engine processes of a home by pid."""
    root = home / "engines"
    found = {"postgres": root / "postgres", "valkey-server": root / "valkey"}
    return {
        process.pid: program
        for program, folder in found.items()
        for process in working_in(folder, program)
    }


def postmaster(home: Path) -> int:
    """The pid of the server's first process."""
    return int((home / "engines/postgres/postmaster.pid").read_text().splitlines()[0])


def valkey_pid(home: Path) -> int:
    """The pid of Valkey."""
    return int((home / "engines/valkey/valkey.pid").read_text())


def kill(*pids: int) -> None:
    """Kill processes and see them gone."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not any(map(identify, pids)), seconds=10)


async def write_until_killed(url: str, acknowledged: list[int], well_on: asyncio.Event) -> None:
    """Insert numbers one by one, noting each that the server has acknowledged."""
    connection = await asyncpg.connect(url)
    with suppress(*LOST_CONNECTION):
        while True:
            number = await connection.fetchval("INSERT INTO written DEFAULT VALUES RETURNING id")
            acknowledged.append(number)
            if len(acknowledged) == ENOUGH:
                well_on.set()
    connection.terminate()


async def make_table(engines: Engines) -> None:
    connection = await asyncpg.connect(engines.database_owner_url)
    await connection.execute("DROP TABLE IF EXISTS written")
    await connection.execute("CREATE TABLE written (id bigint GENERATED ALWAYS AS IDENTITY)")
    await connection.close()


async def written(engines: Engines) -> set[int]:
    connection = await asyncpg.connect(engines.database_owner_url)
    rows = await connection.fetch("SELECT id FROM written")
    await connection.close()
    return {row["id"] for row in rows}


async def kill_postgres_while_writing(engines: Engines) -> list[int]:
    """Kill the server in the middle of writes; return what it had acknowledged."""
    await make_table(engines)
    acknowledged: list[int] = []
    well_on = asyncio.Event()
    writer = asyncio.create_task(
        write_until_killed(engines.database_owner_url, acknowledged, well_on)
    )
    async with asyncio.timeout(10):
        await well_on.wait()
    kill(postmaster(engines.home))
    await writer
    return acknowledged


async def test_a_killed_postgres_comes_back_with_all_it_acknowledged(home: Path) -> None:
    with start_engines(home) as engines:
        acknowledged = await kill_postgres_while_writing(engines)
        assert engines.dead() == ["PostgreSQL"]
        assert engines.revive() == ["PostgreSQL"]
        assert set(acknowledged) <= await written(engines)
        assert engines.revive() == []


def test_a_killed_valkey_comes_back_with_all_it_acknowledged(home: Path) -> None:
    with start_engines(home) as engines:
        with redis.Redis.from_url(engines.redis_url) as client:
            client.delete("queue")
            for number in range(200):
                client.rpush("queue", number)
            kill(valkey_pid(home))
        assert engines.revive() == ["Valkey"]
        with redis.Redis.from_url(engines.redis_url) as client:
            assert [int(each) for each in client.lrange("queue", 0, -1)] == list(range(200))


async def test_everything_killed_at_once_recovers_at_the_next_start(
    home: Path, python: StartPython
) -> None:
    parent = python(START_AND_WAIT, home)
    assert parent.stdout is not None
    assert parent.stdout.readline()
    kill(*engine_processes(home), parent.pid)
    with start_engines(home) as engines:
        await make_table(engines)
        assert engines.dead() == []


def test_engines_of_a_killed_parent_are_joined_by_the_next_start(
    home: Path, python: StartPython
) -> None:
    parent = python(START_AND_WAIT, home)
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    before = engine_processes(home)
    kill(parent.pid)
    with start_engines(home, durable=False) as engines:
        assert engines.database_url == url
        assert postmaster(home) in before
        assert valkey_pid(home) in before
    assert engine_processes(home) == {}


def test_a_backend_that_outlives_its_killed_server_is_ended_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ((signal.SIGINT, 0.1), (signal.SIGQUIT, 0.1), (signal.SIGKILL, 10.0))
    monkeypatch.setattr("app.embedded.running.ORPHAN_STEPS", steps)
    with start_engines(home, durable=False) as engines:
        first = postmaster(home)
        backends = [pid for pid in engine_processes(home) if pid not in (first, valkey_pid(home))]
        os.kill(backends[0], signal.SIGSTOP)  # It cannot notice that the server has gone.
        kill(first)
        assert engines.revive() == ["PostgreSQL"]
        assert identify(backends[0]) is None


def test_a_lock_file_whose_pid_is_another_process_does_not_hinder(home: Path) -> None:
    start_engines(home, durable=False).close()
    data = home / "engines/postgres"
    owner = data.stat().st_uid
    with subprocess.Popen(["sleep", "60"], user=owner) as other:
        lock_file = data / "postmaster.pid"
        lock_file.write_text(f"{other.pid}\n{data}\n1700000000\n5432\n\n127.0.0.1\n\nready   \n")
        os.chown(lock_file, owner, -1)
        with start_engines(home, durable=False) as engines:
            assert engines.dead() == []
        assert other.poll() is None
        other.kill()


def test_a_start_killed_at_any_moment_does_not_hinder_the_next(
    new_home: Path, python: StartPython
) -> None:
    moments = random.Random(5)
    for _ in range(3):
        parent = python(START_AND_WAIT, new_home)
        with suppress(subprocess.TimeoutExpired):
            parent.wait(moments.uniform(0.1, 0.9))
        parent.kill()
        parent.wait()
    with start_engines(new_home, durable=False) as engines:
        assert engines.dead() == []


def test_two_starts_at_the_same_time_share_the_engines(home: Path, python: StartPython) -> None:
    processes = [python(START_AND_WAIT, home) for _ in range(3)]
    urls = {process.stdout.readline() for process in processes if process.stdout is not None}
    assert len(urls) == 1
    for process in processes:
        process.communicate("\n")
        assert process.returncode == 0
    assert engine_processes(home) == {}


def test_engines_of_a_killed_test_run_end_and_leave_nothing(
    new_home: Path, python: StartPython
) -> None:
    parent = python(START_AND_WAIT, new_home, "ephemeral")
    assert parent.stdout is not None
    assert parent.stdout.readline()
    pids = list(engine_processes(new_home))
    assert pids
    kill(parent.pid)
    assert wait_until(lambda: not any(map(identify, pids)), seconds=15)
    assert wait_until(lambda: not new_home.exists(), seconds=15)


def test_a_deleted_database_is_not_silently_replaced_under_a_running_system(
    home: Path,
) -> None:
    engines = start_engines(home, durable=False)
    kill(postmaster(home))
    (home / "engines/postgres").rename(home / "engines/moved")
    with pytest.raises(EngineError, match="has been deleted"):
        engines.revive()
    (home / "engines/moved").rename(home / "engines/postgres")
    assert engines.revive() == ["PostgreSQL"]
    engines.close()
