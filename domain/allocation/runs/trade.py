"""What orders want of which stock, in plain numbers, and the cheapest way to serve one. Pure.

Quantities are whole numbers of a unit of the item, costs are floats: what comes out is served and
counted exactly by others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import inf
from typing import NamedTuple

# Up to so many places all sets of them are ways to serve an order; of more only small sets.
ALL_SETS, SMALL_SET = 6, 2


class Source(NamedTuple):
    """A place that may serve a line: its bit, the stock there, the most it may give the line,
    and what a unit costs from it."""

    bit: int
    spot: int
    most: int
    cost: float


class Send(NamedTuple):
    """A quantity of an order's line (by its number there) from a source."""

    line: int
    bit: int
    spot: int
    quantity: int
    cost: float


@dataclass(slots=True)
class Ask:
    """A line: how much it is to get, and its sources, the cheapest by price first."""

    line_id: int
    quantity: int
    sources: list[Source]
    ranked: list[tuple[float, Source]] = field(default_factory=list)


@dataclass(slots=True)
class Trader:
    """An order: its lines, what a parcel from each place (by its bit) costs, and from how many
    places beside those that serve it already it may be served. `ways` are sets of places with
    their parcels' cost, the cheapest first; `ideal` is its least cost at the prices, were stock
    without end."""

    asks: list[Ask]
    parcels: dict[int, float]
    most_places: int | None = None
    placed_at: int = 0
    ways: list[tuple[float, int]] = field(default_factory=list)
    ideal: float = 0.0

    def cost(self, sends: Sequence[Send] | None) -> float:
        """What a way to serve it costs; more than anything when it is not served."""
        if sends is None:
            return inf
        used = {send.bit for send in sends}
        parcels = sum(self.parcels[bit] for bit in used)
        return parcels + sum(send.cost * send.quantity for send in sends)


@dataclass(slots=True)
class Trade:
    """All orders, the stock by spot, and the place that each bit stands for."""

    traders: list[Trader]
    stock: list[int]
    places: list[int]

    def at_prices(self, prices: Sequence[float]) -> None:
        """Let everybody see prices of the spots: lines rank their sources, orders their ways."""
        for trader in self.traders:
            for ask in trader.asks:
                ask.ranked = sorted((s.cost + prices[s.spot], s) for s in ask.sources)
            trader.ways = _ways(trader)
            plenty = best_way(trader, None)
            trader.ideal = inf if plenty is None else self.priced(trader, plenty, prices)

    @staticmethod
    def priced(trader: Trader, sends: Sequence[Send] | None, prices: Sequence[float]) -> float:
        """What a way costs, with the prices of what it takes."""
        if sends is None:
            return inf
        return trader.cost(sends) + sum(prices[s.spot] * s.quantity for s in sends)


def best_way(trader: Trader, stock: list[int] | None) -> list[Send] | None:
    """The cheapest way at the prices to serve all lines of an order from what is there (None:
    from stock without end); None when there is none. The stock is as before afterwards."""
    best, least = None, inf
    for parcels, places in trader.ways:
        if parcels >= least:
            break
        cost, sends = _fill(trader.asks, places, stock, parcels, least)
        if stock is not None:
            for send in sends:
                stock[send.spot] += send.quantity
        if cost < least:
            best, least = sends, cost
    return best


def _fill(
    asks: Sequence[Ask], places: int, stock: list[int] | None, cost: float, limit: float
) -> tuple[float, list[Send]]:
    """Serve the lines from these places; infinite when it cannot be, or costs the limit."""
    sends: list[Send] = []
    for number, ask in enumerate(asks):
        left = ask.quantity
        for price, source in ask.ranked:
            if not source.bit & places:
                continue
            quantity = left
            if stock is not None:
                quantity = min(left, stock[source.spot], source.most)
                if quantity <= 0:
                    continue
                stock[source.spot] -= quantity
            sends.append(Send(number, source.bit, source.spot, quantity, source.cost))
            cost += price * quantity
            left -= quantity
            if not left:
                break
        if left or cost >= limit:
            return inf, sends
    return cost, sends


def _ways(trader: Trader) -> list[tuple[float, int]]:
    free = trader.placed_at
    paid = [bit for bit in trader.parcels if not bit & free]
    most = len(paid) if trader.most_places is None else min(trader.most_places, len(paid))
    sizes = set(range(most + 1)) if len(paid) <= ALL_SETS else {*range(SMALL_SET + 1), most}
    ways = []
    for size in sorted(sizes):
        if size > most:
            continue
        sets = combinations(paid, size) if size <= SMALL_SET or len(paid) <= ALL_SETS else [paid]
        for chosen in sets:
            if len(chosen) <= most:
                cost = sum(trader.parcels[bit] for bit in chosen)
                ways.append((cost, sum(chosen) | free))
    return sorted(ways)
