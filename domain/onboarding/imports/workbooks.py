"""XLSX: the first visible sheet as text, exactly as a person sees its values."""

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import IO, Any

from openpyxl import load_workbook

from domain.onboarding.imports.cells import Cell, CellFault, TableRow
from domain.onboarding.imports.outcomes import (
    MOST_COLUMNS,
    MOST_ROWS,
    TableTooLarge,
    UnreadableTable,
)

# A zip may hold a thousand times its own size.
_MOST_UNPACKED = 200 * 1024 * 1024
_MOST_SHARED = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
_BLANK_ROWS_TO_END = 1000
_NO_VALUE = CellFault(
    "FORMULA_WITHOUT_VALUE",
    "The cell holds a formula whose result is not stored in the file.",
    "Open and save the file in a spreadsheet program, or paste the values.",
)


def read_workbook(content: bytes) -> list[TableRow]:
    """All rows of the first visible sheet that are not blank, formulas by their results.

    Raises UnreadableTable, TableTooLarge."""
    rows: list[TableRow] = []
    for row in stream_workbook(io.BytesIO(content)):
        rows.append(row)
        if len(rows) > MOST_ROWS + 1:
            raise TableTooLarge.of("rows", MOST_ROWS)
    return rows


def stream_workbook(file: IO[bytes], *, after_line: int = 0) -> Iterator[TableRow]:
    """The same rows, one after the other, after a line: the sheet is never in memory as a whole.

    Raises UnreadableTable, TableTooLarge while it is read."""
    has_formulas = _inspected(file)
    try:
        values = _sheet_rows(file, formulas=False)
        formulas = _sheet_rows(file, formulas=True) if has_formulas else None
        yield from _table(values, formulas, after_line)
    # openpyxl raises whatever its parsers and its own code stumble over.
    except (KeyError, ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:
        raise _damaged() from error


def _inspected(file: IO[bytes]) -> bool:
    """Whether any sheet has formulas. Raises on what is no workbook, or would burst the memory."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                message = "This is a zip archive, not an XLSX file; import its files one by one."
                raise UnreadableTable.because("NOT_A_TABLE", message)
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
                raise TableTooLarge.of("bytes when unpacked", _MOST_UNPACKED)
            # Texts that cells share are in memory all at once.
            shared = [e for e in entries if e.filename == "xl/sharedStrings.xml"]
            if sum(entry.file_size for entry in shared) > _MOST_SHARED:
                raise TableTooLarge.of("bytes of texts", _MOST_SHARED)
            sheets = [name for name in names if name.startswith("xl/worksheets/")]
            return any(_has_formulas(archive, name) for name in sheets if name.endswith(".xml"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _damaged() from error


def _has_formulas(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as sheet:
        before = b""
        while block := sheet.read(_BLOCK):
            text = before + block
            if b"<f>" in text or b"<f " in text:
                return True
            before = text[-2:]
    return False


def _damaged() -> UnreadableTable:
    message = "The XLSX file is damaged or protected; save it again, or save it as CSV UTF-8."
    return UnreadableTable.because("DAMAGED_WORKBOOK", message)


def _sheet_rows(file: IO[bytes], *, formulas: bool) -> Iterable[tuple[Any, ...]]:
    with warnings.catch_warnings():
        # openpyxl warns of styles and validations that it does not know; values are not at stake.
        warnings.simplefilter("ignore")
        book = load_workbook(file, read_only=True, data_only=not formulas)
        sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
        if sheet is None:
            raise UnreadableTable.because("EMPTY", "The workbook has no visible sheet.")
        # The sheet's stated size is often wrong; without it every row is read as it comes.
        sheet.reset_dimensions()
        return sheet.iter_rows(values_only=True)


def _table(
    values: Iterable[tuple[Any, ...]],
    formulas: Iterable[tuple[Any, ...]] | None,
    after_line: int,
) -> Iterator[TableRow]:
    beside: Iterator[tuple[Any, ...]] = iter(formulas) if formulas is not None else iter(())
    blank = 0
    for line, row in enumerate(values, start=1):
        if line <= after_line:
            next(beside, ())
            continue
        cells = _trimmed([_cell(value) for value in _with_formulas(row, next(beside, ()))])
        if len(cells) > MOST_COLUMNS:
            raise TableTooLarge.of("columns", MOST_COLUMNS)
        blank = 0 if cells else blank + 1
        # Formatting dragged to the last row of the sheet: a million rows of nothing.
        if blank > _BLANK_ROWS_TO_END:
            return
        if cells:
            yield TableRow(line, tuple(cells))


def _with_formulas(values: tuple[Any, ...], formulas: tuple[Any, ...]) -> list[Any]:
    """The values, with a fault where a formula has none."""
    unknown = {
        place
        for place, formula in enumerate(formulas)
        if isinstance(formula, str)
        and formula.startswith("=")
        and (place >= len(values) or values[place] is None)
    }
    width = max(len(values), max(unknown, default=-1) + 1)
    padded = [*values, *[None] * (width - len(values))]
    return [_NO_VALUE if place in unknown else value for place, value in enumerate(padded)]


def _trimmed(cells: list[Cell]) -> list[Cell]:
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, CellFault):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    text = str(value).strip()
    if text in _ERRORS:
        return CellFault("CELL_ERROR", f"The cell shows {text}.", "Mend the formula.")
    return text


_ERRORS = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
)


def _number(value: float) -> str:
    """As a spreadsheet shows it: 15 significant digits, so that 0.1 + 0.2 is 0.3."""
    text = format(float(f"{value:.15g}"), "f") if abs(value) >= 1e15 else f"{value:.15g}"
    if "e" in text:
        text = f"{value:.20f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
