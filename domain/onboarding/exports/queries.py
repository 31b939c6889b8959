"""Exports as they stand, and their files, part by part."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.kernel.errors import NotFound
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.onboarding.files.storing import window
from domain.onboarding.job_models import ExportJob, StoredFile

CONTENT_BYTES = 768 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of a file, and where those after them begin (None: that was all)."""

    content: bytes
    next_begin: int | None


@query("onboarding.import")
async def export_jobs(reader: Reader, *, request: PageRequest) -> Listing:
    """A page of all exports, the newest first."""
    ordering = Ordering((ExportJob.id,), descending=True)
    return await list_page(reader, _exports(reader), ordering=ordering, request=request)


@query("onboarding.import")
async def export_jobs_of_ids(reader: Reader, *, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Exports by their ids; what is not there is left out."""
    rows = await reader.rows(_exports(reader).where(ExportJob.id.in_(ids)))
    return {row.id: row for row in rows}


@query("onboarding.import")
async def export_content(reader: Reader, *, export_id: int, begin: int) -> Content:
    """Up to 768 KB of an export's file, for who asked for it and for who manages the company:
    others may not read all that is in it. Raises NotFound."""
    row = await reader.row(_exports(reader).where(ExportJob.id == export_id))
    if row is None or row.file_id is None or not _may_take(reader, row):
        raise NotFound("file")
    content = await window(reader, row.file_id, begin=begin, size=CONTENT_BYTES)
    end = begin + len(content)
    return Content(content, end if end < row.size_bytes and content else None)


def _may_take(reader: Reader, row: Row[Any]) -> bool:
    principal = reader.principal
    is_own = (principal.kind.value, principal.id) == (row.asked_by_kind, row.asked_by_id)
    return is_own or principal.may("onboarding.manage")


def _exports(reader: Reader) -> Select[Any]:
    return (
        select(
            *ExportJob.__table__.c, StoredFile.name, StoredFile.media_type, StoredFile.size_bytes
        )
        .outerjoin(
            StoredFile,
            and_(StoredFile.tenant_id == ExportJob.tenant_id, StoredFile.id == ExportJob.file_id),
        )
        .where(ExportJob.tenant_id == reader.tenant_id)
    )
