"""The first rows of a file, to see what its columns mean."""

import asyncio
import io
import tempfile
from itertools import islice
from typing import IO

from sqlalchemy import select

from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from domain.onboarding.files.storing import copy_out
from domain.onboarding.imports.cells import TableRow
from domain.onboarding.imports.delimited_parts import dialect_of, read_part
from domain.onboarding.imports.outcomes import LARGEST_BYTES, TableTooLarge
from domain.onboarding.imports.workbooks import stream_workbook
from domain.onboarding.job_models import ImportJob

ROWS = 50
BYTES = 256 * 1024


async def beginning_of_content(content: bytes) -> list[TableRow]:
    """The first rows of a file's bytes. Raises UnreadableTable, TableTooLarge."""
    if len(content) > LARGEST_BYTES:
        raise TableTooLarge.of("bytes", LARGEST_BYTES)
    return await asyncio.to_thread(_first_rows, io.BytesIO(content))


async def beginning_of_import(reader: Reader, *, import_id: int) -> list[TableRow]:
    """The first rows of an import's file. Raises NotFound when it is no longer kept, and as
    beginning_of_content."""
    file_id = await reader.value(
        select(ImportJob.file_id).where(
            ImportJob.tenant_id == reader.tenant_id, ImportJob.id == import_id
        )
    )
    if file_id is None:
        raise NotFound("file")
    with tempfile.TemporaryFile() as file:
        await copy_out(reader, file_id, file)
        file.seek(0)
        return await asyncio.to_thread(_first_rows, file)


def _first_rows(file: IO[bytes]) -> list[TableRow]:
    start = file.read(BYTES)
    if start.startswith(b"PK\x03\x04"):
        file.seek(0)
        return list(islice(stream_workbook(file), ROWS))
    dialect, begin = dialect_of(start)
    is_last = len(start) < BYTES
    return read_part(start[begin:], dialect, line=1, is_last=is_last).rows[:ROWS]
