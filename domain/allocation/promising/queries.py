"""What a channel may promise: of many items, and of a whole basket."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.demand import Demand, DemandLine
from domain.allocation.promising.terms import serving_places, terms_of
from domain.allocation.protection import NO_POOLS, Pools
from domain.allocation.seeing import limited, open_of
from domain.allocation.shelf import Spot, Stock
from domain.allocation.supply import Want as Asked
from domain.allocation.supply import pools_for, read_stock, supply_of
from domain.catalog.kits import Bill, exploded
from domain.channels.models import Channel
from domain.inventory.goods import Goods, goods_of
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import query
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.promise.facts import expected_of, lead_times
from domain.promise.places import scene
from domain.promise.policies.kits import folded, kits_from, summed, unfolded
from domain.promise.policies.promising import Option, Want, chosen, options
from domain.promise.policies.supply_book import STOCK, LeadTime, Supply, SupplyBook, Terms
from domain.promise.policies.timeline import Rule

ZERO = Decimal(0)
MOST_LINES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketLine:
    """An item and how much of it, in a unit (the base unit if absent)."""

    item_id: int
    quantity: Decimal
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class BasketPromise:
    """The way that was asked for, and all ways there are; lines in the order of the basket.

    `units` is each line's base unit: quantities of parts are in it."""

    chosen: Option
    options: tuple[Option, ...]
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AvailableFrom:
    """From a day on so much may be promised; any quantity, when `unlimited`."""

    on: date
    available: Decimal
    unlimited: bool = False


@dataclass(frozen=True, slots=True)
class ChannelView:
    """What a channel promises from: whose goods, where, and by which rule."""

    owner_id: int
    location_ids: tuple[int, ...]
    rule: Rule


@query("promise.read")
async def channel_view(reader: Reader, *, channel_id: int, now: datetime) -> ChannelView:
    """Where and whose the channel's goods are. A partner has the portal's only.

    Raises NotFound."""
    view, _, _ = await _view(reader, channel_id, (), now)
    return view


async def _view(
    reader: Reader, channel_id: int, item_ids: Sequence[int], now: datetime
) -> tuple[ChannelView, Demand, Pools]:
    """The view, who asks, and what is protected of the items."""
    channel = await _channel(reader, channel_id)
    asked = Asked(
        channel_id=channel_id, entity_id=channel.entity_id, party_id=reader.principal.party_id
    )
    supply = await supply_of(reader, [asked], item_ids=item_ids, at=now)
    demand = supply.demand(asked, ())
    places = serving_places(demand)
    pools = await pools_for(reader, supply, [demand]) if item_ids else NO_POOLS
    _, rules = await scene(reader, places, [channel_id], today=now.date())
    rule = rules.get(channel_id) or rules[None]
    return ChannelView(channel.entity_id, places, rule), demand, pools


@query("promise.read")
async def channel_availability(
    reader: Reader, *, channel_id: int, item_ids: Sequence[int], now: datetime
) -> dict[int, list[AvailableFrom]]:
    """From when on how much of each item the channel may promise: what is free on the shelf, then
    what is to come and promised to nobody, then what can be bought. Base units; a constant number
    of statements. Raises NotFound."""
    view, demand, pools = await _view(reader, channel_id, item_ids, now)
    book, _ = await _book(reader, item_ids, view.location_ids, demand, pools, now)
    found: dict[int, list[AvailableFrom]] = {}
    for item_id in item_ids:
        found[item_id] = _from_days(book, item_id, view, now)
    # Only what has nothing, and is not bought, can be a kit that is put together when it is sold.
    bare = [n for n in item_ids if not book.by_item.get(n) and not book.leads.get(n)]
    bills = await exploded(reader, bare) if bare else {}
    if bills:
        parts = sorted({part for bill in bills.values() for part in bill})
        view, demand, pools = await _view(reader, channel_id, parts, now)
        book, _ = await _book(reader, parts, view.location_ids, demand, pools, now)
        found |= {kit: _kits(bill, book, view, now) for kit, bill in bills.items()}
    return found


def _kits(bill: Bill, book: SupplyBook, view: ChannelView, now: datetime) -> list[AvailableFrom]:
    """From when on how many kits: each is made of what lies, or comes, at one place."""
    places = []
    for place, works in book.workplaces.items():
        here = SupplyBook(book.supplies, {place: works}, now, book.lead_times)
        parts = {
            item_id: [
                (e.on, e.available, e.unlimited) for e in _from_days(here, item_id, view, now)
            ]
            for item_id in bill
        }
        places.append(kits_from(bill, parts))
    return [AvailableFrom(on, plain(kits), any_) for on, kits, any_ in summed(places)]


def _from_days(
    book: SupplyBook, item_id: int, view: ChannelView, now: datetime
) -> list[AvailableFrom]:
    return _accumulated(*_days(book, item_id, view, now))


