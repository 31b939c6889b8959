"""Custom fields on the API: what a tenant gives to its objects."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.from_rows import FromRow, WorkedOut
from api.governance.field_words import CustomFieldStatus, CustomFieldSubject, CustomFieldType
from api.ids import global_id
from api.inputs import given
from api.nodes import Node, load_any, refetched_by
from domain.governance.queries import custom_fields as queries
from domain.kernel.reading import Reader

if TYPE_CHECKING:
    # Users belong to parties, which have custom fields.
    from api.access.users import User

KIND = "CustomField"


@strawberry.type(description="A field that the tenant gives to one kind of its objects.")
class CustomField(FromRow, Node):
    subject: CustomFieldSubject = strawberry.field(description="What has it.")
    code: str = strawberry.field(description="What it is set and found by.")
    name: str = strawberry.field(description="What it is called.")
    description: str | None = strawberry.field(description="What it is for.")
    type: CustomFieldType = strawberry.field(description="What its values are.")
    choices: list[str] = strawberry.field(description="Of a choice: all that may be chosen.")
    reference_to: CustomFieldSubject | None = strawberry.field(
        description="Of a reference: to what."
    )
    lowest: Decimal | None = strawberry.field(description="Of a number: at least this.")
    highest: Decimal | None = strawberry.field(description="Of a number: at most this.")
    longest: int | None = strawberry.field(description="Of text: at most so many characters.")
    pattern: str | None = strawberry.field(
        description="Of text: 9 for a digit, A for a letter, ? for either, else itself."
    )
    status: CustomFieldStatus = strawberry.field(description="Whether it is in use.")
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    created_at: datetime = strawberry.field(description="When it was registered.")
    owner_id: strawberry.Private[int | None]

    @strawberry.field(description="The user who answers for it. Needs users.read.")
    async def owner(
        self, info: Info
    ) -> Annotated["User", strawberry.lazy("api.access.users")] | None:
        if self.owner_id is None:
            return None
        return await info.context.load(load_any, global_id("User", self.owner_id))

    WORKED_OUT: ClassVar[WorkedOut] = {
        "id": lambda row: global_id(KIND, row.id),
        "subject": lambda row: CustomFieldSubject(row.subject),
        "type": lambda row: CustomFieldType(row.type),
        "reference_to": lambda row: row.reference_to and CustomFieldSubject(row.reference_to),
        "status": lambda row: CustomFieldStatus(row.status),
    }


async def load_custom_fields(reader: Reader, ids: Sequence[int]) -> list[CustomField | None]:
    """A batch for loaders: the fields of these row ids, in order."""
    rows = await queries.custom_fields_of_ids(reader, ids=ids)
    return [CustomField.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_custom_fields)


@strawberry.input(description="Which custom fields; conditions are joined by and.")
class CustomFieldFilter:
    subject: CustomFieldSubject | None = strawberry.field(
        default=None, description="Of this kind of object."
    )
    code: str | None = strawberry.field(default=None, description="With exactly this code.")
    status: CustomFieldStatus | None = strawberry.field(default=None, description="In this status.")


@strawberry.type
class CustomFieldQuery:
    @strawberry.field(
        description="The custom fields, by kind of object and code. Needs custom_fields.read."
    )
    async def custom_fields(
        self,
        info: Info,
        filter: Annotated[
            CustomFieldFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CustomField]:
        where = queries.FieldFilter(**given(filter or CustomFieldFilter()))
        listing = await queries.custom_fields(
            await info.context.reader(), where=where, request=wanted(first, after, last, before)
        )
        return connection(listing.page, CustomField.of, count=listing.count)
