"""Users on the API."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.access.roles import Role
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
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from domain.kernel.reading import Reader
from domain.onboarding.access import queries


@strawberry.type(description="A person who signs in.")
class User(Node):
    row_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    location_id: strawberry.Private[int | None]
    username: str = strawberry.field(description="The name for signing in.")
    display_name: str = strawberry.field(description="The name for people.")
    email: str | None = strawberry.field(description="The e-mail address.")
    status: str = strawberry.field(description="Either active or suspended.")
    has_password: bool = strawberry.field(
        description="Whether it may sign in with a password; else through an outside issuer only."
    )
    created_at: datetime = strawberry.field(description="When it was created.")

    @classmethod
    def of(cls, row: Row[Any]) -> "User":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("User", row.id),
            row_id=row.id,
            party_id=row.party_id,
            location_id=row.location_id,
            username=row.username,
            display_name=row.display_name,
            email=row.email,
            status=row.status,
            has_password=row.has_password,
            created_at=row.created_at,
        )

    @strawberry.field(description="The customer or supplier whose user it is.")
    async def party(self, info: Info) -> Party | None:
        return await info.context.load(load_parties, self.party_id) if self.party_id else None

    @strawberry.field(description="The third-party location whose user it is.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="Its roles, by name.")
    async def roles(self, info: Info) -> list[Role]:
        return await info.context.load(load_roles_of_users, self.row_id)


async def load_users(reader: Reader, ids: Sequence[int]) -> list[User | None]:
    """A batch for loaders: the users of these row ids, in order."""
    rows = await queries.users_of_ids(reader, ids=ids)
    return [User.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_roles_of_users(reader: Reader, ids: Sequence[int]) -> list[list[Role]]:
    """A batch for loaders: the roles of each user."""
    found = await queries.roles_of_users(reader, ids=ids)
    return [[Role.of(row) for row in found[row_id]] for row_id in ids]


refetched_by("User", load_users)


@strawberry.input(description="Which users to list; conditions are joined by and.")
class UserFilter:
    username: str | None = strawberry.field(default=None, description="Exactly this one.")
    status: str | None = strawberry.field(default=None, description="Either active or suspended.")
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="Users of this customer or supplier."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Users of this third-party location."
    )
    role_id: strawberry.ID | None = strawberry.field(
        default=None, description="Users with this role."
    )


@strawberry.enum(description="What users can be ordered by.")
class UserOrderField(Enum):
    USERNAME = strawberry.enum_value("username", description="Their username.")
    CREATED_AT = strawberry.enum_value("created_at", description="When they were created.")


@strawberry.input(description="The order of a list of users.")
class UserOrder:
    field: UserOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class UserQuery:
    @strawberry.field(description="The tenant's users, by username. Needs users.read.")
    async def users(
        self,
        info: Info,
        filter: Annotated[
            UserFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            UserOrder | None, strawberry.argument(description="By username if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[User]:
        listing = await queries.users(
            await info.context.reader(),
            where=_filter(filter or UserFilter()),
            ordering=chosen(queries.USER_ORDERINGS, order_by, default="username"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, User.of, count=listing.count)


def _filter(sent: UserFilter) -> queries.UserFilter:
    return queries.UserFilter(
        username=sent.username,
        status=sent.status,
        party_id=optional_row_id(sent.party_id, "Party", path=("filter", "partyId")),
        location_id=optional_row_id(sent.location_id, "Location", path=("filter", "locationId")),
        role_id=optional_row_id(sent.role_id, "Role", path=("filter", "roleId")),
    )
