"""Crossdock as it runs: its API, its worker and its command line as real processes."""

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from domain.kernel import json
from tests.factories.conditions import until
from tests.factories.launching import Launch, Launched, Program, forked, launched

SECRET = "scenario-" * 6
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command printed and how it ended."""

    exit_code: int
    out: str
    errors: str

    @property
    def objects(self) -> list[Any]:
        """Its JSON lines."""
        return [json.load(line) for line in self.out.splitlines()]


@dataclass(slots=True)
class Running:
    """One installation whose processes can be started, killed and started again."""

    home: Path
    port: int
    environment: dict[str, str]
    processes: dict[str, Launched] = field(default_factory=dict)
    # What to run instead of the command of that name.
    programs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    launch: Launch = launched

    @property
    def base_url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *names: str) -> None:
        """Start `serve` or `worker`; its log goes to the home."""
        for name in names:
            module, *arguments = self.programs.get(name, ("app.cli", name))
            log = self.home / f"{name}.log"
            self.processes[name] = self.launch(
                Program(module, arguments, self.environment, out=log, errors=log)
            )

    def kill(self, name: str) -> None:
        """kill -9."""
        self.processes[name].kill()
        self.processes[name].wait()

    def stop(self) -> dict[str, int]:
        """SIGTERM to all that run; their exit codes."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return {name: p.wait(timeout=STOP_SECONDS) for name, p in self.processes.items()}

    def log(self, name: str) -> str:
        """What the process wrote."""
        path = self.home / f"{name}.log"
        return path.read_text() if path.exists() else ""

    async def ready(self, *, seconds: float = 180.0) -> None:
        """Return when the API says that it is ready."""
        async with httpx.AsyncClient(base_url=self.base_url) as http:

            async def is_ready() -> bool:
                assert self.processes["serve"].poll() is None, self.log("serve")
                try:
                    return (await http.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(is_ready, seconds=seconds)

    async def command(self, *arguments: str) -> CommandResult:
        """Run `crossdock …` to its end."""
        return await asyncio.to_thread(self._command, arguments)

    def _command(self, arguments: tuple[str, ...]) -> CommandResult:
        with tempfile.TemporaryDirectory() as folder:
            out, errors = Path(folder, "out"), Path(folder, "errors")
            program = Program("app.cli", arguments, self.environment, out=out, errors=errors)
            exit_code = self.launch(program).wait()
            return CommandResult(exit_code, out.read_text(), errors.read_text())


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def installed(
    home: Path,
    *,
    database_url: str,
    owner_url: str,
    redis_url: str,
    launch: Launch = forked,
    **settings: str,
) -> Iterator[Running]:
    """An installation on these engines; whatever of it still runs at the end is killed."""
    port = free_port()
    environment = {
        **os.environ,
        "CROSSDOCK_HOME": str(home),
        "CROSSDOCK_PORT": str(port),
        "CROSSDOCK_SECRET": SECRET,
        "CROSSDOCK_PRIVATE_WEBHOOKS": "1",
        "CROSSDOCK_PLAIN_WEBHOOKS": "1",
        "DATABASE_URL": database_url,
        "DATABASE_OWNER_URL": owner_url,
        "REDIS_URL": redis_url,
        **settings,
    }
    running = Running(home, port, environment, launch=launch)
    try:
        yield running
    finally:
        for process in running.processes.values():
            process.kill()
            process.wait()
