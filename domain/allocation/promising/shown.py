"""What a customer is told of a promise where its channel does not show how much there is. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from domain.channels.policy import Telling
from domain.promise.policies.promising import LinePromise, Option, Want
from domain.promise.policies.supply_book import Part

ZERO = Decimal(0)


def as_shown(option: Option, wants: Sequence[Want], telling: Telling) -> Option:
    """The option with its dates, and with no more quantities than the channel tells."""
    lines = zip(option.lines, wants, strict=True)
    return replace(option, lines=tuple(_line(line, want, telling) for line, want in lines))


def _line(line: LinePromise, want: Want, telling: Telling) -> LinePromise:
    if telling.tells(want.waiting):
        return line
    if line.short:
        # Parts of it would tell how much there is: all that is told is that it is not enough.
        seen = telling.quantity(want.waiting - line.short) or ZERO
        return LinePromise((), want.waiting - seen)
    return line if len(line.parts) < 2 else LinePromise((_as_one(line),))


def _as_one(line: LinePromise) -> Part:
    """The parts as one: where the last comes from, on the day of the last."""
    last = max(line.parts, key=lambda part: part.due)
    return replace(
        last,
        quantity=sum((part.quantity for part in line.parts), ZERO),
        ships_on=max(part.ships_on for part in line.parts),
        delivers_on=line.delivers_on,
        buying=None,
    )
