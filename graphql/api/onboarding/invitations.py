"""Invitations on the API."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.access.signing_in import AuthTokens
from api.access.users import User, load_users
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, optional_row_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.onboarding.unknown_callers import authenticator_of, with_code
from api.user_errors import UserError
from api.writing import perform
from domain.kernel.reading import Reader
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.access.credentials import hashed
from domain.onboarding.inviting import operations, queries
from domain.onboarding.inviting.accepting import Accepted, accept_invitation
from tenancy.mailed_tokens import PresentedToken
from tenancy.principals import system_principal

INVITED = "invited user"


@strawberry.enum(description="What became of an invitation.")
class InvitationStatus(Enum):
    SENT = strawberry.enum_value("sent", description="Its letter is written, and nobody answered.")
    ACCEPTED = strawberry.enum_value("accepted", description="The user chose a password.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="It counts no more.")


@strawberry.type(description="A user who was asked by mail to choose a password.")
class Invitation(Node):
    user_id: strawberry.Private[int]
    email: str = strawberry.field(description="Where the letter goes.")
    status: InvitationStatus = strawberry.field(description="What became of it.")
    invited_by: str = strawberry.field(description="Who invited.")
    created_at: datetime = strawberry.field(description="When it was written.")
    expires_at: datetime = strawberry.field(description="Until when it can be accepted.")
    ended_at: datetime | None = strawberry.field(description="When it was accepted or withdrawn.")

    @classmethod
    def of(cls, row: Row[Any]) -> "Invitation":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Invitation", row.id),
            user_id=row.user_id,
            email=row.email,
            status=InvitationStatus(row.status),
            invited_by=row.invited_by,
            created_at=row.created_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
        )

    @strawberry.field(description="The user.")
    async def user(self, info: Info) -> User | None:
        return await info.context.load(load_users, self.user_id)


async def load_invitations(reader: Reader, ids: Sequence[int]) -> list[Invitation | None]:
    """A batch for loaders: the invitations of these row ids, in order."""
    rows = await queries.invitations_of_ids(reader, ids=ids)
    return [Invitation.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Invitation", load_invitations)


@strawberry.type
class InvitationQuery:
    @strawberry.field(description="Invitations, oldest first. Needs users.read.")
    async def invitations(
        self,
        info: Info,
        status: Annotated[
            InvitationStatus | None, strawberry.argument(description="Only those; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Invitation]:
        listing = await queries.invitations(
            await info.context.reader(),
            status=None if status is None else str(status.value),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Invitation.of, count=listing.count)


@strawberry.input(description="A user to invite.")
class InviteUserInput:
    email: str = strawberry.field(description="Where the letter goes.")
    username: str | None = strawberry.field(
        default=None, description="The name for signing in; the address if absent."
    )
    display_name: str | None = strawberry.field(
        default=None, description="The name for people; made of the address if absent."
    )
    role_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Its roles; none that allows more than the caller may."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer or supplier whose user it is."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The third-party location whose user it is."
    )


@strawberry.input(description="An invitation.")
class InvitationInput:
    id: strawberry.ID = strawberry.field(description="The invitation's id.")


@strawberry.type(description="An invitation that was written or changed.")
class InvitationPayload:
    invitation: Invitation | None = strawberry.field(description="The invitation as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="A password that an invited user chooses.")
class AcceptInvitationInput:
    token: str = strawberry.field(description="The code of the letter.")
    password: str = strawberry.field(description="10 to 200 characters.")


@strawberry.type(description="What acceptInvitation gave.")
class AcceptInvitationPayload:
    tenant: str | None = strawberry.field(description="The tenant's slug, for later sign-ins.")
    username: str | None = strawberry.field(description="The username, for later sign-ins.")
    tokens: AuthTokens | None = strawberry.field(description="The user's session.")
    user_errors: list[UserError] = strawberry.field(description="Why there is none.")


@strawberry.type
class InvitationMutation:
    @strawberry.mutation(
        description="Make a user and ask it by mail to choose a password. Needs users.manage."
    )
    async def invite_user(
        self,
        info: Info,
        input: Annotated[InviteUserInput, strawberry.argument(description="The user.")],
    ) -> InvitationPayload:
        async def invite(work: Work) -> dict[str, Any]:
            fields = given(input, "email", "username", "display_name")
            fields["role_ids"] = [
                row_id_of(each, "Role", path=("roleIds", place))
                for place, each in enumerate(input.role_ids)
            ]
            fields["party_id"] = optional_row_id(input.party_id, "Party", path=("partyId",))
            fields["location_id"] = optional_row_id(
                input.location_id, "Location", path=("locationId",)
            )
            return {"id": await operations.invite_user(work, **fields)}

        return await _payload(info, invite, input)

    @strawberry.mutation(
        description="Send a new letter; the code of the old one is void. Needs users.manage."
    )
    async def repeat_invitation(
        self,
        info: Info,
        input: Annotated[InvitationInput, strawberry.argument(description="Which one.")],
    ) -> InvitationPayload:
        invitation_id = row_id_of(input.id, "Invitation")

        async def repeat(work: Work) -> dict[str, Any]:
            return {"id": await operations.repeat_invitation(work, invitation_id=invitation_id)}

        return await _payload(info, repeat, input)

    @strawberry.mutation(
        description="Make an invitation void, and suspend its user. Needs users.manage."
    )
    async def withdraw_invitation(
        self,
        info: Info,
        input: Annotated[InvitationInput, strawberry.argument(description="Which one.")],
    ) -> InvitationPayload:
        invitation_id = row_id_of(input.id, "Invitation")

        async def withdraw(work: Work) -> dict[str, Any]:
            await operations.withdraw_invitation(work, invitation_id=invitation_id)
            return {"id": invitation_id}

        return await _payload(info, withdraw, input)

    @strawberry.mutation(
        description=(
            "Choose a password with the code of an invitation, once, and sign in. "
            "Needs no credentials."
        )
    )
    async def accept_invitation(
        self,
        info: Info,
        input: Annotated[AcceptInvitationInput, strawberry.argument(description="The code.")],
    ) -> AcceptInvitationPayload:
        async def run(code: PresentedToken) -> tuple[Accepted, AuthTokens]:
            return await _accept(info, code, input.password)

        done, performed = await with_code(info, input.token, run)
        accepted, tokens = done or (None, None)
        return AcceptInvitationPayload(
            tenant=accepted.slug if accepted else None,
            username=accepted.username if accepted else None,
            tokens=tokens,
            user_errors=performed.user_errors,
        )


async def _accept(info: Info, code: PresentedToken, password: str) -> tuple[Accepted, AuthTokens]:
    context, authenticator = info.context, authenticator_of(info)
    password_hash = await hashed(password)
    principal = system_principal(code.tenant_id, name=INVITED)
    async with unit_of_work(
        context.engine, principal, now=context.now, request_id=context.request_id
    ) as work:
        accepted = await accept_invitation(
            work, authenticator.mailed, code, password_hash=password_hash
        )
    authenticator.forget()
    tokens = await authenticator.open_session(code.tenant_id, accepted.user_id, context.clock())
    return accepted, AuthTokens.of(tokens)


async def _payload(info: Info, run: Any, input: object) -> InvitationPayload:
    done = await perform(info, run, input=input)
    invitation = await info.context.load_done(load_invitations, done["id"])
    return InvitationPayload(invitation=invitation, user_errors=done.user_errors)
