"""Columns "field:weight_class": what the tenant's own fields of a kind of object are to hold."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.governance.custom_fields.policy import (
    BOOLEAN,
    DATE,
    NUMBERS,
    REFERENCE,
    BadValue,
    FieldRule,
    kept,
)
from domain.governance.custom_fields.subjects import SUBJECTS
from domain.governance.custom_fields.values import fields_by_code, put_values
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.imports.footprints import Footprint, traces
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.outcomes import UnreadableTable
from domain.onboarding.imports.records import Faults, Record, key_text
from domain.onboarding.imports.values import as_boolean, as_day, as_decimal
from domain.onboarding.imports.written import Written

FIELD = "field"
EVENT = "governance.custom_fields_set"
COLUMN = Column(
    field=FIELD,
    says='Headed "field:weight_class": the custom field of that code; references by their code. '
    "May come many times.",
    repeated=True,
)
# By what each kind of object is named in a file.
CODES = {"item": "sku", "order": "number"}


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What the kind itself plans; and by the key of a record its rows, and the text of each of its
    custom fields."""

    inner: Any
    values: Mapping[str, dict[str, str]]
    rows: Mapping[str, list[int]]
    faults: Faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Fielded:
    """A kind of data whose records may have custom fields: how it goes about its own columns."""

    subject: str
    key: tuple[str, ...]
    footprint: Footprint
    own_check: Callable[[Work, list[Record], Faults], Awaitable[Any]]
    own_write: Callable[[Work, Any], Awaitable[Written]]
    own_found: Callable[[Reader, Any], Awaitable[Sequence[tuple[str, int]]]]

    async def check(self, work: Work, records: list[Record], faults: Faults) -> FieldPlan:
        """What the kind plans, and the custom fields of the rows without faults. Raises
        UnreadableTable for a column of a field that there is not."""
        values: dict[str, dict[str, str]] = {}
        rows: dict[str, list[int]] = {}
        named = faults.named(FIELD)
        if named:
            fields = await self._fields(work, named)
            ids = await _ids_named(work, records, fields)
            for record in records:
                given = _given(record, fields, ids, faults)
                key = key_text([record.values.get(name, "") for name in self.key])
                told = values.get(key, {})
                if given and _agrees(told, given, record.row, faults):
                    values[key] = told | {code: text for code, (text, _) in given.items()}
                    rows.setdefault(key, []).append(record.row)
        plan = await self.own_check(work, records, faults)
        return FieldPlan(plan, values, rows, faults)

    async def write(self, work: Work, plan: FieldPlan) -> Written:
        """Write the records, then their fields; a record of which only these change is changed."""
        if not plan.values:
            return await self.own_write(work, plan.inner)
        before = await self._digests(work, plan)
        done = await self.own_write(work, plan.inner)
        after = await self._digests(work, plan)
        wanted = {
            record_id: plan.values[key]
            for key, record_id in await self.found(work, plan)
            if key in plan.values and not any(plan.faults.failed(row) for row in plan.rows[key])
        }
        changed = {n for n, _ in await put_values(work, subject=self.subject, values=wanted)}
        also = sum(before.get(n) == after[n] for n in changed)
        return Written(done.created, done.updated + also, done.unchanged - also)

    async def found(self, reader: Reader, plan: FieldPlan) -> Sequence[tuple[str, int]]:
        """Key and id of the wanted records that stand."""
        return await self.own_found(reader, plan.inner)

    async def _fields(self, work: Work, named: Iterable[str]) -> dict[str, FieldRule]:
        fields = await fields_by_code(work, self.subject)
        for code in named:
            if code not in fields:
                message = (
                    f"There is no active custom field {code} here: register it, or leave its "
                    "column out."
                )
                raise UnreadableTable.because("UNKNOWN_FIELD", message)
        return fields

    async def _digests(self, work: Work, plan: FieldPlan) -> dict[int, str]:
        ids = [record_id for _, record_id in await self.found(work, plan)]
        found = await traces(work, self.footprint, ids)
        return {record_id: trace.digest for record_id, trace in found.items()}


def _given(
    record: Record,
    fields: Mapping[str, FieldRule],
    ids: Mapping[tuple[str, str], int],
    faults: Faults,
) -> dict[str, tuple[str, str]]:
    """The text and the header of each custom field of a row, by its code; faults are noted."""
    given: dict[str, tuple[str, str]] = {}
    for column, code, cell, label in record.repeated:
        if column != FIELD:
            continue
        rule = fields[code]
        if rule.type == REFERENCE and (str(rule.reference_to), cell) not in ids:
            noun = str(rule.reference_to).replace("_", " ")
            name = f"UNKNOWN_{noun.upper().replace(' ', '_')}"
            faults.add(record.row, label, name, f"There is no {noun} {cell}.", "Create it first.")
            continue
        try:
            text = _text(rule, cell, ids)
            kept(rule, text)
            given[code] = text, label
        except BadValue as fault:
            faults.add(
                record.row,
                label,
                "BAD_VALUE",
                f'"{cell[:60]}" cannot be taken.',
                f"{code} takes {fault}.",
            )
        except InvalidInput as fault:
            faults.add(
                record.row, label, "BAD_VALUE", f'"{cell[:60]}" cannot be taken.', fault.message
            )
    return given


def _text(rule: FieldRule, cell: str, ids: Mapping[tuple[str, str], int]) -> str:
    """A cell as the field takes it: numbers, days and yes or no may be written as anywhere."""
    if rule.type == REFERENCE:
        return str(ids[str(rule.reference_to), cell])
    if rule.type in NUMBERS:
        return format(plain(as_decimal(cell)), "f")
    if rule.type == DATE:
        return as_day(cell).isoformat()
    if rule.type == BOOLEAN:
        return "true" if as_boolean(cell) else "false"
    return cell


def _agrees(
    told: Mapping[str, str], given: Mapping[str, tuple[str, str]], row: int, faults: Faults
) -> bool:
    """Whether a row without faults says of its record what the rows before it say."""
    for code, (text, label) in given.items():
        if told.get(code, text) != text:
            message = f"Another row of the same record says something else of {code}."
            faults.add(row, label, "CONTRADICTION", message, "Make both rows say the same.")
    return not faults.failed(row)


async def _ids_named(
    work: Work, records: Sequence[Record], fields: Mapping[str, FieldRule]
) -> dict[tuple[str, str], int]:
    """The ids of what cells refer to, by kind of object and code; one statement for each kind."""
    named: dict[str, set[str]] = {}
    for record in records:
        for column, code, cell, _ in record.repeated:
            if column == FIELD and fields[code].type == REFERENCE:
                named.setdefault(str(fields[code].reference_to), set()).add(cell)
    found: dict[tuple[str, str], int] = {}
    for subject, codes in sorted(named.items()):
        table = SUBJECTS[subject].table
        code_column = table.c[CODES.get(subject, "code")]
        rows = await work.rows(
            select(code_column.label("code"), table.c.id).where(
                table.c.tenant_id == work.tenant_id,
                code_column == any_(literal(sorted(codes), ARRAY(Text))),
            )
        )
        found |= {(subject, row.code): row.id for row in rows}
    return found
