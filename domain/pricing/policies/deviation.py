"""How far a price is from the list's, and whether that is further than allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

HUNDREDTH = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far what is asked for is from what the list asks, both for the same quantity.

    `percent` of the list's, without a sign, or None where no list has a price; `amount_minor` is
    the difference, below zero when it is cheaper than the list."""

    percent: Decimal | None
    amount_minor: int

    @property
    def kind(self) -> str:
        """Either below, above, or without_list."""
        if self.percent is None:
            return "without_list"
        return "below" if self.amount_minor < 0 else "above"


def deviation(*, asked_minor: int, listed_minor: int | None) -> Deviation:
    """The deviation of an amount from the list's, in minor units; of nothing at all on the list,
    and of something for nothing, no percent can be said."""
    if listed_minor is None or (listed_minor == 0 and asked_minor != 0):
        return Deviation(None, asked_minor)
    difference = asked_minor - listed_minor
    if difference == 0:
        return Deviation(Decimal(0), 0)
    with localcontext() as context:
        context.prec = 60
        percent = (abs(Decimal(difference)) * 100 / abs(listed_minor)).quantize(HUNDREDTH)
    return Deviation(percent, difference)


def is_beyond(found: Deviation, limit: Decimal) -> bool:
    """Whether somebody has to approve it: it is further from the list than `limit` percent."""
    return found.percent is None or found.percent > limit


def together(found: Sequence[Deviation]) -> Deviation:
    """The deviations of several lines as one: the furthest of them, and all amounts together. One
    without a percent is the furthest; one below the list makes all of it below."""
    amount = sum(each.amount_minor for each in found)
    below = sum(each.amount_minor for each in found if each.kind == "below")
    percents = [each.percent for each in found if each.percent is not None]
    if len(percents) < len(found):
        return Deviation(None, amount)
    return Deviation(max(percents), below or amount)
