"""Custom fields as governed configuration, and how they are written."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from domain.governance.custom_fields.policy import MOST_FIELDS, sound_definition
from domain.governance.events import CustomFieldChanged
from domain.governance.kinds import Content, configurable
from domain.governance.models import CustomField
from domain.governance.outcomes import FieldFixed
from domain.kernel.errors import CodeTaken, InvalidInput, NotFound
from domain.kernel.records import change_record, lock_record, require_record
from domain.kernel.work import Work
from tenancy.models import UserAccount

CUSTOM_FIELD = "custom_field"
FIXED = ("subject", "code", "type", "reference_to")
CHANGING = ("name", "description", "choices", "lowest", "highest", "longest", "pattern")
FIELDS = (*FIXED, *CHANGING, "owner_id", "status")


async def register_field(work: Work, given: Mapping[str, Any]) -> int:
    """A new field; its id. Raises InvalidInput, NotFound (the owner), CodeTaken."""
    values = await _sound(work, given)
    await _require_room(work, values["subject"])
    field_id = await _make(work, values)
    _tell(work, "register_custom_field", field_id, values, before=None, after=values)
    return field_id


async def change_field(
    work: Work, field_id: int, given: Mapping[str, Any], *, expected_version: int | None = None
) -> None:
    """Change a field; values that stand stay, even those that it would not take any more.

    Raises NotFound, StaleVersion, FieldFixed, InvalidInput."""
    row = await lock_record(
        work, CustomField, field_id, kind="custom field", expected_version=expected_version
    )
    standing = {name: getattr(row, name) for name in FIELDS}
    values = await _sound(work, standing | dict(given))
    for name in FIXED:
        if values[name] != standing[name]:
            message = "This stays; retire the field and register another one."
            raise FieldFixed(message, path=(name,), field=name)
    before = await change_record(work, CustomField, row, values, kind="custom field")
    if before:
        after = {name: values[name] for name in before}
        _tell(work, "change_custom_field", field_id, values, before=before, after=after)


async def sound_field(work: Work, key: str | None, proposal: Content) -> Content:
    """A new field in full; of one that stands, what is to change. Raises InvalidInput, NotFound."""
    if key is None:
        return await _sound(work, proposal)
    for name in proposal:
        if name not in FIELDS or name in FIXED:
            raise InvalidInput("This does not change.", path=(name,))
    row = await lock_record(work, CustomField, field_id_of(key), kind="custom field")
    sound = await _sound(work, {name: getattr(row, name) for name in FIELDS} | proposal)
    return {name: sound[name] for name in proposal}


async def field_as_it_is(work: Work, key: str | None, proposal: Content) -> Content:
    """The field's own values in the places of the proposal. Raises NotFound."""
    if key is None:
        return {}
    row = await lock_record(work, CustomField, field_id_of(key), kind="custom field")
    return {name: getattr(row, name) for name in proposal}


@configurable(CUSTOM_FIELD, title="Custom field", validate=sound_field, snapshot=field_as_it_is)
async def apply_field(work: Work, key: str | None, proposal: Content) -> str:
    """Register the field, or change it."""
    if key is None:
        return str(await register_field(work, proposal))
    await change_field(work, field_id_of(key), proposal)
    return key


def field_id_of(key: str) -> int:
    """The field's row id. Raises NotFound."""
    if not key.isdecimal():
        raise NotFound("custom field")
    return int(key)


async def _sound(work: Work, given: Mapping[str, Any]) -> dict[str, Any]:
    values = sound_definition(given)
    await require_record(work, UserAccount.__table__, values["owner_id"], kind="user")
    return values


async def _require_room(work: Work, subject: str) -> None:
    standing = await work.value(
        select(func.count())
        .select_from(CustomField)
        .where(CustomField.tenant_id == work.tenant_id, CustomField.subject == subject)
    )
    if standing >= MOST_FIELDS:
        message = f"There are {MOST_FIELDS} fields of this kind already."
        raise InvalidInput(message, path=("subject",))


async def _make(work: Work, values: Mapping[str, Any]) -> int:
    statement = insert(CustomField).values(tenant_id=work.tenant_id, created_at=work.now, **values)
    made = await work.value(
        statement.on_conflict_do_nothing(index_elements=["tenant_id", "subject", "code"]).returning(
            CustomField.id
        )
    )
    if made is None:
        message = f"There is already such a field with the code {values['code']}."
        raise CodeTaken(message, path=("code",), kind="custom field", value=values["code"])
    return int(made)


def _tell(
    work: Work,
    action: str,
    field_id: int,
    values: Mapping[str, Any],
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    changed = tuple(sorted(after))
    work.record(
        CustomFieldChanged(
            aggregate_id=field_id, subject=values["subject"], code=values["code"], changed=changed
        )
    )
    work.audit(action, subject="custom_field", subject_id=field_id, before=before, after=after)
