"""What objects have in their custom fields, and lists narrowed by them."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import Select
from sqlalchemy.engine import Row

from api.context import Info
from api.governance.field_words import TYPES
from api.governance.fields import CustomField
from api.ids import global_id, row_id_of, split_id
from domain.governance.custom_fields.filtering import FieldCondition, objects_where
from domain.governance.custom_fields.policy import REFERENCE, FieldRule, shown
from domain.governance.custom_fields.values import value_of
from domain.governance.queries import custom_fields as queries
from domain.kernel.reading import Reader

READ = "custom_fields.read"


@strawberry.type(description="What an object has in a custom field.")
class CustomFieldValue:
    field: CustomField = strawberry.field(description="The field.")
    value: str = strawberry.field(
        description="The value as text: as it is set; a reference is the object's global id."
    )


async def load_field_values(
    reader: Reader, ids: Sequence[int], subject: str
) -> list[list[CustomFieldValue]]:
    """A batch for loaders: what each of these objects of a kind has."""
    found = await queries.values_of_objects(reader, subject=subject, ids=ids)
    return [[_value(row) for row in found[row_id]] for row_id in ids]


def _value(row: Row[Any]) -> CustomFieldValue:
    value = value_of(row)
    if row.type == REFERENCE:
        text = str(global_id(TYPES[row.reference_to], int(value)))
    else:
        text = shown(row.type, value)
    return CustomFieldValue(field=CustomField.of(row), value=text)


def custom_fields_of(subject: str) -> Any:
    """The field `customFields` of objects of a kind."""

    async def resolve(self: Any, info: Info) -> list[CustomFieldValue] | None:
        if not info.context.principal.may(READ):
            return None
        return await info.context.load(load_field_values, split_id(self.id)[1], subject)

    return strawberry.field(
        resolver=resolve,
        description="What it has in the tenant's custom fields, by code; null without "
        "custom_fields.read.",
    )


@strawberry.input(description="What a custom field must hold; all that is given must be so.")
class CustomFieldCondition:
    field: str = strawberry.field(description="The code of an active field.")
    equals: str | None = strawberry.field(default=None, description="Exactly this.")
    from_: str | None = strawberry.field(
        name="from", default=None, description="This or what comes after it."
    )
    to: str | None = strawberry.field(default=None, description="This or what comes before it.")
    in_: list[str] | None = strawberry.field(name="in", default=None, description="One of these.")


CONDITIONS_SAY = "Where custom fields hold this, at most ten. Needs custom_fields.read."
Conditions = list[CustomFieldCondition] | None


async def narrowed(info: Info, subject: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A list's filter for the domain: the conditions on custom fields as `among`, the selection
    of the ids that meet them. Raises InvalidInput, NotPermitted, NotFound."""
    conditions: Conditions = fields.pop("custom_fields")
    return fields | {"among": await _among(info, subject, conditions)}


async def _among(info: Info, subject: str, conditions: Conditions) -> Select[Any] | None:
    if not conditions:
        return None
    wanted = [
        FieldCondition(
            field=each.field,
            equals=each.equals,
            from_=each.from_,
            to=each.to,
            among=None if each.in_ is None else tuple(each.in_),
        )
        for each in conditions
    ]
    reader = await info.context.reader()
    return await objects_where(reader, subject, wanted, read=value_read)


def value_read(field: FieldRule, value: str) -> str:
    """A client's text of a value as the domain wants it: references are global ids there. Raises
    InvalidInput, NotFound."""
    if field.type != REFERENCE:
        return value
    return str(row_id_of(value, TYPES[str(field.reference_to)], path=("customFields", field.code)))
