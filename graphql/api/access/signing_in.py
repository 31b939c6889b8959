"""Signing in and out, and who the caller is."""

from collections.abc import Awaitable
from datetime import datetime
from math import ceil
from typing import Annotated, Any

import strawberry

from api.access.writing import perform_access
from api.context import Info
from api.user_errors import UserError, answers, described, user_error
from domain.kernel.errors import Expected
from domain.kernel.work import Work
from domain.onboarding.access import own_account
from domain.onboarding.access.outcomes import (
    OldPasswordWrong,
    PasswordRefused,
    SignInRefused,
    TooManySignIns,
)
from tenancy.authentication import Authenticator, Tokens
from tenancy.failures import AuthenticationFailed, TooManyAttempts


@strawberry.type(description="The tokens of a session.")
class AuthTokens:
    access_token: str = strawberry.field(
        description="Send it as Authorization: Bearer <token>, until it expires."
    )
    access_expires_at: datetime = strawberry.field(description="When the access token ends.")
    refresh_token: str = strawberry.field(
        description="Gives the next tokens, once. Keep it where no script of a page reads it."
    )
    refresh_expires_at: datetime = strawberry.field(description="When the session ends.")

    @classmethod
    def of(cls, tokens: Tokens) -> "AuthTokens":
        """From what the authenticator gave."""
        return cls(
            access_token=tokens.access_token,
            access_expires_at=tokens.access_expires_at,
            refresh_token=tokens.refresh_token,
            refresh_expires_at=tokens.refresh_expires_at,
        )


@strawberry.type(description="The tenant that the caller belongs to.")
class ViewerTenant:
    slug: str = strawberry.field(description="Its name in sign-ins and the X-Tenant header.")
    name: str = strawberry.field(description="Its name for people.")


@strawberry.type(description="Who is asking, and what it may do.")
class Viewer:
    kind: str = strawberry.field(description="Either user or api_key.")
    name: str = strawberry.field(description="The username, or the key's name.")
    display_name: str | None = strawberry.field(description="A user's name for people.")
    email: str | None = strawberry.field(description="A user's e-mail address.")
    is_partner: bool = strawberry.field(
        description="Whether it is a partner's, and sees that partner's rows only."
    )
    permissions: list[str] = strawberry.field(description="What it may do, in order.")
    tenant: ViewerTenant = strawberry.field(description="Its tenant.")


@strawberry.type
class ViewerQuery:
    @strawberry.field(description="Who is asking; null without credentials.")
    async def viewer(self, info: Info) -> Viewer | None:
        if info.context.caller is None:
            return None
        reader = await info.context.reader()
        account = await own_account.own_account(reader)
        tenant = await own_account.own_tenant(reader)
        return Viewer(
            kind=reader.principal.kind.value,
            name=reader.principal.name,
            display_name=account.display_name if account else None,
            email=account.email if account else None,
            is_partner=reader.principal.is_partner,
            permissions=sorted(reader.principal.permissions),
            tenant=ViewerTenant(slug=tenant.slug, name=tenant.name),
        )


@strawberry.input(description="Who signs in.")
class SignInInput:
    tenant: str = strawberry.field(description="The tenant's slug, such as demo.")
    username: str = strawberry.field(description="The user's name; case does not matter.")
    password: str = strawberry.field(description="The user's password.")


@strawberry.type(description="What signIn gave.")
class SignInPayload:
    tokens: AuthTokens | None = strawberry.field(description="The tokens of the new session.")
    user_errors: list[UserError] = strawberry.field(description="Why there are none.")


@strawberry.input(description="The session to go on with.")
class RefreshTokenInput:
    refresh_token: str = strawberry.field(description="The last refresh token of the session.")


@strawberry.type(description="What refreshToken gave.")
class RefreshTokenPayload:
    tokens: AuthTokens | None = strawberry.field(description="The next tokens of the session.")
    user_errors: list[UserError] = strawberry.field(description="Why there are none.")


@strawberry.input(description="The session to end.")
class SignOutInput:
    refresh_token: str = strawberry.field(description="Any refresh token of the session.")


