"""How rows of the database become lines of an exported file."""

import csv
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select
from sqlalchemy.engine import Row

from domain.kernel import json
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.onboarding.imports.guarding import guarded

Line = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of a file, the id of the last row that they were made of (None: no row is left),
    which line is the first of which record, and how many rows were read where not every one of
    them makes a line: fewer than were asked for are the last ones."""

    lines: list[Line]
    last_id: int | None
    first_lines: Mapping[int, int] = field(default_factory=dict)
    read: int | None = None

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return len(self.lines) if self.read is None else self.read


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a report is of: up to `as_of`, since `from_on` or (None) the beginning."""

    from_on: date | None
    as_of: date

    def holds(self, day: Any) -> list[ColumnElement[bool]]:
        """The conditions that a column of days is within it."""
        since = [] if self.from_on is None else [day >= self.from_on]
        return [day <= self.as_of, *since]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportKind:
    """What can be exported: its headers, who may, and how the next rows after an id are read; of
    a report, those of a span of days (`report`)."""

    name: str
    says: str
    headers: tuple[str, ...]
    permission: str
    read: Callable[[Reader, int, int], Awaitable[Part]] | None = None
    report: Callable[[Reader, Span, int, int], Awaitable[Part]] | None = None
    # As what its records have custom fields.
    subject: str | None = None

    async def part(self, reader: Reader, span: Span, after_id: int, most: int) -> Part:
        """The next rows after an id."""
        if self.report is not None:
            return await self.report(reader, span, after_id, most)
        assert self.read is not None
        return await self.read(reader, after_id, most)


def lines_as_csv(lines: Sequence[Line]) -> bytes:
    """The lines as CSV in UTF-8; cells that could run as formulas are guarded."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows([guarded(as_text(cell)) for cell in line] for line in lines)
    return target.getvalue().encode()


def as_text(value: Any) -> str:
    """A value as an import reads it back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(plain(value), "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dump(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


@dataclass(frozen=True, slots=True)
class Columns:
    """A statement whose columns are the headers of a file, and the id column by which it is read
    in parts (labelled `row_id`)."""

    statement: Callable[[int], Select[Any]]
    key: Any

    async def read(self, reader: Reader, after_id: int, most: int) -> Part:
        """The next rows after an id."""
        rows = await page(reader, self.statement(reader.tenant_id), self.key, after_id, most)
        lines: list[Line] = [tuple(row)[1:] for row in rows]
        first_lines = {row.row_id: place for place, row in enumerate(rows)}
        return Part(lines, rows[-1].row_id if rows else None, first_lines)


async def page(
    reader: Reader, statement: Select[Any], key: Any, after_id: int, most: int
) -> Sequence[Row[Any]]:
    """The next rows of a statement whose first column is the key, labelled row_id."""
    return await reader.rows(statement.where(key > after_id).order_by(key).limit(most))


@dataclass(frozen=True, slots=True)
class WholeTable:
    """All columns of a table, and the codes of what some of them name: header to the column that
    names it and the column of the code."""

    table: Any
    codes: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """The codes first, then the table's own columns."""
        return (*self.codes, *(column.name for column in self._columns()))

    def _columns(self) -> list[Any]:
        table: Table = self.table.__table__
        return [c for c in table.columns if c.name not in ("tenant_id", *self.left_out)]

    async def read(self, reader: Reader, after_id: int, most: int) -> Part:
        """The next rows after an id."""
        table: Table = self.table.__table__
        codes, statement = [], select(table.c.id.label("row_id"))
        joined: Any = table
        for name, code in self.codes.values():
            other = code.class_.__table__.alias()
            joined = joined.outerjoin(
                other, (other.c.tenant_id == table.c.tenant_id) & (other.c.id == table.c[name])
            )
            codes.append(other.c[code.key])
        statement = statement.add_columns(*codes, *self._columns()).select_from(joined)
        statement = statement.where(table.c.tenant_id == reader.tenant_id)
        rows = await page(reader, statement, table.c.id, after_id, most)
        return Part([tuple(row)[1:] for row in rows], rows[-1].row_id if rows else None)
