"""A sandbox is asked for, made anew, and taken away. The worker does the work."""

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.onboarding.models import Sandbox
from domain.onboarding.readiness.outcomes import NotOfASandbox
from domain.onboarding.sandbox.events import SandboxAsked
from domain.onboarding.sandbox.outcomes import NoSandbox, SandboxBusy
from domain.onboarding.sandbox.tables import steps
from tenancy.models import Tenant

ENDING = "-sandbox"
LONGEST_SLUG = 63


@operation("onboarding.manage")
async def create_sandbox(work: Work, *, confirm: bool) -> int:
    """Ask for a sandbox with the tenant's set-up as it is now; its id. One that is there already
    is made anew. Raises NotOfASandbox, SandboxBusy, InvalidInput (its slug is taken)."""
    _require(confirm)
    tenant = await _own_tenant(work)
    standing = await _locked(work)
    if standing is not None and standing.status != "removed":
        return await _refresh(work, standing)
    slug = f"{tenant.slug[: LONGEST_SLUG - len(ENDING)]}{ENDING}"
    made = await work.value(
        text("SELECT create_sandbox(:slug, :name, :now)"),
        {"slug": slug, "name": f"{tenant.name} (sandbox)", "now": work.now},
    )
    if made is None:
        raise InvalidInput(f"The tenant {slug} exists already, and is not your sandbox.")
    values = {
        "sandbox_tenant_id": made,
        "status": "copying",
        "step": steps()[0],
        "after_id": 0,
        "copied": 0,
        "asked_by_id": work.principal.id,
    }
    written = insert(Sandbox).values(tenant_id=work.tenant_id, created_at=work.now, **values)
    sandbox_id = await work.value(
        written.on_conflict_do_update(index_elements=["tenant_id"], set_=values).returning(
            Sandbox.id
        )
    )
    _tell(work, sandbox_id, "create")
    return int(sandbox_id)


@operation("onboarding.manage")
async def refresh_sandbox(work: Work, *, confirm: bool) -> int:
    """Ask that everything in the sandbox is thrown away and copied anew; its id.

    Raises InvalidInput, NoSandbox, SandboxBusy."""
    _require(confirm)
    return await _refresh(work, await _standing(work))


@operation("onboarding.manage")
async def remove_sandbox(work: Work, *, confirm: bool) -> int:
    """Ask that the sandbox is taken away with everything in it; its id. It may be asked for again
    later. Raises InvalidInput, NoSandbox, SandboxBusy."""
    _require(confirm)
    row = _at_rest(await _standing(work))
    await _ask(work, row, status="removing")
    _tell(work, row.id, "remove")
    return int(row.id)


def _require(confirm: bool) -> None:
    if not confirm:
        raise InvalidInput("Must be true.", path=("confirm",))


async def _refresh(work: Work, row: Row[Any]) -> int:
    await _ask(work, _at_rest(row), status="clearing")
    _tell(work, row.id, "refresh")
    return int(row.id)


async def _own_tenant(work: Work) -> Row[Any]:
    tenant = await work.row(
        select(Tenant.slug, Tenant.name, Tenant.sandbox_of)
        .where(Tenant.id == work.tenant_id)
        .with_for_update()
    )
    assert tenant is not None
    if tenant.sandbox_of is not None:
        raise NotOfASandbox("A sandbox has no sandbox.")
    return tenant


async def _locked(work: Work) -> Row[Any] | None:
    return await work.row(
        select(*Sandbox.__table__.c).where(Sandbox.tenant_id == work.tenant_id).with_for_update()
    )


async def _standing(work: Work) -> Row[Any]:
    row = await _locked(work)
    if row is None or row.status == "removed":
        raise NoSandbox("There is no sandbox. Create one first.")
    return row


def _at_rest(row: Row[Any]) -> Row[Any]:
    if row.status != "ready":
        raise SandboxBusy(f"The sandbox is {row.status}. Wait until it is.", status=row.status)
    return row


async def _ask(work: Work, row: Row[Any], *, status: str) -> None:
    await work.execute(
        update(Sandbox)
        .where(Sandbox.tenant_id == work.tenant_id, Sandbox.id == row.id)
        .values(status=status, asked_by_id=work.principal.id, version=Sandbox.version + 1)
    )


def _tell(work: Work, sandbox_id: int, what: str) -> None:
    work.record(SandboxAsked(aggregate_id=sandbox_id, what=what))
    work.audit(f"{what}_sandbox", subject="sandbox", subject_id=sandbox_id)
