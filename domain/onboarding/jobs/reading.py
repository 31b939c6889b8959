"""A file is read in parts; its rows are kept with the key of the record that they speak of."""

import asyncio
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.kernel.inserting import insert_rows
from domain.kernel.work import Work
from domain.onboarding.files.storing import copy_out, size_of, window
from domain.onboarding.imports.cells import CellFault, TableRow
from domain.onboarding.imports.delimited_parts import Dialect, dialect_of, read_part
from domain.onboarding.imports.headers import ROWS_BEFORE_HEADER, Header, find_header
from domain.onboarding.imports.kinds import KINDS, ImportKind
from domain.onboarding.imports.outcomes import TableTooLarge, UnreadableTable
from domain.onboarding.imports.records import Record, key_text, records_of
from domain.onboarding.imports.workbooks import stream_workbook
from domain.onboarding.job_models import ImportClaim, ImportRow

WINDOW_BYTES = 1024 * 1024
# A row in quotation marks may be longer than a window; one that is longer than this is none.
LARGEST_WINDOW = 8 * WINDOW_BYTES
# A part of a workbook is found by reading all that stands before it: few parts. 100,000 rows and
# what stands above them are two.
WORKBOOK_ROWS = 51_000
STAGED_AT_ONCE = 5_000
# A record's key among the claims of a file; no kind claims a code of this scheme.
_RECORD = "record "
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Read:
    """A part of a file: its rows, and where the next part begins (None: that was all)."""

    rows: list[TableRow]
    reading_from: dict[str, Any] | None


async def read_next(work: Work, job: Row[Any]) -> Read:
    """The next part of a job's file. Raises UnreadableTable, TableTooLarge."""
    place: dict[str, Any] = job.reading_from
    if not place:
        place = await _beginning(work, job.file_id)
    if place["format"] == "xlsx":
        return await _workbook_part(work, job.file_id, place)
    return await _delimited_part(work, job.file_id, place)


async def _beginning(work: Work, file_id: int) -> dict[str, Any]:
    start = await window(work, file_id, begin=0, size=WINDOW_BYTES)
    if not start.strip():
        raise UnreadableTable.because("EMPTY", "The file is empty.")
    if start.startswith(_OLD_OFFICE):
        message = "This is an old or password-protected Excel file; save it as XLSX or CSV UTF-8."
        raise UnreadableTable.because("OLD_EXCEL", message)
    if start.startswith(_ZIP):
        return {"format": "xlsx", "line": 0}
    dialect, begin = dialect_of(start)
    spelled = {"encoding": dialect.encoding, "delimiter": dialect.delimiter}
    return {"format": "csv", "begin": begin, "line": 1, **spelled}


async def _delimited_part(work: Work, file_id: int, place: dict[str, Any]) -> Read:
    dialect = Dialect(place["encoding"], place["delimiter"])
    begin, line, size = place["begin"], place["line"], WINDOW_BYTES
    whole = await size_of(work, file_id)
    while True:
        content = await window(work, file_id, begin=begin, size=size)
        is_last = begin + len(content) >= whole
        part = await asyncio.to_thread(read_part, content, dialect, line=line, is_last=is_last)
        if is_last:
            return Read(part.rows, None)
        if part.size:
            return Read(part.rows, {**place, "begin": begin + part.size, "line": part.next_line})
        if size >= LARGEST_WINDOW:
            message = f"The row that begins in line {line} is too long."
            raise UnreadableTable.because("BROKEN_ROW", message, line=line)
        size *= 2


async def _workbook_part(work: Work, file_id: int, place: dict[str, Any]) -> Read:
    with tempfile.TemporaryFile() as file:
        await copy_out(work, file_id, file)
        after_line = place["line"]
        rows = await asyncio.to_thread(
            lambda: list(islice(stream_workbook(file, after_line=after_line), WORKBOOK_ROWS))
        )
    if len(rows) < WORKBOOK_ROWS:
        return Read(rows, None)
    return Read(rows, {**place, "line": rows[-1].line})


