"""Lines at prices other than the list's: found on every path by which an order gets lines, before
anything is written."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.kernel.money import to_minor
from domain.kernel.reading import Reader
from domain.orders.capture import NewLine, NewOrder
from domain.orders.policy import LineAmounts
from domain.pricing.limits import limits_of_channels
from domain.pricing.policies.deviation import Deviation, deviation, is_beyond, together
from domain.pricing.price_finding import Buying, PriceRequest, find_prices_for


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line at a price of its own: where it stands, what it costs, and for whom."""

    place: tuple[int, int]
    line: NewLine
    asked_minor: int
    buying: Buying
    limit: Decimal
    by_hand: bool


async def with_price_holds(reader: Reader, orders: Sequence[NewOrder]) -> list[NewOrder]:
    """The orders, with what of them is further from the list than allowed marked: their lines, and
    how far in all. Nothing is sent when no line has a price of its own; else two statements, and
    one more for each further day on which orders were made."""
    channels = {o.channel_id for o in orders if any(line.own_price for line in o.lines)}
    limits = await limits_of_channels(reader, channels) if channels else {}
    if not limits:
        return list(orders)
    asked: dict[date, list[_Asked]] = defaultdict(list)
    for n, order in enumerate(orders):
        if order.channel_id in limits:
            asked[order.ordered_at.date()] += _asked(n, order, limits[order.channel_id])
    beyond: dict[int, dict[int, Deviation]] = defaultdict(dict)
    for day, lines in asked.items():
        for each, found in zip(lines, await _deviations(reader, lines, day), strict=True):
            if found is not None and is_beyond(found, each.limit):
                beyond[each.place[0]][each.place[1]] = found
    return [_marked(order, beyond[n]) if n in beyond else order for n, order in enumerate(orders)]


def _asked(n: int, order: NewOrder, limit: Decimal) -> list[_Asked]:
    buying = Buying(order.currency, order.channel_id, order.party_id)
    amounts = order.amounts().lines
    return [
        _Asked(
            (n, place),
            line,
            _minor(line, part, order),
            buying,
            limit,
            by_hand=order.intake_message_id is None,
        )
        for place, (line, part) in enumerate(zip(order.lines, amounts, strict=True))
        if line.own_price
    ]


def _minor(line: NewLine, part: LineAmounts, order: NewOrder) -> int:
    """What the line costs in all, discounts of the whole order included, without tax."""
    tax = part.tax_minor if order.prices_include_tax else 0
    return line.price(order.currency).gross_minor - part.discount_minor - tax


async def _deviations(reader: Reader, lines: Sequence[_Asked], day: date) -> list[Deviation | None]:
    """None where a document says a price of something that no list has: nothing to compare."""
    requests = [
        (PriceRequest(each.line.item_id, each.line.unit, each.line.quantity_ordered), each.buying)
        for each in lines
    ]
    prices = await find_prices_for(reader, requests, on=day)
    return [_deviation(each, price) for each, price in zip(lines, prices, strict=True)]


def _deviation(each: _Asked, price: Decimal | None) -> Deviation | None:
    if price is None and not each.by_hand:
        return None
    currency = each.buying.currency
    listed = None if price is None else to_minor(price * each.line.quantity_ordered, currency)
    return deviation(asked_minor=each.asked_minor, listed_minor=listed)


def _marked(order: NewOrder, beyond: dict[int, Deviation]) -> NewOrder:
    lines = tuple(
        replace(line, price_beyond_limit=True) if place in beyond else line
        for place, line in enumerate(order.lines)
    )
    return replace(order, lines=lines, deviation=together(list(beyond.values())))
