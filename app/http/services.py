"""What one API process holds while it runs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.event_feed import EventFeed
from tenancy.authentication import Authenticator


def system_clock() -> datetime:
    """This moment in UTC. The only clock of the API; everything below is told the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The engine and the services that requests share."""

    engine: AsyncEngine
    authenticator: Authenticator
    redis_url: str
    feed: EventFeed
    # Whether webhooks may go to private addresses; see Settings.private_webhooks.
    allow_private_webhooks: bool = False
