"""What an installation and its tenants want of the door."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tenancy.principals import Principal

INTROSPECT = "schema.introspect"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """What the installation sets."""

    # Whether everybody may ask what the schema holds: for demonstrations and development.
    introspection: bool = False
    # How many operations one request may carry; 0: none but its own.
    batch_limit: int = 0
    # The origins (https://shop.example) whose pages may use the API, for every tenant.
    origins: frozenset[str] = frozenset()

    def may_introspect(self, caller: Principal | None) -> bool:
        """Whether the caller may see the schema, and the names that it suggests."""
        return self.introspection or (caller is not None and caller.may(INTROSPECT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What one tenant sets."""

    origins: frozenset[str] = frozenset()
    # Whose documents must be trusted ones: "nobody", "partners" or "everybody".
    only_trusted: str = "nobody"
    plan: str = "standard"
    # The documents that it registered, by their hash.
    documents: frozenset[str] = frozenset()

    def only_trusted_for(self, caller: Principal | None) -> bool:
        """Whether this caller may send none but trusted documents."""
        if self.only_trusted == "partners":
            return caller is None or caller.is_partner
        return self.only_trusted == "everybody"


DEFAULT_MANNERS = Manners()
KnowsOrigin = Callable[[str], Awaitable[bool]]
MannersOf = Callable[[Principal], Awaitable[Manners]]


async def default_manners(caller: Principal) -> Manners:
    """The manners of tenants that set none."""
    return DEFAULT_MANNERS


async def knows_no_origin(origin: str) -> bool:
    """No tenant lists an origin."""
    return False
