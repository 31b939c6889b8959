"""Imports as jobs, for tests: asked for, carried out by the product's own handlers."""

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.bulk import ErrorPolicy
from domain.kernel.work import Work
from domain.onboarding.exports.advancing import advance_export
from domain.onboarding.job_models import ExportJob, ImportFault, ImportJob
from domain.onboarding.jobs.advancing import advance_import
from domain.onboarding.jobs.operations import SentFile, start_import, undo_import
from domain.onboarding.jobs.policy import AT_WORK
from tests.factories.delivering import deliver_all
from tests.factories.tenants import TenantUnderTest

ALL, SOUND = ErrorPolicy.REJECT_ALL, ErrorPolicy.REJECT_FAILED_ROWS


def sent(content: bytes, name: str = "file.csv") -> SentFile:
    """A file that comes in two parts."""

    async def parts() -> AsyncIterator[bytes]:
        middle = len(content) // 2
        yield content[:middle]
        yield content[middle:]

    return SentFile(name, parts(), len(content))


async def asked(tenant: TenantUnderTest, kind: str, content: bytes, **how: Any) -> int:
    """An import that was asked for."""
    async with tenant.work() as work:
        return await start_import(work, kind=kind, file=sent(content), **how)


async def imported(tenant: TenantUnderTest, kind: str, content: bytes, **how: Any) -> Row[Any]:
    """An import that is over."""
    import_id = await asked(tenant, kind, content, **how)
    await deliver_all(tenant)
    return await job_of(tenant, import_id)


async def carry_out(tenant: TenantUnderTest) -> None:
    """Bring all imports and exports that were asked for to their end, and touch nothing else."""
    for jobs, advance in ((ImportJob, _advance_import), (ExportJob, _advance_export)):
        while True:
            async with tenant.work() as work:
                wanted = select(jobs.id).where(
                    jobs.tenant_id == tenant.id, jobs.status.in_((*AT_WORK, "running"))
                )
                ids = await work.values(wanted)
                for job_id in ids:
                    await advance(work, job_id)
            if not ids:
                break


async def _advance_import(work: Work, job_id: int) -> None:
    await advance_import(work, import_id=job_id)


async def _advance_export(work: Work, job_id: int) -> None:
    await advance_export(work, export_id=job_id)


async def undone(tenant: TenantUnderTest, import_id: int) -> Row[Any]:
    """An import that was undone."""
    async with tenant.work() as work:
        await undo_import(work, import_id=import_id)
    await deliver_all(tenant)
    return await job_of(tenant, import_id)


async def job_of(tenant: TenantUnderTest, import_id: int) -> Row[Any]:
    """The job as it stands."""
    async with tenant.read() as reader:
        row = await reader.row(
            select(*ImportJob.__table__.c).where(
                ImportJob.tenant_id == tenant.id, ImportJob.id == import_id
            )
        )
    assert row is not None
    return row


async def faults_of(tenant: TenantUnderTest, import_id: int) -> list[tuple[int, str | None, str]]:
    """Line, column and code of each fault."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(ImportFault.line, ImportFault.column_label, ImportFault.code)
            .where(ImportFault.tenant_id == tenant.id, ImportFault.import_id == import_id)
            .order_by(ImportFault.line, ImportFault.id)
        )
    return [(row.line, row.column_label, row.code) for row in rows]


def counts(job: Row[Any]) -> tuple[str, int, int, int, int]:
    """Status; created, updated, unchanged; rows with faults."""
    return job.status, job.created, job.updated, job.unchanged, job.rows_failed
