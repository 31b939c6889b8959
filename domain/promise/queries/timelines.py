"""From when on how much may be promised: of many items, in one statement."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.intercompany.policies.paths import Source
from domain.kernel.permissions import query
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.promise.facts import lead_from_text
from domain.promise.places import workplace_from_text
from domain.promise.policies.calendars import Destination, Workplace
from domain.promise.policies.shelving import LeadTime, buying, shelved
from domain.promise.policies.timeline import (
    STANDARD,
    Dated,
    Period,
    Rule,
    Standing,
    timeline,
)
from domain.promise.timeline_facts import timeline_facts

# Where a location is not known, as of what nobody has and only a supplier can bring.
ANYWHERE = Workplace(0)


@dataclass(frozen=True, slots=True)
class ItemTimeline:
    """The table of dates of an item at one location, or (location None) over all of them.

    What waits without any supply in sight is counted in the table over all locations only."""

    item_id: int
    base_unit: str
    location_id: int | None
    standing: Standing
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class View:
    """How it is looked at: from which moment, by which rule, and where it would go."""

    now: datetime
    rule: Rule = STANDARD
    destination: Destination | None = None


@dataclass(slots=True)
class _Facts:
    """What is known of an item at a location, or in all. `bought` is what other entities have (no
    day) or expect, by the days after which it leaves."""

    standing: Standing = field(default_factory=Standing)
    supply: list[Dated] = field(default_factory=list)
    demand: list[Dated] = field(default_factory=list)
    bought: list[tuple[int, date | None, Decimal]] = field(default_factory=list)

    def supply_at(self, place: Workplace, view: View) -> list[Dated]:
        """What comes, by the days on which it can be picked."""
        found = shelved(self.supply, place, now=view.now, rule=view.rule)
        for lead_days, on, quantity in self.bought:
            there = [Dated(place.today(view.now), quantity)]
            if on is not None:
                there = shelved([Dated(on, quantity)], place, now=view.now, rule=view.rule)
            later = timedelta(days=lead_days)
            found += [replace(each, on=each.on + later) for each in there]
        return found


@dataclass(slots=True)
class _Known:
    """What is known of all items; `facts` by item and location (None: of no location)."""

    sources: Mapping[int, Source] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    leads: dict[int, list[LeadTime]] = field(default_factory=lambda: defaultdict(list))
    places: dict[int, Workplace] = field(default_factory=dict)
    facts: dict[int, dict[int | None, _Facts]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(_Facts))
    )

    def count(self, row: Row[Any]) -> None:
        """Take a row of `timeline_facts` in."""
        if row.kind == "item":
            self.units[row.item_id] = row.told
        elif row.kind == "lead":
            self.leads[row.item_id].append(lead_from_text(row.item_id, row.told))
        elif row.kind == "place":
            self.places[row.location_id] = workplace_from_text(row.location_id, row.told)
        elif (source := self.sources.get(row.owner_id)) is None:
            self._quantity(self.facts[row.item_id][row.location_id], row)
        elif source.covers(row.item_id):
            self._bought(self.facts[row.item_id][row.location_id], row, source.lead_days)

    @staticmethod
    def _bought(facts: _Facts, row: Row[Any], lead_days: int) -> None:
        quantity = plain(row.quantity)
        if row.kind == "stock":
            numbers = (row.quantity, row.held, row.safety_stock, row.reserved)
            quantity = Standing(*map(plain, numbers)).free
        if quantity > 0:
            facts.bought.append((lead_days, row.on, quantity))

    def _quantity(self, facts: _Facts, row: Row[Any]) -> None:
        if row.kind == "stock":
            numbers = (row.quantity, row.held, row.safety_stock, row.reserved)
            facts.standing = Standing(*map(plain, numbers))
        else:
            told = facts.supply if row.kind == "supply" else facts.demand
            told.append(Dated(row.on, plain(row.quantity)))


@query("inventory.read")
async def timelines(
    reader: Reader,
    *,
    item_ids: Sequence[int],
    now: datetime,
    owner_id: int | None = None,
    sources: Sequence[Source] = (),
    location_ids: Collection[int] | None = None,
    rule: Rule = STANDARD,
    destination: Destination | None = None,
) -> dict[int, list[ItemTimeline]]:
    """The tables of each item: over all locations first, then by location; one statement.

    For one owner's goods, or everybody's; at some locations, or all. What the owner may buy from
    its `sources` comes in on the day on which it can leave. What comes counts from the
    day on which it can be picked: receiving days, the location's and the supplier's calendar
    included. Rows of a location say when what is picked from then on leaves (cut-off, picking
    days, calendar) and, with a destination, is there. An item that the tenant lacks is left out."""
    known = _Known({each.owner_id: each for each in sources})
    view = View(now, rule, destination)
    statement = timeline_facts(
        reader,
        item_ids,
        today=now.date(),
        owner_id=owner_id,
        others=known.sources,
        location_ids=location_ids,
    )
    for row in await reader.rows(statement):
        known.count(row)
    return {item_id: _tables(item_id, known, view, location_ids) for item_id in known.units}


def _tables(
    item_id: int, known: _Known, view: View, location_ids: Collection[int] | None
) -> list[ItemTimeline]:
    facts, today = known.facts[item_id], view.now.date()
    there = sorted(place for place in facts if place is not None)
    whole, horizons = _Facts(demand=list(facts[None].demand)), list[date]()
    tables = []
    for place_id in there:
        own, place = facts[place_id], known.places.get(place_id, ANYWHERE)
        own.supply = own.supply_at(place, view)
        _add(whole, own, today)
        tables.append(_at(item_id, known, view, place_id))
    asked = there if location_ids is None else sorted(known.places)
    for place in [known.places.get(each, ANYWHERE) for each in asked] or [ANYWHERE]:
        way = buying(place, known.leads[item_id], now=view.now, rule=view.rule)
        horizons += [] if way is None else [max(way[0], today)]
    periods = timeline(
        whole.standing,
        whole.supply,
        whole.demand,
        today=today,
        rule=view.rule,
        unlimited_from=min(horizons, default=None),
    )
    unit = known.units[item_id]
    return [ItemTimeline(item_id, unit, None, whole.standing, tuple(periods)), *tables]


def _add(whole: _Facts, own: _Facts, today: date) -> None:
    """Count a location's in with the others'; on its own clock it may be another day."""
    before, here = whole.standing, own.standing
    whole.standing = Standing(
        before.on_hand + here.on_hand,
        before.held + here.held,
        before.safety_stock + here.safety_stock,
        before.reserved + here.reserved,
    )
    whole.supply += [replace(each, on=max(each.on, today)) for each in own.supply]
    whole.demand += own.demand


def _at(item_id: int, known: _Known, view: View, place_id: int) -> ItemTimeline:
    """The table of one location, with the days on which goods leave it and are there."""
    facts, place = known.facts[item_id][place_id], known.places.get(place_id, ANYWHERE)
    way = buying(place, known.leads[item_id], now=view.now, rule=view.rule)
    periods = timeline(
        facts.standing,
        facts.supply,
        facts.demand,
        today=place.today(view.now),
        rule=view.rule,
        unlimited_from=None if way is None else way[0],
    )
    dated = tuple(_dated(period, place, view) for period in periods)
    return ItemTimeline(item_id, known.units[item_id], place_id, facts.standing, dated)


def _dated(period: Period, place: Workplace, view: View) -> Period:
    from_day = max(period.on, place.first_day(view.now))
    ships_on = place.ships_on(from_day=from_day, notice_days=view.rule.notice_days)
    if view.destination is None:
        return replace(period, ships_on=ships_on)
    return replace(
        period, ships_on=ships_on, delivers_on=place.delivers_on(ships_on, view.destination)
    )
