"""What operators did. These events lie in tenant 0; only operators hear them."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantProvisioned(Event):
    """An operator made a tenant."""

    type = "tenancy.tenant_provisioned"
    aggregate = "tenant"
    slug: str
