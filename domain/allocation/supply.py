"""Supply: from where, and by which policy, the orders that are to be decided now are served.

All of it is read in one statement; a second one is sent only where a policy asks for more
(groups, costs, capacity, demand), a third when this process has never seen a policy."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from domain.allocation.demand import Demand, DemandLine, Site, standard_policy
from domain.allocation.effective import Content, PolicyInEffect, contents, most_specific
from domain.allocation.facts import Customer, Facts, facts_for
from domain.allocation.locking_ahead import lock_capacity
from domain.allocation.pools import pools_of
from domain.allocation.protection import NO_POOLS, Pools
from domain.allocation.scene import Place, scene
from domain.allocation.shelf import Capacity
from domain.allocation.stocking import lock_stock, read_stock
from domain.allocation.strategy import Circumstances, Policy
from domain.entities.geography import Point, kilometres, point_of
from domain.intercompany.agreements import with_prices_of
from domain.intercompany.policies.paths import Agreed, Source, sources_of
from domain.kernel.quantity import SCALE
from domain.kernel.reading import Reader
from domain.kernel.value_objects import value_object

__all__ = ["Supply", "Want", "lock_stock", "pools_for", "read_stock", "supply_of"]

# Where a tenant without a policy ships from.
DEFAULT_KINDS = ("owned", "third_party")
IN_TRANSIT = "in_transit"
STRANGER = Customer()


@value_object(kw_only=True)
class Want:
    """What the choice of a policy and its conditions ask of an order.

    The value is in minor units. `substitutes_allowed` None leaves it to the customer's record."""

    channel_id: int
    entity_id: int
    party_id: int | None = None
    ship_to: Mapping[str, Any] | None = None
    value_minor: int = 0
    currency: str | None = None
    service_level: str | None = None
    substitutes_allowed: bool | None = None


@dataclass(slots=True)
class Supply:
    """What the orders of one batch are decided by, at one moment."""

    at: datetime
    places: tuple[Place, ...]
    splits: Mapping[int, bool]
    policies: Sequence[PolicyInEffect]
    known: dict[int, Content]
    facts: Facts
    item_ids: Collection[int]
    has_pools: bool = False
    agreed: tuple[Agreed, ...] = ()
    _sources: dict[int, tuple[Source, ...]] = field(default_factory=dict)
    _chosen: dict[tuple[int, int], PolicyInEffect | None] = field(default_factory=dict)
    _sites: dict[Any, tuple[Site, ...]] = field(default_factory=dict)
    _standards: dict[int, Policy] = field(default_factory=dict)
    _floors: dict[int, dict[tuple[int, int], Decimal]] = field(default_factory=dict)

    @property
    def capacity(self) -> Mapping[int, Capacity]:
        """What locations with a limit can still take on today, by id."""
        return self.facts.capacity

    @property
    def today(self) -> int:
        """The day, as an ordinal."""
        return self.at.toordinal()

    @property
    def asks_value(self) -> bool:
        """Whether a condition looks at the value of orders."""
        return any(
            each.condition.currency is not None
            for content in self.known.values()
            for each in content.policy.strategies
        )

    def items_to_lock(self) -> set[int]:
        """The batch's items and all that may stand in for them."""
        wanted = set(self.item_ids)
        return wanted | {
            rule.substitute_id
            for content in self.known.values()
            for rule in content.policy.substitutions
            if rule.item_id in wanted
        }

    def policy_id(self, channel_id: int, entity_id: int) -> int | None:
        """The policy that serves a channel's orders; None without one."""
        chosen = self._in_effect(channel_id, entity_id)
        return None if chosen is None else chosen.id

    def policy(self, channel_id: int, entity_id: int) -> Policy | None:
        """What that policy says."""
        chosen = self._in_effect(channel_id, entity_id)
        return None if chosen is None else self.known[chosen.id].policy

    def demand(
        self,
        want: Want,
        lines: Sequence[DemandLine],
        *,
        all_or_nothing: bool = False,
        placed_at: frozenset[int] = frozenset(),
    ) -> Demand:
        """An order's demand, ready to be decided."""
        policy = self.policy(want.channel_id, want.entity_id)
        sites = self._sites_of(want, policy)
        groups = self.facts.item_groups
        return Demand(
            entity_id=want.entity_id,
            lines=tuple(lines) if not groups else tuple(_grouped(line, groups) for line in lines),
            sites=sites,
            split_allowed=self.splits.get(want.channel_id, True),
            all_or_nothing=all_or_nothing,
            placed_at=placed_at,
            policy=policy,
            order=self._circumstances(want),
            floors={} if policy is None else self.floors_of(policy),
            party_id=want.party_id,
            sources=self.sources(want.entity_id) if self.agreed else (),
            standard=None if policy is not None else self._standard_of(sites),
        )

    def _standard_of(self, sites: tuple[Site, ...]) -> Policy:
        found = self._standards.get(id(sites))
        if found is None:
            # The sites are kept as long as this is.
            found = self._standards[id(sites)] = standard_policy(sites)
        return found

    def sources(self, entity_id: int) -> tuple[Source, ...]:
        """The other entities whose stock orders of this one may be served from."""
        if entity_id not in self._sources:
            self._sources[entity_id] = sources_of(entity_id, self.agreed)
        return self._sources[entity_id]

    def _in_effect(self, channel_id: int, entity_id: int) -> PolicyInEffect | None:
        key = (channel_id, entity_id)
        if key not in self._chosen:
            self._chosen[key] = most_specific(
                self.policies, self.known, channel_id=channel_id, entity_id=entity_id
            )
        return self._chosen[key]

    def _circumstances(self, want: Want) -> Circumstances:
        address = want.ship_to or {}
        customer = self.facts.customers.get(want.party_id or 0, STRANGER)
        allowed = want.substitutes_allowed
        return Circumstances(
            channel_id=want.channel_id,
            customer_group=customer.group,
            country=address.get("country"),
            region=address.get("region"),
            postal_code=address.get("postal_code"),
            value_minor=want.value_minor,
            currency=want.currency,
            service_level=want.service_level,
            substitutes_allowed=customer.substitutes_allowed if allowed is None else allowed,
        )

    def _sites_of(self, want: Want, policy: Policy | None) -> tuple[Site, ...]:
        """The locations as the order sees them; orders that go to the same place share them."""
        point: Point | None = None
        key: tuple[Any, ...] = (policy is None,)
        address = want.ship_to or {}
        if policy is not None and ("distance" in policy.criteria or policy.limits("max_distance")):
            point = point_of(address)
        if policy is not None and "cost" in policy.criteria:
            key = (address.get("country"), address.get("region"), want.service_level)
        if (found := self._sites.get((*key, point))) is None:
            rank = 0
            sites = []
            for place in self.places:
                usable = policy is None and place.kind in DEFAULT_KINDS
                rank += usable
                sites.append(self._site(place, rank if usable else None, point, want))
            found = self._sites[(*key, point)] = tuple(sites)
        return found

    def _site(self, place: Place, rank: int | None, point: Point | None, want: Want) -> Site:
        address = want.ship_to or {}
        route = (address.get("country"), address.get("region"), want.service_level)
        lanes = [
            lane for lane in self.facts.lanes if lane.location_id == place.id and lane.fits(*route)
        ]
        lane = max(lanes, key=lambda each: each.precision, default=None)
        known = point is not None and place.point is not None
        return Site(
            place.id,
            rank,
            # A location may have become one of goods in transit since: nothing is picked there.
            place.is_open and place.kind != IN_TRANSIT,
            kilometres(place.point, point) if known and place.point and point else None,
            None if lane is None else lane.per_order_minor,
            None if lane is None else lane.per_unit_minor,
        )

    def floors_of(self, policy: Policy) -> dict[tuple[int, int], Decimal]:
        """What the policy keeps back, by (item, location)."""
        if (found := self._floors.get(id(policy))) is None:
            found = self._floors[id(policy)] = {}
            for rule in policy.keep_backs:
                for item in self.items_to_lock():
                    if rule.item_group not in (None, self.facts.item_groups.get(item)):
                        continue
                    for place in self.places:
                        if rule.location_id in (None, place.id):
                            spot = (item, place.id)
                            kept = self._kept(rule.quantity, rule.days_of_cover, spot)
                            found[spot] = max(kept, found.get(spot, kept))
        return found

    def _kept(self, quantity: Decimal | None, days: int | None, spot: tuple[int, int]) -> Decimal:
        if quantity is not None:
            return quantity
        daily = self.facts.daily_demand.get(spot, Decimal(0))
        return (daily * (days or 0)).quantize(SCALE, rounding=ROUND_UP)


