"""One order's turn at the shelf: strategy after strategy, location after location. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from domain.allocation.demand import Demand, DemandLine, Site
from domain.allocation.line_turn import LineTurn
from domain.allocation.ranking import Ranked, deciding_rule, fewest_places
from domain.allocation.reach import Reach, Stage
from domain.allocation.shelf import ZERO, Shelf
from domain.allocation.strategy import Pass, Policy, Strategy
from domain.allocation.valuing import Valuing


@dataclass
class OrderTurn:
    """An order being served. `used` are the locations that serve it, `dropped` the constraints
    that had to be dropped for what it got. Its own entity's stock goes first, unless all owners
    are asked `together`."""

    demand: Demand
    policy: Policy
    shelf: Shelf
    judged: Sequence[tuple[Strategy, str | None]]
    together: bool = False

    def __post_init__(self) -> None:
        self.lines = [LineTurn(line, line.quantity) for line in self.demand.lines]
        self.used: set[int] = set(self.demand.placed_at)
        self.dropped: tuple[str, ...] = ()
        self.entity = self.demand.entity_id
        self.reach = Reach(self.demand, self.shelf, together=self.together)
        self.valuing = Valuing(self.reach, self.used, self.lines)
        self.sites = {site.location_id: site for site in self.demand.sites}

    @cached_property
    def groups(self) -> list[list[LineTurn]]:
        """The lines, one by one; those of a kit together."""
        groups: list[list[LineTurn]] = []
        kits: dict[int, list[LineTurn]] = {}
        for each in self.lines:
            if each.line.kit is None:
                groups.append([each])
            elif each.line.kit in kits:
                kits[each.line.kit].append(each)
            else:
                groups.append([each])
                kits[each.line.kit] = groups[-1]
        return groups

    @cached_property
    def able(self) -> list[Strategy]:
        """The strategies whose conditions the order meets."""
        return [strategy for strategy, failed in self.judged if failed is None]

    @cached_property
    def ranks(self) -> dict[int, int]:
        """Each location's best rank among the policy's strategies."""
        strategies = self.policy.strategies
        if len(strategies) == 1:
            return dict(strategies[0].ranks)
        ranks: dict[int, int] = {}
        for each in strategies:
            for place, rank in each.ranks.items():
                ranks[place] = min(rank, ranks.get(place, rank))
        return ranks

    @cached_property
    def places(self) -> list[int]:
        """All locations in the order in which they are told: the policy's by rank, then others."""
        ranks = self.ranks
        return sorted(self.sites, key=lambda p: (p not in ranks, ranks.get(p, 0), p))

    def applies(self, strategy: Strategy, each: LineTurn) -> bool:
        """Whether the strategy is for the line's item."""
        groups = strategy.condition.item_groups
        return not groups or each.line.item_group in groups

    @property
    def is_served(self) -> bool:
        """Whether every line got all it asked for."""
        return all(not each.missing for each in self.lines)

    def run(self, passes: Sequence[Pass]) -> None:
        """Serve what can be served, from one owner's stock after the other."""
        for stage in self.reach.stages:
            self._run(passes, stage)
            if self.is_served:
                break

    def _run(self, passes: Sequence[Pass], stage: Stage) -> None:
        """With all constraints, then with ever fewer soft ones."""
        for limits in passes:
            before = [each.missing for each in self.lines]
            for strategy, failed in self.judged:
                if failed is None:
                    self.reach.ask(stage, strategy)
                    self._serve(strategy, limits)
                    if not strategy.falls_back or self.is_served:
                        break
            if limits.dropped and before != [each.missing for each in self.lines]:
                self.dropped = limits.dropped
            if self.is_served:
                break

    def undo(self) -> None:
        """Put everything back on the shelf."""
        for each in self.lines:
            self.shelf.put_back(each.line.item_id, self.entity, each.takes)
            for take in each.takes:
                self.shelf.burden(take.location_id, -take.quantity, 0)
        for place in self.used - self.demand.placed_at:
            self.shelf.burden(place, ZERO, -1)

    def most_places(self, limits: Pass) -> int | None:
        """Over how many locations the order may be spread; None is any number."""
        return limits.max_places if self.demand.split_allowed else 1

    def _serve(self, strategy: Strategy, limits: Pass) -> None:
        sites = [
            (site, rank)
            for place, rank in strategy.ranks.items()
            if (site := self.sites.get(place)) is not None and site.is_open
        ]
        wanted = [group for group in self.groups if self._is_for(strategy, group)]
        most = self.most_places(limits)
        chosen, rule = None, ""
        if most is not None or strategy.criteria[0] == "fewest_splits":
            chosen, rule = self._choose(strategy, limits, sites, wanted, most)
        for group in wanted:
            self._serve_group(group, strategy, limits, sites, chosen, rule)

    def _is_for(self, strategy: Strategy, group: list[LineTurn]) -> bool:
        return bool(group[0].missing) and all(self.applies(strategy, each) for each in group)

    def _choose(
        self,
        strategy: Strategy,
        limits: Pass,
        sites: list[tuple[Site, int]],
        wanted: list[list[LineTurn]],
        most: int | None,
    ) -> tuple[set[int], str]:
        """The locations that the order is to come from, and the rule that chose them."""
        if most == 1 and self.used:
            return set(self.used), "bound_to_location"
        sums: dict[int, Decimal] = {}
        for group in wanted:
            for each in group:
                item = each.line.item_id
                sums[item] = sums.get(item, ZERO) + each.missing
        lines = {each.line.item_id: each.line for group in wanted for each in group}
        order = self.valuing.ordered_for_all(strategy, sites, list(sums))
        has = [[self._free(lines[item], site, limits)[0] for item in sums] for site, _ in order]
        have = [n for n, (site, _) in enumerate(order) if site.location_id in self.used]
        budget = len(order) if most is None else max(most - len(self.used), 0)
        places, whole = fewest_places(list(sums.values()), has, have=have, most=budget)
        rule = "fewest_splits" if strategy.criteria[0] == "fewest_splits" else ""
        if most == 1:
            rule = "serves_whole_order" if whole else "best_single_location"
        return {order[n][0].location_id for n in places}, rule

    def _serve_group(
        self,
        group: list[LineTurn],
        strategy: Strategy,
        limits: Pass,
        sites: list[tuple[Site, int]],
        chosen: set[int] | None,
        rule: str,
    ) -> None:
        first = group[0]
        for each in group:
            if not each.had:
                item = each.line.item_id
                each.had = {place: self.reach.there(item, place) for place in self.sites}
        ranked = self.valuing.ranked(first, strategy, sites)
        for each in group:
            each.ranks |= {r.site.location_id: r.rank for r in ranked}
        self._note_values(group, strategy, ranked)
        givers = 0
        for position, candidate in enumerate(ranked):
            if not first.missing:
                break
            place = candidate.site.location_id
            if chosen is not None and place not in chosen:
                continue
            if not self._take(group, candidate.site, limits):
                continue
            why = rule or self._why(first, strategy, ranked, position, givers)
            givers += 1
            for each in group:
                each.chosen.setdefault(place, why)
                if strategy.code not in each.strategies:
                    each.strategies.append(strategy.code)

    def _why(
        self,
        line: LineTurn,
        strategy: Strategy,
        ranked: list[Ranked],
        position: int,
        givers: int,
    ) -> str:
        if givers or line.chosen:
            return "takes_remainder"
        rest = (r for r in ranked[position + 1 :] if line.had.get(r.site.location_id))
        return deciding_rule(strategy.criteria, ranked[position], next(rest, None))

    def _note_values(self, group: list[LineTurn], strategy: Strategy, ranked: list[Ranked]) -> None:
        told = any(name not in ("priority", "stock_depth") for name in strategy.criteria)
        for each in group:
            if told and not each.values:
                each.criteria = strategy.criteria
                each.values = {r.site.location_id: r.values for r in ranked}

    def _take(self, group: list[LineTurn], site: Site, limits: Pass) -> bool:
        """Take for all lines of the group; whole kits only, where it is a kit."""
        if len(group) == 1 and group[0].line.kit is None:
            return self._take_line(group[0], site, limits)
        kits = min((each.missing // each.line.per_kit for each in group), default=ZERO)
        kits = min(kits, self._kits_at(group, site, limits))
        if kits <= 0:
            for each in group:
                if each.had.get(site.location_id):
                    each.refused.setdefault(site.location_id, "kit_incomplete")
            return False
        for each in group:
            self._move(each, site, kits * each.line.per_kit, limits)
        return True

    def _kits_at(self, group: list[LineTurn], site: Site, limits: Pass) -> Decimal:
        if any(each.line.bars(site.location_id) for each in group):
            return ZERO
        needs: dict[int, Decimal] = {}
        for each in group:
            item = each.line.item_id
            needs[item] = needs.get(item, ZERO) + each.line.per_kit
        lines = {each.line.item_id: each.line for each in group}
        free = {item: self._free(line, site, limits)[0] for item, line in lines.items()}
        kits = min(free[item] // need for item, need in needs.items())
        left = self._units_left(site, limits)
        return kits if left is None else min(kits, left // sum(needs.values(), ZERO))

    def _take_line(self, each: LineTurn, site: Site, limits: Pass) -> bool:
        free, refusal = self._free(each.line, site, limits)
        if not free:
            if refusal is not None:
                each.refused.setdefault(site.location_id, refusal)
            return False
        self._move(each, site, min(free, each.missing), limits)
        return True

    def _move(self, each: LineTurn, site: Site, quantity: Decimal, limits: Pass) -> None:
        place = site.location_id
        each.takes += self.reach.take(each.line, site, quantity, limits)
        each.missing -= quantity
        self.shelf.burden(place, quantity, 0 if place in self.used else 1)
        self.used.add(place)

    def _free(self, line: DemandLine, site: Site, limits: Pass) -> tuple[Decimal, str | None]:
        """What may be taken of the line's item here, and the rule that forbids more."""
        free, refusal = self.reach.free(line, site, limits)
        if not free:
            return free, refusal
        left = self._units_left(site, limits)
        if left is not None and left < free:
            return left, "capacity_exhausted"
        return free, None

    def _units_left(self, site: Site, limits: Pass) -> Decimal | None:
        if not limits.heeds_capacity:
            return None
        place = site.location_id
        return self.shelf.units_left(place, new_order=place not in self.used)
