"""A date for a basket, and on what that rests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.allocation.demand import DemandLine
from domain.allocation.promising.books import book_of, channel_row, telling_of
from domain.allocation.promising.shown import as_shown
from domain.allocation.promising.terms import terms_of
from domain.allocation.supply import Want as Asked
from domain.allocation.supply import pools_for, supply_of
from domain.catalog.kits import exploded
from domain.entities.models import Party
from domain.entities.party_lookup import early_delivery_allowed as by_record
from domain.inventory.goods import Goods, goods_of
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.kernel.records import require_record
from domain.promise.policies.kits import folded, unfolded
from domain.promise.policies.promising import Option, Want, chosen, options
from domain.promise.policies.supply_book import SupplyBook, Terms

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
    wanted_ship_on: date | None = None,
    early_delivery_allowed: bool | None = None,
    split_allowed: bool | None = None,
    ship_complete: bool = False,
) -> BasketPromise:
    """When a basket can leave and be there, on what that rests, and the other ways there are.

    A kit without stock is promised as its components are, each kit from one location, on the day
    of the last. It is wanted there on a day, or to leave on one; unless early delivery is allowed
    (None: as the customer's record has it), not before. Without `split_allowed` the channel and its
    policy decide. A customer is told no more quantities than its channel shows. Nothing is kept for
    the basket. A constant number of statements. Raises NotFound, InvalidInput, QuantityNotExact."""
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidInput(f"Give 1 to {MOST_LINES} lines.", path=("lines",))
    channel = await channel_row(reader, channel_id)
    await require_record(reader, Party.__table__, party_id, kind="party")
    goods = await goods_of(reader, {line.item_id for line in lines})
    wants = _wants(lines, goods)
    asked = Asked(
        channel_id=channel_id,
        entity_id=channel.entity_id,
        party_id=party_id or reader.principal.party_id,
        ship_to=ship_to,
        service_level=service,
    )
    early = await _may_be_early(reader, asked, early_delivery_allowed)
    # A customer is told the dates, and sees no stock of ours, nor what its kits are made of.
    async with reader.house() as house:
        bills = await exploded(house, [n for n, each in goods.items() if each.kind == "kit"])
        parts = unfolded(wants, bills)
        book, terms = await _book_and_terms(house, asked, parts, now)
    if not early:
        terms = replace(terms, wanted_on=wanted_on, wanted_ship_on=wanted_ship_on)
    terms = _as_wished(terms, split_allowed=split_allowed, ship_complete=ship_complete)
    found = [folded(option, wants, bills) for option in options(parts, book, terms)]
    told = [chosen(found, terms), *found]
    if reader.principal.is_partner:
        told = [as_shown(option, wants, telling_of(channel)) for option in told]
    units = tuple(goods[want.item_id].base_unit for want in wants)
    return BasketPromise(told[0], tuple(told[1:]), units)


async def _book_and_terms(
    reader: Reader, asked: Asked, parts: Sequence[Want], now: datetime
) -> tuple[SupplyBook, Terms]:
    """What there is and comes for such an order, and how it may be promised."""
    item_ids = sorted({part.item_id for part in parts})
    supply = await supply_of(reader, [asked], item_ids=item_ids, at=now)
    demand = supply.demand(asked, [DemandLine(part.item_id, part.waiting) for part in parts])
    terms = terms_of(demand, ship_to=asked.ship_to, service=asked.service_level)
    pools = await pools_for(reader, supply, [demand])
    book, rules = await book_of(reader, item_ids, terms.sites, demand, pools, now)
    return book, replace(terms, rule=rules.get(asked.channel_id) or rules[None])


async def _may_be_early(reader: Reader, asked: Asked, told: bool | None) -> bool:
    """Whether it may be there before the day on which it is wanted."""
    if told is None and asked.party_id is not None:
        told = await by_record(reader, asked.party_id)
    return told is not False


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
