"""Roles on the API."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.access.writing import perform_access
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, row_id_of
from api.nodes import Node, refetched_by
from api.user_errors import UserError, answers
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.access import queries
from domain.onboarding.access.operations import roles as operations
from domain.onboarding.access.outcomes import LastAdministrator, TooMuchForPartner
from tenancy.permissions import ALL_PERMISSIONS


@strawberry.type(description="A named set of permissions.")
class Role(Node):
    row_id: strawberry.Private[int]
    name: str = strawberry.field(description="Its name, unique in the tenant.")
    description: str = strawberry.field(description="What it is for.")

    @classmethod
    def of(cls, row: Row[Any]) -> "Role":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Role", row.id),
            row_id=row.id,
            name=row.name,
            description=row.description,
        )

    @strawberry.field(description="What it allows, in order.")
    async def permissions(self, info: Info) -> list[str]:
        return await info.context.load(load_role_permissions, self.row_id)


async def load_roles(reader: Reader, ids: Sequence[int]) -> list[Role | None]:
    """A batch for loaders: the roles of these row ids, in order."""
    rows = await queries.roles_of_ids(reader, ids=ids)
    return [Role.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_role_permissions(reader: Reader, ids: Sequence[int]) -> list[list[str]]:
    """A batch for loaders: the permissions of each role."""
    found = await queries.permissions_of_roles(reader, ids=ids)
    return [found[row_id] for row_id in ids]


refetched_by("Role", load_roles)


@strawberry.type(description="Something that a role may allow.")
class Permission:
    name: str = strawberry.field(description="Area and verb, such as orders.place.")
    description: str = strawberry.field(description="What it allows.")


@strawberry.type
class RoleQuery:
    @strawberry.field(description="The tenant's roles, by name. Needs users.read.")
    async def roles(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Role]:
        reader = await info.context.reader()
        listing = await queries.roles(reader, request=wanted(first, after, last, before))
        return connection(listing.page, Role.of, count=listing.count)

    @strawberry.field(description="Every permission there is.")
    def permissions(self, info: Info) -> list[Permission]:
        _ = info.context.principal  # whoever is signed in may know them
        return [
            Permission(name=name, description=description)
            for name, description in ALL_PERMISSIONS.items()
        ]


@strawberry.input(description="A new role.")
class CreateRoleInput:
    name: str = strawberry.field(description="Unique in the tenant.")
    permissions: list[str] = strawberry.field(
        description="What it allows; only what the caller may do itself."
    )
    description: str = strawberry.field(default="", description="What it is for.")


@strawberry.type(description="What createRole did.")
class CreateRolePayload:
    role: Role | None = strawberry.field(description="The new role.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.input(description="All that a role is to allow from now on.")
class SetRolePermissionsInput:
    id: strawberry.ID = strawberry.field(description="The role's id.")
    permissions: list[str] = strawberry.field(
        description="What it allows; what is new to it the caller must be allowed itself."
    )


@strawberry.type(description="What setRolePermissions did.")
class SetRolePermissionsPayload:
    role: Role | None = strawberry.field(description="The role as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@answers(LastAdministrator)
@strawberry.type(description="Nobody could manage users any more.")
class LastAdministratorError(UserError):
    pass


@answers(TooMuchForPartner)
@strawberry.type(description="The role gives what a partner may not have.")
class TooMuchForPartnerError(UserError):
    permissions: list[str] = strawberry.field(description="The permissions that are too many.")


@strawberry.type
class RoleMutation:
    @strawberry.mutation(description="Create a role. Needs users.manage.")
    async def create_role(
        self,
        info: Info,
        input: Annotated[CreateRoleInput, strawberry.argument(description="The role.")],
    ) -> CreateRolePayload:
        async def create(work: Work) -> dict[str, Any]:
            return {
                "id": await operations.create_role(
                    work,
                    name=input.name,
                    permissions=input.permissions,
                    description=input.description,
                )
            }

        done = await perform_access(info, create, input=input)
        role = await info.context.load_done(load_roles, done["id"])
        return CreateRolePayload(role=role, user_errors=done.user_errors)

    @strawberry.mutation(description="Change what a role allows. Needs users.manage.")
    async def set_role_permissions(
        self,
        info: Info,
        input: Annotated[SetRolePermissionsInput, strawberry.argument(description="The role.")],
    ) -> SetRolePermissionsPayload:
        role_id = row_id_of(input.id, "Role")

        async def change(work: Work) -> dict[str, Any]:
            await operations.set_role_permissions(
                work, role_id=role_id, permissions=input.permissions
            )
            return {"id": role_id}

        done = await perform_access(info, change, input=input)
        role = await info.context.load_done(load_roles, done["id"])
        return SetRolePermissionsPayload(role=role, user_errors=done.user_errors)
