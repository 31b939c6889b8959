"""CSV in parts: whole rows of a window of bytes, and where the next window begins."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from domain.onboarding.imports.cells import TableRow
from domain.onboarding.imports.delimited import delimiter_of, in_plain_words
from domain.onboarding.imports.outcomes import MOST_COLUMNS, TableTooLarge, UnreadableTable


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written: its encoding (without a mark) and what separates cells."""

    encoding: str
    delimiter: str


@dataclass(frozen=True, slots=True)
class Part:
    """Whole rows that are not blank, how many bytes they took, and the line after them."""

    rows: list[TableRow]
    size: int
    next_line: int


def dialect_of(beginning: bytes) -> tuple[Dialect, int]:
    """The dialect of a file by its first bytes, and where its text begins.

    Raises UnreadableTable."""
    marks = {
        codecs.BOM_UTF8: "utf-8",
        codecs.BOM_UTF16_LE: "utf-16-le",
        codecs.BOM_UTF16_BE: "utf-16-be",
    }
    mark = next((mark for mark in marks if beginning.startswith(mark)), b"")
    encoding = marks.get(mark, "utf-8")
    text = _decoded(beginning[len(mark) :], encoding, is_last=False, line=1)
    return Dialect(encoding, delimiter_of(text)), len(mark)


def read_part(content: bytes, dialect: Dialect, *, line: int, is_last: bool) -> Part:
    """The rows of a window that begins at `line`; a row that is cut off is left to the next one,
    unless it is the last. Raises UnreadableTable with the line, TableTooLarge."""
    lines = _Lines(_whole_lines(content, dialect.encoding, line=line, is_last=is_last), dialect)
    rows: list[TableRow] = []
    size, begun = 0, 0
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    try:
        for cells in reader:
            _add(rows, line + begun, cells)
            size, begun = lines.size, reader.line_num
    except csv.Error as error:
        if is_last or "unexpected end" not in str(error):
            message = f"The row that begins in line {line + begun} cannot be read: "
            message += f"{in_plain_words(str(error))}."
            raise UnreadableTable.because("BROKEN_ROW", message, line=line + begun) from error
    return Part(rows, size, line + begun)


def _add(rows: list[TableRow], line: int, cells: list[str]) -> None:
    stripped = tuple(cell.strip() for cell in cells)
    if len(stripped) > MOST_COLUMNS:
        raise TableTooLarge.of("columns", MOST_COLUMNS)
    if any(stripped) and not (line == 1 and _is_declaration(stripped[0])):
        rows.append(TableRow(line, stripped))


def _is_declaration(cell: str) -> bool:
    """The first line may say which delimiter the file has."""
    return len(cell) <= 5 and cell.lower().startswith("sep=")


class _Lines:
    """Lines as the reader takes them, with how many bytes it has taken."""

    def __init__(self, lines: list[str], dialect: Dialect) -> None:
        self._lines = lines
        self._encoding = dialect.encoding
        self.size = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.size += len(line.encode(self._encoding))
            yield line


def _whole_lines(content: bytes, encoding: str, *, line: int, is_last: bool) -> list[str]:
    text = _decoded(content, encoding, is_last=is_last, line=line)
    lines = list(io.StringIO(text, newline=""))
    if not is_last:
        # It may go on, and a carriage return at its end may be half of a line's end.
        del lines[-1:]
    return lines


def _decoded(content: bytes, encoding: str, *, is_last: bool, line: int) -> str:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(content, final=is_last)
    except UnicodeDecodeError as error:
        at = line + content.count(b"\n", 0, error.start)
        message = (
            f"Line {at} is not UTF-8 text; save the file as CSV UTF-8 "
            "(in Excel: Save As, CSV UTF-8)."
        )
        raise UnreadableTable.because("NOT_UTF8", message, line=at) from error
    if "\0" in text:
        at = line + text.count("\n", 0, text.index("\0"))
        raise UnreadableTable.because("NOT_A_TABLE", "This is not a CSV or XLSX file.", line=at)
    return text
