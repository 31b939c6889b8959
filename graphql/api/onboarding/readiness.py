"""The checklist, and going live."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.user_errors import UserError, answers
from api.writing import perform
from domain.kernel.errors import NotPermitted
from domain.kernel.work import Work
from domain.onboarding.readiness import policy, queries
from domain.onboarding.readiness.operations import go_live
from domain.onboarding.readiness.outcomes import NotOfASandbox, NotReady


@strawberry.type(description="One line of the checklist, as the data stands now.")
class ReadinessCheck:
    code: str = strawberry.field(description="Stable, for programs.")
    title: str = strawberry.field(description="What there should be.")
    why: str = strawberry.field(description="Why it matters.")
    mended_by: str = strawberry.field(description="The mutation that mends it.")
    is_blocking: bool = strawberry.field(description="Whether goLive waits for it.")
    is_done: bool = strawberry.field(description="Whether nothing is missing here.")
    missing: int = strawberry.field(description="How many are missing, or not as they should be.")


@strawberry.type(description="How ready the company is to trade.")
class Readiness:
    is_ready: bool = strawberry.field(description="Whether nothing blocking is missing.")
    live_at: datetime | None = strawberry.field(description="Since when it is live.")
    is_sandbox: bool = strawberry.field(description="Whether this tenant is a sandbox.")
    checks: list[ReadinessCheck] = strawberry.field(
        description="Every line, in the order in which they are best mended."
    )

    @classmethod
    def of(cls, found: queries.Readiness) -> "Readiness":
        """From the domain's answer."""
        return cls(
            is_ready=found.is_ready,
            live_at=found.live_at,
            is_sandbox=found.is_sandbox,
            checks=[_check(each) for each in found.checks],
        )


def _check(check: policy.Check) -> ReadinessCheck:
    return ReadinessCheck(
        code=check.code,
        title=check.title,
        why=check.why,
        mended_by=check.mended_by,
        is_blocking=check.is_blocking,
        is_done=check.is_done,
        missing=check.missing,
    )


@answers(NotReady)
@strawberry.type(description="Something that must be there before going live is missing.")
class NotReadyError(UserError):
    missing: list[str] = strawberry.field(description="The codes of the checklist's lines.")


@answers(NotOfASandbox)
@strawberry.type(description="This is done in the tenant itself, never in its sandbox.")
class NotOfASandboxError(UserError):
    pass


@strawberry.type
class ReadinessQuery:
    @strawberry.field(
        description="What is missing before the company can trade. Needs onboarding.read."
    )
    async def readiness(self, info: Info) -> Readiness:
        return Readiness.of(await queries.readiness(await info.context.reader()))


@strawberry.input(description="The wish to trade.")
class GoLiveInput:
    confirm: bool = strawberry.field(
        description="Must be true: from then on configuration changes by change request."
    )


@strawberry.type(description="What goLive did.")
class GoLivePayload:
    readiness: Readiness | None = strawberry.field(description="The checklist as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why the company is not live.")


@strawberry.type
class GoLiveMutation:
    @strawberry.mutation(
        description=(
            "Say that the company trades. Refused while something blocking is missing; "
            "configuration is governed from then on. Needs onboarding.manage."
        )
    )
    async def go_live(
        self,
        info: Info,
        input: Annotated[GoLiveInput, strawberry.argument(description="The wish.")],
    ) -> GoLivePayload:
        async def run(work: Work) -> dict[str, Any]:
            await go_live(work, confirm=input.confirm)
            return {}

        done = await perform(info, run, input=input)
        return GoLivePayload(readiness=await _now(info), user_errors=done.user_errors)


async def _now(info: Info) -> Readiness | None:
    """The checklist, for those who may see it."""
    try:
        return Readiness.of(await queries.readiness(await info.context.reader()))
    except NotPermitted:
        return None
