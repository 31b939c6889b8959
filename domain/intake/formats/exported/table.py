"""A delimited text as rows by the names of their columns, each with its line in the document."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Protocol

from domain.intake.document import Moment, Problem
from domain.intake.formats.json_fields import MAX_TEXT_CHARACTERS, Field
from domain.intake.formats.moments import iso_moment
from domain.intake.formats.settled.locale_values import amount_in, day_in, quantity_in


class Cells(Protocol):
    """A reader of rows that knows its line."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


MAX_ROWS = 50_000
"""Of one document; more is refused, not cut."""

MAX_COLUMNS = 500
_MARKS = ("\t", ",", ";", "|")
_ZONED = re.compile(r"(.*\d) ?(?:UTC|GMT)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by the names of their columns, in small letters."""

    field: Field

    def text(self, *names: str) -> str | None:
        """The first of these cells with something in it; a mark that keeps a spreadsheet from
        reading it as a number is left out."""
        found = self.field.text(*names)
        return found.removeprefix("'") or None if found else None

    def amount(self, name: str, currency: str | None) -> Decimal | None:
        """An amount, exactly, with whichever decimal mark; a problem for anything else."""
        told = self.text(name)
        if told is None:
            return None
        number = amount_in(told, currency if currency else "EUR")
        if number is None:
            remedy = "Send an amount like 1234.56."
            self.field.within(name).complain("number_invalid", "is not an amount", remedy)
        return number

    def quantity(self, name: str) -> Decimal | None:
        """A quantity from zero up; a problem where it is missing or anything else."""
        told, cell = self.text(name), self.field.within(name)
        number = None if told is None else quantity_in(told)
        if number is None:
            code = "quantity_missing" if told is None else "number_invalid"
            cell.complain(code, "is no quantity", "Send the quantity ordered.")
        elif number < 0:
            remedy = "An order has quantities from zero up; send returns as a return."
            cell.complain("quantity_negative", "is below zero", remedy)
            return None
        return number

    def moment(self, *names: str) -> Moment | None:
        """A date, or a date and time, as ISO 8601 has it or as a country writes it."""
        told = self.text(*names)
        if told is None:
            return None
        zoned = _ZONED.fullmatch(told)
        found: Moment | date | None = iso_moment(f"{zoned[1]}Z" if zoned else told)
        found = found or day_in(told)
        if found is None:
            cell = next(self.field.within(n) for n in names if self.field.text(n))
            remedy = "Send it like 2026-01-31 12:00:00 +0100."
            cell.complain("date_invalid", "is no date", remedy)
        return found


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns, in small letters, and the document below them."""

    names: tuple[str, ...]
    mark: str
    text: str

    def has(self, *names: str) -> bool:
        """Whether there are all of these columns."""
        return all(name in self.names for name in names)

    def rows(self, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows with something in them, each with the line it begins at; what cannot be read is
        noted in `problems`, and ends them."""
        reader = _reader(self.text, self.mark)
        try:
            next(reader, None)
            begins = reader.line_num + 1
            for count, cells in enumerate(reader):
                if count >= MAX_ROWS:
                    problems.append(_too_many())
                    return
                line, begins = begins, reader.line_num + 1
                row = {n: c for n, c in zip(self.names, cells, strict=False) if c.strip()}
                if row:
                    yield line, row
        except csv.Error as error:
            problems.append(_broken(reader.line_num, error))


def table_of(text: str) -> Table | None:
    """The table in a text; None if its first line is no heading of several columns."""
    plain = text.lstrip("\ufeff")
    heading = plain[: MAX_COLUMNS * 100].split("\n", 1)[0].rstrip("\r")
    mark = max(_MARKS, key=heading.count)
    if not heading.strip() or heading.count(mark) < 1 or heading.count(mark) > MAX_COLUMNS:
        return None
    try:
        cells = next(_reader(heading, mark), [])
    except csv.Error:
        return None
    return Table(tuple(cell.strip().strip('"').lower() for cell in cells), mark, plain)


def row_of(line: int, cells: Mapping[str, str], problems: list[Problem]) -> Row:
    """The row of a line; its problems are noted in the list, with the line and the column."""
    return Row(Field(dict(cells), f"line {line}", problems))


def clipped(text: str | None) -> str | None:
    """A remark at a length that is kept."""
    return text[:MAX_TEXT_CHARACTERS] if text else None


def _reader(text: str, mark: str) -> "Cells":
    lines = StringIO(text, newline="")
    if mark == "\t":
        # What is parted by tabs quotes nothing: a mark of inches stands there for itself.
        return csv.reader(lines, delimiter=mark, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=mark)


def _too_many() -> Problem:
    message = f"The table has more than {MAX_ROWS} rows."
    return Problem("too_many_rows", "", message, "Send it in several documents.")


def _broken(line: int, error: csv.Error) -> Problem:
    message = f"The table breaks off or is malformed at line {line}: {error}."
    return Problem("table_broken", f"line {line}", message, "Export it again, and send it whole.")
