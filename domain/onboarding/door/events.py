"""What happened to client apps, their documents, the door's settings and the plan."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAppCreated(Event):
    """A client app was made."""

    type = "apps.client_app_created"
    aggregate = "client_app"
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAppChanged(Event):
    """Fields of a client app changed."""

    type = "apps.client_app_changed"
    aggregate = "client_app"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAppClosed(Event):
    """A client app was closed, and its keys became void."""

    type = "apps.client_app_closed"
    aggregate = "client_app"
    revoked_keys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsRegistered(Event):
    """An app may send these documents by their hash."""

    type = "apps.documents_registered"
    aggregate = "client_app"
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRetired(Event):
    """An app may send a document no more."""

    type = "apps.document_retired"
    aggregate = "client_app"
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettingsChanged(Event):
    """The tenant settled something else for its door."""

    type = "apps.door_settings_changed"
    aggregate = "door_settings"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSet(Event):
    """The operators gave the tenant another plan."""

    type = "apps.plan_set"
    aggregate = "tenant_plan"
    plan: str
