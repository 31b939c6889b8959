"""Rows of the same record brought together: the first tells, later ones may add."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.kernel.reading import Reader
from domain.onboarding.imports.records import Faults, Record


@dataclass(slots=True)
class Draft:
    """A record of the file: its code, its rows, and what they say of its fields."""

    code: str
    rows: list[Record] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    told_in: dict[str, int] = field(default_factory=dict)

    @property
    def first_row(self) -> int:
        """The line of its first row."""
        return self.rows[0].row


def drafts_of(
    records: Iterable[Record], faults: Faults, *, code: str, fields: tuple[str, ...]
) -> dict[str, Draft]:
    """The records of rows without faults, by code; a row that contradicts another is noted."""
    drafts: dict[str, Draft] = {}
    for record in records:
        if faults.failed(record.row):
            continue
        key = record.values[code]
        draft = drafts.get(key) or Draft(key)
        if _agrees(draft, record, fields, faults):
            drafts[key] = draft
            draft.rows.append(record)
            for name in fields:
                if name in record.values and name not in draft.fields:
                    draft.fields[name] = record.values[name]
                    draft.told_in[name] = record.row
    return drafts


def sound_drafts(drafts: Mapping[str, Draft], faults: Faults) -> dict[str, Draft]:
    """The drafts none of whose rows has a fault; the other rows of a faulty one are told so."""
    sound: dict[str, Draft] = {}
    for code, draft in drafts.items():
        faulty = [record.row for record in draft.rows if faults.failed(record.row)]
        if not faulty:
            sound[code] = draft
            continue
        for record in draft.rows:
            if record.row not in faulty:
                message = f"Row {faulty[0]}, of the same record, has a fault."
                faults.add(record.row, None, "OTHER_ROW_FAILED", message, "Mend that row.")
    return sound


def require_fields(
    drafts: Mapping[str, Draft], existing: Iterable[str], needed: tuple[str, ...], faults: Faults
) -> None:
    """Note what a new record lacks; one that exists keeps what it has."""
    known = set(existing)
    for code, draft in drafts.items():
        if code in known:
            continue
        for name in needed:
            if name not in draft.fields:
                message = f"{code} is new and has no {name}."
                faults.add(draft.first_row, name, "MISSING", message, "Fill the cell.")


async def rows_by_code(
    reader: Reader, table: Any, codes: Iterable[str], *, code: str = "code"
) -> dict[str, Row[Any]]:
    """The standing records with these codes."""
    column = getattr(table, code)
    rows = await reader.rows(
        select(*table.__table__.c).where(
            table.tenant_id == reader.tenant_id,
            column == any_(literal(sorted(set(codes)), ARRAY(Text))),
        )
    )
    return {getattr(row, code): row for row in rows}


async def ids_by_code(
    reader: Reader, table: Any, codes: Iterable[str], *, code: str = "code"
) -> list[tuple[str, int]]:
    """Code and id of the standing records with these codes."""
    column = getattr(table, code)
    rows = await reader.rows(
        select(column.label("code"), table.id).where(
            table.tenant_id == reader.tenant_id,
            column == any_(literal(sorted(set(codes)), ARRAY(Text))),
        )
    )
    return [(row.code, row.id) for row in rows]


def _agrees(draft: Draft, record: Record, fields: tuple[str, ...], faults: Faults) -> bool:
    for name in fields:
        if (
            name in record.values
            and draft.fields.get(name, record.values[name]) != (record.values[name])
        ):
            message = f"Row {draft.told_in[name]} says something else of {draft.code}."
            remedy = "Make both rows say the same, or leave the cell blank."
            faults.add(record.row, name, "CONTRADICTION", message, remedy)
            return False
    return True
