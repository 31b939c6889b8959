"""Supply: what the stock and the policies are, for the orders that are to be decided now."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from domain.allocation.models import AllocationPolicy, AllocationPolicyLocation
from domain.allocation.policy import Site
from domain.allocation.shelf import Stock
from domain.channels.models import Channel
from domain.entities.models import Location
from domain.inventory.balances import lock_balances
from domain.kernel.reading import Reader
from domain.kernel.work import Work

# Where a tenant without a policy ships from.
DEFAULT_KINDS = ("owned", "third_party")
IN_TRANSIT = "in_transit"


@dataclass(frozen=True, slots=True)
class Sourcing:
    """How a channel's orders are served: by which policy (None: by default), from where, split
    or not."""

    policy_id: int | None
    sites: tuple[Site, ...]
    split_allowed: bool


async def sourcing_of(reader: Reader, channel_ids: Collection[int]) -> dict[int, Sourcing]:
    """The sourcing of each channel at this moment.

    A policy of the channel goes before one for all; of several, the one in effect last. An order
    is split only if both the channel and the policy let it."""
    locations = await _locations(reader)
    policies = await _policies(reader, channel_ids)
    rows = await reader.rows(
        select(Channel.id, Channel.split_allowed).where(
            Channel.tenant_id == reader.tenant_id, Channel.id.in_(channel_ids)
        )
    )
    return {
        row.id: _sourcing(policies.get(row.id) or policies.get(None), locations, row.split_allowed)
        for row in rows
    }


async def lock_stock(work: Work, item_ids: Collection[int]) -> list[Stock]:
    """Lock all balances of the items in new condition, whoever owns them: the orders are served
    from their own entity's, and the others are named in the explanation."""
    if not item_ids:
        return []
    balances = await lock_balances(work, item_ids=sorted(set(item_ids)))
    return [Stock(b.id, b.item_id, b.location_id, b.owner_id, b.available) for b in balances]


@dataclass(frozen=True, slots=True)
class _Policy:
    id: int
    split_allowed: bool
    ranks: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class _Place:
    id: int
    kind: str
    is_open: bool


async def _locations(reader: Reader) -> list[_Place]:
    rows = await reader.rows(
        select(Location.id, Location.kind, Location.status)
        .where(Location.tenant_id == reader.tenant_id)
        .order_by(Location.id)
    )
    return [_Place(row.id, row.kind, row.status == "active") for row in rows]


async def _policies(reader: Reader, channel_ids: Collection[int]) -> dict[int | None, _Policy]:
    in_effect = and_(
        AllocationPolicy.tenant_id == reader.tenant_id,
        AllocationPolicy.status == "active",
        or_(AllocationPolicy.channel_id.is_(None), AllocationPolicy.channel_id.in_(channel_ids)),
    )
    rows = await reader.rows(
        select(
            AllocationPolicy.id,
            AllocationPolicy.channel_id,
            AllocationPolicy.split_allowed,
            AllocationPolicyLocation.location_id,
            AllocationPolicyLocation.rank,
        )
        .join(
            AllocationPolicyLocation,
            and_(
                AllocationPolicyLocation.tenant_id == AllocationPolicy.tenant_id,
                AllocationPolicyLocation.policy_id == AllocationPolicy.id,
            ),
        )
        .where(in_effect)
        .order_by(AllocationPolicy.effective_from, AllocationPolicy.id)
    )
    ranks: dict[int, dict[int, int]] = defaultdict(dict)
    for row in rows:
        ranks[row.id][row.location_id] = row.rank
    return {row.channel_id: _Policy(row.id, row.split_allowed, ranks[row.id]) for row in rows}


def _sourcing(policy: _Policy | None, places: list[_Place], channel_splits: bool) -> Sourcing:
    if policy is None:
        usable = [place.id for place in places if place.kind in DEFAULT_KINDS]
        ranks: Mapping[int, int] = {place: rank for rank, place in enumerate(usable, start=1)}
        sites = tuple(Site(p.id, ranks.get(p.id), p.is_open) for p in places)
        return Sourcing(None, sites, channel_splits)
    # A location may have become one of goods in transit since: nothing is picked there.
    stocked = {p.id: policy.ranks.get(p.id) for p in places if p.kind != IN_TRANSIT}
    sites = tuple(Site(p.id, stocked.get(p.id), p.is_open) for p in places)
    return Sourcing(policy.id, sites, channel_splits and policy.split_allowed)
