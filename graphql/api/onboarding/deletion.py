"""The deletion of a tenant on the API."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.onboarding.unknown_callers import authenticator_of
from api.user_errors import UserError, answers
from api.writing import Operation, perform
from domain.kernel.errors import NotPermitted
from domain.kernel.work import Work
from domain.onboarding.lifecycle import operations, queries
from domain.onboarding.lifecycle.outcomes import NoAddress, NoDeletionAsked


@strawberry.enum(description="How the wish to delete a tenant stands.")
class TenantDeletionStatus(Enum):
    ASKED = strawberry.enum_value("asked", description="It is not confirmed yet.")
    CONFIRMED = strawberry.enum_value("confirmed", description="The grace time runs.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="The tenant stays.")


@strawberry.type(description="The wish to delete the tenant with everything it has.")
class TenantDeletion:
    status: TenantDeletionStatus = strawberry.field(description="How it stands.")
    asked_by: str = strawberry.field(description="Who asked.")
    reason: str | None = strawberry.field(description="Why, if it was said.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    confirmed_at: datetime | None = strawberry.field(description="When it was confirmed.")
    erase_from: datetime | None = strawberry.field(
        description="From when on everything is taken away, unless it is withdrawn."
    )

    @classmethod
    def of(cls, row: Row[Any]) -> "TenantDeletion":
        """From a row of the domain's queries."""
        return cls(
            status=TenantDeletionStatus(row.status),
            asked_by=row.asked_by,
            reason=row.reason,
            asked_at=row.created_at,
            confirmed_at=row.confirmed_at,
            erase_from=row.erase_from,
        )


@answers(NoDeletionAsked)
@strawberry.type(description="Nobody asked to delete the tenant.")
class NoDeletionAskedError(UserError):
    pass


@answers(NoAddress)
@strawberry.type(description="A code has to reach the caller by mail, who has no address.")
class NoAddressError(UserError):
    pass


@strawberry.type
class TenantDeletionQuery:
    @strawberry.field(
        description="The wish to delete the tenant; null where there is none. "
        "Needs onboarding.read."
    )
    async def tenant_deletion(self, info: Info) -> TenantDeletion | None:
        row = await queries.tenant_deletion(await info.context.reader())
        return None if row is None else TenantDeletion.of(row)


@strawberry.input(description="The wish to delete the tenant.")
class RequestTenantDeletionInput:
    slug: str = strawberry.field(description="The tenant's slug, to be sure which one is meant.")
    reason: str | None = strawberry.field(default=None, description="Why.")


@strawberry.input(description="The confirmation.")
class ConfirmTenantDeletionInput:
    token: str = strawberry.field(description="The code of the letter.")


@strawberry.input(description="The wish to stay.")
class WithdrawTenantDeletionInput:
    reason: str | None = strawberry.field(
        default=None, description="Why; it is kept in the audit log."
    )


@strawberry.type(description="What became of the tenant's deletion.")
class TenantDeletionPayload:
    tenant_deletion: TenantDeletion | None = strawberry.field(description="As it stands now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class TenantDeletionMutation:
    @strawberry.mutation(
        description=(
            "Ask to delete the tenant with everything it has; a code to confirm it goes to the "
            "caller by mail. Needs onboarding.manage."
        )
    )
    async def request_tenant_deletion(
        self,
        info: Info,
        input: Annotated[RequestTenantDeletionInput, strawberry.argument(description="Which.")],
    ) -> TenantDeletionPayload:
        async def run(work: Work) -> dict[str, Any]:
            await operations.request_tenant_deletion(work, slug=input.slug, reason=input.reason)
            return {}

        return await _payload(info, run, input)

    @strawberry.mutation(
        description=(
            "Confirm the deletion with the mailed code. Everything is taken away from 30 days "
            "later on; what the law obliges you to keep you must have exported by then. "
            "Needs onboarding.manage."
        )
    )
    async def confirm_tenant_deletion(
        self,
        info: Info,
        input: Annotated[ConfirmTenantDeletionInput, strawberry.argument(description="The code.")],
    ) -> TenantDeletionPayload:
        async def run(work: Work) -> dict[str, Any]:
            await operations.confirm_tenant_deletion(
                work, tokens=authenticator_of(info).mailed, code=input.token
            )
            return {}

        return await _payload(info, run, input)

    @strawberry.mutation(
        description="Let the tenant stay; until its erasing begins. Needs onboarding.manage."
    )
    async def withdraw_tenant_deletion(
        self,
        info: Info,
        input: Annotated[WithdrawTenantDeletionInput, strawberry.argument(description="Why.")],
    ) -> TenantDeletionPayload:
        async def run(work: Work) -> dict[str, Any]:
            await operations.withdraw_tenant_deletion(work, reason=input.reason)
            return {}

        return await _payload(info, run, input)


async def _payload(info: Info, run: Operation, input: object) -> TenantDeletionPayload:
    done = await perform(info, run, input=input)
    try:
        row = await queries.tenant_deletion(await info.context.reader())
    except NotPermitted:
        row = None
    return TenantDeletionPayload(
        tenant_deletion=None if row is None else TenantDeletion.of(row),
        user_errors=done.user_errors,
    )
