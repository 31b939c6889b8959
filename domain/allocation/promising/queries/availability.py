"""What a channel may promise of many items, from when on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from domain.allocation.demand import Demand
from domain.allocation.promising.books import book_of, channel_row, telling_of
from domain.allocation.promising.terms import serving_places
from domain.allocation.protection import NO_POOLS, Pools
from domain.allocation.supply import Want as Asked
from domain.allocation.supply import pools_for, supply_of
from domain.catalog.kits import Bill, exploded
from domain.channels.policy import Telling
from domain.intercompany.policies.paths import Source
from domain.kernel.permissions import query
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.promise.places import scene
from domain.promise.policies.kits import FromDay, kits_from, summed
from domain.promise.policies.shelving import buying, shelved
from domain.promise.policies.supply_book import SupplyBook, owners_of
from domain.promise.policies.timeline import Dated, Rule

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class AvailableFrom:
    """From a day on so much may be promised; any quantity, when `unlimited`. `level` says it in a
    word (out, low, in_stock); a quantity of None is not told to a customer."""

    on: date
    available: Decimal | None
    unlimited: bool = False
    level: str = "out"


@dataclass(frozen=True, slots=True)
class ChannelView:
    """What a channel promises from: whose goods, where, and by which rule. `sources` are other
    entities from which they may be bought."""

    owner_id: int
    location_ids: tuple[int, ...]
    rule: Rule
    telling: Telling
    sources: tuple[Source, ...] = ()


@query("promise.read")
async def channel_view(
    reader: Reader, *, channel_id: int, item_ids: Sequence[int], now: datetime
) -> ChannelView:
    """Where and whose the channel's goods of these items are. A partner has the portal's only.

    Raises NotFound."""
    async with reader.house() as house:
        view, _, _ = await _view(house, channel_id, item_ids, now, heeds_pools=False)
    return view


async def _view(
    reader: Reader,
    channel_id: int,
    item_ids: Sequence[int],
    now: datetime,
    *,
    heeds_pools: bool = True,
) -> tuple[ChannelView, Demand, Pools]:
    """The view, who asks, and what is protected of the items."""
    channel = await channel_row(reader, channel_id)
    asked = Asked(
        channel_id=channel_id, entity_id=channel.entity_id, party_id=reader.principal.party_id
    )
    supply = await supply_of(reader, [asked], item_ids=item_ids, at=now)
    demand = supply.demand(asked, ())
    places = serving_places(demand)
    pools = await pools_for(reader, supply, [demand]) if heeds_pools else NO_POOLS
    _, rules = await scene(reader, places, [channel_id], today=now.date())
    rule = rules.get(channel_id) or rules[None]
    telling = telling_of(channel)
    view = ChannelView(channel.entity_id, places, rule, telling, demand.sources)
    return view, demand, pools


@query("promise.read")
async def channel_availability(
    reader: Reader, *, channel_id: int, item_ids: Sequence[int], now: datetime
) -> dict[int, list[AvailableFrom]]:
    """From when on how much of each item the channel may promise: what is free on the shelf, then
    what is to come and promised to nobody, then what can be bought. Base units; a constant number
    of statements. A customer is told what the channel shows, and of a channel that shows nothing
    no day. Raises NotFound."""
    # A customer is told from when on there is how much, and sees no stock of ours.
    async with reader.house() as house:
        return await _available_from(house, channel_id, item_ids, now)


async def _available_from(
    reader: Reader, channel_id: int, item_ids: Sequence[int], now: datetime
) -> dict[int, list[AvailableFrom]]:
    view, demand, pools = await _view(reader, channel_id, item_ids, now)
    book, _ = await book_of(reader, item_ids, view.location_ids, demand, pools, now)
    found: dict[int, list[FromDay]] = {}
    for item_id in item_ids:
        found[item_id] = _from_days(book, item_id, view, now)
    # Only what has nothing, and is not bought, can be a kit that is put together when it is sold.
    bare = [n for n in item_ids if not book.by_item.get(n) and not book.leads.get(n)]
    bills = await exploded(reader, bare) if bare else {}
    if bills:
        parts = sorted({part for bill in bills.values() for part in bill})
        view, demand, pools = await _view(reader, channel_id, parts, now)
        book, _ = await book_of(reader, parts, view.location_ids, demand, pools, now)
        found |= {kit: _kits(bill, book, view, now) for kit, bill in bills.items()}
    is_customer = reader.principal.is_partner
    return {n: _told(rows, view.telling, is_customer) for n, rows in found.items()}


def _told(rows: Sequence[FromDay], telling: Telling, is_customer: bool) -> list[AvailableFrom]:
    """The rows with their levels, and to a customer only what the channel shows."""
    if not is_customer:
        return [AvailableFrom(*row, telling.level(row[1], unlimited=row[2])) for row in rows]
    if telling.shown == "hidden":
        return []
    found: list[AvailableFrom] = []
    for on, free, unlimited in rows:
        shows_limit = unlimited and telling.shown == "exact" and telling.cap is None
        level = telling.level(free, unlimited=unlimited)
        row = AvailableFrom(on, telling.quantity(free), shows_limit, level)
        # Days on which nothing changes in what is told would tell that something does.
        if not found or replace(found[-1], on=on) != row:
            found.append(row)
    return found


def _kits(bill: Bill, book: SupplyBook, view: ChannelView, now: datetime) -> list[FromDay]:
    """From when on how many kits: each is made of what lies, or comes, at one place."""
    places = []
    for place, works in book.workplaces.items():
        here = SupplyBook(book.supplies, {place: works}, now, book.lead_times)
        parts = {item_id: _from_days(here, item_id, view, now) for item_id in bill}
        places.append(kits_from(bill, parts))
    return [(on, plain(kits), any_) for on, kits, any_ in summed(places)]


def _from_days(book: SupplyBook, item_id: int, view: ChannelView, now: datetime) -> list[FromDay]:
    return _accumulated(*_days(book, item_id, view, now))


def _days(
    book: SupplyBook, item_id: int, view: ChannelView, now: datetime
) -> tuple[dict[date, Decimal], date | None]:
    """What becomes free on which day, and from when on there is no limit."""
    today, days = now.date(), defaultdict[date, Decimal](lambda: ZERO)
    days[today] = ZERO
    owners = owners_of(view.owner_id, view.sources, item_id)
    for each in book.by_item.get(item_id, ()):
        place = book.workplaces.get(each.location_id)
        if each.owner_id not in owners or place is None:
            continue
        later = timedelta(days=owners[each.owner_id] or 0)
        if each.expected_on is None:
            days[today + later] += each.quantity
            continue
        told = [Dated(each.expected_on, each.quantity)]
        for there in shelved(told, place, now=now, rule=view.rule):
            days[max(there.on, today) + later] += there.quantity
    leads = book.leads.get(item_id, ())
    places = book.workplaces.values()
    ways = [buying(place, leads, now=now, rule=view.rule) for place in places]
    return days, min((way[0] for way in ways if way is not None), default=None)


def _accumulated(days: Mapping[date, Decimal], horizon: date | None) -> list[FromDay]:
    found: list[FromDay] = []
    total = ZERO
    for day in sorted(days):
        if horizon is not None and day >= horizon:
            break
        total += days[day]
        found.append((day, plain(total), False))
    if horizon is not None:
        found.append((horizon, plain(total), True))
    return found
