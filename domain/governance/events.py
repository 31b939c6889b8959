"""What happened to configuration, its owners and custom fields."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDrafted(Event):
    """Somebody drafted a change of configuration."""

    type = "governance.change_drafted"
    aggregate = "change_request"
    kind: str
    object_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSubmitted(Event):
    """A change waits for approval."""

    type = "governance.change_submitted"
    aggregate = "change_request"
    kind: str
    object_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeApproved(Event):
    """A change was approved, and takes effect at its moment."""

    type = "governance.change_approved"
    aggregate = "change_request"
    kind: str
    object_key: str | None
    due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTookEffect(Event):
    """An approved change was carried out."""

    type = "governance.change_took_effect"
    aggregate = "change_request"
    kind: str
    object_key: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEnded(Event):
    """A change came to nothing: rejected, withdrawn, expired, stale or failed."""

    type = "governance.change_ended"
    aggregate = "change_request"
    kind: str
    object_key: str | None
    status: str
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceChanged(Event):
    """Kinds of configuration are governed from now on, or no more."""

    type = "governance.settings_changed"
    aggregate = "governance"
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOwnerNamed(Event):
    """A process has another owner; None: nobody."""

    type = "governance.process_owner_named"
    aggregate = "governance"
    process: str
    user_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldChanged(Event):
    """A custom field was registered, changed or retired."""

    type = "governance.custom_field_changed"
    aggregate = "custom_field"
    subject: str
    code: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldsSet(Event):
    """An object has other values in its custom fields. The aggregate is the object."""

    type = "governance.custom_fields_set"
    aggregate = "custom_field_values"
    subject: str
    fields: tuple[str, ...]
