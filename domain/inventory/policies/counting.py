"""Decisions about counts and snapshots: values in, decision out. Quantities in base units."""

from dataclasses import dataclass
from decimal import Decimal

from domain.inventory.policy import ZERO, States, shortage

EVEN, WITHIN, ABOVE = "even", "within", "above"
OVERSOLD, SUPERSEDED, PIECES, UNKNOWN, OPEN = (
    "oversold",
    "superseded",
    "pieces",
    "unknown",
    "open",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far stock may be corrected without anybody's yes; what is None does not limit.

    `percent` is of what was expected, `value_minor` in minor units of the owner's currency."""

    quantity: Decimal | None = None
    percent: Decimal | None = None
    value_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found of a balance: all of it (or what of it may be sold, if `is_available`), and
    what of it is held or damaged (None: not told)."""

    on_hand: Decimal
    is_available: bool = False
    quality_control: Decimal | None = None
    damaged: Decimal | None = None


def difference(found: Found, books: States) -> States:
    """What has to be added to the books, as they were then, to become what was found."""
    before = books.free if found.is_available else books.on_hand
    return States(
        on_hand=found.on_hand - before,
        quality_control=_less(found.quality_control, books.quality_control),
        damaged=_less(found.damaged, books.damaged),
    )


def _less(found: Decimal | None, books: Decimal) -> Decimal:
    return ZERO if found is None else found - books


def books_then(now: States, since: States) -> States:
    """What the books held at a moment, from what they hold now and what moved since."""
    return States(
        now.on_hand - since.on_hand,
        now.reserved - since.reserved,
        now.quality_control - since.quality_control,
        now.damaged - since.damaged,
    )


def is_within(
    tolerance: Tolerance | None, change: States, *, expected: Decimal, value_minor: int
) -> bool:
    """Whether a correction needs nobody's yes. Without a tolerance every one does.

    It must keep every limit that is given; of nothing expected any find is above a percentage."""
    if tolerance is None:
        return False
    amount = max(abs(change.on_hand), abs(change.quality_control), abs(change.damaged))
    if tolerance.quantity is not None and amount > tolerance.quantity:
        return False
    if tolerance.percent is not None and amount * 100 > tolerance.percent * abs(expected):
        return False
    return tolerance.value_minor is None or abs(value_minor) <= tolerance.value_minor


def verdict(
    change: States,
    *,
    now: States,
    tolerance: Tolerance | None,
    expected: Decimal,
    value_minor: int,
) -> str:
    """What is to be done about a difference: nothing (even), book it (within), ask first (above),
    or decide about orders first, because more is promised than is there (oversold)."""
    if change == States():
        return EVEN
    if shortage(now, change) is not None:
        return OVERSOLD
    within = is_within(tolerance, change, expected=expected, value_minor=value_minor)
    return WITHIN if within else ABOVE
