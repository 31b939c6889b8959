"""The mutations of users."""

from typing import Annotated, Any

import strawberry

from api.access.users import User, load_users
from api.access.writing import perform_access
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.user_errors import UserError
from domain.kernel.work import Work
from domain.onboarding.access.operations import users as operations


@strawberry.input(description="A new user.")
class CreateUserInput:
    username: str = strawberry.field(description="The name for signing in, unique.")
    display_name: str = strawberry.field(description="The name for people.")
    password: str | None = strawberry.field(
        default=None, description="10 to 200 characters; absent if an outside issuer signs it in."
    )
    email: str | None = strawberry.field(default=None, description="The e-mail address.")
    role_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Its roles; none that allows more than the caller may."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer or supplier whose user it is."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The third-party location whose user it is."
    )


@strawberry.type(description="What createUser did.")
class CreateUserPayload:
    user: User | None = strawberry.field(description="The new user.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="Changes of a user; fields left out stay as they are.")
class UpdateUserInput:
    id: strawberry.ID = strawberry.field(description="The user's id.")
    display_name: str | None = strawberry.field(
        default=strawberry.UNSET, description="New name for people."
    )
    email: str | None = strawberry.field(default=strawberry.UNSET, description="New address.")
    status: str | None = strawberry.field(
        default=strawberry.UNSET, description="Either active or suspended; both end its sessions."
    )
    role_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="All its roles from now on."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The customer or supplier whose user it is."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The third-party location whose user it is."
    )


@strawberry.type(description="What updateUser did.")
class UpdateUserPayload:
    user: User | None = strawberry.field(description="The user as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="Another user's new password.")
class ResetPasswordInput:
    id: strawberry.ID = strawberry.field(description="The user's id.")
    password: str = strawberry.field(description="10 to 200 characters.")


@strawberry.type(description="What resetPassword did.")
class ResetPasswordPayload:
    user: User | None = strawberry.field(description="The user, whose tokens are void now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="Whose sessions end.")
class EndSessionsInput:
    id: strawberry.ID = strawberry.field(description="The user's id.")


@strawberry.type(description="What endSessions did.")
class EndSessionsPayload:
    user: User | None = strawberry.field(description="The user, whose tokens are void now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class UserMutation:
    @strawberry.mutation(description="Create a user. Needs users.manage.")
    async def create_user(
        self,
        info: Info,
        input: Annotated[CreateUserInput, strawberry.argument(description="The user.")],
    ) -> CreateUserPayload:
        fields = given(input) | _references(input)

        async def create(work: Work) -> dict[str, Any]:
            return {"id": await operations.create_user(work, **fields)}

        done = await perform_access(info, create, input=input)
        user = await info.context.load_done(load_users, done["id"])
        return CreateUserPayload(user=user, user_errors=done.user_errors)

    @strawberry.mutation(description="Change a user. Needs users.manage.")
    async def update_user(
        self,
        info: Info,
        input: Annotated[UpdateUserInput, strawberry.argument(description="The changes.")],
    ) -> UpdateUserPayload:
        user_id = row_id_of(input.id, "User")
        fields = given(input, "display_name", "email", "status") | _references(input)

        async def update(work: Work) -> dict[str, Any]:
            await operations.update_user(work, user_id=user_id, **fields)
            return {"id": user_id}

        done = await perform_access(info, update, input=input)
        user = await info.context.load_done(load_users, done["id"])
        return UpdateUserPayload(user=user, user_errors=done.user_errors)

    @strawberry.mutation(description="Set another user's password. Needs users.manage.")
    async def reset_password(
        self,
        info: Info,
        input: Annotated[ResetPasswordInput, strawberry.argument(description="The password.")],
    ) -> ResetPasswordPayload:
        user_id = row_id_of(input.id, "User")

        async def reset(work: Work) -> dict[str, Any]:
            await operations.reset_password(work, user_id=user_id, password=input.password)
            return {"id": user_id}

        done = await perform_access(info, reset, input=input)
        user = await info.context.load_done(load_users, done["id"])
        return ResetPasswordPayload(user=user, user_errors=done.user_errors)

    @strawberry.mutation(description="End all sessions of a user. Needs users.manage.")
    async def end_sessions(
        self,
        info: Info,
        input: Annotated[EndSessionsInput, strawberry.argument(description="The user.")],
    ) -> EndSessionsPayload:
        user_id = row_id_of(input.id, "User")

        async def end(work: Work) -> dict[str, Any]:
            await operations.end_sessions(work, user_id=user_id)
            return {"id": user_id}

        done = await perform_access(info, end, input=input)
        user = await info.context.load_done(load_users, done["id"])
        return EndSessionsPayload(user=user, user_errors=done.user_errors)


def _references(input: CreateUserInput | UpdateUserInput) -> dict[str, Any]:
    """The ids among the fields that were sent, as row ids."""
    sent = given(input, "role_ids", "party_id", "location_id")
    if "role_ids" in sent:
        sent["role_ids"] = [
            row_id_of(each, "Role", path=("roleIds", place))
            for place, each in enumerate(sent["role_ids"] or ())
        ]
    for name, kind, path in (
        ("party_id", "Party", "partyId"),
        ("location_id", "Location", "locationId"),
    ):
        if name in sent:
            sent[name] = optional_row_id(sent[name], kind, path=(path,))
    return sent
