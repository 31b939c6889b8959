"""What the columns of a file are meant to be: suggested from its headers, kept for the next such
file."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import select

from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.onboarding.imports.cells import TableRow
from domain.onboarding.imports.headers import ROWS_BEFORE_HEADER, Column, fold
from domain.onboarding.imports.kinds import ImportKind
from domain.onboarding.job_models import ImportMapping

SIMILAR = 0.8
SAMPLES = 3
KEPT, EXACT, ALIKE, NONE = "kept", "exact", "alike", "none"


@dataclass(frozen=True, slots=True)
class SuggestedColumn:
    """A header, the column it is probably meant to be ("" for none), how sure that is (kept, exact,
    alike, none), and its first cells."""

    header: str
    column: str
    certainty: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The header's line, what each of its cells is probably meant to be, and which needed columns
    are missing."""

    line: int
    columns: tuple[SuggestedColumn, ...]
    missing: tuple[str, ...]


def fingerprint(headers: Iterable[str]) -> str:
    """By which a file with these headers is known again, in whatever order they stand."""
    folded = sorted({fold(header) for header in headers if header})
    return hashlib.sha256("\n".join(folded).encode()).hexdigest()


def sound_mapping(kind: ImportKind, given: Mapping[str, str]) -> dict[str, str]:
    """Folded headers to columns. Raises InvalidInput for a column that there is not."""
    mapping: dict[str, str] = {}
    for place, (header, column) in enumerate(given.items()):
        if column and not _is_column(kind, column):
            names = ", ".join(dict.fromkeys(each.field for each in kind.columns))
            raise InvalidInput(f"Columns are: {names}.", path=("mapping", place, "column"))
        mapping[fold(header)] = column
    return mapping


def _is_column(kind: ImportKind, name: str) -> bool:
    prefix, colon, rest = name.partition(":")
    return any(
        each.field == prefix and each.repeated == bool(colon) and (not colon or rest.strip())
        for each in kind.columns
    )


async def kept_mapping(
    reader: Reader, kind: ImportKind, rows: Sequence[TableRow]
) -> dict[str, str]:
    """The mapping that is kept for a file that begins with these rows; empty if there is none."""
    prints = [fingerprint(_texts(row)) for row in rows[:ROWS_BEFORE_HEADER]]
    row = await reader.row(
        select(ImportMapping.columns).where(
            ImportMapping.tenant_id == reader.tenant_id,
            ImportMapping.kind == kind.name,
            ImportMapping.fingerprint.in_(prints),
        )
    )
    return {} if row is None else dict(row.columns)


def suggest(
    kind: ImportKind, rows: Sequence[TableRow], kept: Mapping[str, str]
) -> Suggestion | None:
    """What the columns of a file that begins with these rows are probably meant to be.

    None: it has no row of texts at all."""
    known = _names(kind.columns)
    candidates = [row for row in rows[:ROWS_BEFORE_HEADER] if any(_texts(row))]
    if not candidates:
        return None
    header = max(candidates, key=lambda row: (_recognised(row, known, kept), -row.line))
    body = [row for row in rows if row.line > header.line]
    taken: set[str] = set()
    columns = []
    for index, label in enumerate(_texts(header)):
        if label:
            column, certainty = _meant(label, known, kept, taken)
            taken.add(column)
            columns.append(SuggestedColumn(label, column, certainty, _samples(body, index)))
    missing = [c.field for c in kind.columns if c.needed and c.field not in taken]
    return Suggestion(header.line, tuple(columns), tuple(missing))


def _texts(row: TableRow) -> list[str]:
    return [cell if isinstance(cell, str) else "" for cell in row.cells]


def _names(columns: Sequence[Column]) -> dict[str, Column]:
    return {
        fold(name): column
        for column in columns
        if not column.repeated
        for name in (column.field, *column.aliases)
    } | {f"{fold(c.field)}:": c for c in columns if c.repeated}


def _recognised(row: TableRow, known: Mapping[str, Column], kept: Mapping[str, str]) -> int:
    return sum(fold(text) in known or fold(text) in kept for text in _texts(row) if text)


def _meant(
    label: str, known: Mapping[str, Column], kept: Mapping[str, str], taken: set[str]
) -> tuple[str, str]:
    folded = fold(label)
    if folded in kept:
        return kept[folded], KEPT
    prefix, colon, name = label.partition(":")
    if colon and name.strip() and f"{fold(prefix)}:" in known:
        return f"{known[f'{fold(prefix)}:'].field}:{name.strip()}", EXACT
    if folded in known:
        field = known[folded].field
        return (field, EXACT) if field not in taken else ("", NONE)
    likeness = {
        column.field: max(
            SequenceMatcher(None, folded, fold(each)).ratio()
            for each in (column.field, *column.aliases)
        )
        for column in known.values()
        if not column.repeated and column.field not in taken
    }
    best = max(likeness, key=lambda field: likeness[field], default="")
    return (best, ALIKE) if best and likeness[best] >= SIMILAR else ("", NONE)


def _samples(rows: Sequence[TableRow], index: int) -> tuple[str, ...]:
    found: list[str] = []
    for row in rows:
        cell = row.cells[index] if index < len(row.cells) else ""
        if isinstance(cell, str) and cell and cell not in found:
            found.append(cell[:60])
        if len(found) == SAMPLES:
            break
    return tuple(found)
