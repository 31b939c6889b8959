"""Which column is which: headers matched without regard to case, spaces and punctuation."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from domain.onboarding.imports.cells import TableRow
from domain.onboarding.imports.outcomes import UnreadableTable

ROWS_BEFORE_HEADER = 10
NO_MAPPING: Mapping[str, str] = MappingProxyType({})


def as_text(value: str) -> str:
    """The text itself."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column that an import knows: its field, other names for it, and how its cells are read.

    A `repeated` column is written "field:name" and may come many times (unit:case, unit:pallet)."""

    field: str
    says: str
    aliases: tuple[str, ...] = ()
    read: Callable[[str], Any] = as_text
    needed: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column stands: its index, its header as written, the name of a repeated one."""

    index: int
    label: str
    column: Column
    name: str | None


@dataclass(frozen=True, slots=True)
class Header:
    """The header row as understood."""

    line: int
    width: int
    places: tuple[Place, ...]
    ignored: tuple[str, ...]

    def label(self, field: str) -> str:
        """The header of a field as the file writes it, or the field's own name."""
        return next((p.label for p in self.places if p.column.field == field), field)


def fold(label: str) -> str:
    """A header without case, spaces and punctuation: "Item No." is itemno."""
    return re.sub(r"[\W_]+", "", label.casefold())


def find_header(
    rows: Sequence[TableRow], columns: Sequence[Column], mapping: Mapping[str, str] = NO_MAPPING
) -> tuple[int, Header]:
    """Which of the first rows is the header (titles may stand above it), and what it says.

    `mapping` says what headers (folded) are meant to be: a column as an import writes it
    ("unit:case"), or "" for nothing. Raises UnreadableTable when there is none, a needed column is
    missing or one comes twice."""
    known = {
        fold(name): column
        for column in columns
        for name in (column.field, *column.aliases)
        if not column.repeated
    }
    repeated = {fold(column.field): column for column in columns if column.repeated}
    candidates = [_understood(row, known, repeated, mapping) for row in rows[:ROWS_BEFORE_HEADER]]
    best = max(range(len(candidates)), key=lambda n: (len(candidates[n].places), -n), default=None)
    if best is None or not candidates[best].places:
        message = f"No header was found. Columns are: {', '.join(c.field for c in columns)}."
        raise UnreadableTable.because("NO_HEADER", message)
    _require_sound(candidates[best], columns)
    return best, candidates[best]


def _understood(
    row: TableRow,
    known: dict[str, Column],
    repeated: dict[str, Column],
    mapping: Mapping[str, str],
) -> Header:
    places: list[Place] = []
    ignored: list[str] = []
    for index, cell in enumerate(row.cells):
        label = cell if isinstance(cell, str) else ""
        place = _place(index, label, mapping.get(fold(label), label), known, repeated)
        if place is not None:
            places.append(place)
        elif label:
            ignored.append(label)
    return Header(row.line, len(row.cells), tuple(places), tuple(ignored))


def _place(
    index: int, label: str, meant: str, known: dict[str, Column], repeated: dict[str, Column]
) -> Place | None:
    prefix, colon, name = meant.partition(":")
    if colon and name.strip() and fold(prefix) in repeated:
        return Place(index, label, repeated[fold(prefix)], name.strip())
    column = known.get(fold(meant))
    return None if column is None else Place(index, label, column, None)


def _require_sound(header: Header, columns: Sequence[Column]) -> None:
    found = [(place.column.field, place.name) for place in header.places]
    twice = [place for n, place in enumerate(header.places) if found[n] in found[:n]]
    if twice:
        message = f"Two columns mean {twice[0].column.field}; the second is {twice[0].label}."
        raise UnreadableTable.because("DOUBLE_COLUMN", message, line=header.line)
    missing = [c.field for c in columns if c.needed and (c.field, None) not in found]
    if missing:
        message = f"The column {', '.join(missing)} is missing."
        raise UnreadableTable.because("MISSING_COLUMN", message, line=header.line)
