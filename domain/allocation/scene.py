"""What stands at a moment: locations, policies in effect, channels. One statement reads it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from domain.allocation.effective import PolicyInEffect
from domain.allocation.models import AllocationPolicy
from domain.allocation.pools import has_pools
from domain.channels.models import Channel
from domain.entities.geography import Point, point_of
from domain.entities.models import Location
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class Place:
    """A location as it stands."""

    id: int
    kind: str
    is_open: bool
    point: Point | None


async def scene(
    reader: Reader, channel_ids: Sequence[int], item_ids: Collection[int], at: datetime
) -> tuple[tuple[Place, ...], list[PolicyInEffect], dict[int, bool], bool]:
    """The locations, the policies in effect for these channels (of two for the same the last one
    first), which channels let orders be split, and whether something of the items is protected;
    in one statement."""
    tenant_id = reader.tenant_id
    row = await reader.row(
        select(
            _locations(tenant_id).scalar_subquery().label("locations"),
            _policies(tenant_id, channel_ids, at).scalar_subquery().label("policies"),
            _channels(tenant_id, channel_ids).scalar_subquery().label("channels"),
            has_pools(tenant_id, item_ids, at).label("has_pools"),
        )
    )
    assert row is not None  # A select without a table has one row.
    places = tuple(
        Place(place, kind, status == "active", point_of(_address(country, region, *point)))
        for place, kind, status, country, region, *point in sorted(row.locations or [])
    )
    # The last in effect first: of two it is the one that counts.
    policies = [PolicyInEffect(*each[1:]) for each in sorted(row.policies or [], reverse=True)]
    return places, policies, dict(row.channels or []), row.has_pools


def _address(country: str, region: str, latitude: float, longitude: float) -> dict[str, Any]:
    return {"country": country, "region": region, "latitude": latitude, "longitude": longitude}


def _locations(tenant_id: int) -> Any:
    columns = (Location.id, Location.kind, Location.status, Location.country, Location.region)
    array = func.json_build_array(*columns, Location.latitude, Location.longitude)
    return select(func.json_agg(array)).where(Location.tenant_id == tenant_id)


def _policies(tenant_id: int, channel_ids: Sequence[int], at: datetime) -> Any:
    array = func.json_build_array(
        AllocationPolicy.effective_from,
        AllocationPolicy.id,
        AllocationPolicy.channel_id,
        AllocationPolicy.entity_id,
        AllocationPolicy.content_hash,
    )
    return select(func.json_agg(array)).where(
        AllocationPolicy.tenant_id == tenant_id,
        AllocationPolicy.status == "active",
        AllocationPolicy.effective_from <= at,
        or_(AllocationPolicy.effective_to.is_(None), AllocationPolicy.effective_to > at),
        or_(AllocationPolicy.channel_id.is_(None), AllocationPolicy.channel_id.in_(channel_ids)),
    )


def _channels(tenant_id: int, channel_ids: Sequence[int]) -> Any:
    array = func.json_build_array(Channel.id, Channel.split_allowed)
    return select(func.json_agg(array)).where(
        Channel.tenant_id == tenant_id, Channel.id.in_(channel_ids)
    )
