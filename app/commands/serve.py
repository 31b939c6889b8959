"""`crossdock serve`: the API, in this process or in several that share its port."""

import os

import uvicorn
from starlette.applications import Starlette

from api.door.sockets import LARGEST_MESSAGE
from app.installation import installation
from app.long_lived import undisturbed
from app.observability.logs import configure_logging
from app.processes.parent_death import end_when_parent_ends
from app.settings import Settings

# Long enough for a slow mutation to end after SIGTERM, short enough for a rolling restart.
SHUTDOWN_SECONDS = 15
HANGS_AFTER_SECONDS = 60


def serve() -> None:
    """Serve the GraphQL API on CROSSDOCK_HOST and CROSSDOCK_PORT, in CROSSDOCK_API_PROCESSES."""
    settings = Settings.from_environment()
    configure_logging(settings.log_level, form=settings.log_format)
    with installation(settings) as running:
        os.environ.update(running.environment())
        several = running.settings.api_processes > 1
        uvicorn.run(
            f"{__name__}:{'application_of_child' if several else 'application'}",
            factory=True,
            workers=running.settings.api_processes,
            # A busy machine may be slow to answer; only one that hangs is replaced.
            timeout_worker_healthcheck=HANGS_AFTER_SECONDS,
            host=running.settings.host,
            port=running.settings.port,
            log_config=None,
            log_level="warning",
            access_log=False,
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE,
            # Pings of the transport: a client that vanished is noticed within a minute.
            ws_ping_interval=20,
            ws_ping_timeout=20,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )


def application() -> Starlette:
    """The factory: what it imports and makes stays for good."""
    with undisturbed():
        from app.asgi import application_from_environment

        return application_from_environment()


def application_of_child() -> Starlette:
    """The factory that each of several processes calls; it logs as their parent does."""
    end_when_parent_ends()
    settings = Settings.from_environment()
    configure_logging(settings.log_level, form=settings.log_format)
    return application()
