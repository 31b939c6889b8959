"""Imports as they stand, their faults, what they changed, and what a file's columns may mean."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.onboarding.imports.cells import TableRow
from domain.onboarding.imports.kinds import kind_named
from domain.onboarding.job_models import ImportChange, ImportFault, ImportJob
from domain.onboarding.jobs.mapping import Suggestion, kept_mapping, suggest


@query("onboarding.import")
async def import_jobs(
    reader: Reader, *, request: PageRequest, statuses: Collection[str] | None = None
) -> Listing:
    """A page of all imports, the newest first."""
    statement = select(*ImportJob.__table__.c).where(ImportJob.tenant_id == reader.tenant_id)
    if statuses is not None:
        statement = statement.where(ImportJob.status.in_(statuses))
    ordering = Ordering((ImportJob.id,), descending=True)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("onboarding.import")
async def import_jobs_of_ids(reader: Reader, *, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Imports by their ids; what is not there is left out."""
    rows = await reader.rows(
        select(*ImportJob.__table__.c).where(
            ImportJob.tenant_id == reader.tenant_id, ImportJob.id.in_(ids)
        )
    )
    return {row.id: row for row in rows}


@query("onboarding.import")
async def import_faults(
    reader: Reader,
    *,
    import_id: int,
    request: PageRequest,
    column: str | None = None,
    code: str | None = None,
) -> Listing:
    """A page of an import's faults, by line; perhaps only of a column (as the file writes it) or
    of a code."""
    statement = select(*ImportFault.__table__.c).where(
        ImportFault.tenant_id == reader.tenant_id, ImportFault.import_id == import_id
    )
    if column is not None:
        statement = statement.where(ImportFault.column_label == column)
    if code is not None:
        statement = statement.where(ImportFault.code == code)
    ordering = Ordering((ImportFault.line, ImportFault.id))
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("onboarding.import")
async def import_faults_after(
    reader: Reader, *, import_id: int, after: tuple[int, int], most: int
) -> list[Row[Any]]:
    """The next faults after a line and id, for a file of them."""
    place = func.row(ImportFault.line, ImportFault.id)
    rows = await reader.rows(
        select(*ImportFault.__table__.c)
        .where(
            ImportFault.tenant_id == reader.tenant_id,
            ImportFault.import_id == import_id,
            place > func.row(*after),
        )
        .order_by(ImportFault.line, ImportFault.id)
        .limit(most)
    )
    return list(rows)


@query("onboarding.import")
async def import_changes(
    reader: Reader, *, import_id: int, request: PageRequest, outcome: str | None = None
) -> Listing:
    """A page of the records that an import made or changed; `outcome` "refused": only those that
    could not be undone."""
    statement = select(*ImportChange.__table__.c).where(
        ImportChange.tenant_id == reader.tenant_id, ImportChange.import_id == import_id
    )
    if outcome is not None:
        statement = statement.where(ImportChange.outcome == outcome)
    return await list_page(
        reader, statement, ordering=Ordering((ImportChange.id,)), request=request
    )


@query("onboarding.import")
async def imports_with_changes(reader: Reader, *, ids: Collection[int]) -> set[int]:
    """Which of the imports made or changed records."""
    return set(
        await reader.values(
            select(ImportChange.import_id)
            .distinct()
            .where(ImportChange.tenant_id == reader.tenant_id, ImportChange.import_id.in_(ids))
        )
    )


@query("onboarding.import")
async def suggested_mapping(
    reader: Reader, *, kind: str, rows: list[TableRow]
) -> Suggestion | None:
    """What the columns of a file that begins with these rows may mean. Raises InvalidInput."""
    chosen = kind_named(kind)
    return suggest(chosen, rows, await kept_mapping(reader, chosen, rows))
