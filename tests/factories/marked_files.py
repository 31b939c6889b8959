"""Files that came in and went out, under names that carry a company's mark."""

from typing import Any

from sqlalchemy import insert

from domain.kernel.work import Work
from domain.onboarding.files.storing import append, open_file
from domain.onboarding.job_models import (
    ExportJob,
    ImportChange,
    ImportClaim,
    ImportFault,
    ImportJob,
    ImportRow,
)
from domain.onboarding.jobs.operations import save_import_mapping


async def exchange_files(work: Work, mark: str) -> None:
    """An import that failed with a fault and a change, an export with its file, a mapping."""
    file_id = await open_file(work, name=f"{mark}.csv", media_type="text/csv")
    await append(work, file_id, f"{mark} content".encode())
    await _import(work, mark, file_id)
    await work.execute(
        insert(ExportJob).values(
            tenant_id=work.tenant_id,
            kinds=["items"],
            format="csv",
            archived=False,
            status="done",
            parts={},
            file_id=file_id,
            created_at=work.now,
            ended_at=work.now,
            **_asked(mark),
        )
    )
    await save_import_mapping(work, kind="items", mapping={f"{mark} number": "sku"})


def _asked(mark: str) -> dict[str, Any]:
    return {"asked_by": f"{mark} clerk", "asked_by_kind": "user", "asked_by_id": 1}


async def _import(work: Work, mark: str, file_id: int) -> None:
    import_id = await work.value(
        insert(ImportJob)
        .values(
            tenant_id=work.tenant_id,
            kind="items",
            filename=f"{mark}.csv",
            file_id=file_id,
            status="failed",
            dry_run=False,
            error_policy="reject_all",
            mapping={},
            ignored_columns=[f"{mark} column"],
            reading_from={},
            problem=f"{mark} problem",
            created_at=work.now,
            ended_at=work.now,
            **_asked(mark),
        )
        .returning(ImportJob.id)
    )
    await work.execute(
        insert(ImportFault).values(
            tenant_id=work.tenant_id,
            import_id=import_id,
            line=2,
            column_label=f"{mark} column",
            code="BAD_VALUE",
            message=f"{mark} cannot be taken.",
            remedy="",
        )
    )
    staged = {"tenant_id": work.tenant_id, "import_id": import_id, "lead_line": 2}
    await work.execute(insert(ImportRow).values(line=2, cells=[f"{mark} cell"], **staged))
    await work.execute(insert(ImportClaim).values(claim=f"gtin {mark}", **staged))
    await work.execute(
        insert(ImportChange).values(
            tenant_id=work.tenant_id,
            import_id=import_id,
            line=3,
            record_key=f"{mark}-SKU",
            record_id=1,
            digest="",
            outcome="refused",
            problem="It is gone.",
        )
    )
