"""What a tenant settles for its door, and its plan, on the API."""

from typing import Annotated, Any

import strawberry

from api.apps.quotas import TenantQuotaName
from api.apps.writing import perform_apps
from api.context import Info
from api.inputs import given
from api.limits.budgets import Spender
from api.user_errors import UserError
from domain.kernel.work import Work
from domain.onboarding.door import plans, queries
from domain.onboarding.door.operations import settings as operations


@strawberry.type(description="What the tenant settles for whoever asks the API.")
class DoorSettings:
    origins: list[str] = strawberry.field(
        description="Whose pages may ask, besides those of the open apps."
    )
    only_trusted_partners: bool = strawberry.field(
        description="Whether partners and partner apps send trusted documents only."
    )
    only_trusted_public_apps: bool = strawberry.field(
        description="Whether public apps send trusted documents only."
    )
    only_trusted_everybody: bool = strawberry.field(
        description="Whether everybody sends trusted documents only."
    )
    version: int = strawberry.field(description="Rises with every change.")

    @classmethod
    def of(cls, settled: queries.Settled) -> "DoorSettings":
        """From what the domain tells."""
        return cls(
            origins=list(settled.origins),
            only_trusted_partners=settled.only_trusted_partners,
            only_trusted_public_apps=settled.only_trusted_public_apps,
            only_trusted_everybody=settled.only_trusted_everybody,
            version=settled.version,
        )


@strawberry.type(description="Points that come back all the time, until the budget is full.")
class Budget:
    capacity: int = strawberry.field(description="The most points that it holds.")
    per_minute: int = strawberry.field(description="How many points come back in a minute.")
    left: int = strawberry.field(description="How many points it holds now.")

    @classmethod
    def of(cls, bucket: plans.Bucket, left: int) -> "Budget":
        """A bucket and what is in it."""
        return cls(capacity=bucket.capacity, per_minute=bucket.per_minute, left=left)


@strawberry.type(description="How much of something the tenant may have, and how much it has.")
class Quota:
    name: TenantQuotaName = strawberry.field(description="Of what.")
    allowed: int | None = strawberry.field(description="How much; null: without limit.")
    used: int = strawberry.field(description="How much there is now.")


@strawberry.type(description="The tenant's plan: its limits, and what is left of them now.")
class Plan:
    name: str = strawberry.field(description="Its name; the operators set it.")
    tenant_budget: Budget = strawberry.field(description="What all callers together may spend.")
    app_budget: Budget = strawberry.field(
        description="What each app may spend, or each caller without one; here the asking one's."
    )
    connections: int = strawberry.field(
        description="How many WebSockets and event streams of the tenant stay open at once."
    )
    connections_of_caller: int = strawberry.field(description="How many of one caller.")
    connections_open: int = strawberry.field(description="How many of the tenant are open now.")
    sign_ins_of_address: int = strawberry.field(
        description="How often sign-in may be tried from one address in five minutes."
    )

    @strawberry.field(description="What the tenant may have of everything that is limited.")
    async def quotas(self, info: Info) -> list[Quota]:
        found = await queries.quotas(await info.context.reader())
        return [
            Quota(name=TenantQuotaName(each.name), allowed=each.allowed, used=each.used)
            for each in found
        ]


@strawberry.type
class DoorSettingsQuery:
    @strawberry.field(description="What the tenant settled for its door. Needs apps.read.")
    async def door_settings(self, info: Info) -> DoorSettings:
        return DoorSettings.of(await queries.door_settings(await info.context.reader()))

    @strawberry.field(description="The tenant's plan and its use. Needs apps.read.")
    async def plan(self, info: Info) -> Plan:
        found = await queries.plan(await info.context.reader())
        context, services = info.context, info.context.services
        spender = context.extras.get("spender") or Spender(str(context.principal.tenant_id), "")
        left = await services.purse.look(spender)
        return Plan(
            name=found.name,
            tenant_budget=Budget.of(found.tenant, left.tenant_left),
            app_budget=Budget.of(found.app, left.app_left),
            connections=found.connections,
            connections_of_caller=found.connections_of_caller,
            connections_open=await services.places.taken(spender.tenant),
            sign_ins_of_address=found.sign_ins_of_address,
        )


@strawberry.input(description="What to settle; fields left out stay as they are.")
class UpdateDoorSettingsInput:
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )
    origins: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="All origins whose pages may ask, at most 50, such as https://shop.example.",
    )
    only_trusted_partners: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether partners and partner apps send trusted documents only.",
    )
    only_trusted_public_apps: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether public apps send trusted documents only."
    )
    only_trusted_everybody: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether everybody sends trusted documents only."
    )


@strawberry.type(description="What updateDoorSettings did.")
class UpdateDoorSettingsPayload:
    door_settings: DoorSettings | None = strawberry.field(description="What counts now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


_FIELDS = (
    "origins",
    "only_trusted_partners",
    "only_trusted_public_apps",
    "only_trusted_everybody",
)


@strawberry.type
class DoorSettingsMutation:
    @strawberry.mutation(
        description=(
            "Settle from where, and with which documents, the API may be asked. It counts "
            "everywhere within seconds. Needs apps.manage."
        )
    )
    async def update_door_settings(
        self,
        info: Info,
        input: Annotated[UpdateDoorSettingsInput, strawberry.argument(description="What.")],
    ) -> UpdateDoorSettingsPayload:
        async def settle(work: Work) -> dict[str, Any]:
            await operations.update_door_settings(
                work, expected_version=input.expected_version, **given(input, *_FIELDS)
            )
            return {"is_settled": True}

        done = await perform_apps(info, settle, input=input)
        settled = None
        if done["is_settled"] and info.context.principal.may("apps.read"):
            settled = DoorSettings.of(await queries.door_settings(await info.context.reader()))
        return UpdateDoorSettingsPayload(door_settings=settled, user_errors=done.user_errors)
