"""Allocation policies on the API."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import global_id, optional_row_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform
from domain.allocation import queries
from domain.allocation.operations.policies import (
    activate_allocation_policy,
    create_allocation_policy,
)
from domain.kernel.reading import Reader
from domain.kernel.work import Work


@strawberry.enum(description="Where a version of a policy stands.")
class AllocationPolicyStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Not in effect yet.")
    ACTIVE = strawberry.enum_value("active", description="In effect; it can no longer change.")
    RETIRED = strawberry.enum_value("retired", description="A later one took its place.")


@strawberry.enum(description="What may be done with a policy now.")
class AllocationPolicyAction(Enum):
    ACTIVATE = strawberry.enum_value("activate", description="activateAllocationPolicy")


@strawberry.type(
    description="A version of a policy: which locations serve orders, in which order, and whether "
    "an order may be split over them."
)
class AllocationPolicy(Node):
    code: str = strawberry.field(description="Its code, the same in all its versions.")
    name: str = strawberry.field(description="Its name.")
    version: int = strawberry.field(description="The version, from 1.")
    split_allowed: bool = strawberry.field(
        description="Whether an order may come from several locations; the channel must allow it "
        "too."
    )
    status: AllocationPolicyStatus = strawberry.field(description="Where it stands.")
    effective_from: datetime = strawberry.field(description="Since when, once it is active.")
    row_id: strawberry.Private[int]
    channel_id: strawberry.Private[int | None]

    @strawberry.field(description="The channel it is for; null: all without one of their own.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="Its locations, in the order in which they are asked.")
    async def locations(self, info: Info) -> list[Location]:
        ids = await info.context.load(load_policy_locations, self.row_id)
        loading = (info.context.load(load_locations, location_id) for location_id in ids)
        found = await asyncio.gather(*loading)
        return [location for location in found if location is not None]

    @strawberry.field(description="What you may do with it now.")
    def supported_actions(self, info: Info) -> list[AllocationPolicyAction]:
        is_draft = self.status is AllocationPolicyStatus.DRAFT
        may = info.context.principal.may("allocation.manage")
        return [AllocationPolicyAction.ACTIVATE] if is_draft and may else []

    @classmethod
    def of(cls, row: Row[Any]) -> "AllocationPolicy":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("AllocationPolicy", row.id),
            code=row.code,
            name=row.name,
            version=row.version,
            split_allowed=row.split_allowed,
            status=AllocationPolicyStatus(row.status),
            effective_from=row.effective_from,
            row_id=row.id,
            channel_id=row.channel_id,
        )


async def load_policies(reader: Reader, ids: Sequence[int]) -> list[AllocationPolicy | None]:
    """A batch for loaders: the policies of these row ids, in order."""
    rows = await queries.allocation_policies_by_ids(reader, policy_ids=ids)
    return [AllocationPolicy.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_policy_locations(reader: Reader, ids: Sequence[int]) -> list[list[int]]:
    """A batch for loaders: the location row ids of each policy, by rank."""
    found = await queries.locations_of_policies(reader, policy_ids=ids)
    return [found.get(row_id, []) for row_id in ids]


refetched_by("AllocationPolicy", load_policies)


@strawberry.type
class AllocationPolicyQuery:
    @strawberry.field(
        description="All versions of all allocation policies, the newest first. Needs "
        "allocation.read."
    )
    async def allocation_policies(
        self,
        info: Info,
        statuses: Annotated[
            list[AllocationPolicyStatus] | None,
            strawberry.argument(description="Only those that stand so."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AllocationPolicy]:
        listing = await queries.allocation_policies(
            await info.context.reader(),
            statuses=None if statuses is None else [str(status.value) for status in statuses],
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, AllocationPolicy.of, count=listing.count)


@strawberry.input(description="The next version of an allocation policy.")
class CreateAllocationPolicyInput:
    code: str = strawberry.field(description="Its code; a code that exists gets a new version.")
    name: str = strawberry.field(description="Its name.")
    location_ids: list[strawberry.ID] = strawberry.field(
        description="The locations, in the order in which they are to be asked."
    )
    split_allowed: bool = strawberry.field(
        default=True, description="Whether an order may come from several locations."
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only for this channel; for all others if absent."
    )


@strawberry.input(description="The policy that is to take effect.")
class ActivateAllocationPolicyInput:
    id: strawberry.ID = strawberry.field(description="A draft.")


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
        fields = given(input) | {
            "channel_id": optional_row_id(input.channel_id, "Channel", path=("channelId",)),
            "location_ids": [
                row_id_of(value, "Location", path=("locationIds", n))
                for n, value in enumerate(input.location_ids)
            ],
        }

        async def create(work: Work) -> dict[str, Any]:
            return {"id": await create_allocation_policy(work, **fields)}

        done = await perform(info, create, input=input)
        policy = await info.context.load_done(load_policies, done["id"])
        return AllocationPolicyPayload(allocation_policy=policy, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Let a draft take effect from now on; what was active for the same channel is "
        "retired. Needs allocation.manage."
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
            await activate_allocation_policy(work, policy_id=policy_id)
            return {"id": policy_id}

        done = await perform(info, activate, input=input)
        policy = await info.context.load_done(load_policies, done["id"])
        return AllocationPolicyPayload(allocation_policy=policy, user_errors=done.user_errors)
