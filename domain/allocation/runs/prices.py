"""Prices of scarce stock at which orders would share it of themselves, and what any plan costs at
least. Pure: Lagrangian relaxation of the stock, by subgradient steps.

At prices every order chooses its places alone. What all of them pay together, less what the stock
is worth at these prices, no plan can cost less than that; the dearest such bound is looked for."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from domain.allocation.runs.trade import Trade

# All sets of so many places are looked at; with more places the bound is a weaker one.
MOST_PLACES = 8
STEPS = 300
PATIENCE = 12
FIRST_STEP, LAST_STEP = 1.0, 0.005


@dataclass(slots=True)
class _Market:
    """The trade as arrays: by line and source costs, quantities and spots; parcels by order. The
    first sources are of one place each, in the order of the places; `more` are the places of those
    beyond that, where stock of several owners lies at one."""

    costs: Any
    spots: Any
    quantities: Any
    parcels: Any
    starts: Any
    order_of: Any
    stock: Any
    more: list[int]


def find_prices(trade: Trade, *, seconds: float, cost_so_far: float) -> tuple[list[float], float]:
    """Prices by spot, and the bound of the cost. `cost_so_far` is what some plan costs."""
    if not trade.traders:
        return [0.0] * len(trade.stock), 0.0
    market = _market(trade)
    prices = best_prices = np.zeros(len(trade.stock))
    bound, step, waited = -np.inf, FIRST_STEP, 0
    ends = time.monotonic() + seconds
    for _ in range(STEPS):
        value, used = _respond(market, prices)
        value -= float(prices @ market.stock)
        waited += 1
        if value > bound:
            waited = 0 if value > bound + abs(bound) * 1e-4 else waited
            bound, best_prices = value, prices
        if waited >= PATIENCE:
            step, waited, prices = step / 2, 0, best_prices
            if step < LAST_STEP:
                break
            continue
        slope = used - market.stock
        slope[(prices <= 0) & (slope < 0)] = 0
        length = float(slope @ slope)
        if not length or time.monotonic() >= ends:
            break
        reach = max(cost_so_far - value, 1e-3 * abs(cost_so_far))
        prices = np.maximum(prices + step * reach / length * slope, 0)
    return [float(each) for each in best_prices], max(float(bound), 0.0)


def _market(trade: Trade) -> _Market:
    number = sum(len(trader.asks) for trader in trade.traders)
    places = len(trade.places)
    more = _more_sources(trade)
    costs = np.full((places + len(more), number), np.inf)
    spots = np.zeros((places + len(more), number), np.int64)
    quantities, order_of = np.zeros(number), np.zeros(number, np.int64)
    parcels, starts = np.full((places, len(trade.traders)), np.inf), []
    line = 0
    for n, trader in enumerate(trade.traders):
        starts.append(line)
        for bit, cost in trader.parcels.items():
            parcels[bit.bit_length() - 1, n] = cost
        for ask in trader.asks:
            quantities[line], order_of[line] = ask.quantity, n
            free = dict.fromkeys(range(places), 0)
            for source in ask.sources:
                place = source.bit.bit_length() - 1
                row = _row(place, free[place], places, more)
                free[place] += 1
                costs[row, line], spots[row, line] = source.cost, source.spot
            line += 1
    stock = np.array(trade.stock, float)
    return _Market(costs, spots, quantities, parcels, np.array(starts), order_of, stock, more)


def _more_sources(trade: Trade) -> list[int]:
    """The places at which some line has a second source, once for each beyond the first."""
    most: dict[int, int] = {}
    for ask in (ask for trader in trade.traders for ask in trader.asks):
        counts = Counter(source.bit.bit_length() - 1 for source in ask.sources)
        for place, count in counts.items():
            most[place] = max(count, most.get(place, 1))
    return [place for place in sorted(most) for _ in range(most[place] - 1)]


def _row(place: int, before: int, places: int, more: list[int]) -> int:
    """Where a source of a line stands that has so many at the place already."""
    return place if not before else places + more.index(place) + before - 1


def _respond(market: _Market, prices: Any) -> tuple[float, Any]:
    """What all orders pay at least at these prices, and what they would take by spot."""
    priced, spots = _best_of_places(market, prices)
    if len(priced) > MOST_PLACES:
        value, chosen = _each_alone(market, priced)
    else:
        value, chosen = _together(market, priced)
    taken = spots[chosen, np.arange(len(chosen))]
    return value, np.bincount(taken, market.quantities, minlength=len(market.stock))


def _best_of_places(market: _Market, prices: Any) -> tuple[Any, Any]:
    """By place and line what the best source there costs at these prices, and its spot."""
    priced, spots = (market.costs + prices[market.spots]) * market.quantities, market.spots
    if not market.more:
        return priced, spots
    places = len(priced) - len(market.more)
    best, where = priced[:places].copy(), spots[:places].copy()
    for row, place in enumerate(market.more, start=places):
        better = priced[row] < best[place]
        best[place] = np.where(better, priced[row], best[place])
        where[place] = np.where(better, spots[row], where[place])
    return best, where


def _together(market: _Market, priced: Any) -> tuple[float, Any]:
    """Every order by the best set of places: exact."""
    places, lines = priced.shape
    sets = 1 << places
    least = np.full((sets, lines), np.inf)
    parcels = np.zeros((sets, market.parcels.shape[1]))
    for which in range(1, sets):
        place = which.bit_length() - 1
        rest = which ^ (1 << place)
        least[which] = np.minimum(least[rest], priced[place])
        parcels[which] = parcels[rest] + market.parcels[place]
    paid = np.add.reduceat(least, market.starts, axis=1) + parcels
    best = paid.argmin(axis=0)
    allowed = (best[market.order_of] >> np.arange(places)[:, None]) & 1
    chosen = np.where(allowed == 1, priced, np.inf).argmin(axis=0)
    return float(paid.min(axis=0).sum()), chosen


def _each_alone(market: _Market, priced: Any) -> tuple[float, Any]:
    """Every line for itself, with its share of a parcel that all lines of its order use: no plan
    pays less for parcels than that."""
    sizes = np.diff([*market.starts, priced.shape[1]])
    shares = (market.parcels / sizes)[:, market.order_of]
    paid = priced + shares
    return float(paid.min(axis=0).sum()), paid.argmin(axis=0)
