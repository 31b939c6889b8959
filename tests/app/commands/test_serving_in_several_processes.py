"""CROSSDOCK_API_PROCESSES: several processes behind one port, which begin and end as one."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.waiting import wait_until

START_SECONDS, END_SECONDS = 60, 30


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _servers(parent: int) -> list[int]:
    """The children that serve; multiprocessing has another one of its own."""
    ids = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in ids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        found: int = probe.getsockname()[1]
    return found


@pytest.fixture
def serving(
    port: int, tmp_path: Path, database_url: str, owner_url: str, redis_url: str
) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "CROSSDOCK_HOME": str(tmp_path),
        "CROSSDOCK_PORT": str(port),
        "CROSSDOCK_SECRET": "s" * 48,
        "CROSSDOCK_API_PROCESSES": "2",
        "DATABASE_URL": database_url,
        "DATABASE_OWNER_URL": owner_url,
        "REDIS_URL": redis_url,
    }
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=environment)
    try:
        assert wait_until(lambda: _answers(port), seconds=START_SECONDS)
        yield process
    finally:
        process.kill()
        process.wait()


def test_two_processes_serve_and_end_together(serving: subprocess.Popen[bytes], port: int) -> None:
    servers = _servers(serving.pid)
    assert len(servers) == 2
    serving.send_signal(signal.SIGTERM)
    serving.wait(END_SECONDS)
    assert not any(map(_lives, servers))
    assert not _answers(port)


def test_they_end_with_a_parent_that_was_killed(
    serving: subprocess.Popen[bytes], port: int
) -> None:
    servers = _servers(serving.pid)
    serving.kill()
    serving.wait()
    assert wait_until(lambda: not any(map(_lives, servers)), seconds=END_SECONDS)
    assert not _answers(port)
