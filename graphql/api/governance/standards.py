"""What is governed, and who owns the processes, on the API."""

from typing import Annotated, Any

import strawberry

from api.access.users import User, load_users
from api.context import Info
from api.governance.words import BusinessProcess, ConfigurationKind, GovernanceMode
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.user_errors import UserError, answers
from api.writing import perform
from domain.governance.operations.process_owners import name_process_owner
from domain.governance.operations.settings import set_governance
from domain.governance.outcomes import OwnerCannotDecide
from domain.governance.queries import standards as queries
from domain.kernel.work import Work


@strawberry.type(description="A kind of configuration, and what the tenant's standard says of it.")
class GovernedKind:
    kind: ConfigurationKind = strawberry.field(description="The kind.")
    title: str = strawberry.field(description="What it is called.")
    mode: GovernanceMode = strawberry.field(description="Whether it is governed.")
    process: BusinessProcess | None = strawberry.field(
        description="The process whose owner is asked first; null: no process's alone."
    )
    channel_variants: bool = strawberry.field(
        description="Whether channels may have their own, where there are such."
    )
    entity_variants: bool = strawberry.field(
        description="Whether legal entities may have their own, where there are such."
    )

    @classmethod
    def of(cls, governed: queries.GovernedKind) -> "GovernedKind":
        """From the domain's query."""
        process = governed.kind.process
        return cls(
            kind=ConfigurationKind(governed.kind.name),
            title=governed.kind.title,
            mode=GovernanceMode(governed.mode),
            process=None if process is None else BusinessProcess(process),
            channel_variants=governed.channel_variants,
            entity_variants=governed.entity_variants,
        )


@strawberry.type(description="A process, and who owns it.")
class ProcessOwnership:
    process: BusinessProcess = strawberry.field(description="The process.")
    owner_id: strawberry.ID | None = strawberry.field(
        description="The user that owns it and is asked; null: nobody is named."
    )
    user_id: strawberry.Private[int | None]

    @strawberry.field(description="The owner. Needs users.read.")
    async def owner(self, info: Info) -> User | None:
        if self.user_id is None:
            return None
        return await info.context.load(load_users, self.user_id)

    @classmethod
    def of(cls, process: str, user_id: int | None) -> "ProcessOwnership":
        """From the domain's query."""
        return cls(
            process=BusinessProcess(process),
            owner_id=None if user_id is None else global_id("User", user_id),
            user_id=user_id,
        )


@strawberry.type
class StandardsQuery:
    @strawberry.field(
        description="Every kind of configuration, and whether it is governed. "
        "Needs governance.read."
    )
    async def governed_kinds(self, info: Info) -> list[GovernedKind]:
        found = await queries.governed_kinds(await info.context.reader())
        return [GovernedKind.of(each) for each in found]

    @strawberry.field(description="The processes and who owns each. Needs governance.read.")
    async def process_owners(self, info: Info) -> list[ProcessOwnership]:
        found = await queries.process_owners(await info.context.reader())
        return [ProcessOwnership.of(process, user_id) for process, user_id in found.items()]


@answers(
    OwnerCannotDecide,
    convert=lambda fields: {
        "user_id": global_id("User", fields["user_id"]),
        "missing": fields["missing"],
    },
)
@strawberry.type(description="Who owns a process is asked to approve, and this user may not.")
class OwnerCannotDecideError(UserError):
    user_id: strawberry.ID = strawberry.field(description="The user.")
    missing: list[str] = strawberry.field(description="The permissions that the user lacks.")


@strawberry.input(description="What is to hold for a kind of configuration from now on.")
class SetGovernanceInput:
    kind: ConfigurationKind = strawberry.field(description="The kind.")
    mode: GovernanceMode | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it is governed."
    )
    channel_variants: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether channels may have their own."
    )
    entity_variants: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether legal entities may have their own."
    )


@strawberry.type(description="What setGovernance did.")
class SetGovernancePayload:
    governed_kinds: list[GovernedKind] = strawberry.field(
        description="All kinds as they are now; none for who may not see them."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="Who owns a process.")
class NameProcessOwnerInput:
    process: BusinessProcess = strawberry.field(description="The process.")
    user_id: strawberry.ID | None = strawberry.field(description="The user; null: nobody owns it.")


@strawberry.type(description="What nameProcessOwner did.")
class NameProcessOwnerPayload:
    process_owner: ProcessOwnership | None = strawberry.field(description="The process.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class StandardsMutation:
    @strawberry.mutation(
        description="Govern a kind of configuration or not. Once governance is governed itself, to "
        "let go is a change request. Needs governance.manage."
    )
    async def set_governance(
        self,
        info: Info,
        input: Annotated[SetGovernanceInput, strawberry.argument(description="The kind.")],
    ) -> SetGovernancePayload:
        async def write(work: Work) -> dict[str, Any]:
            await set_governance(work, **given(input))
            return {}

        done = await perform(info, write, input=input)
        shown = info.context.principal.may("governance.read")
        kinds = await queries.governed_kinds(await info.context.reader()) if shown else []
        return SetGovernancePayload(
            governed_kinds=[GovernedKind.of(each) for each in kinds], user_errors=done.user_errors
        )

    @strawberry.mutation(
        description="Name who owns a process and is asked before its configuration changes. "
        "Needs governance.manage."
    )
    async def name_process_owner(
        self,
        info: Info,
        input: Annotated[NameProcessOwnerInput, strawberry.argument(description="Who.")],
    ) -> NameProcessOwnerPayload:
        user_id = optional_row_id(input.user_id, "User", path=("userId",))

        async def write(work: Work) -> dict[str, Any]:
            await name_process_owner(work, process=str(input.process.value), user_id=user_id)
            return {"named": True}

        done = await perform(info, write, input=input)
        named = ProcessOwnership.of(str(input.process.value), user_id) if done["named"] else None
        return NameProcessOwnerPayload(process_owner=named, user_errors=done.user_errors)
