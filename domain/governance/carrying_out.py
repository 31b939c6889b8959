"""Approved changes take effect at their moment, each once, in a transaction of its own."""

from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from domain.governance.change_rows import end_change, move, moved_places, plain
from domain.governance.events import ChangeTookEffect
from domain.governance.kinds import kind_named
from domain.governance.models import ChangeRequest, ConfigurationVersion
from domain.governance.policy import APPROVED, EFFECTIVE, FAILED, STALE
from domain.kernel.errors import Expected, Refusal
from domain.kernel.governing import carrying_out
from domain.kernel.work import Behalf, Work

AT_ODDS = "It is at odds with what is there by now."


async def carry_out_next(work: Work, *, change_id: int | None = None) -> bool:
    """Carry out the tenant's approved change whose moment came first (or this one, if its moment
    has come); whether there was one.

    For the clock, not for people: it asks for no permission. What it was drafted upon may have
    moved: then it is stale. What its kind refuses has failed."""
    row = await _due(work, change_id)
    if row is None:
        return False
    behalf = Behalf(row.requester_kind, row.requester_id, row.requested_by)
    with work.through(f"change_request:{row.id}", behalf=behalf), carrying_out(work):
        await _carry_out(work, row)
    return True


async def _due(work: Work, change_id: int | None) -> Row[Any] | None:
    # Two changes of one object, carried out side by side, would not see each other.
    await work.execute(
        select(func.pg_advisory_xact_lock(work.tenant_id, func.hashtext("carry_out_changes")))
    )
    due = (
        select(*ChangeRequest.__table__.c)
        .where(
            ChangeRequest.tenant_id == work.tenant_id,
            ChangeRequest.status == APPROVED,
            ChangeRequest.due_at <= work.now,
        )
        .order_by(ChangeRequest.due_at, ChangeRequest.id)
        .limit(1)
        .with_for_update()
    )
    if change_id is not None:
        due = due.where(ChangeRequest.id == change_id)
    return await work.row(due)


async def _carry_out(work: Work, row: Row[Any]) -> None:
    kind = kind_named(row.kind)
    try:
        async with work.attempt():
            moved = await moved_places(work, row, kind)
            if not moved:
                key = await kind.apply(work, row.object_key, row.proposal)
                await _write_version(work, row, key)
    except (Expected, Refusal, IntegrityError) as refused:
        failure = getattr(refused, "message", AT_ODDS)
        await end_change(work, row, FAILED, action="fail_change", failure=failure)
        return
    if moved:
        message = f"{moved[0]} changed since this was drafted."
        await end_change(work, row, STALE, action="refuse_stale_change", failure=message)


async def _write_version(work: Work, row: Row[Any], key: str) -> None:
    version = await _next_version(work, row.kind, key)
    await work.execute(
        insert(ConfigurationVersion).values(
            tenant_id=work.tenant_id,
            kind=row.kind,
            object_key=key,
            version=version,
            content=plain(row.proposal),
            before=plain(row.base),
            change_request_id=row.id,
            made_by=row.requested_by,
            effective_at=work.now,
        )
    )
    await move(work, row, status=EFFECTIVE, object_key=key, ended_at=work.now)
    work.record(
        ChangeTookEffect(aggregate_id=row.id, kind=row.kind, object_key=key, version=version)
    )
    work.audit(
        "carry_out_change",
        subject="change_request",
        subject_id=row.id,
        before={"status": APPROVED},
        after={"status": EFFECTIVE, "object_key": key, "version": version},
        reason=row.reason,
    )


async def _next_version(work: Work, kind: str, key: str) -> int:
    latest = await work.value(
        select(func.max(ConfigurationVersion.version)).where(
            ConfigurationVersion.tenant_id == work.tenant_id,
            ConfigurationVersion.kind == kind,
            ConfigurationVersion.object_key == key,
        )
    )
    return 1 + int(latest or 0)
