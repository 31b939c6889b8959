"""`crossdock up`: everything on this machine, until Ctrl-C."""

import asyncio
import sys

from app.demo.welcome import welcome
from app.installation import Installation, installation
from app.preparation import prepare
from app.processes import ProcessSpec, require_free_port, run_processes, signals_as_interrupt
from app.settings import Settings


def up() -> None:
    """Start PostgreSQL, Valkey, the API and the workers; seed the demo at the first start."""
    settings = Settings.from_environment()
    require_free_port(settings.host, settings.port)
    with signals_as_interrupt(), installation(settings) as running:
        asyncio.run(prepare(running.settings))
        run_processes(
            _processes(running),
            ready_url=f"{running.settings.base_url}/readyz",
            on_ready=lambda: print(welcome(running.settings.base_url), flush=True),
            keep_alive=running.revive,
        )


def _processes(running: Installation) -> list[ProcessSpec]:
    command = (sys.executable, "-m", "app.cli")
    environment = running.environment()
    if running.settings.log_format == "auto" and sys.stdout.isatty():
        # The processes write to us, and we to a person.
        environment["CROSSDOCK_LOG_FORMAT"] = "text"
    return [
        ProcessSpec("api", (*command, "serve"), environment),
        ProcessSpec("worker", (*command, "worker"), environment, stop_rank=1),
    ]