async def supply_of(
    reader: Reader,
    wants: Sequence[Want],
    *,
    item_ids: Collection[int],
    at: datetime,
    instead: tuple[int, Content] | None = None,
    is_kept: bool = False,
) -> Supply:
    """What a batch of orders is decided by: policies and places as they are at this moment.

    `instead` is a policy (id, content) that is to be tried in place of all that are in effect.
    When what is decided `is_kept`, nobody else may use up the locations' capacity meanwhile: where
    a policy asks for it, they are locked before it is read. Call it before stock is locked."""
    channel_ids = sorted({want.channel_id for want in wants})
    stands = await scene(reader, channel_ids, item_ids, at)
    policies = stands.policies
    if instead is not None:
        policies = [PolicyInEffect(instead[0], None, None, None)]
    known = await contents(reader, policies) if instead is None else dict([instead])
    if is_kept and any(content.policy.asks_capacity() for content in known.values()):
        await lock_capacity(reader)
    facts = await facts_for(
        reader,
        [content.policy for content in known.values()],
        item_ids=_with_substitutes(known, item_ids),
        party_ids={want.party_id for want in wants if want.party_id is not None},
        at=at,
    )
    # What stands in for an item may be protected as well: that is known when it is read.
    substitutes = _with_substitutes(known, item_ids) - set(item_ids)
    may_have = stands.has_pools or bool(substitutes)
    agreed = await with_prices_of(reader, stands.agreed, substitutes)
    return Supply(
        at,
        stands.places,
        stands.splits,
        policies,
        known,
        facts,
        item_ids,
        may_have,
        agreed,
    )


async def pools_for(reader: Reader, supply: Supply, demands: Sequence[Demand]) -> Pools:
    """What is protected of the batch's items, for whom; one statement or two, only where there
    may be something. Read it when the stock is locked."""
    if not supply.has_pools:
        return NO_POOLS
    party_ids = {each.party_id for each in demands if each.party_id is not None}
    return await pools_of(reader, supply.items_to_lock(), party_ids=party_ids, at=supply.at)


def _with_substitutes(known: dict[int, Content], item_ids: Collection[int]) -> set[int]:
    rules = (rule for content in known.values() for rule in content.policy.substitutions)
    return set(item_ids) | {rule.substitute_id for rule in rules}


def _grouped(line: DemandLine, groups: Mapping[int, str]) -> DemandLine:
    return replace(line, item_group=groups.get(line.item_id))
