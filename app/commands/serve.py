"""`crossdock serve`: the API, in this process."""

import os

import uvicorn

from app.installation import installation
from app.settings import Settings

# Long enough for a slow mutation to end after SIGTERM, short enough for a rolling restart.
SHUTDOWN_SECONDS = 15


def serve() -> None:
    """Serve the GraphQL API on CROSSDOCK_HOST and CROSSDOCK_PORT."""
    with installation(Settings.from_environment()) as running:
        os.environ.update(running.environment())
        uvicorn.run(
            "app.asgi:application_from_environment",
            factory=True,
            host=running.settings.host,
            port=running.settings.port,
            log_level="warning",
            access_log=False,
            ws="websockets-sansio",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
