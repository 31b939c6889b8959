"""What of an order's kits may go to work: components in whole kits, together. Pure; quantities in
base units."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit of which something stays behind: its lines, and how many whole ones there are."""

    id: int
    line_numbers: tuple[int, ...]
    line_ids: tuple[int, ...]
    kits: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The allocations that go, and the kits that wait for a component."""

    ready: list[Any]
    waiting: list[Kit]


def whole_only(lines: Sequence[Any], ready: Sequence[Any], at_work: Sequence[Any]) -> Choice:
    """Of the allocations that are `ready` (id, order_line_id, quantity), those that go: of a kit as
    many as make whole kits, together with what of it is `at_work` or has shipped.

    `lines` are the order's (id, line_number, kit_id, per_kit, shipped). An allocation goes as it
    is or not at all: where they do not make whole kits, nothing of the kit goes."""
    gone = {line.id: line.shipped for line in lines}
    for each in at_work:
        gone[each.order_line_id] += each.quantity
    of_line: dict[int, list[Any]] = defaultdict(list)
    for each in ready:
        of_line[each.order_line_id].append(each)
    kits: dict[int, list[Any]] = defaultdict(list)
    for line in lines:
        if line.kit_id is not None:
            kits[line.kit_id].append(line)
    stays: set[int] = set()
    waiting = []
    for kit_id, own in kits.items():
        asked = {each.id for line in own for each in of_line[line.id]}
        number, goes = _of_kit(own, of_line, gone)
        if asked - goes:
            stays |= asked - goes
            numbers = tuple(sorted(line.line_number for line in own))
            waiting.append(Kit(kit_id, numbers, tuple(sorted(line.id for line in own)), number))
    return Choice([each for each in ready if each.id not in stays], waiting)


def _of_kit(
    lines: Sequence[Any], ready: Mapping[int, Sequence[Any]], gone: Mapping[int, Decimal]
) -> tuple[int, set[int]]:
    """How many whole kits there are, with what has gone; and the allocations that go."""
    number = min(
        int((gone[line.id] + sum((e.quantity for e in ready[line.id]), ZERO)) // line.per_kit)
        for line in lines
    )
    goes: set[int] = set()
    for line in lines:
        missing = max(number * line.per_kit - gone[line.id], ZERO)
        for each in ready[line.id]:
            if each.quantity <= missing:
                goes.add(each.id)
                missing -= each.quantity
        if missing:
            return number, set()
    return number, goes
