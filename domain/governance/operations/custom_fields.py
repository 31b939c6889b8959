"""Custom fields are registered and changed, and objects are given values."""

from collections.abc import Mapping
from typing import Unpack

from domain.governance.custom_fields.policy import SUBJECT_NAMES, FieldDefinition
from domain.governance.custom_fields.registering import (
    CUSTOM_FIELD,
    change_field,
    register_field,
)
from domain.governance.custom_fields.subjects import SUBJECTS, require_objects
from domain.governance.custom_fields.values import ReadValue, as_it_is, set_values
from domain.kernel import text
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("custom_fields.manage")
async def register_custom_field(work: Work, **fields: Unpack[FieldDefinition]) -> int:
    """Register a field of a kind of object; its id.

    Raises InvalidInput, NotFound (the owner), CodeTaken, ChangeRequestRequired."""
    await require_open(work, CUSTOM_FIELD)
    return await register_field(work, fields)


@operation("custom_fields.manage")
async def change_custom_field(
    work: Work,
    *,
    field_id: int,
    expected_version: int | None = None,
    **fields: Unpack[FieldDefinition],
) -> None:
    """Change a field's name, description, bounds, choices or owner, or retire it.

    Raises NotFound, InvalidInput, StaleVersion, FieldFixed, ChangeRequestRequired."""
    await require_open(work, CUSTOM_FIELD)
    await change_field(work, field_id, fields, expected_version=expected_version)


@operation("custom_fields.set")
async def set_custom_fields(
    work: Work,
    *,
    subject: str,
    object_id: int,
    values: Mapping[str, str | None],
    read: ReadValue = as_it_is,
) -> int:
    """Set or take away (None) an object's values, by the codes of the fields; returns how many
    changed. `read` makes of a caller's text what a field keeps.

    Needs the permission to change such objects as well. Raises NotFound, InvalidInput,
    FieldRefused, NotPermitted."""
    known = SUBJECTS[text.choice(subject, SUBJECT_NAMES, path=("id",))]
    work.require(known.permission)
    await require_objects(work, known.name, [object_id])
    return await set_values(work, subject=known.name, values={object_id: values}, read=read)
