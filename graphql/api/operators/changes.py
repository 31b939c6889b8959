"""What operators do for tenants."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from api.apps.quotas import TenantQuotaName
from api.context import Info
from api.operators.tenants import OperatorTenant, load_tenants
from api.user_errors import UserError
from api.writing import perform
from domain.kernel.work import Work
from domain.onboarding.operators import operations


@strawberry.input(description="A tenant to be made.")
class OperatorProvisionTenantInput:
    slug: str = strawberry.field(description="Its name in sign-ins.")
    name: str = strawberry.field(description="Its name for people.")
    email: str = strawberry.field(description="Its administrator's address, who is invited.")


@strawberry.input(description="A tenant whose doors are to be closed.")
class OperatorSuspendTenantInput:
    slug: str = strawberry.field(description="The tenant's slug.")
    reason: str = strawberry.field(description="Why; it stands in the tenant's audit log too.")


@strawberry.input(description="A tenant.")
class OperatorTenantInput:
    slug: str = strawberry.field(description="The tenant's slug.")


@strawberry.input(description="A tenant and its plan.")
class OperatorSetPlanInput:
    slug: str = strawberry.field(description="The tenant's slug.")
    plan: str = strawberry.field(description="One of small, standard and large.")


@strawberry.input(description="A tenant and a quota of its own.")
class OperatorSetQuotaInput:
    slug: str = strawberry.field(description="The tenant's slug.")
    quota: TenantQuotaName = strawberry.field(description="Which one.")
    allowed: int | None = strawberry.field(
        default=None, description="How much; null: its plan's counts again."
    )


@strawberry.type(description="What an operator did.")
class OperatorTenantPayload:
    tenant: OperatorTenant | None = strawberry.field(description="The tenant as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class OperatorMutation:
    @strawberry.mutation(
        description="Make a tenant and invite its administrator. Needs an operator's key."
    )
    async def operator_provision_tenant(
        self,
        info: Info,
        input: Annotated[OperatorProvisionTenantInput, strawberry.argument(description="It.")],
    ) -> OperatorTenantPayload:
        return await _done(
            info,
            input,
            lambda work: operations.provision(
                work, slug=input.slug, name=input.name, email=input.email
            ),
        )

    @strawberry.mutation(
        description=(
            "Close all doors of a tenant: sign-ins, tokens, keys and open connections end, and no "
            "worker does anything for it. Needs an operator's key."
        )
    )
    async def operator_suspend_tenant(
        self,
        info: Info,
        input: Annotated[OperatorSuspendTenantInput, strawberry.argument(description="Which.")],
    ) -> OperatorTenantPayload:
        return await _done(
            info,
            input,
            lambda work: operations.suspend(work, slug=input.slug, reason=input.reason),
        )

    @strawberry.mutation(
        description="Open the doors again; what waited goes on. Needs an operator's key."
    )
    async def operator_resume_tenant(
        self,
        info: Info,
        input: Annotated[OperatorTenantInput, strawberry.argument(description="Which.")],
    ) -> OperatorTenantPayload:
        return await _done(info, input, lambda work: operations.resume(work, slug=input.slug))

    @strawberry.mutation(
        description="Give a tenant another plan; it counts at once. Needs an operator's key."
    )
    async def operator_set_plan(
        self,
        info: Info,
        input: Annotated[OperatorSetPlanInput, strawberry.argument(description="Which.")],
    ) -> OperatorTenantPayload:
        return await _done(
            info,
            input,
            lambda work: operations.choose_plan(work, slug=input.slug, plan=input.plan),
        )

    @strawberry.mutation(
        description=(
            "Give a tenant a quota of its own in place of its plan's. What it has it keeps. "
            "Needs an operator's key."
        )
    )
    async def operator_set_quota(
        self,
        info: Info,
        input: Annotated[OperatorSetQuotaInput, strawberry.argument(description="Which.")],
    ) -> OperatorTenantPayload:
        return await _done(
            info,
            input,
            lambda work: operations.set_quota(
                work, slug=input.slug, quota=str(input.quota.value), allowed=input.allowed
            ),
        )


async def _done(
    info: Info, input: Any, run: Callable[[Work], Awaitable[Any]]
) -> OperatorTenantPayload:
    async def once(work: Work) -> dict[str, Any]:
        await run(work)
        return {"slug": input.slug.strip().lower()}

    done = await perform(info, once, input=input)
    services = info.context.services
    services.authenticator.forget()
    services.forget_manners()
    tenant = await info.context.load(load_tenants, done["slug"]) if done["slug"] else None
    return OperatorTenantPayload(tenant=tenant, user_errors=done.user_errors)
