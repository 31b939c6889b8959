"""Minimum cost of large runs: orders exchange stock at prices, and a bound tells how far it is
from the best. Pure.

A model of ten thousand lines with whole parcels is not solved to the end in seconds. The stock is
all that couples the orders: at prices for it every one is solved for itself, exactly."""

from dataclasses import dataclass

from domain.allocation.demand import policy_of
from domain.allocation.runs.costs import parcel_cost, transfer_cost, unit_cost
from domain.allocation.runs.demand import OpenLine
from domain.allocation.runs.exchange import Exchange
from domain.allocation.runs.prices import find_prices
from domain.allocation.runs.trade import Ask, Source, Trade, Trader
from domain.allocation.runs.wants import Sent, Wants, places_left

# How much of the time prices may take, and how much exchanging.
PRICES_SHARE, EXCHANGE_SHARE = 0.1, 0.15
ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Traded:
    """What each line gets from where, in units of its item, and what any plan that serves as much
    costs at least (minor units)."""

    sent: Sent
    bound: float


def exchange_stock(wants: Wants, *, cost_so_far: float) -> Traded:
    """A cheap plan for all lines; `cost_so_far` is what the plan that is to be beaten costs."""
    seconds = wants.situation.rules.solver_seconds
    trade = trade_of(wants)
    prices, bound = find_prices(trade, seconds=seconds * PRICES_SHARE, cost_so_far=cost_so_far)
    trade.at_prices(prices)
    exchange = Exchange(trade, prices)
    exchange.serve_all()
    exchange.improve(seconds=seconds * EXCHANGE_SHARE, rounds=ROUNDS)
    sent: dict[int, dict[int, float]] = {}
    for trader, sends in zip(trade.traders, exchange.sends, strict=True):
        for send in sends or ():
            place = trade.places[send.bit.bit_length() - 1]
            mine = sent.setdefault(trader.asks[send.line].line_id, {})
            mine[place] = mine.get(place, 0) + send.quantity
    return Traded(sent, bound)


def trade_of(wants: Wants) -> Trade:
    """The orders that are to get something, and the stock they get it from."""
    places = sorted({each.location_id for found in wants.options.values() for each in found})
    bits = {place: 1 << number for number, place in enumerate(places)}
    spots: dict[tuple[int, int, int], int] = {}
    limits = {bits[p]: limit for p, limit in wants.situation.capacity.items() if p in bits}
    units = {bit: float(each.units) for bit, each in limits.items() if each.units is not None}
    orders = {bit: each.orders for bit, each in limits.items() if each.orders is not None}
    trade = Trade([], [], places, units, orders)
    traders: dict[int, Trader] = {}
    for line in wants.situation.lines:
        if wants.wanted[line.id]:
            order = wants.situation.orders[line.order_id]
            if (trader := traders.get(line.order_id)) is None:
                served = sum(bits.get(place, 0) for place in order.demand.placed_at)
                heeds = policy_of(order.demand).passes[-1].heeds_capacity
                trader = Trader([], {}, places_left(order), served, heeds)
                traders[line.order_id] = trader
            _ask(wants, line, trader, trade.stock, spots, bits)
    trade.traders.extend(traders.values())
    return trade


def _ask(
    wants: Wants,
    line: OpenLine,
    trader: Trader,
    stock: list[int],
    spots: dict[tuple[int, int, int], int],
    bits: dict[int, int],
) -> None:
    order, unit = wants.situation.orders[line.order_id], wants.units[line.item_id]
    extra = wants.situation.rules.parcel_cost_minor
    sources = []
    for option in wants.options[line.id]:
        place = option.location_id
        spot = spots.setdefault((line.item_id, place, option.owner_id), len(stock))
        if spot == len(stock):
            stock.append(0)
        most = int(option.most / unit)
        stock[spot] = max(stock[spot], most)
        bought = transfer_cost(option.legs, wants.situation.rules.transfer_cost_minor)
        cost = float((unit_cost(order, place) + bought) * unit)
        sources.append(Source(bits[place], spot, most, cost, float(unit)))
        trader.parcels[bits[place]] = float(parcel_cost(order, place, extra))
    trader.asks.append(Ask(line.id, int(wants.wanted[line.id] / unit), sources))
