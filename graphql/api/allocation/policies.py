"""Allocation policies on the API."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.allocation.policy_definitions import AllocationPolicyDefinition
from api.channels.channels import Channel, load_channels
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.ids import global_id
from api.nodes import Node, refetched_by
from domain.allocation.queries import policies as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="Where a version of a policy stands.")
class AllocationPolicyStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Not in effect yet.")
    ACTIVE = strawberry.enum_value("active", description="In effect; it can no longer change.")
    RETIRED = strawberry.enum_value("retired", description="A later one took its place.")


@strawberry.enum(description="What may be done with a policy now.")
class AllocationPolicyAction(Enum):
    ACTIVATE = strawberry.enum_value("activate", description="activateAllocationPolicy")
    UPDATE = strawberry.enum_value("update", description="updateAllocationPolicy")
    RETIRE = strawberry.enum_value("retire", description="retireAllocationPolicy")


ACTIONS = {
    AllocationPolicyStatus.DRAFT: [
        AllocationPolicyAction.ACTIVATE,
        AllocationPolicyAction.UPDATE,
        AllocationPolicyAction.RETIRE,
    ],
    AllocationPolicyStatus.ACTIVE: [AllocationPolicyAction.RETIRE],
    AllocationPolicyStatus.RETIRED: [],
}


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
    effective_from: datetime = strawberry.field(
        description="Since when it is in effect, or will be, once it is active."
    )
    effective_to: datetime | None = strawberry.field(
        description="Until when; null: until another takes its place."
    )
    row_id: strawberry.Private[int]
    channel_id: strawberry.Private[int | None]
    entity_id: strawberry.Private[int | None]

    @strawberry.field(description="The channel it is for; null: all without one of their own.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(
        description="The legal entity it is for; null, and no channel either: the tenant's "
        "standard. The most specific one in effect decides: channel, entity, standard."
    )
    async def entity(self, info: Info) -> LegalEntity | None:
        if self.entity_id is None:
            return None
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="What it says; of an active one, what it said when activated.")
    async def definition(self, info: Info) -> AllocationPolicyDefinition:
        return await info.context.load(load_definitions, self.row_id)

    @strawberry.field(description="Its locations, in the order in which they are asked.")
    async def locations(self, info: Info) -> list[Location]:
        ids = await info.context.load(load_policy_locations, self.row_id)
        loading = (info.context.load(load_locations, location_id) for location_id in ids)
        found = await asyncio.gather(*loading)
        return [location for location in found if location is not None]

    @strawberry.field(description="What you may do with it now.")
    def supported_actions(self, info: Info) -> list[AllocationPolicyAction]:
        if not info.context.principal.may("allocation.manage"):
            return []
        return ACTIONS[self.status]

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
            effective_to=row.effective_to,
            entity_id=row.entity_id,
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


async def load_definitions(reader: Reader, ids: Sequence[int]) -> list[AllocationPolicyDefinition]:
    """A batch for loaders: what these policies say, in order."""
    said = await queries.definitions_of_policies(reader, policy_ids=ids)
    return [AllocationPolicyDefinition.of(said[row_id]) for row_id in ids]


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
