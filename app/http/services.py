"""What one API process holds while it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from api.door.manners import (
    DocumentText,
    DoorSettings,
    KnowsOrigin,
    MannersOf,
    default_manners,
    knows_no_origin,
    no_document,
)
from api.door.persisted import DocumentStore, ProcessStore
from api.limits.budgets import ProcessBudgets, Purse
from api.limits.places import Places, ProcessPlaces
from api.orders.desk import OrderDesk
from domain.integration.addresses import OPEN_INTERNET, Reach
from domain.kernel.event_feed import EventFeed
from domain.kernel.sealing import Keyring
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
    # Where webhooks may go.
    webhook_reach: Reach = OPEN_INTERNET
    # Seals secrets that are kept; of this process where nothing else is given.
    keys: Keyring = field(default_factory=Keyring.random)
    door: DoorSettings = field(default_factory=DoorSettings)
    # Shared by all processes in the application; of this process where nothing else is given.
    purse: Purse = field(default_factory=lambda: Purse(ProcessBudgets()))
    documents: DocumentStore = field(default_factory=ProcessStore)
    # Orders placed at the same time share a transaction; None: each has its own.
    order_desk: OrderDesk | None = field(default_factory=OrderDesk)
    manners_of: MannersOf = default_manners
    knows_origin: KnowsOrigin = knows_no_origin
    document_text: DocumentText = no_document
    # What of the three above is remembered is forgotten after a change.
    forget_manners: Callable[[], None] = lambda: None
    places: Places = field(default_factory=ProcessPlaces)
