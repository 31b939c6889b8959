"""Custom fields are registered and changed, and objects given values, on the API."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.governance.field_inputs import field_fields
from api.governance.field_values import CustomFieldValue, load_field_values, value_read
from api.governance.field_words import CustomFieldSubject, CustomFieldType, object_of_id
from api.governance.fields import CustomField, load_custom_fields
from api.ids import row_id_of
from api.nodes import Node, load_any
from api.user_errors import UserError, answers
from api.writing import Operation, perform
from domain.governance.operations import custom_fields as operations
from domain.governance.outcomes import FieldFixed, FieldRefused
from domain.kernel.errors import InvalidInput, NotPermitted
from domain.kernel.work import Work

MOST_VALUES = 100


@answers(FieldFixed)
@strawberry.type(description="What a field is of, its code and its type stay.")
class FieldFixedError(UserError):
    field: str = strawberry.field(description="What was to change.")


@answers(FieldRefused)
@strawberry.type(description="The custom field does not take this value.")
class FieldRefusedError(UserError):
    field: str = strawberry.field(description="The code of the field.")
    rule: str = strawberry.field(description="What it takes.")


@strawberry.input(description="A new custom field.")
class RegisterCustomFieldInput:
    subject: CustomFieldSubject = strawberry.field(description="What has it.")
    code: str = strawberry.field(
        description="What it is set and found by: small letters, digits and underscores."
    )
    type: CustomFieldType = strawberry.field(description="What its values are.")
    name: str | None = strawberry.field(default=None, description="What it is called.")
    description: str | None = strawberry.field(default=None, description="What it is for.")
    choices: list[str] | None = strawberry.field(
        default=None, description="Of a choice: all that may be chosen."
    )
    reference_to: CustomFieldSubject | None = strawberry.field(
        default=None, description="Of a reference: to what."
    )
    lowest: Decimal | None = strawberry.field(
        default=None, description="Of a number: at least this."
    )
    highest: Decimal | None = strawberry.field(
        default=None, description="Of a number: at most this."
    )
    longest: int | None = strawberry.field(
        default=None, description="Of text: at most so many characters."
    )
    pattern: str | None = strawberry.field(
        default=None,
        description="Of text: 9 for a digit, A for a letter, ? for either, else itself.",
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="The user who answers for it."
    )


@strawberry.input(description="Changes of a custom field; what is left out stays.")
class ChangeCustomFieldInput:
    id: strawberry.ID = strawberry.field(description="The field.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="New description."
    )
    choices: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="All that may be chosen from now on."
    )
    lowest: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="At least this; null: no bound."
    )
    highest: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="At most this; null: no bound."
    )
    longest: int | None = strawberry.field(
        default=strawberry.UNSET, description="At most so many characters."
    )
    pattern: str | None = strawberry.field(
        default=strawberry.UNSET, description="New pattern; null: none."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The user who answers for it; null: nobody."
    )
    retired: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it takes no values any more."
    )


@strawberry.type(description="What became of a custom field.")
class CustomFieldPayload:
    custom_field: CustomField | None = strawberry.field(description="The field as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="What an object is to have in one custom field.")
class CustomFieldValueInput:
    field: str = strawberry.field(description="The code of an active field of such objects.")
    value: str | None = strawberry.field(
        description="The value as text: true or false, 2026-03-31, 12.5, a choice, or the global "
        "id of what is referred to; null takes it away."
    )


@strawberry.input(description="What an object is to have in its custom fields.")
class SetCustomFieldsInput:
    id: strawberry.ID = strawberry.field(
        description="An item, party, location, legal entity, channel or order."
    )
    values: list[CustomFieldValueInput] = strawberry.field(
        description="1 to 100 values; fields left out stay as they are."
    )


@strawberry.type(description="What setCustomFields did.")
class SetCustomFieldsPayload:
    object: Node | None = strawberry.field(description="The object as it is now.")
    custom_fields: list[CustomFieldValue] = strawberry.field(
        description="All that it has now, by code."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class CustomFieldMutation:
    @strawberry.mutation(
        description="Register a custom field. Where custom fields are governed it is a change "
        "request instead. Needs custom_fields.manage."
    )
    async def register_custom_field(
        self,
        info: Info,
        input: Annotated[RegisterCustomFieldInput, strawberry.argument(description="The field.")],
    ) -> CustomFieldPayload:
        fields: Any = field_fields(input)

        async def register(work: Work) -> dict[str, Any]:
            return {"id": await operations.register_custom_field(work, **fields)}

        return await _done(info, register, input)

    @strawberry.mutation(
        description="Change or retire a custom field. Where custom fields are governed it is a "
        "change request instead. Needs custom_fields.manage."
    )
    async def change_custom_field(
        self,
        info: Info,
        input: Annotated[ChangeCustomFieldInput, strawberry.argument(description="The changes.")],
    ) -> CustomFieldPayload:
        field_id = row_id_of(input.id, "CustomField")
        fields: Any = field_fields(input)

        async def change(work: Work) -> dict[str, Any]:
            await operations.change_custom_field(work, field_id=field_id, **fields)
            return {"id": field_id}

        return await _done(info, change, input)

    @strawberry.mutation(
        description="Set custom fields of an object. Needs custom_fields.set and the permission to "
        "change such objects."
    )
    async def set_custom_fields(
        self,
        info: Info,
        input: Annotated[SetCustomFieldsInput, strawberry.argument(description="The values.")],
    ) -> SetCustomFieldsPayload:
        async def write(work: Work) -> dict[str, Any]:
            work.require("custom_fields.set")
            subject, object_id = object_of_id(input.id)
            await operations.set_custom_fields(
                work, subject=subject, object_id=object_id, values=_values(input), read=value_read
            )
            return {"subject": subject, "object_id": object_id}

        done = await perform(info, write, input=input)
        if done.user_errors:
            return SetCustomFieldsPayload(
                object=None, custom_fields=[], user_errors=done.user_errors
            )
        return await _set(info, input.id, done["subject"], done["object_id"])


async def _done(info: Info, run: Operation, input: object) -> CustomFieldPayload:
    done = await perform(info, run, input=input)
    field = await info.context.load_done(load_custom_fields, done["id"])
    return CustomFieldPayload(custom_field=field, user_errors=done.user_errors)


async def _set(info: Info, object_id: str, subject: str, row_id: int) -> SetCustomFieldsPayload:
    try:
        shown = await load_any(await info.context.reader(), [object_id])
        has = await info.context.load(load_field_values, row_id, subject)
    except NotPermitted:
        # It may write but not read: the write stands.
        shown, has = [None], []
    return SetCustomFieldsPayload(object=shown[0], custom_fields=has, user_errors=[])


def _values(input: SetCustomFieldsInput) -> dict[str, str | None]:
    if not 1 <= len(input.values) <= MOST_VALUES:
        raise InvalidInput(f"Give 1 to {MOST_VALUES} values.", path=("values",))
    values = {each.field: each.value for each in input.values}
    if len(values) != len(input.values):
        raise InvalidInput("A field stands here twice.", path=("values",))
    return values
