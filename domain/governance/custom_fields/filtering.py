"""Lists narrowed by the values of custom fields, through the values' own indexes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from domain.governance.custom_fields.policy import AS_TEXT, BadValue, FieldRule, Kept, kept
from domain.governance.custom_fields.values import (
    ReadValue,
    as_it_is,
    field_of,
    fields_by_code,
)
from domain.governance.models import CustomFieldValue
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader

READ = "custom_fields.read"
MOST_CONDITIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCondition:
    """What a custom field must hold; all that is given must be so. Values are text, as they are
    set; `from_` and `to` are inclusive and for what has an order."""

    field: str
    equals: str | None = None
    from_: str | None = None
    to: str | None = None
    among: tuple[str, ...] | None = None


async def objects_where(
    reader: Reader,
    subject: str,
    conditions: Sequence[FieldCondition],
    *,
    read: ReadValue = as_it_is,
) -> Select[Any] | None:
    """A selection of the ids of the objects that meet all conditions, to narrow a list by; None
    without conditions. `read` makes of a caller's text what the field keeps.

    Raises NotPermitted without custom_fields.read, InvalidInput."""
    if not conditions:
        return None
    reader.require(READ)
    if len(conditions) > MOST_CONDITIONS:
        raise InvalidInput(f"Give at most {MOST_CONDITIONS}.", path=("filter", "custom_fields"))
    fields = await fields_by_code(reader, subject)
    first, *others = (
        _meeting(reader, field_of(fields, condition.field), condition, read)
        for condition in conditions
    )
    for other in others:
        first = first.where(CustomFieldValue.subject_id.in_(other))
    return first


def _meeting(
    reader: Reader, field: FieldRule, condition: FieldCondition, read: ReadValue
) -> Select[Any]:
    column: Any = (
        CustomFieldValue.text_value if field.type in AS_TEXT else CustomFieldValue.number_value
    )
    return select(CustomFieldValue.subject_id).where(
        CustomFieldValue.tenant_id == reader.tenant_id,
        CustomFieldValue.field_id == field.id,
        column.is_not(None),
        *_conditions(column, field, condition, read),
    )


def _conditions(
    column: Any, field: FieldRule, condition: FieldCondition, read: ReadValue
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if condition.equals is not None:
        found.append(column == _kept(field, read(field, condition.equals)))
    if condition.from_ is not None:
        found.append(column >= _kept(field, read(field, condition.from_)))
    if condition.to is not None:
        found.append(column <= _kept(field, read(field, condition.to)))
    if condition.among is not None:
        kind = ARRAY(Text) if field.type in AS_TEXT else ARRAY(BigInteger)
        values = [_kept(field, read(field, each)) for each in condition.among]
        found.append(column == any_(literal(values, kind)))
    return found


def _kept(field: FieldRule, value: str) -> Kept:
    if field.type in AS_TEXT:
        # Also what the field would not take today may stand there.
        return value
    try:
        return kept(field, value)
    except BadValue as fault:
        path = ("filter", "custom_fields", field.code)
        raise InvalidInput(f"{field.code} takes {fault}.", path=path) from None
