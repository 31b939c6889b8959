"""What of a payout is found among what was expected, and what the rest is called. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from domain.finance.policies.settling import Standing, spread
from domain.finance.settlement.told import CHARGEBACK, REFUND, SALE, UNKNOWN

UNKNOWN_ORDER, UNPAID_ORDER, UNKNOWN_REFUND = "unknown_order", "unpaid_order", "unknown_refund"
AMOUNT_DIFFERS, DUPLICATE, ROUNDING = "amount_differs", "duplicate", "rounding"
MISSING, RESERVE, FEE_TOO_HIGH = "missing", "reserve", "fee_too_high"
OTHERS = {CHARGEBACK: "chargeback", "adjustment": "adjustment", UNKNOWN: "unknown_fee"}


@dataclass(frozen=True, slots=True)
class Expected:
    """A payment that waits for a payout: what is left of it, and what that stands at in the
    books."""

    payment_id: int
    uncleared_minor: int
    base_minor: int

    @property
    def standing(self) -> Standing:
        """The same, to be taken apart."""
        return Standing(self.uncleared_minor, self.base_minor)


@dataclass(frozen=True, slots=True)
class Cleared:
    """So much of a payment that was found in a payout (both positive)."""

    payment_id: int
    amount_minor: int
    base_minor: int


@dataclass(frozen=True, slots=True)
class Clearing:
    """What an amount clears, what is left of it, and what is left of the payments that it is of."""

    parts: tuple[Cleared, ...]
    left_minor: int
    short: tuple[Expected, ...]


def clear(amount_minor: int, expected: Sequence[Expected]) -> Clearing:
    """So much (positive) of what waits, the first first."""
    parts, short = [], []
    taken = spread(amount_minor, [each.uncleared_minor for each in expected])
    for each, part in zip(expected, taken, strict=True):
        rest = each.standing
        if part:
            parts.append(Cleared(each.payment_id, part, rest.base_of(part)))
            rest = rest.less(part)
        if rest.open_minor:
            short.append(Expected(each.payment_id, rest.open_minor, rest.base_open_minor))
    return Clearing(tuple(parts), amount_minor - sum(taken), tuple(short))


def name_left(
    kind: str,
    left_minor: int,
    *,
    order_known: bool,
    payments: int,
    settled_before: bool,
    tolerance_minor: int,
) -> str:
    """What is left over of an amount of a kind is called: nothing was expected of it."""
    if kind in OTHERS:
        return OTHERS[kind]
    assert kind in (SALE, REFUND)
    if not order_known:
        return UNKNOWN_ORDER
    if not payments:
        return UNKNOWN_REFUND if kind == REFUND else UNPAID_ORDER
    if left_minor <= tolerance_minor:
        return ROUNDING
    return DUPLICATE if settled_before else AMOUNT_DIFFERS


def name_short(rest_minor: int, *, is_complete: bool, tolerance_minor: int) -> str | None:
    """What is left of a payment after a payout had some of it is called; None: it may still come,
    as the order has not left as a whole."""
    if rest_minor <= tolerance_minor:
        return ROUNDING
    return AMOUNT_DIFFERS if is_complete else None


def fee_beyond(sold_minor: int, fees_minor: int, most_percent: Decimal | None) -> int:
    """By how much fees (positive) are above what is agreed of what was sold."""
    if most_percent is None or sold_minor <= 0:
        return 0
    most = int(Decimal(sold_minor) * most_percent / 100)
    return max(0, fees_minor - most)


def reserve_excess(held_minor: int, kept_minor: int) -> int:
    """How much more a channel gives back (`kept_minor` negative) than it holds of us."""
    return max(0, -(held_minor + kept_minor))


class Course(Enum):
    """What becomes of a payout that a document tells of."""

    BEGIN = "begin"
    EXTEND = "extend"
    REPLACE = "replace"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A payout by what tells whether it is the same one: its total and lines, and in which format
    and with which digest of its lines it came. `digest` None: of a document without lines."""

    format: str
    total_minor: int | None
    lines_minor: int
    digest: str | None
    is_whole: bool


def course_of(standing: Told | None, told: Told) -> Course:
    """What is done with a payout, where `standing` is what is known of it.

    A whole report that differs corrects the one before; the same payout in another format with
    the same total says nothing new."""
    if standing is None:
        return Course.BEGIN
    if not told.is_whole or not standing.is_whole:
        return Course.EXTEND
    if standing.digest == told.digest and standing.total_minor == told.total_minor:
        return Course.SAME
    if standing.format != told.format and standing.lines_minor == told.lines_minor:
        return Course.SAME
    return Course.REPLACE
