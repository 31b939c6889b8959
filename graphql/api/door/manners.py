"""What an installation and its tenants want of the door."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.onboarding.door.plans import STANDARD
from tenancy.principals import Principal

INTROSPECT = "schema.introspect"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """What the installation sets."""

    # Whether everybody may ask what the schema holds: for demonstrations and development.
    introspection: bool = False
    # How many operations one request may carry; 0: none but its own.
    batch_limit: int = 0
    # How many bytes a request with files may have.
    largest_upload: int = 20 * 1024 * 1024
    # The origins (https://shop.example) whose pages may use the API, for every tenant.
    origins: frozenset[str] = frozenset()

    def may_introspect(self, caller: Principal | None) -> bool:
        """Whether the caller may see the schema, and the names that it suggests."""
        return self.introspection or (caller is not None and caller.may(INTROSPECT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What a tenant's settings mean for one caller."""

    # From which origins its pages may ask, besides those of the installation.
    origins: frozenset[str] = frozenset()
    # Whether it may send none but trusted documents: ours, and those registered for it.
    only_trusted: bool = False
    plan: str = STANDARD
    # The client app through which it comes.
    app_id: int | None = None


DEFAULT_MANNERS = Manners()
KnowsOrigin = Callable[[str], Awaitable[bool]]
# By the caller and the Origin of the page that asks.
MannersOf = Callable[[Principal, str | None], Awaitable[Manners]]
# By the caller, its app and the hash: the text of a document that is registered for it.
DocumentText = Callable[[Principal, int | None, str], Awaitable[str | None]]


async def default_manners(caller: Principal, origin: str | None) -> Manners:
    """The manners of tenants that set none."""
    return DEFAULT_MANNERS


async def knows_no_origin(origin: str) -> bool:
    """No tenant lists an origin."""
    return False


async def no_document(caller: Principal, app_id: int | None, digest: str) -> str | None:
    """No document is registered."""
    return None
