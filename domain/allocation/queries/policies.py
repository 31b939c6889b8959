"""Reads of allocation policies: their versions, what they say, and how two differ."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.decoding import Difference, differences
from domain.allocation.definition import Document, simple_definition
from domain.allocation.models import (
    AllocationPolicy,
    AllocationPolicyContent,
    AllocationPolicyLocation,
    LaneCost,
)
from domain.kernel.errors import NotFound
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader


@query("allocation.read")
async def allocation_policy(reader: Reader, *, policy_id: int) -> Row[Any] | None:
    """One version of a policy, or None."""
    return (await allocation_policies_by_ids(reader, policy_ids=[policy_id])).get(policy_id)


@query("allocation.read")
async def allocation_policies_by_ids(
    reader: Reader, *, policy_ids: Collection[int]
) -> dict[int, Row[Any]]:
    """Versions of policies by their ids; what is not there is left out."""
    rows = await reader.rows(
        select(*AllocationPolicy.__table__.c).where(
            AllocationPolicy.tenant_id == reader.tenant_id, AllocationPolicy.id.in_(policy_ids)
        )
    )
    return {row.id: row for row in rows}


@query("allocation.read")
async def allocation_policies(
    reader: Reader, *, request: PageRequest, statuses: Collection[str] | None = None
) -> Listing:
    """A page of all versions of all policies, the newest first."""
    statement = select(*AllocationPolicy.__table__.c).where(
        AllocationPolicy.tenant_id == reader.tenant_id
    )
    if statuses is not None:
        statement = statement.where(AllocationPolicy.status.in_(statuses))
    ordering = Ordering((AllocationPolicy.id,), descending=True)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("allocation.read")
async def locations_of_policies(
    reader: Reader, *, policy_ids: Collection[int]
) -> dict[int, list[int]]:
    """The locations of each policy in the order in which they are asked, by policy id."""
    rows = await reader.rows(
        select(AllocationPolicyLocation.policy_id, AllocationPolicyLocation.location_id)
        .where(
            AllocationPolicyLocation.tenant_id == reader.tenant_id,
            AllocationPolicyLocation.policy_id.in_(policy_ids),
        )
        .order_by(AllocationPolicyLocation.policy_id, AllocationPolicyLocation.rank)
    )
    ranked: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        ranked[row.policy_id].append(row.location_id)
    return dict(ranked)


@query("allocation.read")
async def definitions_of_policies(
    reader: Reader, *, policy_ids: Collection[int]
) -> dict[int, Document]:
    """What each policy says, by policy id: what was activated, else what the draft says."""
    rows = await reader.rows(
        select(
            AllocationPolicy.id,
            AllocationPolicy.split_allowed,
            AllocationPolicy.definition.label("draft"),
            AllocationPolicyContent.definition,
        )
        .outerjoin(
            AllocationPolicyContent,
            (AllocationPolicyContent.tenant_id == AllocationPolicy.tenant_id)
            & (AllocationPolicyContent.policy_id == AllocationPolicy.id),
        )
        .where(AllocationPolicy.tenant_id == reader.tenant_id, AllocationPolicy.id.in_(policy_ids))
    )
    said: dict[int, Document] = {row.id: row.definition or row.draft for row in rows}
    bare = [policy_id for policy_id, document in said.items() if document is None]
    ranked = await locations_of_policies(reader, policy_ids=bare) if bare else {}
    splits = {row.id: row.split_allowed for row in rows}
    return said | {
        policy_id: simple_definition(ranked[policy_id], split_allowed=splits[policy_id])
        for policy_id in bare
    }


@query("allocation.read")
async def policy_differences(reader: Reader, *, before_id: int, after_id: int) -> list[Difference]:
    """Where what the second policy says differs from the first. Raises NotFound."""
    said = await definitions_of_policies(reader, policy_ids=[before_id, after_id])
    if before_id not in said or after_id not in said:
        raise NotFound("allocation policy")
    return differences(said[before_id], said[after_id])


@query("allocation.read")
async def lane_costs(
    reader: Reader, *, location_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """What shipping from each location costs, by location id, the general lanes first."""
    rows = await reader.rows(
        select(*LaneCost.__table__.c)
        .where(LaneCost.tenant_id == reader.tenant_id, LaneCost.location_id.in_(location_ids))
        .order_by(
            LaneCost.location_id,
            LaneCost.country.nulls_first(),
            LaneCost.region.nulls_first(),
            LaneCost.service_level.nulls_first(),
        )
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.location_id].append(row)
    return dict(found)
