"""One installation: its settings with addresses that answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app.embedded import Engines, start_engines
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings whose DATABASE_URL and REDIS_URL are set, and the embedded engines if any run."""

    settings: Settings
    engines: Engines | None

    def environment(self) -> dict[str, str]:
        """What child processes need in their environment to find the same installation."""
        settings = self.settings
        return {
            "CROSSDOCK_HOME": str(settings.home),
            "CROSSDOCK_HOST": settings.host,
            "CROSSDOCK_PORT": str(settings.port),
            "CROSSDOCK_SECRET": settings.signing_secret(),
            "DATABASE_URL": settings.database_url or "",
            "DATABASE_OWNER_URL": settings.database_owner_url or "",
            "REDIS_URL": settings.redis_url or "",
        }


@contextmanager
def installation(settings: Settings) -> Iterator[Installation]:
    """The installation with its engines running.

    Embedded engines are started, or joined when they run already; the last one out stops them."""
    if settings.database_url is not None and settings.redis_url is not None:
        yield Installation(settings, None)
        return
    with start_engines(settings.home) as engines:
        complete = replace(
            settings,
            database_url=settings.database_url or engines.database_url,
            database_owner_url=settings.database_owner_url or engines.database_owner_url,
            redis_url=settings.redis_url or engines.redis_url,
        )
        yield Installation(complete, engines)
