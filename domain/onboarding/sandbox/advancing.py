"""The work on a sandbox goes on, a part in each transaction. No permission is asked for: only the
worker comes here, after an operation that asked."""

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.engine import Row

from domain.kernel.quotas import set_ceiling
from domain.kernel.work import Work
from domain.onboarding.models import Sandbox
from domain.onboarding.sandbox.copying import copy_part, entered
from domain.onboarding.sandbox.events import SandboxProgressed, SandboxReady, SandboxRemoved
from domain.onboarding.sandbox.tables import steps
from tenancy.models import Tenant

ERASED_PART = 2_000


async def advance_sandbox(work: Work, *, sandbox_id: int) -> None:
    """Do the next part of what was asked for, and record the event by which the one after it has
    its turn. Done twice it goes on where it stands."""
    row = await work.row(
        select(*Sandbox.__table__.c)
        .where(Sandbox.tenant_id == work.tenant_id, Sandbox.id == sandbox_id)
        .with_for_update()
    )
    if row is None or row.sandbox_tenant_id is None:
        return
    if row.status in ("clearing", "removing"):
        await _clear(work, row)
    elif row.status == "copying":
        await _copy(work, row)


async def erase_part(work: Work, tenant_id: int, *, most: int = ERASED_PART) -> int:
    """Take away a part of all that a sandbox has; how many rows. 0: nothing is left."""
    async with entered(work, tenant_id) as inside:
        await inside.execute(
            update(Tenant)
            .where(Tenant.id == tenant_id, Tenant.sandbox_of == work.tenant_id)
            .values(status="erasing")
        )
        rows = await inside.rows(
            text("SELECT erased FROM erase_tenant_part(:most)"), {"most": most}
        )
    return int(sum(row.erased for row in rows))


async def forget(work: Work, tenant_id: int) -> None:
    """Take the sandbox's tenant itself away, once nothing of it is left."""
    async with entered(work, tenant_id) as inside:
        await inside.execute(text("SELECT forget_tenant()"))


async def _clear(work: Work, row: Row[Any]) -> None:
    if await erase_part(work, row.sandbox_tenant_id):
        work.record(SandboxProgressed(aggregate_id=row.id, copied=row.copied))
    elif row.status == "removing":
        await forget(work, row.sandbox_tenant_id)
        await _change(work, row.id, status="removed", sandbox_tenant_id=None, step=None)
        work.record(SandboxRemoved(aggregate_id=row.id))
    else:
        await _change(work, row.id, status="copying", step=steps()[0], after_id=0, copied=0)
        work.record(SandboxProgressed(aggregate_id=row.id, copied=0))


async def _copy(work: Work, row: Row[Any]) -> None:
    """Copy until a part was full, so that small tables cost no transaction each."""
    step, after_id, copied = row.step, row.after_id, row.copied
    while step is not None:
        taken, after_id = await copy_part(work, row.sandbox_tenant_id, step, after_id)
        copied += taken
        if taken:
            break
        step, after_id = _step_after(step), 0
    if step is None:
        await _open(work, row, copied)
        return
    await _change(work, row.id, step=step, after_id=after_id, copied=copied)
    work.record(SandboxProgressed(aggregate_id=row.id, copied=copied))


def _step_after(step: str) -> str | None:
    following = steps()[steps().index(step) + 1 :]
    return following[0] if following else None


async def _open(work: Work, row: Row[Any], copied: int) -> None:
    async with entered(work, row.sandbox_tenant_id) as inside:
        await set_ceiling(inside)
        await inside.execute(
            update(Tenant).where(Tenant.id == row.sandbox_tenant_id).values(status="active")
        )
    await _change(work, row.id, status="ready", step=None, copied=copied, refreshed_at=work.now)
    work.record(SandboxReady(aggregate_id=row.id, copied=copied))


async def _change(work: Work, sandbox_id: int, **values: Any) -> None:
    await work.execute(
        update(Sandbox)
        .where(Sandbox.tenant_id == work.tenant_id, Sandbox.id == sandbox_id)
        .values(version=Sandbox.version + 1, **values)
    )
