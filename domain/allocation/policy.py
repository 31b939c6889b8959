"""Who gives what to whom, and why: values in, decision out. Quantities in base units."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.allocation.shelf import ZERO, Shelf, Stock, Take

CHOSEN = {
    "highest_priority": "The first location by rank, then by availability.",
    "takes_remainder": "Gave what the locations before it did not have.",
    "serves_whole_order": "The order may not be split, and this location has all of it.",
    "best_single_location": "The order may not be split; no location has all, this has the most.",
    "bound_to_location": "The order may not be split, and a part of it is here already.",
}
REFUSED = {
    "not_in_policy": "The policy does not use this location.",
    "location_closed": "The location is closed.",
    "no_stock": "Nothing is available here.",
    "owned_by_other_entity": "What lies here belongs to another entity.",
    "taken_before": "Orders or lines before this one took what was here.",
    "lower_rank_sufficient": "Locations before it gave all that was asked for.",
    "split_not_allowed": "The order may not be split, and another location serves it.",
    "all_or_nothing": "The order wants everything or nothing, and not everything is there.",
}
RULES = CHOSEN | REFUSED


@dataclass(frozen=True, slots=True)
class Site:
    """A location as an order's policy sees it; without a rank the policy does not use it."""

    location_id: int
    rank: int | None
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class DemandLine:
    """A quantity of an item that one order line waits for."""

    item_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Demand:
    """An order's wants, and what its policy says of the locations.

    `bound_to` is where parts of an order that may not be split are already."""

    entity_id: int
    lines: tuple[DemandLine, ...]
    sites: tuple[Site, ...]
    split_allowed: bool = True
    all_or_nothing: bool = False
    bound_to: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one location for one line: what it had, what it gave, by which rule."""

    location_id: int
    rank: int | None
    available: Decimal
    given: Decimal
    rule: str


@dataclass(frozen=True, slots=True)
class LineDecision:
    """What one line gets, and why."""

    requested: Decimal
    takes: tuple[Take, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def given(self) -> Decimal:
        """What it gets in all."""
        return sum((take.quantity for take in self.takes), ZERO)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one order gets. When it is refused, nothing is taken, and `short` is the position of
    the first line that fell short, with what was available for it."""

    lines: tuple[LineDecision, ...]
    short: tuple[int, Decimal] | None = None


def decide(demands: Sequence[Demand], stock: Sequence[Stock]) -> list[Decision]:
    """What each order gets of the stock, first come first served.

    Nothing is given twice, nor more than is there, nor more than was asked for; what a line does
    not get is its backorder."""
    shelf = Shelf(stock)
    return [_decide_order(demand, shelf) for demand in demands]


def _decide_order(demand: Demand, shelf: Shelf) -> Decision:
    chosen, rule = (None, "") if demand.split_allowed else _single_site(demand, shelf)
    lines = tuple(_decide_line(demand, line, shelf, chosen, rule) for line in demand.lines)
    if not demand.all_or_nothing:
        return Decision(lines)
    for position, line in enumerate(lines):
        if line.given < line.requested:
            for each in lines:
                shelf.put_back(each.takes)
            return Decision(tuple(_refused(each) for each in lines), short=(position, line.given))
    return Decision(lines)


def _refused(line: LineDecision) -> LineDecision:
    verdicts = tuple(
        Verdict(v.location_id, v.rank, v.available, ZERO, "all_or_nothing" if v.given else v.rule)
        for v in line.verdicts
    )
    return LineDecision(line.requested, (), verdicts)


def _usable(demand: Demand) -> list[Site]:
    return [site for site in demand.sites if site.rank is not None and site.is_open]


def _single_site(demand: Demand, shelf: Shelf) -> tuple[int | None, str]:
    """The one location for an order that may not be split, and the rule that chose it."""
    if demand.bound_to is not None:
        return demand.bound_to, "bound_to_location"
    wanted: dict[int, Decimal] = defaultdict(Decimal)
    for line in demand.lines:
        wanted[line.item_id] += line.quantity

    def served(site: Site) -> Decimal:
        place = site.location_id
        return sum(
            (min(q, shelf.available(i, place, demand.entity_id)) for i, q in wanted.items()), ZERO
        )

    def spare(site: Site) -> Decimal:
        return sum(
            (shelf.available(item, site.location_id, demand.entity_id) for item in wanted), ZERO
        )

    whole = sum(wanted.values(), ZERO)
    ranked = sorted(_usable(demand), key=lambda s: (s.rank or 0, -spare(s), s.location_id))
    for site in ranked:
        if served(site) == whole:
            return site.location_id, "serves_whole_order"
    best = max(ranked, key=served, default=None)
    if best is None or served(best) == 0:
        return None, ""
    return best.location_id, "best_single_location"


def _decide_line(
    demand: Demand, line: DemandLine, shelf: Shelf, chosen: int | None, rule: str
) -> LineDecision:
    had = {
        site.location_id: shelf.available(line.item_id, site.location_id, demand.entity_id)
        for site in demand.sites
    }
    order = sorted(_usable(demand), key=lambda s: (s.rank or 0, -had[s.location_id], s.location_id))
    takes: list[Take] = []
    rules: dict[int, str] = {}
    wanted = line.quantity
    for site in order:
        if wanted == 0 or (not demand.split_allowed and site.location_id != chosen):
            continue
        got = shelf.take(line.item_id, site.location_id, demand.entity_id, wanted)
        if got:
            first = "takes_remainder" if takes else "highest_priority"
            rules[site.location_id] = rule or first
            wanted -= sum((take.quantity for take in got), ZERO)
            takes += got
    why = {
        site.location_id: rules.get(site.location_id)
        or _why_not(demand, site, line, shelf, had[site.location_id], wanted)
        for site in demand.sites
    }
    return LineDecision(
        line.quantity, tuple(takes), _verdicts(demand, line, shelf, takes, had, why)
    )


def _why_not(
    demand: Demand, site: Site, line: DemandLine, shelf: Shelf, had: Decimal, missing: Decimal
) -> str:
    if site.rank is None:
        return "not_in_policy"
    if not site.is_open:
        return "location_closed"
    if had == 0:
        return shelf.why_empty(line.item_id, site.location_id, demand.entity_id)
    if demand.split_allowed or missing == 0:
        return "lower_rank_sufficient"
    return "split_not_allowed"


def _verdicts(
    demand: Demand,
    line: DemandLine,
    shelf: Shelf,
    takes: Sequence[Take],
    had: dict[int, Decimal],
    why: dict[int, str],
) -> tuple[Verdict, ...]:
    """A verdict for every location that the policy uses or that has a balance of the item."""
    given: dict[int, Decimal] = defaultdict(Decimal)
    for take in takes:
        given[take.location_id] += take.quantity
    ordered = sorted(demand.sites, key=lambda s: (s.rank is None, s.rank or 0, s.location_id))
    return tuple(
        Verdict(place, site.rank, had[place], given[place], why[place])
        for site in ordered
        for place in [site.location_id]
        if site.rank is not None or place in shelf.locations.get(line.item_id, ())
    )
