"""Who is asking."""

from dataclasses import dataclass, field
from enum import StrEnum

# The tenant that is nobody's: what the installation itself keeps lies there.
HOUSE = 0


class PrincipalKind(StrEnum):
    """What kind of caller a principal is."""

    USER = "user"
    API_KEY = "api_key"
    SYSTEM = "system"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller of one request or task, with everything that decides what it may do.

    `party_id` and `location_id` narrow a partner to its own rows, at the database."""

    tenant_id: int
    kind: PrincipalKind
    id: int
    name: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    party_id: int | None = None
    location_id: int | None = None
    # The client app that an API key belongs to.
    app_id: int | None = None
    # The user whose API key it is; None: a machine's.
    user_id: int | None = None

    def may(self, permission: str) -> bool:
        """Whether this principal holds `permission`; the system holds all."""
        return self.kind is PrincipalKind.SYSTEM or permission in self.permissions

    @property
    def person(self) -> tuple[str, int]:
        """Who answers for what is done, by kind and id: a user also for their API keys."""
        if self.user_id is not None:
            return (PrincipalKind.USER.value, self.user_id)
        return (self.kind.value, self.id)

    @property
    def is_partner(self) -> bool:
        """Whether the caller looks in from outside the tenant."""
        return self.party_id is not None or self.location_id is not None


def system_principal(tenant_id: int, *, name: str = "system") -> Principal:
    """The principal under which workers and the command line act for a tenant."""
    return Principal(tenant_id=tenant_id, kind=PrincipalKind.SYSTEM, id=0, name=name)
