"""What the waiting lines of an order ask for, kit by kit. Pure; quantities in base units."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.allocation.demand import NOWHERE, DemandLine


@dataclass(frozen=True, slots=True)
class Part:
    """A waiting line (`id`, `item_id`, `backordered`, `kit_id`, `per_kit`), or a part of it, and
    what is asked for it."""

    line: Any
    asked: DemandLine


def parts_of(
    lines: Sequence[Any], barred: Mapping[int, frozenset[int]], most_rejections: int
) -> list[Part]:
    """What to ask for the lines of one order, in their order.

    Components of a kit are asked for together as far as they make whole kits; what one of them
    lacks beyond that completes kits of which the others are kept already."""
    kits = _whole_kits(lines)
    parts = []
    for line in lines:
        asked = DemandLine(
            line.item_id,
            line.backordered,
            barred=barred.get(line.id, NOWHERE),
            stopped=line.rejections >= most_rejections,
        )
        whole = kits.get(line.kit_id, 0) * (line.per_kit or 0)
        if whole:
            together = replace(asked, quantity=whole, kit=line.kit_id, per_kit=line.per_kit)
            parts.append(Part(line, together))
        if whole < line.backordered:
            parts.append(Part(line, replace(asked, quantity=line.backordered - whole)))
    return parts


def _whole_kits(lines: Sequence[Any]) -> dict[Any, Any]:
    """How many whole kits the waiting components ask for; a kit of which not every component
    waits is not among `lines` with all of them, and its components are asked for one by one."""
    components: dict[Any, list[Any]] = defaultdict(list)
    for line in lines:
        if line.kit_id is not None:
            components[line.kit_id].append(line)
    return {
        kit_id: min(line.backordered // line.per_kit for line in own)
        for kit_id, own in components.items()
        if len(own) == own[0].kit_lines
    }
