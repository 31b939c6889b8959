"""One installation: its settings with addresses that answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app.embedded.services import open_services
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings whose addresses are all set, and how to restart an embedded engine that died."""

    settings: Settings
    revive: Callable[[], object]

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
            "CROSSDOCK_SMTP_URL": settings.smtp_url or "",
            "CROSSDOCK_MAIL_FROM": settings.mail_from,
            "CROSSDOCK_CODE_PAGE": settings.code_page or "",
            "CROSSDOCK_PRIVATE_WEBHOOKS": str(int(settings.webhook_reach.private)),
            "CROSSDOCK_PLAIN_WEBHOOKS": str(int(settings.webhook_reach.plain)),
            "CROSSDOCK_SEALING_KEYS": " ".join(settings.sealing_keys),
        }


@contextmanager
def installation(settings: Settings) -> Iterator[Installation]:
    """The installation with its engines running.

    Embedded engines are started, or joined when they run already; the last one out stops them."""
    with open_services(settings) as services:
        complete = replace(
            settings,
            database_url=services.database_url,
            database_owner_url=services.database_owner_url,
            redis_url=services.redis_url,
        )
        yield Installation(complete, services.revive)
