"""What a measurement gives, and how it is shown and kept."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Result:
    """One ratio beside its goal; `raw` holds what was measured."""

    name: str
    ratio: float
    goal: str
    holds: bool
    raw: Mapping[str, Any]

    @classmethod
    def at_most(cls, name: str, ratio: float, goal: float, raw: Mapping[str, Any]) -> Self:
        """A ratio that shall not be above its goal."""
        return cls(name, round(ratio, 2), f"<= {goal:g}", ratio <= goal, raw)

    @classmethod
    def at_least(cls, name: str, ratio: float, goal: float, raw: Mapping[str, Any]) -> Self:
        """A ratio that shall not be below its goal."""
        return cls(name, round(ratio, 2), f">= {goal:g}", ratio >= goal, raw)


def paired(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of neighbouring rounds: whatever the machine does meanwhile, it
    does to both."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def show(results: Iterable[Result]) -> None:
    """A table of all results."""
    for result in results:
        mark = "holds" if result.holds else "FAILS"
        raw = ", ".join(f"{name} {value}" for name, value in result.raw.items())
        print(f"{result.name:<52} {result.ratio:>8.2f}  {result.goal:<7} {mark}  ({raw})")


def write(results: Iterable[Result], path: Path) -> None:
    """All results as JSON."""
    path.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
