"""What is kept for some: of an item at a location, how much an order may take, and from where.

Pure; quantities in base units. Every pool protects a part of its own, so that all parts together
are what is protected: of a pool with pools inside it, what theirs leave. What nobody's part is,
is anybody's. A pool at one location is served there before one over all locations."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from functools import cached_property

ZERO = Decimal(0)
STEP = Decimal("0.000001")

Spot = tuple[int, int, int]  # item, location, owner
Part = tuple[int | None, Decimal]  # pool (None: nobody's), quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool as it stands for one item: a quantity, or a share (0 to 1) of what is there.

    Without a location it is over all of them. `drawn` is what was taken of it, `shipped` what of
    that has left. One that is not in effect protects nothing, but what was drawn of it still
    counts in the pools around it."""

    id: int
    item_id: int
    owner_id: int
    location_id: int | None = None
    parent_id: int | None = None
    channel_id: int | None = None
    customer_group: str | None = None
    party_id: int | None = None
    quantity: Decimal | None = None
    share: Decimal | None = None
    drawn: Decimal = ZERO
    shipped: Decimal = ZERO
    in_effect: bool = True

    def is_for(self, channel_id: int | None, group: str | None, party_ids: Iterable[int]) -> bool:
        """Whether an order of this channel, customer group and chain of customers may use it."""
        if self.party_id is not None:
            return self.party_id in party_ids
        if self.customer_group is not None:
            return self.customer_group == group
        return self.channel_id == channel_id


def members_of(
    pools: Iterable[Pool], channel_id: int | None, group: str | None, party_ids: Iterable[int]
) -> frozenset[int]:
    """The pools that an order may use: its own, and those around them."""
    by_id = {pool.id: pool for pool in pools}
    found: set[int] = set()
    for pool in by_id.values():
        if pool.in_effect and pool.is_for(channel_id, group, party_ids):
            above: Pool | None = pool
            while above is not None and above.id not in found:
                found.add(above.id)
                above = by_id.get(above.parent_id or 0)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Member:
    """What pools ask of a customer: its group, and itself with all above it."""

    group: str | None = None
    chain: frozenset[int] = frozenset()


STRANGER = Member()


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools of some items, and the customers that may be members."""

    pools: tuple[Pool, ...] = ()
    customers: Mapping[int, Member] = field(default_factory=dict)

    def open_to(self, channel_id: int | None, party_id: int | None) -> frozenset[int]:
        """The pools that an order of this channel and customer may use."""
        if not self.pools:
            return frozenset()
        customer = self.customers.get(party_id or 0, STRANGER)
        return members_of(self.pools, channel_id, customer.group, customer.chain)


NO_POOLS = Pools()


@dataclass(frozen=True)
class _Tree:
    """The pools of one item and owner; `there` is what is free and held, by location."""

    pools: Sequence[Pool]
    there: Mapping[int, Decimal]

    @cached_property
    def inside(self) -> dict[int | None, list[Pool]]:
        """The pools inside each pool; under None those that stand by themselves."""
        known = {pool.id for pool in self.pools}
        found: dict[int | None, list[Pool]] = defaultdict(list)
        for pool in self.pools:
            found[pool.parent_id if pool.parent_id in known else None].append(pool)
        return found

    def parts(self) -> list[tuple[Pool, Decimal]]:
        """What each pool protects by itself, those inside before those around them."""
        found: list[tuple[Pool, Decimal]] = []
        for pool in self.inside[None]:
            self._protected(pool, found)
        return found

    def _protected(self, pool: Pool, found: list[tuple[Pool, Decimal]]) -> Decimal:
        inner = sum((self._protected(each, found) for each in self.inside.get(pool.id, ())), ZERO)
        if not pool.in_effect:
            return inner
        own = max(self.remaining(pool) - inner, ZERO)
        found.append((pool, own))
        return own + inner

    def remaining(self, pool: Pool) -> Decimal:
        """What is left of a pool, those inside it included."""
        if pool.quantity is not None:
            return max(pool.quantity - self._used(pool, shipped=True), ZERO)
        assert pool.share is not None
        places = self.there.items()
        there = sum((q for place, q in places if pool.location_id in (None, place)), ZERO)
        # A share of whole units is whole units.
        step = Decimal(1) if there == there.to_integral_value() else STEP
        entitled = (pool.share * there).quantize(step, rounding=ROUND_DOWN)
        return max(entitled - self._used(pool, shipped=False), ZERO)

    def _used(self, pool: Pool, *, shipped: bool) -> Decimal:
        inner = (self._used(each, shipped=shipped) for each in self.inside.get(pool.id, ()))
        own = pool.drawn if shipped else pool.drawn - pool.shipped
        return own + sum(inner, ZERO)


@dataclass(frozen=True, slots=True)
class _Room:
    """What may be taken at a spot: of the pools there, of those over all locations, of nobody's."""

    local: Decimal
    wide: Decimal
    open: Decimal

    @property
    def sum(self) -> Decimal:
        return self.local + self.wide + self.open


