"""A tenant whose time has come is erased, a part in each transaction. No permission is asked for:
only the schedule comes here."""

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.engine import Row

from domain.kernel.work import Work
from domain.onboarding.models import Sandbox
from domain.onboarding.sandbox.advancing import erase_part as erase_sandbox_part
from domain.onboarding.sandbox.advancing import forget as forget_sandbox
from tenancy.models import Tenant
from tenancy.principals import HOUSE, system_principal
from tenancy.transaction import enter_scope

PART = 5_000


async def erase_due_tenant(work: Work) -> bool:
    """Take away the next part of the tenant, if its time has come; whether there is nothing more
    to do. At the end nothing is left of it but a line in the operators' audit log.

    Its doors close with the first part; its sandbox goes before it."""
    tenant = await work.row(
        select(Tenant.slug, Tenant.status, Tenant.erase_from, Tenant.sandbox_of)
        .where(Tenant.id == work.tenant_id)
        .with_for_update()
    )
    if tenant is None or tenant.erase_from is None or tenant.erase_from > work.now:
        return True
    if tenant.status != "erasing":
        await work.execute(
            update(Tenant).where(Tenant.id == work.tenant_id).values(status="erasing")
        )
        return False
    if await _erase_sandbox(work):
        return False
    rows = await work.rows(text("SELECT erased FROM erase_tenant_part(:most)"), {"most": PART})
    if rows:
        return False
    await work.execute(text("SELECT forget_tenant()"))
    await _certify(work, tenant)
    return True


async def _erase_sandbox(work: Work) -> bool:
    """Whether a part of the sandbox was taken away, or the sandbox itself."""
    sandbox_id = await work.value(
        select(Sandbox.sandbox_tenant_id).where(Sandbox.tenant_id == work.tenant_id)
    )
    if sandbox_id is None:
        return False
    if not await erase_sandbox_part(work, sandbox_id):
        await forget_sandbox(work, sandbox_id)
        await work.execute(
            update(Sandbox)
            .where(Sandbox.tenant_id == work.tenant_id)
            .values(sandbox_tenant_id=None, status="removed")
        )
    return True


async def _certify(work: Work, tenant: Row[Any]) -> None:
    house = Work(work.connection, system_principal(HOUSE, name="schedule"), now=work.now)
    await enter_scope(work.connection, house.principal)
    house.audit(
        "erase_tenant",
        subject="tenant",
        subject_id=work.tenant_id,
        before={"slug": tenant.slug},
    )
    await house.flush()
    await enter_scope(work.connection, work.principal)
