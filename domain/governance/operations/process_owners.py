"""Owners of processes are named."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.governance.events import ProcessOwnerNamed
from domain.governance.models import ProcessOwner
from domain.governance.outcomes import OwnerCannotDecide
from domain.governance.policy import PROCESSES
from domain.kernel import text
from domain.kernel.errors import NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from tenancy.models import RolePermission, UserAccount, UserRole

# What an owner must hold to be of use when asked.
NEEDED = frozenset({"approvals.decide", "governance.approve"})


@operation("governance.manage")
async def name_process_owner(work: Work, *, process: str, user_id: int | None) -> None:
    """Name who owns a process and is asked before its configuration changes; None: nobody.

    Raises InvalidInput, NotFound, OwnerCannotDecide (permissions that the user lacks)."""
    text.choice(process, PROCESSES, path=("process",))
    if user_id is not None:
        await _require_able(work, user_id)
    before = await work.value(
        select(ProcessOwner.user_id)
        .where(ProcessOwner.tenant_id == work.tenant_id, ProcessOwner.process == process)
        .with_for_update()
    )
    if before == user_id:
        return
    await _write(work, process, user_id)
    work.record(ProcessOwnerNamed(aggregate_id=0, process=process, user_id=user_id))
    work.audit(
        "name_process_owner",
        subject="process_owner",
        subject_id=0,
        before={"process": process, "user_id": before},
        after={"process": process, "user_id": user_id},
    )


async def _require_able(work: Work, user_id: int) -> None:
    held = (
        select(RolePermission.permission)
        .join(
            UserRole,
            (UserRole.tenant_id == RolePermission.tenant_id)
            & (UserRole.role_id == RolePermission.role_id),
        )
        .where(UserRole.tenant_id == work.tenant_id, UserRole.user_id == user_id)
    )
    known = select(UserAccount.id).where(
        UserAccount.tenant_id == work.tenant_id,
        UserAccount.id == user_id,
        UserAccount.status == "active",
        UserAccount.party_id.is_(None),
        UserAccount.location_id.is_(None),
    )
    if await work.value(known) is None:
        raise NotFound("user")
    missing = sorted(NEEDED - frozenset(await work.values(held)))
    if missing:
        message = f"An owner is asked to decide, and needs {' and '.join(missing)}."
        raise OwnerCannotDecide(message, path=("user_id",), user_id=user_id, missing=missing)


async def _write(work: Work, process: str, user_id: int | None) -> None:
    if user_id is None:
        await work.execute(
            delete(ProcessOwner).where(
                ProcessOwner.tenant_id == work.tenant_id, ProcessOwner.process == process
            )
        )
        return
    named = {"user_id": user_id, "named_at": work.now}
    await work.execute(
        insert(ProcessOwner)
        .values(tenant_id=work.tenant_id, process=process, **named)
        .on_conflict_do_update(index_elements=["tenant_id", "process"], set_=named)
    )
