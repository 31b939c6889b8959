"""What is still there while one decision after another is made. Pure; quantities in base units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.allocation.protection import NO_POOLS, Pools, Protection
from domain.intercompany.policies.paths import Source
from domain.kernel.value_objects import value_object

ZERO = Decimal(0)
NEVER = date.max.toordinal()
NOBODY: frozenset[int] = frozenset()

Spot = tuple[int, int, int]  # item, location, owner


@value_object()
class Stock:
    """What one balance can give. `hindrance` is the rule that forbids to give it, if one does;
    a lot that expires has its last good day. `held` is what is reserved of it already."""

    balance_id: int
    item_id: int
    location_id: int
    owner_id: int
    available: Decimal
    expires_on: date | None = None
    hindrance: str | None = None
    held: Decimal = ZERO


@value_object()
class Take:
    """A quantity that a balance gives; from a protected pool, where it says one. `source` is how it
    comes to the order's entity where it is another owner's."""

    balance_id: int
    location_id: int
    quantity: Decimal
    pool_id: int | None = None
    source: Source | None = None

    def owner(self, entity_id: int) -> int:
        """Whose stock it is, for an order of this entity."""
        return entity_id if self.source is None else self.source.owner_id


@value_object()
class Capacity:
    """What a location can still take on today: orders and base units; None is no limit."""

    orders: int | None = None
    units: Decimal | None = None


NO_LIMIT = Capacity()


@dataclass(slots=True)
class Shelf:
    """What is still there, and what locations can still do, while decisions are made."""

    stock: Sequence[Stock]
    capacity: Mapping[int, Capacity] = field(default_factory=dict)
    today: int = 0
    pools: Pools = NO_POOLS
    protection: Protection | None = field(init=False)
    left: dict[int, Decimal] = field(init=False)
    at: dict[Spot, Decimal] = field(init=False)
    by_spot: dict[Spot, list[Stock]] = field(init=False)
    locations: dict[int, dict[int, list[Spot]]] = field(init=False)
    dated: set[Spot] = field(init=False)
    load: dict[int, tuple[int, Decimal]] = field(init=False)

    def __post_init__(self) -> None:
        self.left, self.at, self.by_spot = {}, {}, {}
        self.locations, self.dated, self.load = {}, set(), {}
        for each in self.stock:
            spot = (each.item_id, each.location_id, each.owner_id)
            if spot not in self.by_spot:
                places = self.locations.setdefault(each.item_id, {})
                places.setdefault(each.location_id, []).append(spot)
                self.by_spot[spot] = []
            self.by_spot[spot].append(each)
            if each.hindrance is None:
                self.left[each.balance_id] = each.available
                self.at[spot] = self.at.get(spot, ZERO) + each.available
            if each.expires_on is not None:
                self.dated.add(spot)
        for spot in self.dated:
            self.by_spot[spot].sort(key=_first_expiry)
        self.protection = None
        if self.pools.pools:
            self.protection = Protection(self.pools.pools, self._there(), self.at)

    def available(self, spot: Spot, life_days: int = 0) -> Decimal:
        """What is left of an owner's item at a location, good for at least so many days yet."""
        if life_days and spot in self.dated:
            return sum((self.left[each.balance_id] for each in self._good(spot, life_days)), ZERO)
        return self.at.get(spot, ZERO)

    def room(self, spot: Spot, members: frozenset[int] = NOBODY) -> Decimal | None:
        """How much a member of these pools may take here; None when nothing is protected."""
        protection = self.protection
        if protection is None or not protection.concerns(spot):
            return None
        return protection.room(spot, members)

    def take_for(
        self, members: frozenset[int], spot: Spot, wanted: Decimal, life_days: int = 0
    ) -> list[Take]:
        """As `take`, for a member of these pools: from which of them it comes is said."""
        protection = self.protection
        if protection is None or not protection.concerns(spot):
            return self.take(spot, wanted, life_days)
        return [
            take
            for pool_id, quantity in protection.draw(spot, wanted, members)
            for take in self.take(spot, quantity, life_days, pool_id)
        ]

    def take(
        self, spot: Spot, wanted: Decimal, life_days: int = 0, pool_id: int | None = None
    ) -> list[Take]:
        """Take up to `wanted`: what expires first, then from the oldest balance on."""
        takes = []
        for each in self._good(spot, life_days):
            quantity = min(wanted, self.left[each.balance_id])
            if quantity > 0:
                self.left[each.balance_id] -= quantity
                self.at[spot] -= quantity
                wanted -= quantity
                takes.append(Take(each.balance_id, spot[1], quantity, pool_id))
            if not wanted:
                break
        return takes

    def put_back(self, item_id: int, owner_id: int, takes: Iterable[Take]) -> None:
        """Undo takes of an order that is refused."""
        for take in takes:
            self.left[take.balance_id] += take.quantity
            self.at[item_id, take.location_id, take.owner(owner_id)] += take.quantity
            if take.pool_id is not None and self.protection is not None:
                self.protection.put_back(item_id, take.pool_id, take.quantity)

    def first_expiry(self, spot: Spot) -> int:
        """The day (ordinal) on which the first of what is left expires; NEVER without one."""
        if spot not in self.dated:
            return NEVER
        found = (_expiry(each) for each in self._good(spot, 0) if self.left[each.balance_id])
        return next(found, NEVER)

    def units_left(self, location_id: int, *, new_order: bool) -> Decimal | None:
        """How many units the location can still take on; None is no limit."""
        limit = self.capacity.get(location_id, NO_LIMIT)
        orders, units = self.load.get(location_id, (0, ZERO))
        if new_order and limit.orders is not None and orders >= limit.orders:
            return ZERO
        return None if limit.units is None else max(limit.units - units, ZERO)

    def burden(self, location_id: int, units: Decimal, orders: int) -> None:
        """Count orders and units that a location takes on, or gives back (below zero)."""
        if location_id in self.capacity:
            counted, sum_of_units = self.load.get(location_id, (0, ZERO))
            self.load[location_id] = (counted + orders, sum_of_units + units)

    def why_empty(self, spot: Spot) -> str:
        """The rule for a location that has nothing left to give to this owner's order."""
        found = self.by_spot.get(spot, ())
        if any(each.available > 0 and each.hindrance is None for each in found):
            return "taken_before"
        hindered = (each.hindrance for each in found if each.available > 0)
        if (hindrance := next(hindered, None)) is not None:
            return hindrance
        of_others = (
            each.available > 0
            for other in self.locations.get(spot[0], {}).get(spot[1], ())
            if other != spot
            for each in self.by_spot[other]
        )
        return "owned_by_other_entity" if any(of_others) else "no_stock"

    def _there(self) -> dict[Spot, Decimal]:
        """What is free and held by spot, which shares are of."""
        there = dict(self.at)
        for each in self.stock:
            if each.hindrance is None:
                there[each.item_id, each.location_id, each.owner_id] += each.held
        return there

    def _good(self, spot: Spot, life_days: int) -> list[Stock]:
        found = [each for each in self.by_spot.get(spot, ()) if each.hindrance is None]
        if not life_days or spot not in self.dated:
            return found
        return [each for each in found if _expiry(each) >= self.today + life_days]


def hindrance_of(status: str, expires_on: date | None, today: date) -> str | None:
    """The rule that forbids to give a lot of this status today; None when it may be given."""
    if status != "released":
        return "lot_not_released"
    return "lot_expired" if expires_on is not None and expires_on < today else None


def _expiry(stock: Stock) -> int:
    return NEVER if stock.expires_on is None else stock.expires_on.toordinal()


def _first_expiry(stock: Stock) -> tuple[int, int]:
    return (_expiry(stock), stock.balance_id)
