"""`crossdock serve`: the API, in this process."""

import os

import uvicorn

from api.door.sockets import LARGEST_MESSAGE
from app.installation import installation
from app.observability.logs import configure_logging
from app.settings import Settings

# Long enough for a slow mutation to end after SIGTERM, short enough for a rolling restart.
SHUTDOWN_SECONDS = 15


def serve() -> None:
    """Serve the GraphQL API on CROSSDOCK_HOST and CROSSDOCK_PORT."""
    settings = Settings.from_environment()
    configure_logging(settings.log_level, form=settings.log_format)
    with installation(settings) as running:
        os.environ.update(running.environment())
        uvicorn.run(
            "app.asgi:application_from_environment",
            factory=True,
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
