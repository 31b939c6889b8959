"""`crossdock up`: everything on this machine, until Ctrl-C."""

import asyncio
import sys

from app import database
from app.demo.company import seed_demo
from app.demo.welcome import welcome
from app.installation import Installation, installation
from app.processes import ProcessSpec, require_free_port, run_processes, signals_as_interrupt
from app.settings import Settings


def up() -> None:
    """Start PostgreSQL, Valkey, the API and the workers; seed the demo at the first start."""
    settings = Settings.from_environment()
    require_free_port(settings.host, settings.port)
    with signals_as_interrupt(), installation(settings) as running:
        asyncio.run(_prepare(running))
        run_processes(
            _processes(running),
            ready_url=f"{running.settings.base_url}/readyz",
            on_ready=lambda: print(welcome(running.settings.base_url), flush=True),
            keep_alive=running.revive,
        )


async def _prepare(running: Installation) -> None:
    settings = running.settings
    assert settings.database_owner_url is not None
    await database.migrate(settings.database_owner_url)
    engine = database.connect(settings.database_url or "", pool_size=2)
    try:
        await seed_demo(engine)
    finally:
        await engine.dispose()


def _processes(running: Installation) -> list[ProcessSpec]:
    command = (sys.executable, "-m", "app.cli")
    environment = running.environment()
    return [
        ProcessSpec("api", (*command, "serve"), environment),
        ProcessSpec("worker", (*command, "worker"), environment, stop_rank=1),
    ]