@strawberry.type(description="What signOut did.")
class SignOutPayload:
    signed_out: bool = strawberry.field(description="Whether the session is over.")
    user_errors: list[UserError] = strawberry.field(description="Why it is not.")


@strawberry.input(description="A change of one's own password.")
class SetPasswordInput:
    old_password: str = strawberry.field(description="The password until now.")
    new_password: str = strawberry.field(description="10 to 200 characters.")


@strawberry.type(description="What setPassword did.")
class SetPasswordPayload:
    changed: bool = strawberry.field(
        description="Whether it was set. If so, all tokens of the user are void: sign in again."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it was not set.")


@answers(SignInRefused)
@strawberry.type(description="The credentials do not hold. Why is not told.")
class SignInRefusedError(UserError):
    pass


@answers(TooManySignIns)
@strawberry.type(description="Sign-in was tried too often.")
class TooManySignInsError(UserError):
    retry_after_seconds: int = strawberry.field(description="How long to wait.")


@answers(OldPasswordWrong)
@strawberry.type(description="The old password is not right.")
class OldPasswordWrongError(UserError):
    pass


@answers(PasswordRefused)
@strawberry.type(description="This password cannot be set; the message says why.")
class PasswordRefusedError(UserError):
    pass


@strawberry.type
class SignInMutation:
    @strawberry.mutation(description="Sign in with a password. Needs no credentials.")
    async def sign_in(
        self,
        info: Info,
        input: Annotated[SignInInput, strawberry.argument(description="Who signs in.")],
    ) -> SignInPayload:
        attempt = _authenticator(info).sign_in(
            input.tenant,
            input.username,
            input.password,
            info.context.now,
            address=_address(info),
        )
        tokens, errors = await _attempted(attempt)
        return SignInPayload(tokens=tokens, user_errors=errors)

    @strawberry.mutation(
        description=(
            "The next tokens of a session; a refresh token that is used again ends it. "
            "Send no Authorization header with it: the access token may have expired."
        )
    )
    async def refresh_token(
        self,
        info: Info,
        input: Annotated[RefreshTokenInput, strawberry.argument(description="The session.")],
    ) -> RefreshTokenPayload:
        attempt = _authenticator(info).refresh(input.refresh_token, info.context.now)
        tokens, errors = await _attempted(attempt)
        return RefreshTokenPayload(tokens=tokens, user_errors=errors)

    @strawberry.mutation(description="End a session; its access tokens end with it.")
    async def sign_out(
        self,
        info: Info,
        input: Annotated[SignOutInput, strawberry.argument(description="The session.")],
    ) -> SignOutPayload:
        try:
            await _authenticator(info).sign_out(input.refresh_token, info.context.now)
        except AuthenticationFailed as failure:
            errors = [_told(SignInRefused(failure.message))]
            return SignOutPayload(signed_out=False, user_errors=errors)
        return SignOutPayload(signed_out=True, user_errors=[])

    @strawberry.mutation(description="Change one's own password. Needs no permission.")
    async def set_password(
        self,
        info: Info,
        input: Annotated[SetPasswordInput, strawberry.argument(description="The passwords.")],
    ) -> SetPasswordPayload:
        async def change(work: Work) -> dict[str, Any]:
            await own_account.set_password(
                work, old_password=input.old_password, new_password=input.new_password
            )
            return {"changed": True}

        done = await perform_access(info, change, input=input)
        return SetPasswordPayload(changed=bool(done["changed"]), user_errors=done.user_errors)


async def _attempted(
    attempt: Awaitable[Tokens],
) -> tuple[AuthTokens | None, list[UserError]]:
    try:
        return AuthTokens.of(await attempt), []
    except AuthenticationFailed as failure:
        return None, [_told(SignInRefused(failure.message))]
    except TooManyAttempts as failure:
        seconds = ceil(failure.retry_after.total_seconds())
        return None, [_told(TooManySignIns(str(failure), retry_after_seconds=seconds))]


def _told(outcome: Expected) -> UserError:
    return user_error(described(outcome))


def _authenticator(info: Info) -> Authenticator:
    authenticator: Authenticator = info.context.services.authenticator
    return authenticator


def _address(info: Info) -> str | None:
    client = getattr(info.context.request, "client", None)
    return None if client is None else str(client.host)
