"""What happened to companies that sign up."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFounded(Event):
    """A company verified its address and became a tenant. Told to the tenant itself."""

    type = "onboarding.tenant_founded"
    aggregate = "tenant"
    slug: str
