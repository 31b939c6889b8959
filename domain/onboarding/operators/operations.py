"""Operators provision, suspend and resume tenants, and say what each may have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.quotas import set_ceiling
from domain.kernel.work import Work
from domain.onboarding.access.provisioning import FirstUser, found_tenant
from domain.onboarding.door.entering import set_plan
from domain.onboarding.inviting.writing import write_invitation
from domain.onboarding.letters.policy import sound_address
from domain.onboarding.lifecycle.events import TenantResumed, TenantSuspended
from domain.onboarding.models import Sandbox
from domain.onboarding.operators.events import TenantProvisioned
from domain.onboarding.operators.queries import tenant_of_slug
from tenancy.models import Tenant, TenantQuota
from tenancy.principals import system_principal
from tenancy.quotas import ORDERS, QUOTAS
from tenancy.transaction import enter_scope
from tenancy.usernames import normal_slug

OPERATOR = "operator"


@operation("operator.manage")
async def provision(work: Work, *, slug: str, name: str, email: str) -> str:
    """A new tenant whose administrator is invited by mail; its slug.

    Raises InvalidInput, CodeTaken."""
    wanted = normal_slug(slug)
    if wanted is None:
        raise InvalidInput("Must be letters, digits and hyphens.", path=("slug",))
    address = sound_address(email)
    first = FirstUser(username=address, display_name=address.partition("@")[0], email=address)
    company = text.name(name)
    async with found_tenant(work, [wanted], company, first) as (inside, tenant):
        await write_invitation(
            inside, user_id=tenant.administrator_id, email=address, invited_by=OPERATOR
        )
    work.record(TenantProvisioned(aggregate_id=tenant.id, slug=wanted))
    work.audit("provision_tenant", subject="tenant", subject_id=tenant.id, after={"slug": wanted})
    return wanted


@operation("operator.manage")
async def suspend(work: Work, *, slug: str, reason: str) -> None:
    """Close all doors of a tenant and of its sandbox: nobody signs in, tokens, keys and open
    connections end, no worker does anything for it. Nothing of it is lost.

    Raises NotFound, InvalidInput, InvalidState."""
    tenant = await _standing(work, slug)
    why = text.name(reason, path=("reason",))
    if tenant.status == "active":
        await _set_status(work, tenant, "suspended", reason=why)
        work.record(TenantSuspended(aggregate_id=tenant.id, slug=slug))
        work.audit("suspend_tenant", subject="tenant", subject_id=tenant.id, reason=why)


@operation("operator.manage")
async def resume(work: Work, *, slug: str) -> None:
    """Open the doors of a suspended tenant; what waited goes on. Raises NotFound, InvalidState."""
    tenant = await _standing(work, slug)
    if tenant.status == "suspended":
        await _set_status(work, tenant, "active", reason=None)
        work.record(TenantResumed(aggregate_id=tenant.id, slug=slug))
        work.audit("resume_tenant", subject="tenant", subject_id=tenant.id)


@operation("operator.manage")
async def choose_plan(work: Work, *, slug: str, plan: str) -> None:
    """Give a tenant another plan; its quotas and budgets count at once. Raises NotFound,
    InvalidInput."""
    tenant = await tenant_of_slug(work, slug=slug)
    async with _inside(work, tenant.id) as inside:
        await set_plan(inside, plan=plan)
    work.audit("choose_plan", subject="tenant", subject_id=tenant.id, after={"plan": plan})


@operation("operator.manage")
async def set_quota(work: Work, *, slug: str, quota: str, allowed: int | None) -> None:
    """Give a tenant a quota of its own; None: its plan's counts again. What it has already it
    keeps. Raises NotFound, InvalidInput."""
    text.choice(quota, QUOTAS, path=("quota",))
    if allowed is not None and not 0 <= allowed <= 10**12:
        raise InvalidInput("Must be 0 or more.", path=("allowed",))
    tenant = await tenant_of_slug(work, slug=slug)
    async with _inside(work, tenant.id) as inside:
        await _write_quota(inside, quota, allowed)
        if quota == ORDERS:
            await set_ceiling(inside)
    work.audit(
        "set_quota", subject="tenant", subject_id=tenant.id, after={"quota": quota, "to": allowed}
    )


async def _write_quota(inside: Work, quota: str, allowed: int | None) -> None:
    if allowed is None:
        await inside.execute(
            delete(TenantQuota).where(
                TenantQuota.tenant_id == inside.tenant_id, TenantQuota.quota == quota
            )
        )
        return
    await inside.execute(
        insert(TenantQuota)
        .values(tenant_id=inside.tenant_id, quota=quota, allowed=allowed)
        .on_conflict_do_update(index_elements=["tenant_id", "quota"], set_={"allowed": allowed})
    )


async def _standing(work: Work, slug: str) -> Row[Any]:
    tenant = await tenant_of_slug(work, slug=slug)
    if tenant.status not in ("active", "suspended"):
        message = f"The tenant is {tenant.status}."
        raise InvalidState(message, state=tenant.status, allowed=[])
    return tenant


async def _set_status(work: Work, tenant: Row[Any], status: str, *, reason: str | None) -> None:
    async with _inside(work, tenant.id) as inside:
        before = await inside.value(
            select(Tenant.status).where(Tenant.id == tenant.id).with_for_update()
        )
        await inside.execute(update(Tenant).where(Tenant.id == tenant.id).values(status=status))
        sandbox_id = await inside.value(
            select(Sandbox.sandbox_tenant_id).where(
                Sandbox.tenant_id == tenant.id, Sandbox.status == "ready"
            )
        )
        inside.audit(
            f"set_tenant_{status}",
            subject="tenant",
            subject_id=tenant.id,
            before={"status": before},
            after={"status": status},
            reason=reason,
        )
    if sandbox_id is not None:
        async with _inside(work, sandbox_id) as inside:
            await inside.execute(
                update(Tenant)
                .where(Tenant.id == sandbox_id, Tenant.sandbox_of == tenant.id)
                .values(status=status)
            )


@asynccontextmanager
async def _inside(work: Work, tenant_id: int) -> AsyncIterator[Work]:
    """A work in the tenant, in the same transaction. What it may do is written in this file."""
    principal = system_principal(tenant_id, name=OPERATOR)
    await enter_scope(work.connection, principal)
    inside = Work(work.connection, principal, now=work.now, request_id=work.request_id)
    yield inside
    await inside.flush()
    await enter_scope(work.connection, work.principal)
