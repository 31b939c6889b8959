"""What happened to users, roles, API keys and issuers. No event carries a secret."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Event):
    """A user was made."""

    type = "access.user_created"
    aggregate = "user"
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Event):
    """Fields of a user changed."""

    type = "access.user_changed"
    aggregate = "user"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A user's password was set, and its sessions ended."""

    type = "access.password_changed"
    aggregate = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(Event):
    """All tokens of a user became void."""

    type = "access.sessions_ended"
    aggregate = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated(Event):
    """A role was made."""

    type = "access.role_created"
    aggregate = "role"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePermissionsChanged(Event):
    """A role gives other permissions now."""

    type = "access.role_permissions_changed"
    aggregate = "role"
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(Event):
    """An API key was made."""

    type = "access.api_key_created"
    aggregate = "api_key"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Event):
    """An API key became void."""

    type = "access.api_key_revoked"
    aggregate = "api_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcIssuerRegistered(Event):
    """An outside issuer may sign users in."""

    type = "access.oidc_issuer_registered"
    aggregate = "oidc_issuer"
    issuer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcIssuerRemoved(Event):
    """An outside issuer may sign users in no more."""

    type = "access.oidc_issuer_removed"
    aggregate = "oidc_issuer"
    issuer: str
