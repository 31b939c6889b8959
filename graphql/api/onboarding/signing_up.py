"""Signing up, and proving an address."""

from typing import Annotated

import strawberry

from api.access.signing_in import AuthTokens, ViewerTenant
from api.context import Info
from api.onboarding.unknown_callers import authenticator_of, sign_up_once, with_code
from api.user_errors import UserError, answers
from domain.kernel.work import Work
from domain.onboarding.access.credentials import hashed
from domain.onboarding.signing_up.outcomes import CodeVoid, TooManySignUps
from domain.onboarding.signing_up.policy import sound_sign_up
from domain.onboarding.signing_up.signing_up import Founded, sign_up, verify_sign_up
from tenancy.failures import TooManyAttempts
from tenancy.mailed_tokens import PresentedToken
from tenancy.throttling import LETTERS_PER_MAILBOX, admit


@answers(CodeVoid)
@strawberry.type(
    description="The code was used, has expired, or never was; which of them is not told."
)
class CodeVoidError(UserError):
    pass


@answers(TooManySignUps)
@strawberry.type(description="Too many tries from one address.")
class TooManySignUpsError(UserError):
    retry_after_seconds: int = strawberry.field(description="How long to wait.")


@strawberry.input(description="A company that wants to come on.")
class SignUpTenantInput:
    company: str = strawberry.field(description="Its name.")
    email: str = strawberry.field(
        description="Its first administrator's e-mail address, which becomes the username."
    )
    password: str = strawberry.field(description="10 to 200 characters.")
    display_name: str | None = strawberry.field(
        default=None, description="The administrator's name for people."
    )
    slug: str | None = strawberry.field(
        default=None,
        description="The wished name in sign-ins, made of the company's if absent. Where another "
        "tenant has it, yours gets an ending.",
    )


@strawberry.type(description="What signUpTenant did.")
class SignUpTenantPayload:
    is_accepted: bool = strawberry.field(
        description="Whether a letter with a code is on its way, if the address takes letters. "
        "It is so whether the address is known here or not."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it was not accepted.")


@strawberry.input(description="A code that came by mail.")
class VerifyAdminInput:
    token: str = strawberry.field(description="The code of the letter.")


@strawberry.type(description="What verifyAdmin gave.")
class VerifyAdminPayload:
    tenant: ViewerTenant | None = strawberry.field(description="The new tenant.")
    username: str | None = strawberry.field(description="Its administrator's username.")
    tokens: AuthTokens | None = strawberry.field(description="The administrator's session.")
    user_errors: list[UserError] = strawberry.field(description="Why there is none.")


@strawberry.type
class SigningUpMutation:
    @strawberry.mutation(
        description=(
            "Sign a company up. Needs no credentials. A letter brings a code for verifyAdmin; "
            "until it is used there is no tenant, and after 24 hours nothing is left."
        )
    )
    async def sign_up_tenant(
        self,
        info: Info,
        input: Annotated[SignUpTenantInput, strawberry.argument(description="The company.")],
    ) -> SignUpTenantPayload:
        asked = sound_sign_up(
            email=input.email,
            company=input.company,
            display_name=input.display_name,
            slug=input.slug,
        )

        async def run(work: Work) -> None:
            password_hash = await hashed(input.password)
            if await _takes_more(info, asked.email):
                await sign_up(work, asked=asked, password_hash=password_hash)

        done = await sign_up_once(info, run, input=input, whose=asked.email)
        return SignUpTenantPayload(
            is_accepted=bool(done["is_accepted"]), user_errors=done.user_errors
        )

    @strawberry.mutation(
        description=(
            "Prove the address of a sign-up with the code of its letter, once. The tenant comes "
            "into being, and its administrator is signed in. Needs no credentials."
        )
    )
    async def verify_admin(
        self,
        info: Info,
        input: Annotated[VerifyAdminInput, strawberry.argument(description="The code.")],
    ) -> VerifyAdminPayload:
        authenticator, now = authenticator_of(info), info.context.now

        async def run(code: PresentedToken) -> tuple[Founded, AuthTokens]:
            founded = await verify_sign_up(info.context.engine, authenticator.mailed, code, now=now)
            tokens = await authenticator.open_session(founded.tenant_id, founded.user_id, now)
            return founded, AuthTokens.of(tokens)

        done, performed = await with_code(info, input.token, run)
        founded, tokens = done or (None, None)
        return VerifyAdminPayload(
            tenant=ViewerTenant(slug=founded.slug, name=founded.company) if founded else None,
            username=founded.username if founded else None,
            tokens=tokens,
            user_errors=performed.user_errors,
        )


async def _takes_more(info: Info, mailbox: str) -> bool:
    """Whether the mailbox may get one more letter now. It is not told that it may not: nobody
    shall fill another's mailbox, nor learn what lies in it."""
    throttle = authenticator_of(info).throttle
    try:
        await admit(throttle, "letter", mailbox.lower(), LETTERS_PER_MAILBOX, info.context.now)
    except TooManyAttempts:
        return False
    return True
