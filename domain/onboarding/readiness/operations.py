"""A company goes live."""

from sqlalchemy import select, update

from domain.governance.governing import govern
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.onboarding.readiness.events import TenantWentLive
from domain.onboarding.readiness.facts import facts_of
from domain.onboarding.readiness.outcomes import NotOfASandbox, NotReady
from domain.onboarding.readiness.policy import blocking, checklist
from tenancy.models import Tenant


@operation("onboarding.manage")
async def go_live(work: Work, *, confirm: bool) -> None:
    """Say that the company trades from now on: what is governed changes by change request.

    `confirm` must be true. Repeating it is harmless. Raises InvalidInput, NotReady with what is
    missing, NotOfASandbox."""
    if not confirm:
        raise InvalidInput("Must be true to go live.", path=("confirm",))
    tenant = await work.row(
        select(Tenant.live_at, Tenant.sandbox_of)
        .where(Tenant.id == work.tenant_id)
        .with_for_update()
    )
    assert tenant is not None
    if tenant.sandbox_of is not None:
        raise NotOfASandbox("A sandbox stays one: go live in the tenant itself.")
    if tenant.live_at is not None:
        return
    missing = blocking(checklist(await facts_of(work)))
    if missing:
        raise NotReady(f"Still missing: {', '.join(missing)}.", missing=missing)
    await work.execute(update(Tenant).where(Tenant.id == work.tenant_id).values(live_at=work.now))
    await govern(work)
    work.record(TenantWentLive(aggregate_id=work.tenant_id))
    work.audit("go_live", subject="tenant", subject_id=work.tenant_id)
