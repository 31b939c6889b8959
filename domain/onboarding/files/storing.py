"""Files in chunks: however large, only a window of one is in memory."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import IO

from sqlalchemy import delete, insert, select, update

from domain.kernel.quotas import require_storage
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.job_models import ExportJob, ImportJob, StoredChunk, StoredFile

CHUNK_BYTES = 512 * 1024
FILES_KEPT = timedelta(days=30)


async def open_file(work: Work, *, name: str, media_type: str) -> int:
    """A new, empty file; its id."""
    made = insert(StoredFile).values(
        tenant_id=work.tenant_id,
        name=name,
        media_type=media_type,
        created_at=work.now,
        expires_at=work.now + FILES_KEPT,
    )
    return int(await work.value(made.returning(StoredFile.id)))


async def append(work: Work, file_id: int, content: bytes) -> None:
    """Add bytes at the end of a file of this transaction's job; nobody else writes to it."""
    for start in range(0, len(content), CHUNK_BYTES):
        part = content[start : start + CHUNK_BYTES]
        begins_at = await work.value(
            update(StoredFile)
            .where(StoredFile.tenant_id == work.tenant_id, StoredFile.id == file_id)
            .values(size_bytes=StoredFile.size_bytes + len(part))
            .returning(StoredFile.size_bytes - len(part))
        )
        await work.execute(
            insert(StoredChunk).values(
                tenant_id=work.tenant_id, file_id=file_id, begins_at=begins_at, content=part
            )
        )


async def keep_file(
    work: Work, *, name: str, media_type: str, parts: AsyncIterator[bytes], announced: int
) -> int:
    """Keep what comes in parts; its id. `announced`: at least how many bytes it will be.

    Raises QuotaReached."""
    await require_storage(work, announced)
    file_id = await open_file(work, name=name, media_type=media_type)
    async for part in parts:
        await append(work, file_id, part)
    return file_id


async def window(reader: Reader, file_id: int, *, begin: int, size: int) -> bytes:
    """Up to `size` bytes from `begin` on; fewer only at the file's end."""
    rows = await reader.rows(
        select(StoredChunk.begins_at, StoredChunk.content)
        .where(
            StoredChunk.tenant_id == reader.tenant_id,
            StoredChunk.file_id == file_id,
            StoredChunk.begins_at > begin - CHUNK_BYTES,
            StoredChunk.begins_at < begin + size,
        )
        .order_by(StoredChunk.begins_at)
    )
    whole = b"".join(row.content for row in rows)
    skipped = begin - rows[0].begins_at if rows else 0
    return whole[skipped : skipped + size]


async def size_of(reader: Reader, file_id: int) -> int:
    """How many bytes the file has."""
    wanted = select(StoredFile.size_bytes).where(
        StoredFile.tenant_id == reader.tenant_id, StoredFile.id == file_id
    )
    return int(await reader.value(wanted) or 0)


async def copy_out(reader: Reader, file_id: int, target: IO[bytes]) -> None:
    """Write the whole file to `target`, chunk by chunk."""
    begin = 0
    while content := await window(reader, file_id, begin=begin, size=CHUNK_BYTES):
        target.write(content)
        begin += len(content)


async def copy_in(work: Work, file_id: int, source: IO[bytes]) -> None:
    """Add all that `source` has, from where it stands."""
    while content := source.read(CHUNK_BYTES):
        await append(work, file_id, content)


async def drop_file(work: Work, file_id: int) -> None:
    """Forget a file; what named it must name it no more."""
    await work.execute(
        delete(StoredFile).where(StoredFile.tenant_id == work.tenant_id, StoredFile.id == file_id)
    )


async def purge_files(work: Work) -> int:
    """Delete some files whose time is over; how many. Their jobs stay, without them."""
    ids = await work.values(
        select(StoredFile.id)
        .where(StoredFile.tenant_id == work.tenant_id, StoredFile.expires_at <= work.now)
        .order_by(StoredFile.id)
        .limit(20)
        .with_for_update(skip_locked=True)
    )
    if not ids:
        return 0
    for jobs in (ImportJob, ExportJob):
        await work.execute(
            update(jobs)
            .where(jobs.tenant_id == work.tenant_id, jobs.file_id.in_(ids))
            .values(file_id=None)
        )
    await work.execute(
        delete(StoredFile).where(StoredFile.tenant_id == work.tenant_id, StoredFile.id.in_(ids))
    )
    return len(ids)