class Protection:
    """What is protected while decisions are made. What is free is the shelf's: `at`, by spot."""

    def __init__(
        self, pools: Sequence[Pool], there: Mapping[Spot, Decimal], at: Mapping[Spot, Decimal]
    ) -> None:
        """`there` is what is free and held by spot, which shares are of."""
        self.at = at
        self.of_item: dict[int, list[Pool]] = defaultdict(list)
        self._left: dict[tuple[int, int], Decimal] = {}
        self._local: dict[Spot, list[Pool]] = defaultdict(list)
        self._wide: dict[tuple[int, int], list[Pool]] = defaultdict(list)
        trees: dict[tuple[int, int], list[Pool]] = defaultdict(list)
        for pool in pools:
            self.of_item[pool.item_id].append(pool)
            trees[pool.item_id, pool.owner_id].append(pool)
        self._places: dict[tuple[int, int], list[Spot]] = {key: [] for key in trees}
        for spot in there:
            if (key := (spot[0], spot[2])) in trees:
                self._places[key].append(spot)
        for key, found in trees.items():
            self._plant(found, {spot[1]: there[spot] for spot in self._places[key]})

    def _plant(self, pools: Sequence[Pool], there: Mapping[int, Decimal]) -> None:
        for pool, own in _Tree(pools, there).parts():
            self._left[pool.item_id, pool.id] = own
            if pool.location_id is None:
                self._wide[pool.item_id, pool.owner_id].append(pool)
            else:
                self._local[pool.item_id, pool.location_id, pool.owner_id].append(pool)

    def concerns(self, spot: Spot) -> bool:
        """Whether something of an owner's item is protected anywhere."""
        return (spot[0], spot[2]) in self._places

    def room(self, spot: Spot, members: frozenset[int]) -> Decimal:
        """How much a member of these pools may take here at most."""
        return self._room(spot, members).sum

    def room_in_all(self, item_id: int, owner_id: int, members: frozenset[int]) -> Decimal:
        """How much a member may take over all locations together."""
        spots = self._places[item_id, owner_id]
        rooms = [self._room(spot, members) for spot in spots]
        wide = self._wide.get((item_id, owner_id), ())
        spare = sum((self._spare(spot) for spot in spots), ZERO)
        kept = sum((self._left[item_id, pool.id] for pool in wide), ZERO)
        local = sum((room.local for room in rooms), ZERO)
        return local + min(self._sum(item_id, wide, members), spare) + max(spare - kept, ZERO)

    def draw(self, spot: Spot, quantity: Decimal, members: frozenset[int]) -> list[Part]:
        """From which pools a quantity comes that is within the room: from those inside first,
        then those around them, then from what is nobody's. The caller takes it off the shelf."""
        room = self._room(spot, members)
        parts: list[Part] = []
        pools = ((self._local.get(spot, ()), room.local), (self._wide_at(spot), room.wide))
        for found, most in pools:
            for pool in found:
                take = min(self._left[spot[0], pool.id], quantity, most)
                if pool.id in members and take > 0:
                    self._left[spot[0], pool.id] -= take
                    quantity -= take
                    most -= take
                    parts.append((pool.id, take))
        return [*parts, (None, quantity)] if quantity else parts

    def put_back(self, item_id: int, pool_id: int, quantity: Decimal) -> None:
        """Undo a draw."""
        self._left[item_id, pool_id] += quantity

    def left(self, item_id: int, pool_id: int) -> Decimal:
        """What a pool still protects by itself of an item."""
        return self._left.get((item_id, pool_id), ZERO)

    def with_inner(self, item_id: int, pool_id: int) -> Decimal:
        """What a pool protects of an item together with all pools inside it."""
        inside = (p.id for p in self.of_item[item_id] if p.parent_id == pool_id)
        inner = sum((self.with_inner(item_id, each) for each in inside), ZERO)
        return self.left(item_id, pool_id) + inner

    def covered(self, item_id: int, pool_id: int) -> Decimal:
        """How much of what a pool protects by itself is there, if nobody else draws."""
        for pool in self.of_item[item_id]:
            if pool.id == pool_id:
                spot = (item_id, pool.location_id or 0, pool.owner_id)
                there = self.at.get(spot, ZERO)
                if pool.location_id is None:
                    places = self._places[item_id, pool.owner_id]
                    there = sum((self._spare(each) for each in places), ZERO)
                return min(self.left(item_id, pool_id), there)
        return ZERO

    def kept_from(self, spot: Spot, members: frozenset[int]) -> tuple[tuple[int, Decimal], ...]:
        """The pools that keep something here from who is no member of them, and how much."""
        found = [*self._local.get(spot, ()), *self._wide_at(spot)]
        return tuple(
            (pool.id, left)
            for pool in found
            if pool.id not in members and (left := self._left[spot[0], pool.id])
        )

    def _wide_at(self, spot: Spot) -> Sequence[Pool]:
        return self._wide.get((spot[0], spot[2]), ())

    def _spare(self, spot: Spot) -> Decimal:
        """What is free at a spot beyond what is protected at it."""
        kept = sum((self._left[spot[0], pool.id] for pool in self._local.get(spot, ())), ZERO)
        return max(self.at.get(spot, ZERO) - kept, ZERO)

    def _room(self, spot: Spot, members: frozenset[int]) -> _Room:
        free = self.at.get(spot, ZERO)
        spare = self._spare(spot)
        wide = self._wide_at(spot)
        kept = sum((self._left[spot[0], pool.id] for pool in wide), ZERO)
        anywhere = sum((self._spare(each) for each in self._places[spot[0], spot[2]]), ZERO)
        of_wide = min(self._sum(spot[0], wide, members), spare)
        return _Room(
            min(self._sum(spot[0], self._local.get(spot, ()), members), free),
            of_wide,
            min(max(anywhere - kept, ZERO), spare - of_wide),
        )

    def _sum(self, item_id: int, pools: Iterable[Pool], members: frozenset[int]) -> Decimal:
        mine = (self._left[item_id, pool.id] for pool in pools if pool.id in members)
        return sum(mine, ZERO)
