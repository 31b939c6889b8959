"""What stands at a moment: locations, policies in effect, channels. One statement reads it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    DateTime,
    Integer,
    any_,
    bindparam,
    func,
    or_,
    select,
)

from domain.allocation.effective import PolicyInEffect
from domain.allocation.models import AllocationPolicy
from domain.allocation.pools import has_pools
from domain.channels.models import Channel
from domain.entities.geography import Point, point_of
from domain.entities.models import Location
from domain.intercompany.agreements import agreed_as_json, agreed_from
from domain.intercompany.policies.paths import Agreed
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class Place:
    """A location as it stands."""

    id: int
    kind: str
    is_open: bool
    point: Point | None


class Scene(NamedTuple):
    """What stands. `policies` are those in effect for the channels, of two for the same the last
    one first; `splits` says which channels let orders be split, `has_pools` whether something of
    the items may be protected. `agreed` is how entities trade."""

    places: tuple[Place, ...]
    policies: list[PolicyInEffect]
    splits: dict[int, bool]
    has_pools: bool
    agreed: tuple[Agreed, ...]


async def scene(
    reader: Reader, channel_ids: Sequence[int], item_ids: Collection[int], at: datetime
) -> Scene:
    """What stands for orders of these channels over these items, in one statement."""
    wanted = {"channels": sorted(channel_ids), "items": sorted(item_ids), "at": at}
    wanted |= {"on": at.date()}
    row = await reader.row(_SCENE, wanted | {"tenant": reader.tenant_id})
    assert row is not None  # A select without a table has one row.
    places = tuple(
        Place(place, kind, status == "active", point_of(_address(country, region, *point)))
        for place, kind, status, country, region, *point in sorted(row.locations or [])
    )
    # The last in effect first: of two it is the one that counts.
    policies = [PolicyInEffect(*each[1:]) for each in sorted(row.policies or [], reverse=True)]
    splits = dict(row.channels or [])
    return Scene(places, policies, splits, row.has_pools, agreed_from(row.agreed))


def _address(country: str, region: str, latitude: float, longitude: float) -> dict[str, Any]:
    return {"country": country, "region": region, "latitude": latitude, "longitude": longitude}


_TENANT = bindparam("tenant", type_=Integer)
_AT = bindparam("at", type_=DateTime(timezone=True))
_ON = bindparam("on", type_=Date)
_WANTED_CHANNEL = any_(bindparam("channels", type_=ARRAY(BigInteger)))
_WANTED_ITEMS = bindparam("items", type_=ARRAY(BigInteger))


def _locations() -> Any:
    columns = (Location.id, Location.kind, Location.status, Location.country, Location.region)
    array = func.json_build_array(*columns, Location.latitude, Location.longitude)
    return select(func.json_agg(array)).where(Location.tenant_id == _TENANT)


def _policies() -> Any:
    policy = AllocationPolicy
    array = func.json_build_array(
        policy.effective_from, policy.id, policy.channel_id, policy.entity_id, policy.content_hash
    )
    return select(func.json_agg(array)).where(
        policy.tenant_id == _TENANT,
        policy.status == "active",
        policy.effective_from <= _AT,
        or_(policy.effective_to.is_(None), policy.effective_to > _AT),
        or_(policy.channel_id.is_(None), policy.channel_id == _WANTED_CHANNEL),
    )


def _channels() -> Any:
    array = func.json_build_array(Channel.id, Channel.split_allowed)
    return select(func.json_agg(array)).where(
        Channel.tenant_id == _TENANT, Channel.id == _WANTED_CHANNEL
    )


_SCENE = Prepared(
    select(
        _locations().scalar_subquery().label("locations"),
        _policies().scalar_subquery().label("policies"),
        _channels().scalar_subquery().label("channels"),
        has_pools(_TENANT, _WANTED_ITEMS, _AT).label("has_pools"),
        agreed_as_json(_TENANT, _ON, _WANTED_ITEMS).label("agreed"),
    )
)
