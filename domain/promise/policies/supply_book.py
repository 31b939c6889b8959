"""What there is to promise from, and what of it is left while one line after another is promised.

Pure; quantities in base units."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from domain.promise.policies.calendars import EVERY_DAY, Calendar, Destination, Workplace
from domain.promise.policies.timeline import STANDARD, Rule

ZERO = Decimal(0)
STOCK, EXPECTED, TO_BUY = "stock", "expected", "to_buy"
# Of what ships on the same day, what is there goes before what is to come.
_SURER = {STOCK: 0, EXPECTED: 1, TO_BUY: 2}


@dataclass(frozen=True, slots=True)
class Supply:
    """A quantity of an item at a location: there now, or expected on a day."""

    source: str
    item_id: int
    location_id: int
    owner_id: int
    quantity: Decimal
    supply_id: int | None = None
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class LeadTime:
    """From whom an item can be bought: calendar days until it is at our dock, from a day on which
    the supplier takes orders; in multiples of a pack, and no less than a minimum."""

    item_id: int
    supplier_id: int
    days: int
    minimum: Decimal = ZERO
    pack: Decimal = Decimal(1)
    calendar: Calendar = Calendar(EVERY_DAY)  # noqa: RUF009

    def arrives_on(self, today: date) -> date:
        """The day on which what is ordered from today on arrives."""
        return self.calendar.on_or_after(today) + timedelta(days=self.days)

    def buying_quantity(self, wanted: Decimal) -> Decimal:
        """What has to be bought so that `wanted` is there."""
        least = max(wanted, self.minimum)
        return (least / self.pack).to_integral_value(ROUND_CEILING) * self.pack


@dataclass(frozen=True, slots=True)
class Terms:
    """How one order is promised: whose stock, from which locations (the first is asked first),
    where to, by which rule, until when it is wanted.

    `bound_to` names the only location when the order is not to be split and has one already."""

    entity_id: int
    sites: tuple[int, ...]
    destination: Destination = Destination()  # noqa: RUF009
    rule: Rule = STANDARD
    split_allowed: bool = True
    ship_complete: bool = False
    wanted_on: date | None = None
    bound_to: int | None = None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class _Offer:
    """What one supply can do for one order; `quantity` None: without limit."""

    part: Part
    rank: int
    key: Supply | None
    lead: LeadTime | None = None


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

    def ships_now(self, location_id: int, terms: Terms) -> tuple[date, date | None]:
        """When goods that lie at the location leave, and when they are there."""
        key = (location_id, terms.destination, terms.rule.notice_days, terms.wanted_on)
        if (found := self._now.get(key)) is None:
            place = self.workplaces[location_id]
            found = self._now[key] = _dates(place, place.first_day(self.now), terms)
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

    def _offers(self, item_id: int, terms: Terms, only: int | None) -> list[_Offer]:
        bound = terms.bound_to if only is None else only
        ranks = {
            site: rank
            for rank, site in enumerate(terms.sites)
            if site in self.workplaces and bound in (None, site)
        }
        offers = [
            offer
            for each in self.by_item.get(item_id, ())
            if each.owner_id == terms.entity_id
            and each.location_id in ranks
            and (offer := self._offer(each, ranks[each.location_id], terms)) is not None
        ]
        offers += self._bought(item_id, ranks, terms)
        return sorted(offers, key=lambda offer: _order(offer, terms))

    def _offer(self, supply: Supply, rank: int, terms: Terms) -> _Offer | None:
        place = self.workplaces[supply.location_id]
        from_day = place.first_day(self.now)
        if supply.expected_on is not None:
            today = place.today(self.now)
            if supply.expected_on < today - timedelta(days=terms.rule.past_due_supply_days):
                return None
            from_day = max(from_day, place.shelf_day(max(supply.expected_on, today)))
        part = Part(
            supply.source,
            supply.location_id,
            supply.quantity,
            *_dates(place, from_day, terms),
            supply_id=supply.supply_id,
        )
        return _Offer(part, rank, supply)

    def _bought(self, item_id: int, ranks: Mapping[int, int], terms: Terms) -> Iterable[_Offer]:
        rule = terms.rule
        for location_id, rank in ranks.items():
            place = self.workplaces[location_id]
            today = place.today(self.now)
            ways: list[tuple[date, LeadTime | None]] = []
            if rule.buys:
                ways = [(lead.arrives_on(today), lead) for lead in self.leads.get(item_id, ())]
            if rule.horizon_days is not None:
                ways.append((today + timedelta(days=rule.horizon_days), None))
            if ways:
                arrives, lead = min(ways, key=lambda way: way[0])
                from_day = max(place.first_day(self.now), place.shelf_day(arrives))
                supplier = None if lead is None else lead.supplier_id
                dates = _dates(place, from_day, terms)
                part = Part(TO_BUY, location_id, ZERO, *dates, supplier_id=supplier)
                yield _Offer(part, rank, None, lead)


def _dates(place: Workplace, from_day: date, terms: Terms) -> tuple[date, date | None]:
    """When it ships and is there: as early as can be, or just in time for the wanted day."""
    ships_on = place.ships_on(from_day=from_day, notice_days=terms.rule.notice_days)
    if terms.wanted_on is not None:
        latest = place.latest_shipping(terms.wanted_on, terms.destination)
        ships_on = max(ships_on, latest or terms.wanted_on)
        ships_on = place.calendar.on_or_after(ships_on)
    return ships_on, place.delivers_on(ships_on, terms.destination)


def _order(offer: _Offer, terms: Terms) -> tuple[object, ...]:
    part = offer.part
    on_time = terms.wanted_on is None or part.due <= terms.wanted_on
    due = date.min if terms.wanted_on is not None and on_time else part.due
    # Just in time: of what comes in time, the latest, so that the earlier stays for others.
    expected = offer.key.expected_on if offer.key is not None else None
    late = -(expected or date.min).toordinal() if terms.wanted_on is not None and on_time else 0
    return due, late, _SURER[part.source], offer.rank, part.supply_id or 0


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
