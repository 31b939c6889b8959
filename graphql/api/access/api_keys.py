"""API keys on the API."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.access.roles import Role, load_roles
from api.access.users import User, load_users
from api.access.writing import perform_access
from api.apps.client_apps import ClientApp, load_client_apps
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import global_id, optional_row_id, row_id_of
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.access import queries
from domain.onboarding.access.operations import api_keys as operations


@strawberry.type(description="A key for a program. Its secret is told once, when it is created.")
class ApiKey(Node):
    role_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    location_id: strawberry.Private[int | None]
    app_id: strawberry.Private[int | None]
    user_id: strawberry.Private[int | None]
    name: str = strawberry.field(description="What it is for.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never.")
    revoked_at: datetime | None = strawberry.field(description="When it was made void.")
    created_at: datetime = strawberry.field(description="When it was created.")
    is_machine: bool = strawberry.field(
        description="Whether it is a machine's; else a user answers for what is done with it."
    )

    @classmethod
    def of(cls, row: Row[Any]) -> "ApiKey":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("ApiKey", row.id),
            role_id=row.role_id,
            party_id=row.party_id,
            location_id=row.location_id,
            app_id=row.app_id,
            user_id=row.user_id,
            is_machine=row.user_id is None,
            name=row.name,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            created_at=row.created_at,
        )

    @strawberry.field(description="The role whose permissions it has.")
    async def role(self, info: Info) -> Role | None:
        return await info.context.load(load_roles, self.role_id)

    @strawberry.field(description="The customer or supplier whose key it is.")
    async def party(self, info: Info) -> Party | None:
        return await info.context.load(load_parties, self.party_id) if self.party_id else None

    @strawberry.field(description="The third-party location whose key it is.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(
        description="The user whose key it is: who answers for it, and cannot do by it what they "
        "may not do themselves. Null: a machine's."
    )
    async def user(self, info: Info) -> User | None:
        return await info.context.load(load_users, self.user_id) if self.user_id else None

    @strawberry.field(description="The client app that it belongs to.")
    async def app(self, info: Info) -> ClientApp | None:
        return await info.context.load(load_client_apps, self.app_id) if self.app_id else None


async def load_api_keys(reader: Reader, ids: Sequence[int]) -> list[ApiKey | None]:
    """A batch for loaders: the keys of these row ids, in order."""
    rows = await queries.api_keys_of_ids(reader, ids=ids)
    return [ApiKey.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("ApiKey", load_api_keys)


@strawberry.type
class ApiKeyQuery:
    @strawberry.field(description="The tenant's API keys, oldest first. Needs users.read.")
    async def api_keys(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApiKey]:
        reader = await info.context.reader()
        listing = await queries.api_keys(reader, request=wanted(first, after, last, before))
        return connection(listing.page, ApiKey.of, count=listing.count)


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = strawberry.field(description="What it is for.")
    role_id: strawberry.ID = strawberry.field(
        description="The role whose permissions it has; none beyond the caller's."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer or supplier whose key it is."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The third-party location whose key it is."
    )
    app_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The client app that it belongs to, whose origins and documents count for it.",
    )
    user_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The user whose key it is. Absent: the caller's own, or with a party or a "
        "location a machine's.",
    )
    is_machine: bool = strawberry.field(
        default=False,
        description="Whether it is a machine's: no user answers for what is done with it.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends, with an offset; never if absent."
    )


@strawberry.type(description="What createApiKey did.")
class CreateApiKeyPayload:
    api_key: ApiKey | None = strawberry.field(description="The new key's record.")
    key: str | None = strawberry.field(
        description=(
            "The key itself, to send as Authorization: Bearer <key>. Told this once and kept "
            "nowhere: null when an idempotent request is repeated."
        )
    )
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="The key to revoke.")
class RevokeApiKeyInput:
    id: strawberry.ID = strawberry.field(description="The key's id.")


@strawberry.type(description="What revokeApiKey did.")
class RevokeApiKeyPayload:
    api_key: ApiKey | None = strawberry.field(description="The key as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class ApiKeyMutation:
    @strawberry.mutation(description="Create an API key. Needs users.manage.")
    async def create_api_key(
        self,
        info: Info,
        input: Annotated[CreateApiKeyInput, strawberry.argument(description="The key.")],
    ) -> CreateApiKeyPayload:
        fields = _fields(input)
        # Not among the operation's values: those are kept with an idempotency key.
        told: list[str] = []

        async def create(work: Work) -> dict[str, Any]:
            created = await operations.create_api_key(work, **fields)
            told[:] = [created.key]
            return {"id": created.id}

        done = await perform_access(info, create, input=input)
        record = await info.context.load_done(load_api_keys, done["id"])
        key = told[0] if told and done["id"] is not None else None
        return CreateApiKeyPayload(api_key=record, key=key, user_errors=done.user_errors)

    @strawberry.mutation(description="Make an API key void for good. Needs users.manage.")
    async def revoke_api_key(
        self,
        info: Info,
        input: Annotated[RevokeApiKeyInput, strawberry.argument(description="The key.")],
    ) -> RevokeApiKeyPayload:
        key_id = row_id_of(input.id, "ApiKey")

        async def revoke(work: Work) -> dict[str, Any]:
            await operations.revoke_api_key(work, key_id=key_id)
            return {"id": key_id}

        done = await perform_access(info, revoke, input=input)
        record = await info.context.load_done(load_api_keys, done["id"])
        return RevokeApiKeyPayload(api_key=record, user_errors=done.user_errors)


def _fields(input: CreateApiKeyInput) -> dict[str, Any]:
    return {
        "name": input.name,
        "role_id": row_id_of(input.role_id, "Role", path=("roleId",)),
        "party_id": optional_row_id(input.party_id, "Party", path=("partyId",)),
        "location_id": optional_row_id(input.location_id, "Location", path=("locationId",)),
        "app_id": optional_row_id(input.app_id, "ClientApp", path=("appId",)),
        "user_id": optional_row_id(input.user_id, "User", path=("userId",)),
        "is_machine": input.is_machine,
        "expires_at": input.expires_at,
    }
