"""The work on an export goes on, a part in each transaction. No permission is asked for: only the
worker comes here, after an operation that asked."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.kernel.errors import Expected, Refusal
from domain.kernel.work import Work
from domain.onboarding.exports.custom_fields import field_codes, with_fields
from domain.onboarding.exports.events import ExportEnded, ExportProgressed
from domain.onboarding.exports.everything import read_table
from domain.onboarding.exports.finishing import finished
from domain.onboarding.exports.kinds import KINDS
from domain.onboarding.exports.shapes import Span, lines_as_csv
from domain.onboarding.files.storing import append, open_file
from domain.onboarding.imports.custom_fields import FIELD
from domain.onboarding.job_models import ExportJob

PART_ROWS = 5_000
TABLE = "table:"


async def advance_export(work: Work, *, export_id: int) -> None:
    """Write the next part, or make the file of what was written. Done twice it goes on where it
    stands."""
    job = await work.row(
        select(*ExportJob.__table__.c)
        .where(ExportJob.tenant_id == work.tenant_id, ExportJob.id == export_id)
        .with_for_update()
    )
    if job is None or job.status != "running":
        return
    try:
        async with work.attempt():
            changes = await _next(work, job)
    except (Expected, Refusal) as problem:
        changes = {"status": "failed", "problem": problem.message}
    row = await work.row(
        update(ExportJob)
        .where(ExportJob.tenant_id == work.tenant_id, ExportJob.id == job.id)
        .values(version=ExportJob.version + 1, **changes)
        .returning(ExportJob.status, ExportJob.rows_written)
    )
    assert row is not None
    if row.status == "running":
        work.record(ExportProgressed(aggregate_id=job.id, rows_written=row.rows_written))
        return
    work.record(ExportEnded(aggregate_id=job.id, status=row.status))
    after = {"kinds": job.kinds, "rows": row.rows_written, "status": row.status}
    work.audit("export", subject="export_job", subject_id=job.id, after=after)


async def _next(work: Work, job: Row[Any]) -> dict[str, Any]:
    """Write until a part was full, so that small tables cost no transaction each."""
    parts, after_id, room, written = dict(job.parts), job.after_id, PART_ROWS, job.rows_written
    for kind in job.kinds:
        if parts.get(kind, {}).get("is_done"):
            continue
        if kind not in parts:
            parts[kind] = await _begun(work, kind)
            after_id = 0
        lines, rows, last_id = await _write(work, job, kind, parts[kind], after_id, room)
        room -= rows
        written += lines
        if last_id is not None:
            return {"parts": parts, "after_id": last_id, "rows_written": written}
        parts[kind] = {**parts[kind], "is_done": True}
    return {"parts": parts, "rows_written": written, **await _ended(work, job, parts)}


async def _ended(work: Work, job: Row[Any], parts: dict[str, Any]) -> dict[str, Any]:
    files = {_file_name(kind): parts[kind]["file_id"] for kind in job.kinds}
    name = job.kinds[0] if len(job.kinds) == 1 else "export"
    file_id = await finished(work, files, format=job.format, name=name, archived=job.archived)
    return {"status": "done", "file_id": file_id, "ended_at": work.now, "parts": {}}


async def _begun(work: Work, kind: str) -> dict[str, Any]:
    file_id = await open_file(work, name=_file_name(kind), media_type="text/csv; charset=utf-8")
    fields: list[str] = []
    if kind in KINDS:
        # The same columns to the end of the file, whatever is registered meanwhile.
        fields = await field_codes(work, KINDS[kind].subject)
        header = (*KINDS[kind].headers, *(f"{FIELD}:{code}" for code in fields))
        await append(work, file_id, lines_as_csv([header]))
    return {"file_id": file_id, "is_done": False, "fields": fields}


async def _write(
    work: Work, job: Row[Any], kind: str, begun: dict[str, Any], after_id: int, most: int
) -> tuple[int, int, int | None]:
    """Write the next rows of a kind; how many lines, of how many rows, and the last one's id
    (None: that was all)."""
    if kind.startswith(TABLE):
        content, rows, last_id = await read_table(
            work, kind.removeprefix(TABLE), after_id, max(most, 1)
        )
        lines = rows
    else:
        span = Span(job.from_on, job.as_of or job.created_at.date())
        part = await KINDS[kind].part(work, span, after_id, max(most, 1))
        part = await with_fields(work, KINDS[kind].subject, begun["fields"], part)
        content, last_id = lines_as_csv(part.lines), part.last_id
        lines, rows = len(part.lines), part.rows
    await append(work, begun["file_id"], content)
    return lines, rows, last_id if rows >= most else None


def _file_name(kind: str) -> str:
    if kind.startswith(TABLE):
        return f"tables/{kind.removeprefix(TABLE)}.jsonl"
    return f"{kind}.csv"
