"""Client apps on the API."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.apps.writing import perform_apps
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError, answers
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.door import queries
from domain.onboarding.door.operations import client_apps as operations
from domain.onboarding.door.outcomes import ClientAppIsClosed


@strawberry.enum(description="Whose program an app is.")
class ClientAppKind(Enum):
    INTERNAL = strawberry.enum_value("internal", description="The tenant's own people use it.")
    PARTNER = strawberry.enum_value("partner", description="A partner's program.")
    PUBLIC = strawberry.enum_value(
        "public", description="Everybody can get it: a shop's page, a mobile app."
    )


@strawberry.type(description="A program that asks the API, with what counts for it alone.")
class ClientApp(Node):
    row_id: strawberry.Private[int]
    name: str = strawberry.field(description="Its name, unique in the tenant.")
    kind: ClientAppKind = strawberry.field(description="Whose program it is.")
    origins: list[str] = strawberry.field(
        description="The origins of its own pages, such as https://shop.example."
    )
    only_registered: bool = strawberry.field(
        description="Whether it sends registered documents and nothing else."
    )
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was created.")
    closed_at: datetime | None = strawberry.field(
        description="When it was closed; null: it is open."
    )

    @classmethod
    def of(cls, row: Row[Any]) -> "ClientApp":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("ClientApp", row.id),
            row_id=row.id,
            name=row.name,
            kind=ClientAppKind(row.kind),
            origins=list(row.origins),
            only_registered=row.only_registered,
            version=row.version,
            created_at=row.created_at,
            closed_at=row.closed_at,
        )

    @strawberry.field(description="How many documents are registered for it.")
    async def document_count(self, info: Info) -> int:
        return await info.context.load(load_document_counts, self.row_id)


async def load_client_apps(reader: Reader, ids: Sequence[int]) -> list[ClientApp | None]:
    """A batch for loaders: the apps of these row ids, in order."""
    rows = await queries.client_apps_of_ids(reader, ids=ids)
    return [ClientApp.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_document_counts(reader: Reader, ids: Sequence[int]) -> list[int]:
    """A batch for loaders: how many documents each of these apps has, in order."""
    counts = await queries.document_counts(reader, ids=ids)
    return [counts.get(row_id, 0) for row_id in ids]


refetched_by("ClientApp", load_client_apps)


@strawberry.type
class ClientAppQuery:
    @strawberry.field(description="The tenant's client apps, by name. Needs apps.read.")
    async def client_apps(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ClientApp]:
        reader = await info.context.reader()
        listing = await queries.client_apps(reader, request=wanted(first, after, last, before))
        return connection(listing.page, ClientApp.of, count=listing.count)

    @strawberry.field(description="One client app, or null. Needs apps.read.")
    async def client_app(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The app's id.")],
    ) -> ClientApp | None:
        return await info.context.load(load_client_apps, row_id_of(id, "ClientApp"))


@strawberry.input(description="A new client app.")
class CreateClientAppInput:
    name: str = strawberry.field(description="Its name, unique in the tenant.")
    kind: ClientAppKind = strawberry.field(description="Whose program it is.")
    origins: list[str] = strawberry.field(
        default_factory=list, description="The origins of its own pages, at most 50."
    )
    only_registered: bool = strawberry.field(
        default=False, description="Whether it sends registered documents and nothing else."
    )


@strawberry.input(description="Changes of a client app; fields left out stay as they are.")
class UpdateClientAppInput:
    id: strawberry.ID = strawberry.field(description="The app's id.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    kind: ClientAppKind | None = strawberry.field(default=strawberry.UNSET, description="New kind.")
    origins: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="All its origins from now on."
    )
    only_registered: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether it sends registered documents and nothing else.",
    )


@strawberry.input(description="The client app to close.")
class CloseClientAppInput:
    id: strawberry.ID = strawberry.field(description="The app's id.")


@strawberry.type(description="What became of a client app.")
class ClientAppPayload:
    client_app: ClientApp | None = strawberry.field(description="The app as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@answers(ClientAppIsClosed)
@strawberry.type(description="The app is closed for good.")
class ClientAppIsClosedError(UserError):
    name: str = strawberry.field(description="The app's name.")


_FIELDS = ("name", "kind", "origins", "only_registered")


@strawberry.type
class ClientAppMutation:
    @strawberry.mutation(description="Create a client app. Needs apps.manage.")
    async def create_client_app(
        self,
        info: Info,
        input: Annotated[CreateClientAppInput, strawberry.argument(description="The app.")],
    ) -> ClientAppPayload:
        async def create(work: Work) -> dict[str, Any]:
            return {"id": await operations.create_client_app(work, **given(input))}

        return await _done(info, create, input)

    @strawberry.mutation(
        description="Change a client app; it counts everywhere within seconds. Needs apps.manage."
    )
    async def update_client_app(
        self,
        info: Info,
        input: Annotated[UpdateClientAppInput, strawberry.argument(description="The changes.")],
    ) -> ClientAppPayload:
        app_id = row_id_of(input.id, "ClientApp")

        async def update(work: Work) -> dict[str, Any]:
            await operations.update_client_app(
                work,
                app_id=app_id,
                expected_version=input.expected_version,
                **given(input, *_FIELDS),
            )
            return {"id": app_id}

        return await _done(info, update, input)

    @strawberry.mutation(
        description="Close a client app for good: its keys become void. Needs apps.manage."
    )
    async def close_client_app(
        self,
        info: Info,
        input: Annotated[CloseClientAppInput, strawberry.argument(description="The app.")],
    ) -> ClientAppPayload:
        app_id = row_id_of(input.id, "ClientApp")

        async def close(work: Work) -> dict[str, Any]:
            await operations.close_client_app(work, app_id=app_id)
            return {"id": app_id}

        return await _done(info, close, input)


async def _done(info: Info, run: Any, input: object) -> ClientAppPayload:
    done = await perform_apps(info, run, input=input)
    app = await info.context.load_done(load_client_apps, done["id"])
    return ClientAppPayload(client_app=app, user_errors=done.user_errors)
