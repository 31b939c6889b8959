"""What happened to the tenant as a whole."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSuspended(Event):
    """All doors are closed. Told to the operators."""

    type = "tenancy.tenant_suspended"
    aggregate = "tenant"
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResumed(Event):
    """The doors are open again. Told to the operators."""

    type = "tenancy.tenant_resumed"
    aggregate = "tenant"
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionRequested(Event):
    """Somebody asked to delete the tenant; it is not confirmed yet."""

    type = "tenancy.deletion_requested"
    aggregate = "tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionConfirmed(Event):
    """The tenant will be erased from that moment on, unless it is withdrawn."""

    type = "tenancy.deletion_confirmed"
    aggregate = "tenant"
    erase_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionWithdrawn(Event):
    """The tenant stays."""

    type = "tenancy.deletion_withdrawn"
    aggregate = "tenant"
