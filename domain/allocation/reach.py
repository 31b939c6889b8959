"""Whose stock an order may take at a location: its own entity's first, then what trade agreements
lead to. Pure; quantities in base units."""

from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from domain.allocation.demand import Demand, DemandLine, Site
from domain.allocation.shelf import NEVER, ZERO, Shelf, Take
from domain.allocation.strategy import OWNERSHIP, Pass, Strategy
from domain.intercompany.policies.paths import Source

Stage = tuple[Source, ...]
OWN: Stage = ()


class Reach:
    """What an order reaches on the shelf. `others` are the owners that are asked now, beside the
    order's own entity: none at first, then one more each time; all of them `together` from the
    beginning where own stock is not to go first."""

    def __init__(self, demand: Demand, shelf: Shelf, *, together: bool = False) -> None:
        self.demand, self.shelf = demand, shelf
        self.entity = demand.entity_id
        self.others: Stage = OWN
        sources = demand.sources
        self.stages = [sources[:n] for n in range(len(sources) + 1)]
        if together:
            self.stages = [sources]

    @cached_property
    def members(self) -> frozenset[int]:
        """The protected pools that the order may use."""
        return self.shelf.pools.open_to(self.demand.order.channel_id, self.demand.party_id)

    def ask(self, stage: Stage, strategy: Strategy) -> None:
        """Ask the owners of a stage; all of them, where the strategy says what ownership is
        worth."""
        self.others = self.demand.sources if OWNERSHIP in strategy.criteria else stage

    def available(self, item: int, place: int) -> Decimal:
        """What is left of an item at a location, of the owners that are asked now."""
        return self._left(item, place, self.others)

    def there(self, item: int, place: int) -> Decimal:
        """The same of all owners that may ever be asked."""
        return self._left(item, place, self.demand.sources)

    def _left(self, item: int, place: int, others: Stage) -> Decimal:
        left = self.shelf.available((item, place, self.entity))
        for source in others:
            if source.covers(item):
                left += self.shelf.available((item, place, source.owner_id))
        return left

    def first_expiry(self, item: int, place: int) -> int:
        """The day (ordinal) on which the first of it expires; NEVER without one."""
        days = [self.shelf.first_expiry((item, place, self.entity))]
        days += [self.shelf.first_expiry((item, place, s.owner_id)) for s in self.others]
        return min(days, default=NEVER)

    def legs(self, item: int, place: int) -> int | None:
        """Over how many sales the first of it comes: 0 is the entity's own; None: nothing."""
        if self.shelf.available((item, place, self.entity)):
            return 0
        ways = [
            len(source.agreement_ids)
            for source in self.others
            if source.covers(item) and self.shelf.available((item, place, source.owner_id))
        ]
        return min(ways, default=None)

    def protected(self, item: int, place: int) -> bool:
        """Whether nothing of it may be taken here because it is protected for others."""
        owners = (self.entity, *(source.owner_id for source in self.demand.sources))
        rooms = [self.shelf.room((item, place, owner), self.members) for owner in owners]
        return rooms[0] == 0 and not any(rooms[1:])

    def free(self, line: DemandLine, site: Site, limits: Pass) -> tuple[Decimal, str | None]:
        """What may be taken of the line's item here, and the rule that forbids more."""
        free, refusal = self._free_of(self.entity, line, site, limits)
        for source in self.others:
            if source.covers(line.item_id):
                more, why = self._free_of(source.owner_id, line, site, limits)
                free, refusal = free + more, refusal or why
        return free, refusal

    def take(self, line: DemandLine, site: Site, quantity: Decimal, limits: Pass) -> list[Take]:
        """Take so much of what is free: own stock first."""
        item, place, life = line.item_id, site.location_id, limits.shelf_life_days
        if not self.others:
            return self.shelf.take_for(self.members, (item, place, self.entity), quantity, life)
        own = min(quantity, self._free_of(self.entity, line, site, limits)[0])
        takes = self.shelf.take_for(self.members, (item, place, self.entity), own, life)
        quantity -= own
        for source in self.others:
            if not quantity or not source.covers(item):
                continue
            part = min(quantity, self._free_of(source.owner_id, line, site, limits)[0])
            taken = self.shelf.take_for(self.members, (item, place, source.owner_id), part, life)
            takes += [replace(take, source=source) for take in taken]
            quantity -= part
        return takes

    def _free_of(
        self, owner: int, line: DemandLine, site: Site, limits: Pass
    ) -> tuple[Decimal, str | None]:
        place = site.location_id
        spot = (line.item_id, place, owner)
        free = self.shelf.available(spot)
        if not free or line.bars(place):
            return ZERO, None
        distance = site.distance_km
        if limits.max_km is not None and distance is not None and distance > limits.max_km:
            return ZERO, "too_far"
        if limits.shelf_life_days:
            free = self.shelf.available(spot, limits.shelf_life_days)
            if not free:
                return ZERO, "shelf_life_too_short"
        if limits.keeps_minimum and (floor := self.demand.floors.get((line.item_id, place))):
            free = min(free, max(self.shelf.available(spot) - floor, ZERO))
            if not free:
                return ZERO, "kept_as_minimum"
        if (room := self.shelf.room(spot, self.members)) is not None and room < free:
            free = room
            if not free:
                return ZERO, "protected_for_others"
        return free, None
