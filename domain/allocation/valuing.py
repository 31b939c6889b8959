"""What locations are worth to an order by the criteria of a strategy. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.allocation.demand import Site
from domain.allocation.line_turn import LineTurn
from domain.allocation.ranking import Ranked, ordering_of
from domain.allocation.reach import Reach
from domain.allocation.shelf import NEVER, ZERO
from domain.allocation.strategy import OWNERSHIP, Strategy


@dataclass(slots=True)
class Valuing:
    """Values locations for an order's lines, by what is on the shelf at that moment."""

    reach: Reach
    used: set[int]
    lines: Sequence[LineTurn]

    def ordered_for_all(
        self, strategy: Strategy, sites: list[tuple[Site, int]], items: list[int]
    ) -> list[tuple[Site, int]]:
        """The locations in the order in which the whole order would ask them."""

        def key(each: tuple[Site, int]) -> tuple[Any, ...]:
            site, rank = each
            place = site.location_id
            depth = sum((self.reach.available(item, place) for item in items), ZERO)
            values = (
                min((self.reach.first_expiry(item, place) for item in items), default=NEVER)
                if name == "expiry"
                else self.value(name, items[0], site, rank, depth, None)
                for name in strategy.criteria
                if name != "fewest_splits"
            )
            names = (name for name in strategy.criteria if name != "fewest_splits")
            compared = (ordering_of(n, v) for n, v in zip(names, values, strict=True))
            return (*compared, site.location_id)

        return sorted(sites, key=key) if items else sites

    def ranked(
        self, first: LineTurn, strategy: Strategy, sites: list[tuple[Site, int]]
    ) -> list[Ranked]:
        """The locations in the order in which a line asks them, with the values that say so."""
        ranked = []
        item = first.line.item_id
        for site, rank in sites:
            place = site.location_id
            depth = self.reach.available(item, place)
            values = tuple(
                [self.value(n, item, site, rank, depth, first) for n in strategy.criteria]
            )
            compared = [
                value if name == "priority" else ordering_of(name, value)
                for name, value in zip(strategy.criteria, values, strict=True)
            ]
            ranked.append(Ranked((*compared, place), site, rank, values))
        if len(ranked) > 1:
            ranked.sort(key=_key)
        return ranked

    def value(
        self,
        name: str,
        item: int,
        site: Site,
        rank: int,
        depth: Decimal,
        line: LineTurn | None,
    ) -> Any:
        """A location's value under a criterion; None when it is unknown, or without limit."""
        if name == "priority":
            return rank
        if name == "stock_depth":
            return depth
        if name == "distance":
            return site.distance_km
        if name == "cost":
            return self._cost(site, line)
        if name == "capacity":
            is_new = site.location_id not in self.used
            return self.reach.shelf.units_left(site.location_id, new_order=is_new)
        if name == "expiry":
            return self.reach.first_expiry(item, site.location_id)
        if name == OWNERSHIP:
            return self.reach.legs(item, site.location_id)
        return self._uncovered(site)

    def _cost(self, site: Site, line: LineTurn | None) -> int | None:
        """Of shipping the line from here; a parcel that goes anyway costs nothing more."""
        if site.order_cost is None and site.unit_cost is None:
            return None
        units = ZERO if line is None else line.missing
        parcel = 0 if site.location_id in self.used else site.order_cost or 0
        return parcel + round(units * (site.unit_cost or ZERO))

    def _uncovered(self, site: Site) -> int:
        """How many lines the location could not serve in full, by what is there now."""
        return sum(
            1
            for each in self.lines
            if each.missing
            and self.reach.available(each.line.item_id, site.location_id) < each.missing
        )


def _key(ranked: Ranked) -> tuple[Any, ...]:
    return ranked.key
