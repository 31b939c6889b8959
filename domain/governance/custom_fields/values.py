"""Values of custom fields, written many at a time. A building block of imports and operations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, any_, delete, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.engine import Row

from domain.governance.custom_fields.policy import (
    AS_TEXT,
    REFERENCE,
    BadValue,
    FieldRule,
    Kept,
    kept,
    shown,
)
from domain.governance.custom_fields.subjects import require_objects
from domain.governance.events import CustomFieldsSet
from domain.governance.models import CustomField, CustomFieldValue
from domain.governance.outcomes import FieldRefused
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.kernel.work import Work

ACTIVE = "active"
# By object, the text of each field by its code; None takes a value away.
Wanted = Mapping[int, Mapping[str, str | None]]
ReadValue = Callable[[FieldRule, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    object_id: int
    field: FieldRule
    value: Kept | None

    @property
    def key(self) -> tuple[int, int]:
        return self.object_id, self.field.id


def as_it_is(field: FieldRule, value: str) -> str:
    """A caller's text is what the field keeps: a reference is given as its row's id."""
    return value


async def set_values(
    work: Work, *, subject: str, values: Wanted, read: ReadValue = as_it_is
) -> int:
    """Set or take away values as `put_values` does; returns how many are other than before."""
    return len(await put_values(work, subject=subject, values=values, read=read))


async def put_values(
    work: Work, *, subject: str, values: Wanted, read: ReadValue = as_it_is
) -> list[tuple[int, str]]:
    """Set or take away values of objects of one kind, which must be there; returns object and
    field of those that are other than before. A handful of statements, however many objects.
    `read` makes of a caller's text what the field keeps.

    Raises InvalidInput (a field that is not registered, or
    retired), FieldRefused (field, rule), NotFound (what is referred to)."""
    fields = await fields_by_code(work, subject)
    wanted = [
        _change(field_of(fields, code), object_id, value, read)
        for object_id, of_object in sorted(values.items())
        for code, value in of_object.items()
    ]
    await _require_referred(work, wanted)
    standing = await _standing(work, wanted)
    changed = [each for each in wanted if standing.get(each.key) != each.value]
    await _write(work, [each for each in changed if each.value is not None])
    await _take_away(work, [each for each in changed if each.value is None])
    _note(work, subject, changed, standing)
    return [(each.object_id, each.field.code) for each in changed]


async def fields_by_code(reader: Reader, subject: str) -> dict[str, FieldRule]:
    """The active fields of a kind of object."""
    rows = await reader.rows(
        select(*CustomField.__table__.c).where(
            CustomField.tenant_id == reader.tenant_id,
            CustomField.subject == subject,
            CustomField.status == ACTIVE,
        )
    )
    return {row.code: rule_of(row) for row in rows}


def rule_of(row: Row[Any]) -> FieldRule:
    """What decides about values, of a row of the fields."""
    return FieldRule(
        id=row.id,
        code=row.code,
        type=row.type,
        choices=tuple(row.choices),
        reference_to=row.reference_to,
        lowest=row.lowest,
        highest=row.highest,
        longest=row.longest,
        pattern=row.pattern,
    )


def value_of(row: Row[Any]) -> Kept:
    """The value of a row of the values."""
    value: Kept = row.number_value if row.text_value is None else row.text_value
    return value


def field_of(fields: Mapping[str, FieldRule], code: str) -> FieldRule:
    """The field of this code. Raises InvalidInput."""
    if code not in fields:
        raise InvalidInput(f"There is no active field {code} here.", path=("custom_fields", code))
    return fields[code]


def _change(field: FieldRule, object_id: int, value: str | None, read: ReadValue) -> _Change:
    if value is None:
        return _Change(object_id=object_id, field=field, value=None)
    try:
        return _Change(object_id=object_id, field=field, value=kept(field, read(field, value)))
    except BadValue as fault:
        message = f"{field.code} takes {fault}."
        path = ("custom_fields", field.code)
        raise FieldRefused(message, path=path, field=field.code, rule=str(fault)) from None


async def _require_referred(work: Work, wanted: Sequence[_Change]) -> None:
    referred: dict[str, set[int]] = {}
    for each in wanted:
        if each.field.type == REFERENCE and each.value is not None:
            referred.setdefault(str(each.field.reference_to), set()).add(int(each.value))
    # At most one statement for each of the six kinds of object.
    for subject, ids in sorted(referred.items()):
        await require_objects(work, subject, ids)


async def _standing(work: Work, wanted: Sequence[_Change]) -> dict[tuple[int, int], Kept]:
    value = CustomFieldValue
    rows = await work.rows(
        select(value.subject_id, value.field_id, value.text_value, value.number_value).where(
            value.tenant_id == work.tenant_id,
            value.subject_id == any_(_ids(each.object_id for each in wanted)),
            value.field_id == any_(_ids(each.field.id for each in wanted)),
        )
    )
    return {
        (row.subject_id, row.field_id): row.number_value
        if row.text_value is None
        else row.text_value
        for row in rows
    }


async def _write(work: Work, changed: Sequence[_Change]) -> None:
    if not changed:
        return
    statement = insert(CustomFieldValue)
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "subject_id", "field_id"],
            set_={name: statement.excluded[name] for name in ("text_value", "number_value")},
        ),
        [
            {
                "tenant_id": work.tenant_id,
                "field_id": each.field.id,
                "subject_id": each.object_id,
                "text_value": each.value if each.field.type in AS_TEXT else None,
                "number_value": None if each.field.type in AS_TEXT else each.value,
            }
            for each in changed
        ],
    )


async def _take_away(work: Work, changed: Sequence[_Change]) -> None:
    if changed:
        value = CustomFieldValue
        await work.execute(
            delete(value).where(
                value.tenant_id == work.tenant_id,
                tuple_(value.subject_id, value.field_id).in_([each.key for each in changed]),
            )
        )


def _ids(values: Any) -> Any:
    return literal(sorted(set(values)), ARRAY(BigInteger))


def _note(
    work: Work,
    subject: str,
    changed: Sequence[_Change],
    standing: Mapping[tuple[int, int], Kept],
) -> None:
    by_object: dict[int, list[_Change]] = {}
    for each in changed:
        by_object.setdefault(each.object_id, []).append(each)
    for object_id, of_object in by_object.items():
        codes = tuple(each.field.code for each in of_object)
        work.record(CustomFieldsSet(aggregate_id=object_id, subject=subject, fields=codes))
        work.audit(
            "set_custom_fields",
            subject=subject,
            subject_id=object_id,
            before={each.field.code: _text(each, standing.get(each.key)) for each in of_object},
            after={each.field.code: _text(each, each.value) for each in of_object},
        )


def _text(change: _Change, value: Kept | None) -> str | None:
    return None if value is None else shown(change.field.type, value)