def header_of(
    kind: ImportKind, rows: Sequence[TableRow], mapping: dict[str, str]
) -> tuple[dict[str, Any], int]:
    """The header's row as it is kept, and its place among the first rows of a file.

    Raises UnreadableTable."""
    if not rows:
        raise UnreadableTable.because("EMPTY", "The file is empty.")
    place, _ = find_header(rows[:ROWS_BEFORE_HEADER], kind.columns, mapping)
    row = rows[place]
    cells = [cell if isinstance(cell, str) else "" for cell in row.cells]
    return {"line": row.line, "cells": cells}, place


def known_header(kind: ImportKind, kept: dict[str, Any], mapping: dict[str, str]) -> Header:
    """The header of a job as it is understood."""
    row = TableRow(kept["line"], tuple(kept["cells"]))
    return find_header([row], kind.columns, mapping)[1]


async def stage(work: Work, job: Row[Any], header: Header, rows: Sequence[TableRow]) -> None:
    """Keep rows to be checked. Raises TableTooLarge."""
    kind = KINDS[job.kind]
    if job.rows_read + len(rows) > kind.most_rows:
        raise TableTooLarge.of("rows", kind.most_rows)
    for some in _batches(rows):
        records, _ = await asyncio.to_thread(records_of, header, some)
        await _stage_some(work, job.id, kind, list(zip(some, records, strict=True)))


def _batches(rows: Sequence[TableRow]) -> Iterable[Sequence[TableRow]]:
    return (rows[n : n + STAGED_AT_ONCE] for n in range(0, len(rows), STAGED_AT_ONCE))


async def _stage_some(
    work: Work, import_id: int, kind: ImportKind, read: list[tuple[TableRow, Record]]
) -> None:
    keys = {record.row: _key(kind, record) for _, record in read}
    first: dict[str, int] = {}
    for line, key in keys.items():
        if key is not None:
            first.setdefault(key, line)
    leads = await _leads(work, import_id, first)
    rows, claims = [], []
    for row, record in read:
        key = keys[row.line]
        lead = row.line if key is None else leads[key]
        rows.append(
            {
                "import_id": import_id,
                "line": row.line,
                "lead_line": lead,
                "record_key": key,
                "cells": [_kept(cell) for cell in row.cells],
            }
        )
        if key is not None:
            claims += [(claim, lead) for claim in kind.claims(record)]
    await insert_rows(work, ImportRow, rows)
    await _claim(work, import_id, dict(reversed(claims)))


def _kept(cell: Any) -> Any:
    return [cell.code, cell.message, cell.remedy] if isinstance(cell, CellFault) else cell


def _key(kind: ImportKind, record: Record) -> str | None:
    needed = {column.field for column in kind.columns if column.needed}
    if any(name in needed and name not in record.values for name in kind.key):
        return None
    return key_text([record.values.get(name, "") for name in kind.key])


async def _leads(work: Work, import_id: int, first: Mapping[str, int]) -> dict[str, int]:
    """The first line of each record: of those that no earlier part of the file speaks of it is the
    given one. Whoever writes a record's claim first leads it: no index has to be guessed."""
    new = await _claim(work, import_id, {f"{_RECORD}{key}": line for key, line in first.items()})
    known = [key for key in first if f"{_RECORD}{key}" not in new]
    if known:
        claims = sorted(f"{_RECORD}{key}" for key in known)
        rows = await work.rows(
            select(ImportClaim.claim, ImportClaim.lead_line).where(
                ImportClaim.tenant_id == work.tenant_id,
                ImportClaim.import_id == import_id,
                ImportClaim.claim == any_(literal(claims, ARRAY(Text))),
            )
        )
        new |= {row.claim: row.lead_line for row in rows}
    return {key: new[f"{_RECORD}{key}"] for key in first}


async def _claim(work: Work, import_id: int, claims: Mapping[str, int]) -> dict[str, int]:
    """Note what is claimed by the records of these first lines; those of it that were new."""
    rows = await insert_rows(
        work,
        ImportClaim,
        [
            {"import_id": import_id, "claim": claim, "lead_line": lead}
            for claim, lead in claims.items()
        ],
        returning=("claim", "lead_line"),
        unless_there=("tenant_id", "import_id", "claim"),
    )
    return {row.claim: row.lead_line for row in rows}
