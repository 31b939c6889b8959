"""Changing allocation policies on the API."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.allocation.policies import AllocationPolicy, load_policies
from api.allocation.policy_inputs import AllocationPolicyDefinitionInput, definition_of
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.user_errors import UserError, answers
from api.writing import Operation, perform
from domain.allocation.operations.policies import (
    create_allocation_policy,
    update_allocation_policy,
)
from domain.allocation.operations.policy_activation import (
    activate_allocation_policy,
    retire_allocation_policy,
)
from domain.allocation.outcomes import PeriodTaken
from domain.kernel.governing import VariantNotAllowed
from domain.kernel.work import Work


@answers(
    PeriodTaken,
    convert=lambda fields: {
        "policy_code": fields["code"],
        "version": fields["version"],
        "effective_from": datetime.fromisoformat(fields["effective_from"]),
        "effective_to": fields["effective_to"] and datetime.fromisoformat(fields["effective_to"]),
    },
)
@strawberry.type(description="Another version is in effect in that time.")
class PeriodTakenError(UserError):
    policy_code: str = strawberry.field(description="The other policy's code.")
    version: int = strawberry.field(description="Its version.")
    effective_from: datetime = strawberry.field(description="Since when it is in effect.")
    effective_to: datetime | None = strawberry.field(description="Until when; null: for good.")


@answers(VariantNotAllowed)
@strawberry.type(description="The tenant's standard lets no such variant be.")
class VariantNotAllowedError(UserError):
    variant: str = strawberry.field(description="Either entity or channel.")


@strawberry.input(description="The next version of an allocation policy.")
class CreateAllocationPolicyInput:
    code: str = strawberry.field(description="Its code; a code that exists gets a new version.")
    name: str = strawberry.field(description="Its name.")
    location_ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="The locations, in the order in which they are to be asked; or give a "
        "definition.",
    )
    split_allowed: bool = strawberry.field(
        default=True,
        description="With locationIds: whether an order may come from several locations.",
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only for this channel; for all others if absent."
    )
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only for this legal entity; for all others if absent."
    )
    definition: AllocationPolicyDefinitionInput | None = strawberry.field(
        default=None, description="What it says."
    )


@strawberry.input(description="Changes of a draft; fields left out stay as they are.")
class UpdateAllocationPolicyInput:
    id: strawberry.ID = strawberry.field(description="A draft.")
    name: str | None = strawberry.field(default=None, description="New name.")
    definition: AllocationPolicyDefinitionInput | None = strawberry.field(
        default=None, description="What it is to say, all of it."
    )


@strawberry.input(description="The policy that is to take effect.")
class ActivateAllocationPolicyInput:
    id: strawberry.ID = strawberry.field(description="A draft.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when; from now if absent."
    )
    effective_to: datetime | None = strawberry.field(
        default=None, description="Until when; until another takes its place if absent."
    )


@strawberry.input(description="The policy that is to go out of effect.")
class RetireAllocationPolicyInput:
    id: strawberry.ID = strawberry.field(description="A draft or an active policy.")


@strawberry.type(description="What became of an allocation policy.")
class AllocationPolicyPayload:
    allocation_policy: AllocationPolicy | None = strawberry.field(description="The policy.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class AllocationPolicyMutation:
    @strawberry.mutation(description="Draft the next version of a policy. Needs allocation.manage.")
    async def create_allocation_policy(
        self,
        info: Info,
        input: Annotated[
            CreateAllocationPolicyInput, strawberry.argument(description="The policy.")
        ],
    ) -> AllocationPolicyPayload:
        fields: dict[str, Any] = {
            "code": input.code,
            "name": input.name,
            "split_allowed": input.split_allowed,
            "channel_id": optional_row_id(input.channel_id, "Channel", path=("channelId",)),
            "entity_id": optional_row_id(input.entity_id, "LegalEntity", path=("entityId",)),
            "location_ids": _locations(input.location_ids),
            "definition": _definition(input.definition),
        }

        async def create(work: Work) -> dict[str, Any]:
            return {"id": await create_allocation_policy(work, **fields)}

        return await _changed(info, create, input)

    @strawberry.mutation(description="Change what a draft says. Needs allocation.manage.")
    async def update_allocation_policy(
        self,
        info: Info,
        input: Annotated[
            UpdateAllocationPolicyInput, strawberry.argument(description="The changes.")
        ],
    ) -> AllocationPolicyPayload:
        policy_id = row_id_of(input.id, "AllocationPolicy")
        definition = _definition(input.definition)

        async def update(work: Work) -> dict[str, Any]:
            await update_allocation_policy(
                work, policy_id=policy_id, name=input.name, definition=definition
            )
            return {"id": policy_id}

        return await _changed(info, update, input)

    @strawberry.mutation(
        description="Let a draft take effect, now or from a moment to come. What is in effect for "
        "the same channel, entity or tenant without an end ends then; it cannot change any more. "
        "Needs allocation.manage."
    )
    async def activate_allocation_policy(
        self,
        info: Info,
        input: Annotated[
            ActivateAllocationPolicyInput, strawberry.argument(description="Which one.")
        ],
    ) -> AllocationPolicyPayload:
        policy_id = row_id_of(input.id, "AllocationPolicy")

        async def activate(work: Work) -> dict[str, Any]:
            await activate_allocation_policy(
                work,
                policy_id=policy_id,
                effective_from=input.effective_from,
                effective_to=input.effective_to,
            )
            return {"id": policy_id}

        return await _changed(info, activate, input)

    @strawberry.mutation(
        description="Let a policy go out of effect now, or give up a draft; the less specific one "
        "decides from now on. Needs allocation.manage."
    )
    async def retire_allocation_policy(
        self,
        info: Info,
        input: Annotated[RetireAllocationPolicyInput, strawberry.argument(description="Which.")],
    ) -> AllocationPolicyPayload:
        policy_id = row_id_of(input.id, "AllocationPolicy")

        async def retire(work: Work) -> dict[str, Any]:
            await retire_allocation_policy(work, policy_id=policy_id)
            return {"id": policy_id}

        return await _changed(info, retire, input)


def _definition(given: AllocationPolicyDefinitionInput | None) -> dict[str, Any] | None:
    return None if given is None else definition_of(given)


def _locations(ids: list[strawberry.ID] | None) -> list[int] | None:
    if ids is None:
        return None
    return [row_id_of(each, "Location", path=("locationIds", n)) for n, each in enumerate(ids)]


async def _changed(info: Info, run: Operation, input: Any) -> AllocationPolicyPayload:
    done = await perform(info, run, input=input)
    policy = await info.context.load_done(load_policies, done["id"])
    return AllocationPolicyPayload(allocation_policy=policy, user_errors=done.user_errors)
