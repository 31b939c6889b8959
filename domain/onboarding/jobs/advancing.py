"""The work on an import goes on, a part in each transaction. No permission is asked for: only the
worker comes here, after an operation that asked."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Row

from domain.kernel.errors import Expected, Refusal
from domain.kernel.work import Behalf, Work
from domain.onboarding.imports.kinds import KINDS
from domain.onboarding.job_models import ImportClaim, ImportJob, ImportRow
from domain.onboarding.jobs import policy
from domain.onboarding.jobs.checking import check_next
from domain.onboarding.jobs.events import ImportEnded, ImportProgressed
from domain.onboarding.jobs.mapping import kept_mapping
from domain.onboarding.jobs.reading import header_of, known_header, read_next, stage
from domain.onboarding.jobs.undoing import undo_next

Changes = dict[str, Any]


async def advance_import(work: Work, *, import_id: int) -> None:
    """Do the next part of an import, and record the event by which the one after it has its turn.
    Done twice it goes on where it stands; what cannot be done ends it."""
    job = await work.row(
        select(*ImportJob.__table__.c)
        .where(ImportJob.tenant_id == work.tenant_id, ImportJob.id == import_id)
        .with_for_update()
    )
    if job is None or job.status not in policy.AT_WORK:
        return
    # A plan made for any list of rows looks each up in a list of all of them, one by one.
    await work.value(select(func.set_config("plan_cache_mode", "force_custom_plan", True)))
    behalf = Behalf(job.asked_by_kind, job.asked_by_id, job.asked_by)
    with work.through(f"import:{job.kind}:{job.filename[:100]}", behalf=behalf):
        try:
            async with work.attempt():
                changes = await _STEPS[job.status](work, job)
        except (Expected, Refusal) as problem:
            changes = {"status": policy.FAILED, "problem": problem.message}
        await _change(work, job, changes)


async def _read(work: Work, job: Row[Any]) -> Changes:
    kind = KINDS[job.kind]
    part = await read_next(work, job)
    kept, rows, mapping = job.header, part.rows, job.mapping
    if kept is None:
        mapping = mapping or await kept_mapping(work, kind, rows)
        kept, place = header_of(kind, rows, mapping)
        rows = rows[place + 1 :]
    header = known_header(kind, kept, mapping)
    changes: Changes = {"header": kept, "mapping": mapping}
    changes["ignored_columns"] = list(header.ignored)
    await stage(work, job, header, rows)
    changes["rows_read"] = job.rows_read + len(rows)
    if part.reading_from is not None:
        return {**changes, "reading_from": part.reading_from}
    status = policy.after_reading(dry_run=job.dry_run, error_policy=job.error_policy)
    return {**changes, "status": status}


async def _check(work: Work, job: Row[Any]) -> Changes:
    header = known_header(KINDS[job.kind], job.header, job.mapping)
    writes = job.status == policy.WRITING
    part = await check_next(work, job, header, writes=writes)
    if part is not None:
        return {
            "after_line": part.after_line,
            "rows_done": job.rows_done + part.rows,
            "rows_failed": job.rows_failed + part.failed,
            "error_count": job.error_count + part.faults,
            "created": job.created + part.written.created,
            "updated": job.updated + part.written.updated,
            "unchanged": job.unchanged + part.written.unchanged,
        }
    faults = job.error_count
    if writes:
        return {"status": policy.after_writing(error_policy=job.error_policy, faults=faults)}
    status = policy.after_checking(dry_run=job.dry_run, faults=faults)
    if status != policy.WRITING:
        return {"status": status, "problem": None if job.dry_run else "Rows have faults."}
    # Counted as foreseen until now; from here on as it is written.
    fresh = dict.fromkeys(("after_line", "rows_done", "created", "updated", "unchanged"), 0)
    return {"status": status, **fresh}


async def _undo(work: Work, job: Row[Any]) -> Changes:
    done = await undo_next(work, job)
    if done is None:
        return {"status": policy.UNDONE}
    undone, refused = done
    return {"undone": job.undone + undone, "undo_refused": job.undo_refused + refused}


_STEPS = {
    policy.READING: _read,
    policy.CHECKING: _check,
    policy.WRITING: _check,
    policy.UNDOING: _undo,
}


async def _change(work: Work, job: Row[Any], changes: Changes) -> None:
    row = await work.row(
        update(ImportJob)
        .where(ImportJob.tenant_id == work.tenant_id, ImportJob.id == job.id)
        .values(version=ImportJob.version + 1, **changes)
        .returning(*ImportJob.__table__.c)
    )
    assert row is not None
    if row.status in policy.AT_WORK:
        work.record(
            ImportProgressed(
                aggregate_id=row.id,
                status=row.status,
                rows_read=row.rows_read,
                rows_done=row.rows_done,
            )
        )
    else:
        await end(work, row)


async def end(work: Work, row: Row[Any]) -> None:
    """Note that a job is over, and forget the rows that were kept for it."""
    for table in (ImportRow, ImportClaim):
        await work.execute(
            delete(table).where(table.tenant_id == work.tenant_id, table.import_id == row.id)
        )
    await work.execute(
        update(ImportJob)
        .where(ImportJob.tenant_id == work.tenant_id, ImportJob.id == row.id)
        .values(ended_at=work.now)
    )
    counts = {name: getattr(row, name) for name in ("created", "updated", "rows_failed")}
    work.record(ImportEnded(aggregate_id=row.id, status=row.status, **counts))
    work.audit(
        "import",
        subject="import_job",
        subject_id=row.id,
        after={"kind": row.kind, "filename": row.filename, "status": row.status, **counts},
    )
