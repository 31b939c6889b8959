"""How far one line of an order is while it is being served. Pure; quantities in base units."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.allocation.demand import DemandLine
from domain.allocation.shelf import Take


@dataclass(slots=True)
class LineTurn:
    """How far one line is: what it took, and what is known of each location by id."""

    line: DemandLine
    missing: Decimal
    takes: list[Take] = field(default_factory=list)
    had: dict[int, Decimal] = field(default_factory=dict)
    chosen: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    values: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)
    strategies: list[str] = field(default_factory=list)
    criteria: tuple[str, ...] = ()
