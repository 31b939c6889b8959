"""The tenant's deletion is asked for, confirmed by a mailed code, and withdrawn."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.onboarding.letters.codes import presented_code
from domain.onboarding.letters.writing import new_nonce, write_letter
from domain.onboarding.lifecycle.events import (
    DeletionConfirmed,
    DeletionRequested,
    DeletionWithdrawn,
)
from domain.onboarding.lifecycle.outcomes import NoAddress, NoDeletionAsked
from domain.onboarding.models import TenantDeletion
from domain.onboarding.readiness.outcomes import NotOfASandbox
from domain.onboarding.signing_up.outcomes import code_void
from tenancy.mailed_tokens import MailedTokens
from tenancy.models import Tenant, UserAccount
from tenancy.principals import PrincipalKind

DELETION = "deletion"
CONFIRMED_WITHIN = timedelta(hours=24)
GRACE = timedelta(days=30)


@operation("onboarding.manage")
async def request_tenant_deletion(work: Work, *, slug: str, reason: str | None = None) -> int:
    """Ask to delete the tenant with everything it has; a code to confirm it goes to the caller by
    mail. `slug` is the tenant's, to be sure which one is meant. Asked again, earlier codes are
    void. Raises InvalidInput, NoAddress, NotOfASandbox."""
    tenant = await _locked_tenant(work)
    if tenant.sandbox_of is not None:
        raise NotOfASandbox("A sandbox is taken away by removeSandbox in its own tenant.")
    if slug != tenant.slug:
        raise InvalidInput("This is not the tenant's slug.", path=("slug",))
    caller = await _caller(work)
    values: dict[str, Any] = {
        "status": "asked",
        "nonce": new_nonce(),
        "asked_by": work.principal.name,
        "reason": text.prose(reason, path=("reason",)),
        "created_at": work.now,
        "expires_at": work.now + CONFIRMED_WITHIN,
        "confirmed_at": None,
        "erase_from": None,
    }
    deletion_id = await work.value(
        insert(TenantDeletion)
        .values(tenant_id=work.tenant_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id"], set_=values)
        .returning(TenantDeletion.id)
    )
    await work.execute(update(Tenant).where(Tenant.id == work.tenant_id).values(erase_from=None))
    await _write(work, tenant, caller, DELETION, deletion_id, nonce=values["nonce"])
    work.record(DeletionRequested(aggregate_id=work.tenant_id))
    work.audit(
        "request_tenant_deletion",
        subject="tenant",
        subject_id=work.tenant_id,
        reason=values["reason"],
    )
    return int(deletion_id)


@operation("onboarding.manage")
async def confirm_tenant_deletion(work: Work, *, tokens: MailedTokens, code: str) -> int:
    """Confirm it with the mailed code: everything is taken away from 30 days later on. Gives the
    deletion's id. Raises CodeVoid."""
    presented = presented_code(code)
    tenant = await _locked_tenant(work)
    row = await _locked(work)
    proven = tokens.proves(DELETION, presented, None if row is None else row.nonce)
    if row is None or not proven or presented.tenant_id != work.tenant_id:
        raise code_void()
    if row.status != "asked" or row.expires_at <= work.now or presented.subject_id != row.id:
        raise code_void()
    erase_from = work.now + GRACE
    await _change(work, status="confirmed", confirmed_at=work.now, erase_from=erase_from)
    await work.execute(
        update(Tenant).where(Tenant.id == work.tenant_id).values(erase_from=erase_from)
    )
    day = erase_from.date().isoformat()
    await _write(work, tenant, await _caller(work), "deletion_confirmed", row.id, day=day)
    work.record(DeletionConfirmed(aggregate_id=work.tenant_id, erase_from=erase_from.isoformat()))
    work.audit(
        "confirm_tenant_deletion",
        subject="tenant",
        subject_id=work.tenant_id,
        after={"erase_from": erase_from.isoformat()},
    )
    return int(row.id)


@operation("onboarding.manage")
async def withdraw_tenant_deletion(work: Work, *, reason: str | None = None) -> int:
    """Let the tenant stay, for this reason; the deletion's id. Raises NoDeletionAsked."""
    await _locked_tenant(work)
    row = await _locked(work)
    if row is None or row.status == "withdrawn":
        raise NoDeletionAsked("Nobody asked to delete this tenant.")
    await _change(work, status="withdrawn", erase_from=None)
    await work.execute(update(Tenant).where(Tenant.id == work.tenant_id).values(erase_from=None))
    work.record(DeletionWithdrawn(aggregate_id=work.tenant_id))
    work.audit(
        "withdraw_tenant_deletion", subject="tenant", subject_id=work.tenant_id, reason=reason
    )
    return int(row.id)


async def _locked_tenant(work: Work) -> Row[Any]:
    tenant = await work.row(
        select(Tenant.slug, Tenant.name, Tenant.sandbox_of)
        .where(Tenant.id == work.tenant_id)
        .with_for_update()
    )
    assert tenant is not None
    return tenant


async def _locked(work: Work) -> Row[Any] | None:
    return await work.row(
        select(*TenantDeletion.__table__.c)
        .where(TenantDeletion.tenant_id == work.tenant_id)
        .with_for_update()
    )


async def _caller(work: Work) -> Row[Any]:
    """The caller's name and address. Raises NoAddress for a key, and for a user without one."""
    row = None
    if work.principal.kind is PrincipalKind.USER:
        row = await work.row(
            select(UserAccount.display_name, UserAccount.email).where(
                UserAccount.tenant_id == work.tenant_id, UserAccount.id == work.principal.id
            )
        )
    if row is None or row.email is None:
        raise NoAddress("A code has to reach you by mail: this takes a user with an address.")
    return row


async def _write(
    work: Work,
    tenant: Row[Any],
    caller: Row[Any],
    purpose: str,
    deletion_id: int,
    *,
    nonce: str | None = None,
    day: str = "",
) -> None:
    await write_letter(
        work,
        purpose=purpose,
        subject_id=deletion_id,
        nonce=nonce,
        address=caller.email,
        details={
            "company": tenant.name,
            "slug": tenant.slug,
            "name": caller.display_name,
            "asker": caller.display_name,
            "days": str(GRACE.days),
            "day": day,
        },
    )


async def _change(work: Work, **values: Any) -> None:
    await work.execute(
        update(TenantDeletion).where(TenantDeletion.tenant_id == work.tenant_id).values(**values)
    )
