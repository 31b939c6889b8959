"""What the custom fields of exported records hold, as the imports read it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.governance.custom_fields.policy import REFERENCE, shown
from domain.governance.custom_fields.subjects import SUBJECTS
from domain.governance.custom_fields.values import fields_by_code, value_of
from domain.governance.models import CustomField, CustomFieldValue
from domain.kernel.reading import Reader
from domain.onboarding.exports.shapes import Line, Part
from domain.onboarding.imports.custom_fields import CODES


async def field_codes(reader: Reader, subject: str | None) -> list[str]:
    """The codes of the active fields of a kind of object; none of what has no such fields."""
    return [] if subject is None else sorted(await fields_by_code(reader, subject))


async def with_fields(
    reader: Reader, subject: str | None, codes: Sequence[str], part: Part
) -> Part:
    """The part with a cell for each field: on the first line of each record what it holds."""
    if not codes or subject is None:
        return part
    rows = await _values(reader, subject, codes, part.first_lines)
    named = await _codes_of(reader, rows)
    texts = {(row.subject_id, row.code): _text(row, named) for row in rows}
    cells: list[list[str | None]] = [[None] * len(codes) for _ in part.lines]
    for record_id, place in part.first_lines.items():
        cells[place] = [texts.get((record_id, code)) for code in codes]
    lines: list[Line] = [(*line, *more) for line, more in zip(part.lines, cells, strict=True)]
    return replace(part, lines=lines)


async def _values(
    reader: Reader, subject: str, codes: Sequence[str], record_ids: Iterable[int]
) -> Sequence[Row[Any]]:
    field, value = CustomField, CustomFieldValue
    return await reader.rows(
        select(
            *(value.subject_id, value.text_value, value.number_value),
            *(field.code, field.type, field.reference_to),
        )
        .join(field, (field.tenant_id == value.tenant_id) & (field.id == value.field_id))
        .where(
            value.tenant_id == reader.tenant_id,
            value.subject_id == any_(literal(list(record_ids), ARRAY(BigInteger))),
            field.tenant_id == reader.tenant_id,
            field.subject == subject,
            field.code.in_(codes),
        )
    )


async def _codes_of(reader: Reader, rows: Sequence[Row[Any]]) -> dict[tuple[str, int], str]:
    """The codes of what is referred to; one statement for each kind of object."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if row.type == REFERENCE:
            wanted.setdefault(row.reference_to, set()).add(row.number_value)
    found: dict[tuple[str, int], str] = {}
    for subject, ids in sorted(wanted.items()):
        table = SUBJECTS[subject].table
        code = table.c[CODES.get(subject, "code")]
        for row in await reader.rows(
            select(table.c.id, code.label("code")).where(
                table.c.tenant_id == reader.tenant_id,
                table.c.id == any_(literal(sorted(ids), ARRAY(BigInteger))),
            )
        ):
            found[subject, row.id] = row.code
    return found


def _text(row: Row[Any], named: Mapping[tuple[str, int], str]) -> str | None:
    if row.type == REFERENCE:
        return named.get((row.reference_to, row.number_value))
    return shown(row.type, value_of(row))
