"""What happened on the way to going live."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantWentLive(Event):
    """The company trades: its configuration is governed from now on."""

    type = "onboarding.tenant_went_live"
    aggregate = "tenant"
