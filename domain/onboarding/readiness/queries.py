"""How ready a company is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.onboarding.readiness.facts import facts_of
from domain.onboarding.readiness.policy import Check, blocking, checklist
from tenancy.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The checklist, whether it lets the company go live, and since when it is."""

    live_at: datetime | None
    is_sandbox: bool
    checks: list[Check]

    @property
    def is_ready(self) -> bool:
        """Whether nothing blocking is missing."""
        return not blocking(self.checks)


@query("onboarding.read")
async def readiness(reader: Reader) -> Readiness:
    """The checklist as the data stands now, in two statements."""
    tenant = await reader.row(
        select(Tenant.live_at, Tenant.sandbox_of).where(Tenant.id == reader.tenant_id)
    )
    assert tenant is not None
    return Readiness(
        live_at=tenant.live_at,
        is_sandbox=tenant.sandbox_of is not None,
        checks=checklist(await facts_of(reader)),
    )
