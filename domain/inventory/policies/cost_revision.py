"""What would have been, had a cost been known when the goods came: values in, decision out.

The stock is rolled back to the first thing that is to be valued anew, and from there what happened
is played again in its right order. Nothing before it is looked at, and what comes out is exactly
what valuing everything from the beginning would give."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from domain.inventory.policies.cost_pools import FIFO, Layer, Part, Pool, Uncovered
from domain.inventory.policy import ZERO

# Nothing that happened is refused when it is played again.
ANY_NUMBER = Decimal(10) ** 20
Place = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Came:
    """A layer: how much came, and what it entered the stock at."""

    at: Place
    layer: int
    quantity: Decimal
    value: int


@dataclass(frozen=True, slots=True)
class Went:
    """An issue, what it cost by now, and what of it is of which layers."""

    at: Place
    issue: int
    quantity: Decimal
    cost: int
    parts: tuple[Part, ...]
    uncovered: Decimal = ZERO
    uncovered_value: int = 0
    # The layers that it was to take first.
    of: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Worth:
    """The stock (under FIFO: a layer of it) was worth so much more."""

    at: Place
    difference: int
    layer: int | None = None


Happened = Came | Went | Worth


@dataclass(frozen=True, slots=True)
class History:
    """What happened since some place, in its order, and what stood before: the layers (with what
    is left of them now), and the issues that were covered since or are uncovered still."""

    happened: Sequence[Happened]
    before: Sequence[Layer]
    covered_since: Sequence[Went] = ()
    last_unit: Decimal = ZERO


@dataclass(slots=True)
class Issued:
    """What an issue costs, and what it took of which layers."""

    parts: list[Part] = field(default_factory=list)
    uncovered: Decimal = ZERO
    uncovered_value: int = 0

    @property
    def cost(self) -> int:
        """What it costs, in minor units."""
        return sum(part.value for part in self.parts) + self.uncovered_value


def rolled_back(now: Pool, history: History) -> Pool:
    """The stock as it was before what happened."""
    pool = replace(
        now,
        layers=[],
        uncovered=[],
        lends=ANY_NUMBER,
        last_unit=history.last_unit,
        # What is still there is written down by what it is written down by.
        written_down=0,
    )
    came = {each.layer for each in history.happened if isinstance(each, Came)}
    taken: dict[int, Decimal] = defaultdict(Decimal)
    worth: dict[int, int] = defaultdict(int)
    for each in history.happened:
        if isinstance(each, Came):
            pool.quantity -= each.quantity
            pool.value -= each.value
        elif isinstance(each, Went):
            pool.quantity += each.quantity
            pool.value += each.cost
            for part in each.parts:
                taken[part.layer] += part.quantity
                worth[part.layer] += part.value
        else:
            pool.value -= each.difference
            if each.layer is not None:
                worth[each.layer] -= each.difference
    for layer in history.before:
        left = layer.left + taken[layer.key]
        value = layer.value + worth[layer.key] if now.method == FIFO else 0
        pool.layers.append(Layer(layer.key, left, value))
    pool.uncovered = [owed for each in history.covered_since for owed in _owed(each, came)]
    return pool


def _owed(issue: Went, came: Collection[int]) -> list[Uncovered]:
    """What of an earlier issue was uncovered then. It counts at what it cost in the end, so that
    only what is different now corrects it."""
    owed = [
        Uncovered(issue.issue, part.quantity, part.value)
        for part in issue.parts
        if part.layer in came
    ]
    if issue.uncovered:
        owed.append(Uncovered(issue.issue, issue.uncovered, issue.uncovered_value))
    return owed


def played_again(pool: Pool, history: History, values: Mapping[int, int]) -> dict[int, Issued]:
    """What every issue costs when everything happens again on `pool`, which becomes what the stock
    is then. `values` are what layers enter at that enter at something else now."""
    came = {each.layer for each in history.happened if isinstance(each, Came)}
    issued = {
        each.issue: Issued(
            [part for part in each.parts if part.layer not in came],
            *_still_owed(pool, each.issue),
        )
        for each in history.covered_since
    }
    for each in sorted(history.happened, key=lambda one: one.at):
        if isinstance(each, Came):
            _come(pool, each, values.get(each.layer, each.value), issued)
        elif isinstance(each, Went):
            gone = pool.take(each.quantity, each.of.__contains__ if each.of else None)
            issued[each.issue] = Issued(list(gone.parts), gone.uncovered, gone.uncovered_value)
            if gone.uncovered:
                owed = Uncovered(each.issue, gone.uncovered, gone.uncovered_value)
                pool.uncovered.append(owed)
        else:
            pool.change(each.difference, each.layer)
    return issued


def _still_owed(pool: Pool, issue: int) -> tuple[Decimal, int]:
    owed = [each for each in pool.uncovered if each.issue == issue]
    return sum((each.quantity for each in owed), ZERO), sum(each.value for each in owed)


def _come(pool: Pool, came: Came, value: int, issued: Mapping[int, Issued]) -> None:
    for each in pool.add(came.layer, came.quantity, value):
        one = issued[each.issue]
        one.uncovered -= each.quantity
        one.uncovered_value -= each.before
        one.parts.append(Part(each.layer, each.quantity, each.value))
