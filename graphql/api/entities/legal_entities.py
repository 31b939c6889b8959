"""Legal entities on the API."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import (
    After,
    Before,
    Connection,
    Direction,
    First,
    Last,
    chosen,
    connection,
    wanted,
)
from api.context import Info
from api.governance.field_values import (
    CONDITIONS_SAY,
    Conditions,
    custom_fields_of,
    narrowed,
)
from api.ids import global_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError, answers
from api.writing import perform
from domain.entities.operations import legal_entities as operations
from domain.entities.outcomes import EntityInUse
from domain.entities.queries import legal_entities as queries
from domain.kernel.reading import Reader
from domain.kernel.work import Work


@strawberry.type(description="A company of the tenant: it owns stock, sells, and keeps books.")
class LegalEntity(Node):
    code: str = strawberry.field(description="The tenant's own short code, unique.")
    name: str = strawberry.field(description="Its legal name.")
    country: str = strawberry.field(description="Its country (ISO 3166-1 alpha-2).")
    currency: str = strawberry.field(description="The currency of its books (ISO 4217).")
    fiscal_year_start_month: int = strawberry.field(description="1 to 12; 1 is January.")
    status: str = strawberry.field(description="Either active or closed.")
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    custom_fields = custom_fields_of("legal_entity")

    @classmethod
    def of(cls, row: Row[Any]) -> "LegalEntity":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("LegalEntity", row.id),
            code=row.code,
            name=row.name,
            country=row.country,
            currency=row.currency,
            fiscal_year_start_month=row.fiscal_year_start_month,
            status=row.status,
            version=row.version,
        )


async def load_legal_entities(reader: Reader, ids: Sequence[int]) -> list[LegalEntity | None]:
    """A batch for loaders: the entities of these row ids, in order."""
    rows = await queries.legal_entities_of_ids(reader, ids=ids)
    return [LegalEntity.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("LegalEntity", load_legal_entities)


@strawberry.input(description="Which legal entities to list; conditions are joined by and.")
class LegalEntityFilter:
    code: str | None = strawberry.field(default=None, description="Exactly this code.")
    status: str | None = strawberry.field(default=None, description="Either active or closed.")
    currency: str | None = strawberry.field(default=None, description="With books in this one.")
    custom_fields: Conditions = strawberry.field(default=None, description=CONDITIONS_SAY)


@strawberry.enum(description="What legal entities can be ordered by.")
class LegalEntityOrderField(Enum):
    CODE = strawberry.enum_value("code", description="Their code.")
    NAME = strawberry.enum_value("name", description="Their name.")


@strawberry.input(description="The order of a list of legal entities.")
class LegalEntityOrder:
    field: LegalEntityOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class LegalEntityQuery:
    @strawberry.field(description="The tenant's legal entities, by code.")
    async def legal_entities(
        self,
        info: Info,
        filter: Annotated[
            LegalEntityFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            LegalEntityOrder | None, strawberry.argument(description="By code if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[LegalEntity]:
        reader = await info.context.reader()
        fields = await narrowed(info, "legal_entity", given(filter or LegalEntityFilter()))
        where = queries.LegalEntityFilter(**fields)
        page = await queries.legal_entities(
            reader,
            where=where,
            ordering=chosen(queries.ORDERINGS, order_by, default="code"),
            request=wanted(first, after, last, before),
        )
        return connection(
            page,
            LegalEntity.of,
            count=lambda: queries.legal_entity_count(reader, where=where),
        )


@strawberry.input(description="A new legal entity.")
class CreateLegalEntityInput:
    code: str = strawberry.field(description="Short and unique, such as US1.")
    name: str = strawberry.field(description="Its legal name.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, such as US.")
    currency: str = strawberry.field(description="ISO 4217, such as USD.")
    fiscal_year_start_month: int = strawberry.field(default=1, description="1 to 12.")


@strawberry.type(description="What createLegalEntity did.")
class CreateLegalEntityPayload:
    legal_entity: LegalEntity | None = strawberry.field(description="The new entity.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="Changes of a legal entity; fields left out stay as they are.")
class UpdateLegalEntityInput:
    id: strawberry.ID = strawberry.field(description="The entity's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    code: str | None = strawberry.field(default=strawberry.UNSET, description="New code.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    country: str | None = strawberry.field(default=strawberry.UNSET, description="New country.")
    currency: str | None = strawberry.field(
        default=strawberry.UNSET, description="New currency; only before anything is posted."
    )
    status: str | None = strawberry.field(
        default=strawberry.UNSET, description="Either active or closed."
    )


@strawberry.type(description="What updateLegalEntity did.")
class UpdateLegalEntityPayload:
    legal_entity: LegalEntity | None = strawberry.field(description="The entity as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@answers(EntityInUse)
@strawberry.type(description="The entity is in use, so this field is fixed.")
class EntityInUseError(UserError):
    field: str = strawberry.field(description="The field that can no longer change.")


@strawberry.type
class LegalEntityMutation:
    @strawberry.mutation(description="Create a legal entity. Needs entities.manage.")
    async def create_legal_entity(
        self,
        info: Info,
        input: Annotated[CreateLegalEntityInput, strawberry.argument(description="The entity.")],
    ) -> CreateLegalEntityPayload:
        async def create(work: Work) -> dict[str, Any]:
            return {"id": await operations.create_legal_entity(work, **given(input))}

        done = await perform(info, create, input=input)
        entity = await info.context.load_done(load_legal_entities, done["id"])
        return CreateLegalEntityPayload(legal_entity=entity, user_errors=done.user_errors)

    @strawberry.mutation(description="Change a legal entity. Needs entities.manage.")
    async def update_legal_entity(
        self,
        info: Info,
        input: Annotated[UpdateLegalEntityInput, strawberry.argument(description="The changes.")],
    ) -> UpdateLegalEntityPayload:
        entity_id = row_id_of(input.id, "LegalEntity")

        async def update(work: Work) -> dict[str, Any]:
            fields = given(input, "code", "name", "country", "currency", "status")
            await operations.update_legal_entity(
                work, entity_id=entity_id, expected_version=input.expected_version, **fields
            )
            return {"id": entity_id}

        done = await perform(info, update, input=input)
        entity = await info.context.load_done(load_legal_entities, done["id"])
        return UpdateLegalEntityPayload(legal_entity=entity, user_errors=done.user_errors)