@query("promise.read")
async def promise(
    reader: Reader,
    *,
    channel_id: int,
    lines: Sequence[BasketLine],
    now: datetime,
    party_id: int | None = None,
    ship_to: Mapping[str, Any] | None = None,
    service: str | None = None,
    wanted_on: date | None = None,
    split_allowed: bool | None = None,
    ship_complete: bool = False,
) -> BasketPromise:
    """When a basket can leave and be there, on what that rests, and the other ways there are.

    A kit without stock is promised as its components are, on the day of the last. Without
    `split_allowed` the channel and its policy decide. Nothing is kept for the basket. A
    constant number of statements. Raises NotFound, InvalidInput, QuantityNotExact."""
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidInput(f"Give 1 to {MOST_LINES} lines.", path=("lines",))
    channel = await _channel(reader, channel_id)
    goods = await goods_of(reader, {line.item_id for line in lines})
    wants = _wants(lines, goods)
    asked = Asked(
        channel_id=channel_id,
        entity_id=channel.entity_id,
        party_id=party_id or reader.principal.party_id,
        ship_to=ship_to,
        service_level=service,
    )
    bills = await exploded(reader, [n for n, each in goods.items() if each.kind == "kit"])
    parts = unfolded(wants, bills)
    item_ids = sorted({part.item_id for part in parts})
    supply = await supply_of(reader, [asked], item_ids=item_ids, at=now)
    demand = supply.demand(asked, [DemandLine(part.item_id, part.waiting) for part in parts])
    terms = terms_of(demand, ship_to=ship_to, service=service, wanted_on=wanted_on)
    pools = await pools_for(reader, supply, [demand])
    book, rules = await _book(reader, item_ids, terms.sites, demand, pools, now)
    terms = replace(terms, rule=rules.get(channel_id) or rules[None])
    terms = _as_wished(terms, split_allowed=split_allowed, ship_complete=ship_complete)
    found = [folded(option, wants, bills) for option in options(parts, book, terms)]
    units = tuple(goods[want.item_id].base_unit for want in wants)
    return BasketPromise(chosen(found, terms), tuple(found), units)


def _wants(lines: Sequence[BasketLine], goods: Mapping[int, Goods]) -> list[Want]:
    wants = []
    for place, line in enumerate(lines):
        path = ("lines", place, "quantity")
        quantity = goods[line.item_id].in_base(line.quantity, line.unit, path=path)
        if quantity <= 0:
            raise InvalidInput("Must be more than zero.", path=path)
        wants.append(Want(line.item_id, quantity))
    return wants


def _as_wished(terms: Terms, *, split_allowed: bool | None, ship_complete: bool) -> Terms:
    split = terms.split_allowed if split_allowed is None else split_allowed
    complete = terms.ship_complete or ship_complete
    return replace(terms, split_allowed=split, ship_complete=complete)


async def _channel(reader: Reader, channel_id: int) -> Row[Any]:
    channel = await reader.row(
        select(Channel.entity_id, Channel.kind).where(
            Channel.tenant_id == reader.tenant_id, Channel.id == channel_id
        )
    )
    if channel is None or (reader.principal.is_partner and channel.kind != "portal"):
        raise NotFound("channel")
    return channel


async def _book(
    reader: Reader,
    item_ids: Sequence[int],
    places: Sequence[int],
    demand: Demand,
    pools: Pools,
    now: datetime,
) -> tuple[SupplyBook, dict[int | None, Rule]]:
    """All supply of the items that is not protected for others, and the channel's rule."""
    today, channel_id = now.date(), demand.order.channel_id
    found = await read_stock(reader, item_ids, today=today)
    seen = open_of(found, pools, channel_id=channel_id, party_id=demand.party_id)
    stock = [
        Supply(STOCK, *spot, quantity)
        for spot, quantity in limited(_summed(found), seen).items()
        if quantity > 0
    ]
    asked = [] if channel_id is None else [channel_id]
    workplaces, rules = await scene(reader, places, asked, today=today)
    supplies = [*stock, *await expected_of(reader, item_ids)]
    leads = await lead_times(reader, item_ids, today=today)
    return SupplyBook(supplies, workplaces, now, leads), rules


def _summed(stock: Sequence[Stock]) -> dict[Spot, Decimal]:
    """Over the lots that may be given: a promise does not say of which lot."""
    sums: dict[Spot, Decimal] = defaultdict(lambda: ZERO)
    for each in stock:
        if each.hindrance is None:
            sums[each.item_id, each.location_id, each.owner_id] += each.available
    return sums


def _days(
    book: SupplyBook, item_id: int, view: ChannelView, now: datetime
) -> tuple[dict[date, Decimal], date | None]:
    """What becomes free on which day, and from when on there is no limit."""
    today, days = now.date(), defaultdict[date, Decimal](lambda: ZERO)
    days[today] = ZERO
    oldest = today - timedelta(days=view.rule.past_due_supply_days)
    for each in book.by_item.get(item_id, ()):
        if each.owner_id != view.owner_id or each.location_id not in book.workplaces:
            continue
        if each.expected_on is None:
            days[today] += each.quantity
        elif each.expected_on >= oldest:
            place = book.workplaces[each.location_id]
            days[place.shelf_day(max(each.expected_on, today))] += each.quantity
    return days, _horizon(book, item_id, view, today)


def _horizon(book: SupplyBook, item_id: int, view: ChannelView, today: date) -> date | None:
    leads: Sequence[LeadTime] = book.leads.get(item_id, ()) if view.rule.buys else ()
    arrivals = [lead.arrives_on(today) for lead in leads]
    if view.rule.horizon_days is not None:
        arrivals.append(today + timedelta(days=view.rule.horizon_days))
    shelves = [place.shelf_day(day) for day in arrivals for place in book.workplaces.values()]
    return min(shelves, default=None)


def _accumulated(days: Mapping[date, Decimal], horizon: date | None) -> list[AvailableFrom]:
    found, total = [], ZERO
    for day in sorted(days):
        if horizon is not None and day >= horizon:
            break
        total += days[day]
        found.append(AvailableFrom(day, plain(total)))
    if horizon is not None:
        found.append(AvailableFrom(horizon, plain(total), unlimited=True))
    return found
