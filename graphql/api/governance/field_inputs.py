"""What a change request proposes of a custom field."""

from decimal import Decimal
from typing import Any

import strawberry

from api.governance.field_words import CustomFieldSubject, CustomFieldType
from api.ids import optional_row_id
from api.inputs import given
from domain.governance.kinds import Content


@strawberry.input(description="A new custom field, or changes of one; what is left out stays.")
class CustomFieldChangeInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="The field; none: new.")
    subject: CustomFieldSubject | None = strawberry.field(
        default=strawberry.UNSET, description="Of a new field: what has it."
    )
    code: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of a new field: its code."
    )
    type: CustomFieldType | None = strawberry.field(
        default=strawberry.UNSET, description="Of a new field: its type."
    )
    reference_to: CustomFieldSubject | None = strawberry.field(
        default=strawberry.UNSET, description="Of a new reference: to what."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name.")
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="What it is for."
    )
    choices: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Of a choice: all that may be chosen."
    )
    lowest: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Of a number: at least this."
    )
    highest: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Of a number: at most this."
    )
    longest: int | None = strawberry.field(
        default=strawberry.UNSET, description="Of text: at most so many characters."
    )
    pattern: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of text: 9 for a digit, A for a letter, ? for either, else itself.",
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The user who answers for it."
    )
    retired: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it takes no values any more."
    )


def field_fields(value: Any) -> Content:
    """The fields of a custom field that an input gives, in the domain's words."""
    proposal = given(value)
    proposal.pop("id", None)
    retired = proposal.pop("retired", None)
    if retired is not None:
        proposal["status"] = "retired" if retired else "active"
    if "owner_id" in proposal:
        proposal["owner_id"] = optional_row_id(proposal["owner_id"], "User", path=("ownerId",))
    return proposal
