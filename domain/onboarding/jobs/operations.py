"""Imports are asked for, given up and undone; mappings are kept. The worker does the work."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row

from domain.kernel import text
from domain.kernel.bulk import ErrorPolicy
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.files.storing import keep_file
from domain.onboarding.imports.kinds import ImportKind, kind_named
from domain.onboarding.job_models import ImportChange, ImportJob, ImportMapping
from domain.onboarding.jobs import policy
from domain.onboarding.jobs.advancing import end
from domain.onboarding.jobs.events import ImportAsked
from domain.onboarding.jobs.mapping import fingerprint, sound_mapping

LARGEST_NAME = 255
OPEN_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it comes: its name, its bytes in parts, and how many they will be."""

    name: str
    parts: AsyncIterator[bytes]
    size: int


@operation("onboarding.import")
async def start_import(
    work: Work,
    *,
    kind: str,
    file: SentFile | None = None,
    again_id: int | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_FAILED_ROWS,
) -> int:
    """Ask that a file, or that of an earlier import, is imported; the job's id.

    `mapping` says for headers what column they are meant to be ("" for none); without one the one
    that is kept for such headers holds. Raises InvalidInput, NotFound, InvalidState (the earlier
    file is gone), QuotaReached, ChangeRequestRequired."""
    chosen = kind_named(kind)
    work.require(chosen.permission)
    if chosen.governed is not None and not dry_run:
        await require_open(work, chosen.governed)
    columns = sound_mapping(chosen, mapping or {})
    await _require_room(work)
    name, file_id = await _file(work, file, again_id)
    made = insert(ImportJob).values(
        tenant_id=work.tenant_id,
        kind=chosen.name,
        filename=name,
        file_id=file_id,
        status=policy.READING,
        dry_run=dry_run,
        error_policy=error_policy.value,
        mapping=columns,
        ignored_columns=[],
        reading_from={},
        asked_by=work.principal.name,
        asked_by_kind=work.principal.kind.value,
        asked_by_id=work.principal.id,
        created_at=work.now,
    )
    import_id = int(await work.value(made.returning(ImportJob.id)))
    work.record(ImportAsked(aggregate_id=import_id, kind=chosen.name))
    after = {"kind": chosen.name, "filename": name, "dry_run": dry_run}
    work.audit("start_import", subject="import_job", subject_id=import_id, after=after)
    return import_id


@operation("onboarding.import")
async def cancel_import(work: Work, *, import_id: int) -> None:
    """Let an import go no further; what it wrote stays, and can be undone.

    Raises NotFound, InvalidState."""
    job = await _locked(work, import_id, policy.CANCEL)
    await end(work, await _set_status(work, job, policy.CANCELLED))


@operation("onboarding.import")
async def undo_import(work: Work, *, import_id: int) -> None:
    """Ask that what an import made is removed and what it changed is put back. What somebody
    changed since, or needs, stays and is told. Raises NotFound, InvalidState,
    ChangeRequestRequired."""
    job = await _locked(work, import_id, policy.UNDO)
    kind = kind_named(job.kind)
    work.require(kind.permission)
    if kind.governed is not None:
        await require_open(work, kind.governed)
    await _set_status(work, job, policy.UNDOING)
    work.record(ImportAsked(aggregate_id=import_id, kind=job.kind))
    work.audit("undo_import", subject="import_job", subject_id=import_id)


@operation("onboarding.import")
async def save_import_mapping(work: Work, *, kind: str, mapping: Mapping[str, str]) -> int:
    """Keep what the headers of a file are meant to be, for every file of the kind with just these
    headers; its id. `mapping` names all of them, "" for those left out. Raises InvalidInput."""
    chosen: ImportKind = kind_named(kind)
    if not any(mapping.values()):
        raise InvalidInput("Name at least one column.", path=("mapping",))
    columns = sound_mapping(chosen, mapping)
    values = {"columns": columns, "saved_by": work.principal.name, "created_at": work.now}
    statement = upsert(ImportMapping).values(
        tenant_id=work.tenant_id, kind=kind, fingerprint=fingerprint(mapping), **values
    )
    mapping_id = int(
        await work.value(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "kind", "fingerprint"], set_=values
            ).returning(ImportMapping.id)
        )
    )
    work.audit(
        "save_import_mapping", subject="import_mapping", subject_id=mapping_id, after=columns
    )
    return mapping_id


async def _file(work: Work, file: SentFile | None, again_id: int | None) -> tuple[str, int]:
    if (file is None) == (again_id is None):
        raise InvalidInput("Give either a file or an earlier import.", path=("file",))
    if file is not None:
        name = text.optional(file.name[:LARGEST_NAME], path=("filename",)) or "file"
        file_id = await keep_file(
            work, name=name, media_type="", parts=file.parts, announced=file.size
        )
        return name, file_id
    row = await work.row(
        select(ImportJob.filename, ImportJob.file_id).where(
            ImportJob.tenant_id == work.tenant_id, ImportJob.id == again_id
        )
    )
    if row is None:
        raise NotFound("import")
    if row.file_id is None:
        raise InvalidState("Its file is no longer kept. Send it again.", state="gone", allowed=[])
    return row.filename, row.file_id


async def _require_room(work: Work) -> None:
    """So that one who sends many files does not fill the place before any is looked at."""
    at_work = await work.values(
        select(ImportJob.id).where(
            ImportJob.tenant_id == work.tenant_id, ImportJob.status.in_(policy.AT_WORK)
        )
    )
    if len(at_work) >= OPEN_AT_ONCE:
        message = f"{OPEN_AT_ONCE} imports are at work. Wait until one is over."
        raise InvalidState(message, state="busy", allowed=[])


async def _locked(work: Work, import_id: int, action: str) -> Row[Any]:
    job = await lock_record(work, ImportJob, import_id, kind="import")
    allowed = policy.actions(status=job.status, has_changes=await _has_changes(work, import_id))
    if action not in allowed:
        message = f"An import that is {job.status} cannot be {action}led."
        if action == policy.UNDO:
            message = f"There is nothing to undo of an import that is {job.status}."
        raise InvalidState(message, state=job.status, allowed=list(allowed))
    return job


async def _has_changes(work: Work, import_id: int) -> bool:
    wanted = (
        select(ImportChange.id)
        .where(ImportChange.tenant_id == work.tenant_id, ImportChange.import_id == import_id)
        .limit(1)
    )
    return await work.value(wanted) is not None


async def _set_status(work: Work, job: Row[Any], status: str) -> Row[Any]:
    row = await work.row(
        update(ImportJob)
        .where(ImportJob.tenant_id == work.tenant_id, ImportJob.id == job.id)
        .values(status=status, version=ImportJob.version + 1, ended_at=None, problem=None)
        .returning(*ImportJob.__table__.c)
    )
    assert row is not None
    return row
