"""Rows with meaning: each cell read as its column says, each fault noted where it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.kernel.errors import InvalidInput
from domain.onboarding.imports.cells import Cell, CellFault, TableRow
from domain.onboarding.imports.guarding import unguarded
from domain.onboarding.imports.headers import Column, Header, Place, find_header
from domain.onboarding.imports.outcomes import MOST_ROWS, RowError, TableTooLarge


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its line, its values by field (blank cells are left out), and those of repeated
    columns as (field, name, value, header)."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    repeated: list[tuple[str, str, Any, str]] = field(default_factory=list)


def key_text(values: Sequence[Any]) -> str:
    """The key of a record of several fields, as one text."""
    return "\x1f".join(str(value) for value in values)


class Faults:
    """The faults of a table's rows, as they are found."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._errors: list[RowError] = []
        self._rows: set[int] = set()

    def add(self, row: int, column: str | None, code: str, message: str, remedy: str = "") -> None:
        """Note a fault; `column` is a field's name or a header as written."""
        label = None if column is None else self._header.label(column)
        self._rows.add(row)
        self._errors.append(
            RowError(row=row, column=label, code=code, message=message, remedy=remedy)
        )

    def named(self, field: str) -> tuple[str, ...]:
        """The names of a repeated column, as the header has them."""
        places = (place for place in self._header.places if place.column.field == field)
        return tuple(place.name for place in places if place.name is not None)

    def failed(self, row: int) -> bool:
        """Whether the row has a fault."""
        return row in self._rows

    @property
    def rows(self) -> int:
        """How many rows have a fault."""
        return len(self._rows)

    def in_order(self) -> tuple[RowError, ...]:
        """All faults, by row."""
        return tuple(sorted(self._errors, key=lambda error: error.row))


def read_records(
    rows: Sequence[TableRow], columns: Sequence[Column]
) -> tuple[Header, list[Record], Faults]:
    """The header, every row after it, and what is wrong with single cells.

    Raises UnreadableTable, TableTooLarge."""
    place, header = find_header(rows, columns)
    body = rows[place + 1 :]
    if len(body) > MOST_ROWS:
        raise TableTooLarge.of("rows", MOST_ROWS)
    records, faults = records_of(header, body)
    return header, records, faults


def records_of(header: Header, rows: Sequence[TableRow]) -> tuple[list[Record], Faults]:
    """The rows as records, and what is wrong with single cells."""
    faults = Faults(header)
    return [_record(row, header, faults) for row in rows], faults


def _record(row: TableRow, header: Header, faults: Faults) -> Record:
    record = Record(row.line)
    if any(cell != "" for cell in row.cells[header.width :]):
        faults.add(
            row.line,
            None,
            "TOO_MANY_CELLS",
            f"The row has {len(row.cells)} cells, the header {header.width}.",
            "Put cells that hold the delimiter in quotation marks.",
        )
    for place in header.places:
        cell = row.cells[place.index] if place.index < len(row.cells) else ""
        if cell != "":
            _read(record, place, cell, faults)
        elif place.column.needed:
            faults.add(row.line, place.label, "MISSING", "Is needed.", "Fill the cell.")
    return record


def _read(record: Record, place: Place, cell: Cell, faults: Faults) -> None:
    if isinstance(cell, CellFault):
        faults.add(record.row, place.label, cell.code, cell.message, cell.remedy)
        return
    cell = unguarded(cell)
    try:
        value = place.column.read(cell)
    except InvalidInput as error:
        shown = cell if len(cell) <= 60 else f"{cell[:57]}..."
        message = f'"{shown}" cannot be taken.'
        faults.add(record.row, place.label, "BAD_VALUE", message, error.message)
        return
    if place.name is None:
        record.values[place.column.field] = value
    else:
        record.repeated.append((place.column.field, place.name, value, place.label))
