"""Exports are asked for and given up. The worker does the work."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import insert, select, update

from domain.governance.custom_fields.filtering import READ
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.exports.advancing import TABLE
from domain.onboarding.exports.custom_fields import field_codes
from domain.onboarding.exports.events import ExportAsked
from domain.onboarding.exports.everything import tables_of_tenants
from domain.onboarding.exports.kinds import KINDS, export_kind_named
from domain.onboarding.exports.shapes import Span
from domain.onboarding.job_models import ExportJob

FORMATS = ("csv", "xlsx")
RUNNING_AT_ONCE = 3


@operation("onboarding.import")
async def start_export(
    work: Work,
    *,
    kinds: Sequence[str],
    format: str = "csv",
    from_on: date | None = None,
    as_of: date | None = None,
) -> int:
    """Ask for a file of each kind, several of them in one archive; the job's id. Every kind asks
    for the permission to read it, and for custom_fields.read where its records have such fields.
    Reports are as of the end of a day (today's if absent), those of what moved since `from_on`.
    Raises InvalidInput, InvalidState (too many run)."""
    if not kinds or len(set(kinds)) != len(kinds):
        raise InvalidInput("Name at least one kind, each once.", path=("kinds",))
    for name in kinds:
        kind = export_kind_named(name)
        work.require(kind.permission)
        if await field_codes(work, kind.subject):
            work.require(READ)
    if from_on is not None and from_on > (as_of or work.now.date()):
        raise InvalidInput("Must not be after the last day.", path=("from_on",))
    span = Span(from_on, as_of or work.now.date())
    return await _start(work, list(kinds), format, span, archived=len(kinds) > 1)


@operation("onboarding.manage")
async def export_everything(work: Work, *, format: str = "csv") -> int:
    """Ask for an archive of all that the tenant has: what can be imported again in the formats of
    the imports, and every table as lines of JSON; without secrets. The job's id.

    Raises InvalidInput, InvalidState (too many run)."""
    tables = [f"{TABLE}{table.name}" for table in tables_of_tenants()]
    span = Span(None, work.now.date())
    return await _start(work, [*KINDS, *tables], format, span, archived=True)


@operation("onboarding.import")
async def cancel_export(work: Work, *, export_id: int) -> None:
    """Let an export go no further. Raises NotFound, InvalidState."""
    job = await lock_record(work, ExportJob, export_id, kind="export")
    if job.status != "running":
        raise InvalidState("It does not run.", state=job.status, allowed=[])
    await work.execute(
        update(ExportJob)
        .where(ExportJob.tenant_id == work.tenant_id, ExportJob.id == export_id)
        .values(status="cancelled", ended_at=work.now, version=ExportJob.version + 1)
    )
    work.audit("cancel_export", subject="export_job", subject_id=export_id)


async def _start(work: Work, kinds: list[str], format: str, span: Span, *, archived: bool) -> int:
    if format not in FORMATS:
        raise InvalidInput(f"Must be one of {', '.join(FORMATS)}.", path=("format",))
    running = await work.values(
        select(ExportJob.id).where(
            ExportJob.tenant_id == work.tenant_id, ExportJob.status == "running"
        )
    )
    if len(running) >= RUNNING_AT_ONCE:
        message = f"{RUNNING_AT_ONCE} exports run. Wait until one is over."
        raise InvalidState(message, state="busy", allowed=[])
    made = insert(ExportJob).values(
        tenant_id=work.tenant_id,
        kinds=kinds,
        format=format,
        archived=archived,
        from_on=span.from_on,
        as_of=span.as_of,
        status="running",
        parts={},
        asked_by=work.principal.name,
        asked_by_kind=work.principal.kind.value,
        asked_by_id=work.principal.id,
        created_at=work.now,
    )
    export_id = int(await work.value(made.returning(ExportJob.id)))
    work.record(ExportAsked(aggregate_id=export_id))
    work.audit("start_export", subject="export_job", subject_id=export_id, after={"kinds": kinds})
    return export_id
