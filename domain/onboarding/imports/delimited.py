"""CSV and its cousins: commas, semicolons, tabs or bars; UTF-8 or UTF-16."""

import codecs
import csv
import io
from collections.abc import Iterator

from domain.onboarding.imports.cells import TableRow
from domain.onboarding.imports.outcomes import (
    MOST_COLUMNS,
    MOST_ROWS,
    TableTooLarge,
    UnreadableTable,
)

DELIMITERS = ",;\t|"
_DECLARED = {f"sep={delimiter}": delimiter for delimiter in DELIMITERS}


def read_delimited(content: bytes) -> list[TableRow]:
    """All rows that are not blank. Raises UnreadableTable with the line, TableTooLarge."""
    text = decoded(content)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableTable.because("NOT_A_TABLE", "This is not a CSV or XLSX file.", line=line)
    rows: list[TableRow] = []
    for row in _rows(text, delimiter_of(text)):
        if len(rows) > MOST_ROWS:
            raise TableTooLarge.of("rows", MOST_ROWS)
        if len(row.cells) > MOST_COLUMNS:
            raise TableTooLarge.of("columns", MOST_COLUMNS)
        rows.append(row)
    return rows


def decoded(content: bytes) -> str:
    """The text, by its byte order mark or as UTF-8. Raises UnreadableTable with the line."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = (
            f"Line {line} is not UTF-8 text; save the file as CSV UTF-8 "
            "(in Excel: Save As, CSV UTF-8)."
        )
        raise UnreadableTable.because("NOT_UTF8", message, line=line) from error


def delimiter_of(text: str) -> str:
    """What separates cells: what the first line with any holds most of, outside of quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    declared = _DECLARED.get(first.strip("\ufeff \r\n").lower())
    if declared is not None:
        return declared
    plain = "".join(part for n, part in enumerate(first.split('"')) if n % 2 == 0)
    return max(DELIMITERS, key=lambda delimiter: (plain.count(delimiter), delimiter == ","))


def _rows(text: str, delimiter: str) -> Iterator[TableRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for number, cells in enumerate(reader):
            stripped = tuple(cell.strip() for cell in cells)
            declared = number == 0 and text.lstrip("\ufeff").lower().startswith("sep=")
            if any(stripped) and not declared:
                yield TableRow(line, stripped)
            line = reader.line_num + 1
    except csv.Error as error:
        message = (
            f"The row that begins in line {line} cannot be read: {in_plain_words(str(error))}."
        )
        raise UnreadableTable.because("BROKEN_ROW", message, line=line) from error


def in_plain_words(error: str) -> str:
    """What the reader complains about, for people."""
    if "unexpected end" in error:
        return "a quotation mark is opened and never closed"
    if "expected after" in error:
        return 'text follows a closing quotation mark; a quotation mark inside a cell is written ""'
    if "field larger" in error:
        return "a cell has more than 131,072 characters, or a quotation mark is never closed"
    return error
