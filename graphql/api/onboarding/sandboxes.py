"""The sandbox on the API."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.access.signing_in import AuthTokens
from api.context import Info
from api.onboarding.unknown_callers import authenticator_of
from api.user_errors import UserError, answers
from api.writing import Operation, answered, perform
from domain.kernel.errors import NotPermitted
from domain.kernel.reading import reading
from domain.kernel.work import Work
from domain.onboarding.sandbox import operations, queries
from domain.onboarding.sandbox.entering import require_person
from domain.onboarding.sandbox.outcomes import NoSandbox, SandboxBusy


@strawberry.enum(description="How a sandbox stands.")
class SandboxStatus(Enum):
    CLEARING = strawberry.enum_value("clearing", description="What was in it is thrown away.")
    COPYING = strawberry.enum_value("copying", description="The tenant's set-up is copied.")
    READY = strawberry.enum_value("ready", description="It may be entered.")
    REMOVING = strawberry.enum_value("removing", description="It is taken away.")
    REMOVED = strawberry.enum_value("removed", description="It is gone.")


@strawberry.type(
    description="A tenant of its own with this one's set-up and master data, to try things out."
)
class Sandbox:
    status: SandboxStatus = strawberry.field(description="How it stands.")
    progress_percent: int = strawberry.field(description="How far the copying is, 0 to 100.")
    rows_copied: int = strawberry.field(description="How many rows were copied.")
    refreshed_at: datetime | None = strawberry.field(description="When it was last made anew.")
    version: int = strawberry.field(description="Rises with each change.")

    @classmethod
    def of(cls, row: Row[Any]) -> "Sandbox":
        """From a row of the domain's queries."""
        return cls(
            status=SandboxStatus(row.status),
            progress_percent=queries.progress_of(row),
            rows_copied=row.copied,
            refreshed_at=row.refreshed_at,
            version=row.version,
        )


@answers(SandboxBusy)
@strawberry.type(description="The sandbox is being made or taken away right now.")
class SandboxBusyError(UserError):
    status: str = strawberry.field(description="How it stands.")


@answers(NoSandbox)
@strawberry.type(description="There is no sandbox for this.")
class NoSandboxError(UserError):
    pass


@strawberry.type
class SandboxQuery:
    @strawberry.field(
        description="The tenant's sandbox; null where none was asked for. Needs onboarding.read."
    )
    async def sandbox(self, info: Info) -> Sandbox | None:
        row = await queries.sandbox(await info.context.reader())
        return None if row is None else Sandbox.of(row)


@strawberry.type(description="What became of the sandbox.")
class SandboxPayload:
    sandbox: Sandbox | None = strawberry.field(description="The sandbox as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.input(description="The wish for a sandbox.")
class SandboxInput:
    confirm: bool = strawberry.field(
        description="Must be true; whatever was done in a sandbox before is thrown away."
    )


@strawberry.input(description="The wish to enter the sandbox.")
class SignInToSandboxInput:
    version: int | None = strawberry.field(
        default=None, description="The version that the caller saw; if absent, any."
    )


@strawberry.type(description="What signInToSandbox gave.")
class SignInToSandboxPayload:
    tokens: AuthTokens | None = strawberry.field(description="The caller's session in it.")
    user_errors: list[UserError] = strawberry.field(description="Why there is none.")


@strawberry.type
class SandboxMutation:
    @strawberry.mutation(
        description=(
            "Make a sandbox with the tenant's set-up and master data, without orders, stock, money "
            "and secrets; one that is there is made anew. The worker does it: ask sandbox how far "
            "it is. Needs onboarding.manage."
        )
    )
    async def create_sandbox(
        self,
        info: Info,
        input: Annotated[SandboxInput, strawberry.argument(description="The wish.")],
    ) -> SandboxPayload:
        return await _asked(info, input, operations.create_sandbox)

    @strawberry.mutation(
        description="Throw all in the sandbox away and copy it anew. Needs onboarding.manage."
    )
    async def refresh_sandbox(
        self,
        info: Info,
        input: Annotated[SandboxInput, strawberry.argument(description="The wish.")],
    ) -> SandboxPayload:
        return await _asked(info, input, operations.refresh_sandbox)

    @strawberry.mutation(
        description="Take the sandbox away with all that is in it. Needs onboarding.manage."
    )
    async def remove_sandbox(
        self,
        info: Info,
        input: Annotated[SandboxInput, strawberry.argument(description="The wish.")],
    ) -> SandboxPayload:
        return await _asked(info, input, operations.remove_sandbox)

    @strawberry.mutation(
        description=(
            "Sign in to the sandbox as the user that the caller is here, with the same roles. "
            "Needs onboarding.read."
        )
    )
    async def sign_in_to_sandbox(
        self,
        info: Info,
        input: Annotated[SignInToSandboxInput, strawberry.argument(description="Which.")],
    ) -> SignInToSandboxPayload:
        context, authenticator = info.context, authenticator_of(info)

        async def enter() -> dict[str, Any]:
            async with reading(context.engine, context.principal) as reader:
                sandbox_id = await queries.sandbox_to_enter(reader, version=input.version)
            await require_person(context.engine, context.principal, sandbox_id)
            tokens = await authenticator.open_session(sandbox_id, context.principal.id, context.now)
            return {"values": {"tokens": AuthTokens.of(tokens)}}

        done = await answered(info, enter)
        return SignInToSandboxPayload(tokens=done["tokens"], user_errors=done.user_errors)


async def _asked(info: Info, input: SandboxInput, ask: Any) -> SandboxPayload:
    async def run(work: Work) -> dict[str, Any]:
        return {"id": await ask(work, confirm=input.confirm)}

    operation: Operation = run
    done = await perform(info, operation, input=input)
    return SandboxPayload(sandbox=await _now(info), user_errors=done.user_errors)


async def _now(info: Info) -> Sandbox | None:
    """The sandbox, for those who may see it."""
    try:
        row = await queries.sandbox(await info.context.reader())
    except NotPermitted:
        return None
    return None if row is None else Sandbox.of(row)
