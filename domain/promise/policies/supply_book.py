"""What there is to promise from, and what of it is left while one line after another is promised.

Pure; quantities in base units."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.intercompany.policies.paths import Source
from domain.kernel.value_objects import value_object
from domain.promise.policies.calendars import Destination, Workplace
from domain.promise.policies.shelving import LeadTime, buying, shelved
from domain.promise.policies.timeline import STANDARD, Dated, Rule

ZERO = Decimal(0)
STOCK, EXPECTED, TO_BUY = "stock", "expected", "to_buy"
# Of what ships on the same day, what is there goes before what is to come.
_SURER = {STOCK: 0, EXPECTED: 1, TO_BUY: 2}


@value_object()
class Supply:
    """A quantity of an item at a location: there now, or expected on a day."""

    source: str
    item_id: int
    location_id: int
    owner_id: int
    quantity: Decimal
    supply_id: int | None = None
    expected_on: date | None = None


def owners_of(entity_id: int, sources: Sequence[Source], item_id: int) -> dict[int, int | None]:
    """Whose stock of an item an entity may sell, and after how many days what it has to buy
    leaves (None: its own)."""
    owners: dict[int, int | None] = {entity_id: None}
    for each in sources:
        if each.covers(item_id):
            owners[each.owner_id] = each.lead_days
    return owners


@value_object()
class Terms:
    """How one order is promised: whose stock, from which locations (the first is asked first),
    where to, by which rule; on which day, and not before, it is wanted there, or else to leave.
    `sources` are other entities from which it may be bought.

    `bound_to` names the only location when the order is not to be split and has one already."""

    entity_id: int
    sites: tuple[int, ...]
    destination: Destination = Destination()
    rule: Rule = STANDARD
    split_allowed: bool = True
    ship_complete: bool = False
    wanted_on: date | None = None
    bound_to: int | None = None
    wanted_ship_on: date | None = None
    sources: tuple[Source, ...] = ()

    def owners_of(self, item_id: int) -> dict[int, int | None]:
        """Whose stock of an item may serve: None is the entity's own; what is bought from another
        one leaves so many days later."""
        return owners_of(self.entity_id, self.sources, item_id)

    @property
    def is_wanted(self) -> bool:
        """Whether it is wanted on a day, and not before."""
        return self.wanted_on is not None or self.wanted_ship_on is not None

    def in_time(self, part: "Part") -> bool:
        """Whether the part is there, or leaves, by the day on which that is wanted."""
        if self.wanted_on is not None:
            return part.due <= self.wanted_on
        return self.wanted_ship_on is None or part.ships_on <= self.wanted_ship_on


@value_object()
class Part:
    """A quantity of a line: what it rests on, and when it leaves and is there.

    `buying` is what has to be ordered at the supplier for it."""

    source: str
    location_id: int
    quantity: Decimal
    ships_on: date
    delivers_on: date | None
    supply_id: int | None = None
    supplier_id: int | None = None
    buying: Decimal | None = None

    @property
    def due(self) -> date:
        """The day that counts: of delivery, where it is known."""
        return self.delivers_on or self.ships_on


@value_object()
class _Offer:
    """What one supply can do for one order; `quantity` None: without limit."""

    part: Part
    rank: int
    key: Supply | None
    lead: LeadTime | None = None
    is_bought: bool = False


@dataclass(slots=True)
class SupplyBook:
    """All supply of some items; promising takes from it."""

    supplies: Sequence[Supply]
    workplaces: Mapping[int, Workplace]
    now: datetime
    lead_times: Sequence[LeadTime] = ()
    left: dict[Supply, Decimal] = field(init=False)
    by_item: dict[int, list[Supply]] = field(init=False)
    leads: dict[int, list[LeadTime]] = field(init=False)
    # The same for all lines of an order, and for many orders.
    _now: dict[Any, tuple[date, date | None]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.left = {each: each.quantity for each in self.supplies}
        self.by_item, self.leads = defaultdict(list), defaultdict(list)
        for each in self.supplies:
            self.by_item[each.item_id].append(each)
        for lead in self.lead_times:
            self.leads[lead.item_id].append(lead)

    def put_back(self, left: Mapping[Supply, Decimal]) -> None:
        """Return to what was left at an earlier moment."""
        self.left = dict(left)

    def ships_now(
        self, location_id: int, terms: Terms, lead_days: int = 0
    ) -> tuple[date, date | None]:
        """When goods that lie at the location leave, and when they are there; `lead_days` later
        where they are bought from another entity."""
        wanted = (terms.wanted_on, terms.wanted_ship_on)
        key = (location_id, terms.destination, terms.rule.notice_days, wanted, lead_days)
        if (found := self._now.get(key)) is None:
            place = self.workplaces[location_id]
            from_day = place.first_day(self.now) + timedelta(days=lead_days)
            found = self._now[key] = _dates(place, from_day, terms)
        return found

    def take(
        self, item_id: int, wanted: Decimal, terms: Terms, *, only: int | None = None
    ) -> list[Part]:
        """Take up to `wanted`, so that it is there as early as possible, or, with a wanted day, as
        late as it may be; from one location only, if one is given."""
        parts = []
        for offer in self._offers(item_id, terms, only):
            quantity = wanted if offer.key is None else min(wanted, self.left[offer.key])
            if quantity <= 0:
                continue
            if offer.key is not None:
                self.left[offer.key] -= quantity
            wanted -= quantity
            parts.append(_part(offer, quantity))
            if wanted == 0:
                break
        return parts

    def places_for(self, terms: Terms, *, only: int | None = None) -> dict[int, int]:
        """The locations that the terms let serve, each with its rank; one only, if it is given."""
        bound = terms.bound_to if only is None else only
        return {
            site: rank
            for rank, site in enumerate(terms.sites)
            if site in self.workplaces and bound in (None, site)
        }

    def reaches(self, item_id: int, terms: Terms, *, only: int) -> list[tuple[Any, Decimal | None]]:
        """What could be taken of an item at a location, in the order in which it would be: how
        good each offer is (less is better), and how much it is (None: without limit)."""
        return [
            (_order(offer, terms), None if offer.key is None else self.left[offer.key])
            for offer in self._offers(item_id, terms, only)
        ]

    def _offers(self, item_id: int, terms: Terms, only: int | None) -> list[_Offer]:
        ranks = self.places_for(terms, only=only)
        owners = terms.owners_of(item_id)
        offers = [
            offer
            for each in self.by_item.get(item_id, ())
            if each.owner_id in owners
            and each.location_id in ranks
            and (offer := self._offer(each, ranks[each.location_id], terms, owners)) is not None
        ]
        offers += self._from_suppliers(item_id, ranks, terms)
        return sorted(offers, key=lambda offer: _order(offer, terms))

    def _offer(
        self, supply: Supply, rank: int, terms: Terms, owners: Mapping[int, int | None]
    ) -> _Offer | None:
        place, lead_days = self.workplaces[supply.location_id], owners[supply.owner_id]
        from_day = place.first_day(self.now)
        if supply.expected_on is not None:
            told = [Dated(supply.expected_on, supply.quantity)]
            there = shelved(told, place, now=self.now, rule=terms.rule)
            if not there:
                return None
            from_day = max(from_day, there[0].on)
        if lead_days:
            from_day += timedelta(days=lead_days)
        part = Part(
            supply.source,
            supply.location_id,
            supply.quantity,
            *_dates(place, from_day, terms),
            supply_id=supply.supply_id,
        )
        return _Offer(part, rank, supply, is_bought=lead_days is not None)

    def _from_suppliers(
        self, item_id: int, ranks: Mapping[int, int], terms: Terms
    ) -> Iterable[_Offer]:
        leads = self.leads.get(item_id, ())
        for location_id, rank in ranks.items():
            place = self.workplaces[location_id]
            way = buying(place, leads, now=self.now, rule=terms.rule)
            if way is not None:
                there, lead = way
                dates = _dates(place, max(place.first_day(self.now), there), terms)
                supplier = None if lead is None else lead.supplier_id
                part = Part(TO_BUY, location_id, ZERO, *dates, supplier_id=supplier)
                yield _Offer(part, rank, None, lead)


def _dates(place: Workplace, from_day: date, terms: Terms) -> tuple[date, date | None]:
    """When it ships and is there: as early as can be, or just in time for the wanted day."""
    ships_on = place.ships_on(from_day=from_day, notice_days=terms.rule.notice_days)
    if terms.is_wanted:
        ships_on = max(ships_on, _not_before(place, terms))
        ships_on = place.calendar.on_or_after(ships_on)
    return ships_on, place.delivers_on(ships_on, terms.destination)


def _not_before(place: Workplace, terms: Terms) -> date:
    """The day on which what is wanted on a day leaves, if nothing hinders it."""
    if terms.wanted_on is None:
        return terms.wanted_ship_on or date.min
    return place.latest_shipping(terms.wanted_on, terms.destination) or terms.wanted_on


def _order(offer: _Offer, terms: Terms) -> tuple[object, ...]:
    part = offer.part
    just_in_time = terms.is_wanted and terms.in_time(part)
    due = date.min if just_in_time else part.due
    # Just in time: of what comes in time, the latest, so that the earlier stays for others.
    expected = offer.key.expected_on if offer.key is not None else None
    late = -(expected or date.min).toordinal() if just_in_time else 0
    return due, late, _SURER[part.source], offer.is_bought, offer.rank, part.supply_id or 0


def _part(offer: _Offer, quantity: Decimal) -> Part:
    part = offer.part
    buying = None if offer.lead is None else offer.lead.buying_quantity(quantity)
    return Part(
        part.source,
        part.location_id,
        quantity,
        part.ships_on,
        part.delivers_on,
        part.supply_id,
        part.supplier_id,
        buying,
    )
