"""Orders exchange stock: from a first plan at good prices to cheaper ones, step by step. Pure.

An order that is served dearly gets what suits it best; those that lose by it are served anew from
what is left; where all of them together cost less, it stays so."""

import time
from collections import defaultdict
from math import inf
from random import Random

from domain.allocation.runs.trade import Send, Trade, Trader, best_way

# Of each spot that an order would rather be served from, so many others may have to give way.
GIVING_WAY = 6
# Orders that cost so much more than is their ideal are looked at.
WORTH_LOOKING = 1e-6
SEED = 1


class Exchange:
    """What everybody gets so far, what is left, and who holds what."""

    def __init__(self, trade: Trade, prices: list[float]) -> None:
        self.trade, self.prices = trade, prices
        self.room = trade.room()
        self.sends: list[list[Send] | None] = [None] * len(trade.traders)
        self._holders: dict[int, set[int]] = defaultdict(set)
        self._served_at: dict[int, set[int]] = defaultdict(set)
        self._random = Random(SEED)

    def serve_all(self) -> None:
        """A first plan: those who would lose most by not being served as they like come first."""
        traders = self.trade.traders
        for number in sorted(range(len(traders)), key=lambda n: -traders[n].ideal):
            self._take(number, best_way(traders[number], self.room))

    def cost(self) -> float:
        """What all that are served cost."""
        both = zip(self.trade.traders, self.sends, strict=True)
        return sum(trader.cost(sends) for trader, sends in both if sends is not None)

    def improve(self, *, seconds: float, rounds: int) -> None:
        """Exchange until nobody gains by it any more, or the time is over."""
        ends = time.monotonic() + seconds
        for _ in range(rounds):
            gained = 0
            for number in self._dearest():
                if time.monotonic() >= ends:
                    return
                gained += self._exchange(number)
            if not gained:
                return

    def _dearest(self) -> list[int]:
        regrets = [
            self.trade.priced(trader, sends, self.prices) - trader.ideal
            for trader, sends in zip(self.trade.traders, self.sends, strict=True)
        ]
        found = [n for n, regret in enumerate(regrets) if regret > WORTH_LOOKING]
        return sorted(found, key=lambda n: -regrets[n])

    def _exchange(self, number: int) -> bool:
        """Whether the orders around one cost less now."""
        trader = self.trade.traders[number]
        group = [number, *self._in_the_way(number, trader)]
        before = [self.sends[n] for n in group]
        for n in group:
            self._give_back(n)
        for n in group:
            self._take(n, best_way(self.trade.traders[n], self.room))
        old, new = self._worth(group, before), self._worth(group, [self.sends[n] for n in group])
        if new < old or (new == old and self._random.random() < 0.5):
            return new < old
        for n in group:
            self._give_back(n)
        for n, sends in zip(group, before, strict=True):
            self._take(n, sends)
        return False

    def _worth(self, group: list[int], sends: list[list[Send] | None]) -> tuple[int, float]:
        """How many are not served, and what the others cost; in millionths, to compare."""
        costs = [self.trade.traders[n].cost(each) for n, each in zip(group, sends, strict=True)]
        served = [cost for cost in costs if cost < inf]
        return len(costs) - len(served), round(sum(served), 6)

    def _in_the_way(self, number: int, trader: Trader) -> list[int]:
        ideal = best_way(trader, None) or []
        others: dict[int, None] = {}
        for send in ideal:
            rivals: set[int] = set()
            if send.quantity > self.room.stock[send.spot]:
                rivals |= self._holders[send.spot]
            if self.room.is_full(trader, send):
                rivals |= self._served_at[send.bit]
            holders = sorted(rivals - {number})
            for other in self._random.sample(holders, min(GIVING_WAY, len(holders))):
                others[other] = None
        chosen = list(others)
        self._random.shuffle(chosen)
        return chosen

    def _take(self, number: int, sends: list[Send] | None) -> None:
        self.sends[number] = sends
        self.room.move(sends or (), 1)
        self.room.count(self.trade.traders[number], sends or (), 1)
        for send in sends or ():
            self._holders[send.spot].add(number)
            self._served_at[send.bit].add(number)

    def _give_back(self, number: int) -> None:
        sends = self.sends[number] or ()
        self.room.move(sends, -1)
        self.room.count(self.trade.traders[number], sends, -1)
        for send in sends:
            self._holders[send.spot].discard(number)
            self._served_at[send.bit].discard(number)
        self.sends[number] = None
