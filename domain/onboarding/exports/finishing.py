"""The parts of an export become the file that is taken away: CSV, a workbook, or an archive."""

import asyncio
import csv
import io
import tempfile
import zipfile
from collections.abc import Mapping
from typing import IO, Any

from openpyxl import Workbook

from domain.kernel.work import Work
from domain.onboarding.files.storing import (
    CHUNK_BYTES,
    copy_in,
    copy_out,
    drop_file,
    open_file,
    window,
)

CSV, XLSX, ZIP = (
    "text/csv; charset=utf-8",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/zip",
)


async def finished(
    work: Work, parts: Mapping[str, int], *, format: str, name: str, archived: bool
) -> int:
    """The id of the one file of an export; `parts` are the files by their names, CSV those of
    kinds. What it was made of is dropped."""
    if not archived:
        (file_id,) = parts.values()
        if format == "csv":
            return file_id
    with tempfile.TemporaryFile() as target:
        if archived:
            await _archive(work, parts, target, format)
        else:
            (file_id,) = parts.values()
            await _as_workbook(work, file_id, target)
        target.seek(0)
        ending, media_type = ("zip", ZIP) if archived else ("xlsx", XLSX)
        made = await open_file(work, name=f"{name}.{ending}", media_type=media_type)
        await copy_in(work, made, target)
    for file_id in parts.values():
        await drop_file(work, file_id)
    return made


async def _archive(work: Work, parts: Mapping[str, int], target: IO[bytes], format: str) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file_id in parts.items():
            if format == "xlsx" and name.endswith(".csv"):
                with tempfile.TemporaryFile() as book:
                    await _as_workbook(work, file_id, book)
                    book.seek(0)
                    archive.writestr(name.removesuffix(".csv") + ".xlsx", book.read())
                continue
            with archive.open(name, "w", force_zip64=True) as entry:
                begin = 0
                while content := await window(work, file_id, begin=begin, size=CHUNK_BYTES):
                    await asyncio.to_thread(entry.write, content)
                    begin += len(content)


async def _as_workbook(work: Work, file_id: int, target: IO[bytes]) -> None:
    with tempfile.TemporaryFile() as source:
        await copy_out(work, file_id, source)
        source.seek(0)
        await asyncio.to_thread(_write_workbook, source, target)


def _write_workbook(source: IO[bytes], target: IO[bytes]) -> None:
    """Every cell as text: nothing is guessed, and nothing runs."""
    book: Any = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    with io.TextIOWrapper(source, encoding="utf-8", newline="") as text:
        for row in csv.reader(text):
            sheet.append(row)
        book.save(target)
