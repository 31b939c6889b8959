"""How one document changes an order that an earlier one ordered: X12 860, EDIFACT ORDCHG."""

from dataclasses import dataclass
from typing import Literal

LineAction = Literal["add", "remove", "change", "increase", "decrease", "replace_item", "keep"]


@dataclass(frozen=True, slots=True)
class Change:
    """What kind of change a document is.

    `number` is its own, by which it is told when it is sent again; `sequence` counts the changes
    of an order. `replaces_lines`: its lines are all that is left of the order's; otherwise it
    speaks of those that it names. `lines_are_counted`: its line numbers count its own lines, unless
    they are the only thing that names one; otherwise they are the order's."""

    number: str | None = None
    sequence: int = 0
    replaces_lines: bool = False
    lines_are_counted: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """What of an order a change speaks of; all else stays as it is here.

    `lines` are by the source's own names of lines, None for all of them."""

    lines: frozenset[str] | None = None
    ship_to: bool = False
    bill_to: bool = False
    days: bool = False
