"""Keeping programs running, and stopping them in order."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded.liveness import identify
from app.embedded.ports import choose_port
from app.embedded.waiting import wait_until
from app.processes import PortInUse, ProcessesFailed, ProcessSpec, require_free_port, run_processes

CHECKOUT = Path(__file__).resolve().parents[3]
StartSupervisor = Callable[..., subprocess.Popen[str]]

# Two programs that note what happens to them; the worker takes a moment to finish its work.
SUPERVISOR = """
import sys
from app.processes import ProcessSpec, run_processes
port, grace = sys.argv[1], float(sys.argv[2])
worker = '''
import signal, sys, time
def stop(*_):
    print("finishing", flush=True); time.sleep(0.1); print("finished", flush=True); sys.exit()
signal.signal(signal.SIGTERM, stop if float(sys.argv[1]) else signal.SIG_IGN)
print("started", flush=True)
while True: time.sleep(10)
'''
api = '''
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: (print("closing", flush=True), os._exit(0)))
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("pid", os.getpid(), flush=True)
server.serve_forever()
'''
run_processes(
    [
        ProcessSpec("worker", [sys.executable, "-c", worker, str(grace)], stop_rank=1),
        ProcessSpec("api", [sys.executable, "-c", api, port]),
    ],
    ready_url=f"http://127.0.0.1:{port}/readyz",
    on_ready=lambda: print("READY", flush=True),
)
print("ENDED", flush=True)
"""


@pytest.fixture
def supervisor() -> Iterator[StartSupervisor]:
    """Starts supervisors; ends those that still run."""
    started: list[subprocess.Popen[str]] = []

    def start(port: int, grace: float = 1.0) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, str(port), str(grace)],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], *wanted: str) -> list[str]:
    """Read lines until each of `wanted` has come, in whatever order."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.strip())
        if all(any(each in line for line in lines) for each in wanted):
            return lines
    raise AssertionError(f"{wanted!r} never came: {lines}")


def pid_in(lines: list[str]) -> int:
    """The pid that the API printed."""
    return int(next(line for line in lines if "| pid" in line).split()[-1])


def test_the_api_stops_before_the_workers_and_all_finish_their_work(
    supervisor: StartSupervisor,
) -> None:
    process = supervisor(choose_port())
    read_until(process, "READY", "worker | started", "api    | pid")
    process.send_signal(signal.SIGINT)
    after = process.communicate(timeout=10)[0].splitlines()
    assert after == ["api    | closing", "worker | finishing", "worker | finished", "ENDED"]


def test_a_second_interrupt_hurries(supervisor: StartSupervisor) -> None:
    process = supervisor(choose_port(), grace=0)
    read_until(process, "READY", "worker | started")
    process.send_signal(signal.SIGTERM)
    read_until(process, "closing")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=5)[0].splitlines()[-1] == "ENDED"


def test_a_killed_program_is_started_again(supervisor: StartSupervisor) -> None:
    process = supervisor(choose_port())
    first = pid_in(read_until(process, "READY", "| pid"))
    os.kill(first, signal.SIGKILL)
    lines = read_until(process, "api    | pid")
    assert "api    | ended with signal 9; starting again in 0.5 s" in lines
    assert pid_in(lines) != first


def test_programs_of_a_killed_supervisor_end_and_free_the_port(
    supervisor: StartSupervisor,
) -> None:
    port = choose_port()
    process = supervisor(port)
    api = pid_in(read_until(process, "READY", "| pid"))
    process.kill()
    require_free_port("127.0.0.1", port)
    assert wait_until(lambda: identify(api) is None, seconds=5)


def test_programs_that_cannot_start_are_given_up_with_the_reason() -> None:
    output: list[str] = []
    broken = ProcessSpec("api", [sys.executable, "-c", "raise SystemExit('no such table')"])
    with pytest.raises(ProcessesFailed, match="api ended 3 times while starting"):
        run_processes([broken], ready_url="http://127.0.0.1:1/readyz", write=output.append)
    assert output[0] == "api | no such table\n"


def test_a_program_that_never_becomes_ready_is_given_up() -> None:
    idle = ProcessSpec("api", ["sleep", "60"])
    with pytest.raises(ProcessesFailed, match="did not answer 200"):
        run_processes([idle], ready_url="http://127.0.0.1:1/readyz", ready_seconds=0.2)


def test_what_the_programs_depend_on_is_looked_after() -> None:
    calls: list[float] = []

    def keep_alive() -> None:
        calls.append(time.monotonic())
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    run_processes([ProcessSpec("api", ["sleep", "60"])], keep_alive=keep_alive)
    assert len(calls) == 2


def test_a_port_in_use_is_told_with_its_holder_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.processes.listening.PATIENCE_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=rf"Port {port} is in use by .*pid {os.getpid()}") as it:
            require_free_port("127.0.0.1", port)
    assert "CROSSDOCK_PORT" in str(it.value)
