"""What orders want of which stock, in plain numbers, and the cheapest way to serve one. Pure.

Quantities are whole numbers of a unit of the item, costs are floats: what comes out is served and
counted exactly by others."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import floor, inf
from typing import NamedTuple

# Up to so many places all sets of them are ways to serve an order; of more only small sets.
ALL_SETS, SMALL_SET = 6, 2
# What floats lose of a whole unit.
NEARLY = 1e-6


class Source(NamedTuple):
    """A place that may serve a line: its bit, the stock there, the most it may give the line,
    what a unit costs from it, and how much of a day's capacity a unit takes (base units)."""

    bit: int
    spot: int
    most: int
    cost: float
    load: float = 1.0


class Send(NamedTuple):
    """A quantity of an order's line (by its number there) from a source."""

    line: int
    bit: int
    spot: int
    quantity: int
    cost: float
    load: float = 1.0


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
    heeds_capacity: bool = False
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
class Room:
    """What is left: of the stock by spot; and of what places can take on today, by their bit, base
    units and orders. A place that is not there has no limit."""

    stock: list[int]
    units: dict[int, float] = field(default_factory=dict)
    orders: dict[int, int] = field(default_factory=dict)

    def closed_to(self, trader: Trader) -> int:
        """The places (their bits) that can take on no further order, as far as it heeds that."""
        if not self.orders or not trader.heeds_capacity:
            return 0
        full = sum(bit for bit, left in self.orders.items() if left <= 0)
        return full & ~trader.placed_at

    def most_of(self, source: Source) -> int:
        """How many units the place can still take on of a line."""
        left = self.units.get(source.bit)
        return source.most if left is None else floor((left + NEARLY) / source.load)

    def is_full(self, trader: Trader, send: Send) -> bool:
        """Whether the place cannot take on what an order would be sent from there."""
        if not trader.heeds_capacity:
            return False
        units = self.units.get(send.bit, inf) + NEARLY
        return bool(send.bit & self.closed_to(trader)) or units < send.quantity * send.load

    def move(self, sends: Sequence[Send], sign: int) -> None:
        """Count what is sent as gone (1), or as back (-1)."""
        for send in sends:
            self.stock[send.spot] -= sign * send.quantity
            if send.bit in self.units:
                self.units[send.bit] -= sign * send.quantity * send.load

    def count(self, trader: Trader, sends: Sequence[Send], sign: int) -> None:
        """Count the order itself at the places that have not served it before."""
        if self.orders:
            for bit in {send.bit for send in sends}:
                if bit in self.orders and not bit & trader.placed_at:
                    self.orders[bit] -= sign


@dataclass(slots=True)
class Trade:
    """All orders, the stock by spot, the place that each bit stands for, and what of them can take
    on only so much: base units and orders, by bit."""

    traders: list[Trader]
    stock: list[int]
    places: list[int]
    units: dict[int, float] = field(default_factory=dict)
    orders: dict[int, int] = field(default_factory=dict)

    def room(self) -> Room:
        """All that there is, to be taken from."""
        return Room(list(self.stock), dict(self.units), dict(self.orders))

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


def best_way(trader: Trader, room: Room | None) -> list[Send] | None:
    """The cheapest way at the prices to serve all lines of an order from what is there (None:
    from stock without end); None when there is none. The room is as before afterwards."""
    best, least = None, inf
    closed = 0 if room is None else room.closed_to(trader)
    for parcels, places in trader.ways:
        if parcels >= least:
            break
        cost, sends = _fill(trader, places & ~closed, room, parcels, least)
        if room is not None:
            room.move(sends, -1)
        if cost < least:
            best, least = sends, cost
    return best


def _fill(
    trader: Trader, places: int, room: Room | None, cost: float, limit: float
) -> tuple[float, list[Send]]:
    """Serve the lines from these places; infinite when it cannot be, or costs the limit."""
    sends: list[Send] = []
    for number, ask in enumerate(trader.asks):
        left = ask.quantity
        for price, source in ask.ranked:
            if not source.bit & places:
                continue
            quantity = left
            if room is not None:
                quantity = min(left, room.stock[source.spot], source.most)
                if room.units and trader.heeds_capacity:
                    quantity = min(quantity, room.most_of(source))
                if quantity <= 0:
                    continue
            send = Send(number, source.bit, source.spot, quantity, source.cost, source.load)
            if room is not None:
                room.move((send,), 1)
            sends.append(send)
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
