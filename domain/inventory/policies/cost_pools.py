"""What an owner's stock of one item is worth, as goods come and go: values in, decision out.

Layers came one by one, in one order; what leaves takes the oldest first. Under FIFO each layer has
its own value; under the other methods the value is pooled, and layers tell only what is left of
them. Money is in minor units, quantities in base units. Nothing is lost to rounding: what leaves
takes a whole share of what is there, and the last unit all of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import NamedTuple

from domain.inventory.policy import ZERO, Cost, value_at_average
from domain.kernel.money import share

AVERAGE, FIFO, STANDARD = "average", "fifo", "standard"
UNIT_SCALE = Decimal("0.000001")


class NotOwned(Exception):
    """More would leave than there is: (what is lacking,)."""


@dataclass(slots=True)
class Layer:
    """Goods that came together: what is left of them, and (under FIFO) of their value. `value` of
    other methods' layers stays zero."""

    key: int
    left: Decimal
    value: int = 0


@dataclass(slots=True)
class Uncovered:
    """What of an issue left before its cost was known, at which value."""

    issue: int
    quantity: Decimal
    value: int


class Part(NamedTuple):
    """What an issue took of one layer."""

    layer: int
    quantity: Decimal
    value: int


class Covered(NamedTuple):
    """What of an earlier issue a layer covers: it had gone at `before`, and cost `value`."""

    issue: int
    layer: int
    quantity: Decimal
    before: int
    value: int


class Gone(NamedTuple):
    """What left: of which layers, and what of it is not covered by any."""

    parts: tuple[Part, ...]
    uncovered: Decimal = ZERO
    uncovered_value: int = 0

    @property
    def value(self) -> int:
        """What it cost, in minor units."""
        return sum(part.value for part in self.parts) + self.uncovered_value


@dataclass(slots=True)
class Pool:
    """The stock of one item: its quantity and value, its layers in their order, and what left
    uncovered. `written_down` is what the stock still there was written down by."""

    method: str = AVERAGE
    quantity: Decimal = ZERO
    value: int = 0
    layers: list[Layer] = field(default_factory=list)
    uncovered: list[Uncovered] = field(default_factory=list)
    last_unit: Decimal = ZERO
    written_down: int = 0
    # How much may leave beyond what there is, at the last cost.
    lends: Decimal = ZERO

    def add(self, key: int, quantity: Decimal, value: int) -> list[Covered]:
        """Goods come in for `value`. What had left uncovered is covered first; the rest is a layer
        (`left` zero if nothing is)."""
        self.last_unit = unit_of(quantity, value)
        covered = self._cover(key, quantity, value)
        rest = quantity - sum((each.quantity for each in covered), ZERO)
        rest_value = value - sum(each.value for each in covered)
        self.quantity += quantity
        self.value += value - sum(each.value - each.before for each in covered)
        self.layers.append(Layer(key, rest, rest_value if self.method == FIFO else 0))
        return covered

    def take(self, quantity: Decimal, prefer: Callable[[int], bool] | None = None) -> Gone:
        """Goods leave: of the layers that are preferred first, then the oldest first. Raises
        NotOwned, with nothing taken, when there is not as much."""
        there = max(self.quantity, ZERO)
        beyond = max(quantity - there, ZERO)
        if quantity < 0 or beyond > self.lends + min(self.quantity, ZERO):
            raise NotOwned(beyond)
        parts = self._take_layers(quantity - beyond, prefer)
        lent = _rounded(beyond * self.last_unit)
        self.written_down -= _part(self.written_down, quantity - beyond, there)
        gone = Gone(parts, beyond, lent)
        self.quantity -= quantity
        self.value -= gone.value
        return gone

    def change(self, difference: int, key: int | None = None) -> None:
        """The stock's value changes: under FIFO that of a layer (the newest with anything left, if
        that one has nothing left any more)."""
        self.value += difference
        if self.method == FIFO:
            open_ = [layer for layer in self.layers if layer.left]
            wanted = [layer for layer in open_ if layer.key == key] or open_[-1:]
            if wanted:
                wanted[0].value += difference

    def _cover(self, key: int, quantity: Decimal, value: int) -> list[Covered]:
        covers: list[tuple[Uncovered, Decimal]] = []
        rest = quantity
        for owed in self.uncovered:
            part = min(rest, owed.quantity)
            if part:
                covers.append((owed, part))
                rest -= part
        if not covers:
            return []
        values = share(value, [part for _, part in covers] + [rest])
        covered = []
        for (owed, part), cost in zip(covers, values, strict=False):
            before = _part(owed.value, part, owed.quantity)
            owed.quantity -= part
            owed.value -= before
            covered.append(Covered(owed.issue, key, part, before, cost))
        self.uncovered = [owed for owed in self.uncovered if owed.quantity]
        return covered

    def _take_layers(
        self, quantity: Decimal, prefer: Callable[[int], bool] | None
    ) -> tuple[Part, ...]:
        taken: list[tuple[Layer, Decimal, int]] = []
        rest = quantity
        for layer in _in_turn(self.layers, prefer):
            if not rest:
                break
            part = min(layer.left, rest)
            if part:
                value = _part(layer.value, part, layer.left)
                layer.left -= part
                layer.value -= value
                taken.append((layer, part, value))
                rest -= part
        if rest:
            raise ValueError(f"the layers lack {rest} of what is owned")
        if self.method == FIFO:
            return tuple(Part(layer.key, part, value) for layer, part, value in taken)
        whole = value_at_average(Cost(self.quantity, self.value), quantity)
        shares = share(whole, [part for _, part, _ in taken])
        return tuple(
            Part(layer.key, part, value)
            for (layer, part, _), value in zip(taken, shares, strict=True)
        )


def unit_of(quantity: Decimal, value: int) -> Decimal:
    """What one base unit costs, in minor units, to six decimals."""
    with localcontext() as context:
        context.prec = 60
        return (Decimal(value) / quantity).quantize(UNIT_SCALE, rounding=ROUND_HALF_EVEN)


def values_by_layer(layers: Sequence[Layer], value: int) -> list[int]:
    """What is left of each layer is worth: its own value if there is any, else its share of
    `value`, by quantity."""
    if any(layer.value for layer in layers):
        return [layer.value for layer in layers]
    return share(value, [layer.left for layer in layers])


def _in_turn(layers: Sequence[Layer], prefer: Callable[[int], bool] | None) -> Iterable[Layer]:
    if prefer is None:
        return layers
    first = [layer for layer in layers if prefer(layer.key)]
    return [*first, *(layer for layer in layers if not prefer(layer.key))]


def _part(value: int, quantity: Decimal, of: Decimal) -> int:
    """The value of a part: half to even, all of it with the last unit."""
    return value_at_average(Cost(of, value), quantity) if value else 0


def _rounded(value: Decimal) -> int:
    with localcontext() as context:
        context.prec = 60
        return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))
