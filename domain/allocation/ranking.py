"""In which order locations are asked: the criteria, one after the other. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple

from domain.allocation.demand import Site
from domain.allocation.rules import BY_CRITERION
from domain.allocation.shelf import ZERO

# Up to so many locations, all combinations are tried; beyond it the best next one is taken.
EXACT_UP_TO = 8


class Ranked(NamedTuple):
    """A location in its place: the values that put it there, and the key they make."""

    key: tuple[Any, ...]
    site: Site
    rank: int
    values: tuple[Any, ...]


def ordering_of(criterion: str, value: Any) -> Any:
    """What a criterion's value is compared by: the smaller goes first, the unknown last."""
    if criterion in ("stock_depth", "capacity"):
        return (0, ZERO) if value is None and criterion == "capacity" else (1, -(value or ZERO))
    return (1, 0) if value is None else (0, value)


def deciding_rule(criteria: Sequence[str], first: Ranked, second: Ranked | None) -> str:
    """The rule for why the first location came before the second: the first criterion in which
    they differ, or the foremost when nothing else was to be had."""
    if second is not None:
        for criterion, mine, other in zip(criteria, first.key, second.key, strict=False):
            if mine != other:
                return BY_CRITERION[criterion]
    return BY_CRITERION[criteria[0]]


def fewest_places(
    wanted: Sequence[Decimal],
    has: Sequence[Sequence[Decimal]],
    *,
    have: Sequence[int] = (),
    most: int,
) -> tuple[tuple[int, ...], bool]:
    """The fewest locations that together have all that is wanted, by position, and whether they
    do have all.

    `has[n]` is what location n has of each wanted item; `have` are locations that are used in any
    case, and at most `most` others are added. Of equal sets the earlier positions win. When no
    set has all, or there are many locations, the one with most of it is added, one by one."""
    others = [n for n in range(len(has)) if n not in have]
    held, whole = tuple(have), sum(wanted, ZERO)
    if _served(wanted, has, held) == whole:
        return held, True
    if len(others) <= EXACT_UP_TO and _served(wanted, has, range(len(has))) == whole:
        for size in range(1, min(most, len(others)) + 1):
            for chosen in combinations(others, size):
                if _served(wanted, has, held + chosen) == whole:
                    return held + chosen, True
    return _greedy(wanted, has, held, others, most)


def _greedy(
    wanted: Sequence[Decimal],
    has: Sequence[Sequence[Decimal]],
    held: tuple[int, ...],
    others: list[int],
    most: int,
) -> tuple[tuple[int, ...], bool]:
    whole, served = sum(wanted, ZERO), _served(wanted, has, held)
    while served < whole and others and most:
        best = max(others, key=lambda n: (_served(wanted, has, (*held, n)), -n))
        more = _served(wanted, has, (*held, best))
        if more == served:
            break
        held, served, most = (*held, best), more, most - 1
        others.remove(best)
    return held, served == whole


def _served(
    wanted: Sequence[Decimal], has: Sequence[Sequence[Decimal]], places: Sequence[int]
) -> Decimal:
    if len(places) == 1:
        only = has[places[0]]
        return sum((min(want, only[n]) for n, want in enumerate(wanted)), ZERO)
    return sum(
        (min(want, sum((has[p][n] for p in places), ZERO)) for n, want in enumerate(wanted)), ZERO
    )
