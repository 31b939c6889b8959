"""What a reader of payouts hands on, and how it says what is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.finance.settlement.told import ToldLine, ToldPayout
from domain.intake.document import Problem
from domain.intake.formats.excerpts import excerpt

Said = ToldLine | Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledReport:
    """A document of payouts. `lines` reads its lines from the beginning, one at a time, with the
    problems where they stand; it may be called again."""

    format: str
    payouts: tuple[ToldPayout, ...]
    lines: Callable[[], Iterator[Said]]
    problems: tuple[Problem, ...] = ()


def wrong(place: str, field: str, value: object, wanted: str) -> Problem:
    """A value that cannot be read: in which line and field, and what was wanted."""
    return Problem(
        "value_invalid",
        f"{place}, {field}",
        f"{field} is {excerpt(value)!r} in {place}; {wanted} is wanted.",
        "Download the report again as the channel makes it, and send it unchanged.",
    )


def missing(place: str, field: str) -> Problem:
    """A value that has to be there."""
    return Problem(
        "value_missing",
        f"{place}, {field}",
        f"{field} is missing in {place}.",
        "Download the report again as the channel makes it, and send it unchanged.",
    )
