"""What a supplier answers about a line: as it was asked, or a proposal that differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an order's line asks for still: what is not sent, by when, at which price at most."""

    unsent: Decimal
    wanted_on: date
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Answered:
    """What would come (quantities with their days) at a price; `cut` will not come. What is
    neither promised nor cut follows later."""

    promised: tuple[tuple[Decimal, date], ...]
    unit_price: Decimal
    cut: Decimal = ZERO


class TooMuch(Exception):
    """More is promised than the line asks for. Its fields: promised, unsent."""

    def __init__(self, promised: Decimal, unsent: Decimal) -> None:
        super().__init__(f"{promised} of {unsent}")
        self.promised, self.unsent = promised, unsent


def answer(
    asked: Asked,
    promised: Sequence[tuple[Decimal, date]],
    *,
    unit_price: Decimal | None,
    rest_follows: bool,
) -> Answered:
    """The answer in full: what is not promised is cut, unless it follows. Raises TooMuch."""
    total = sum((quantity for quantity, _ in promised), ZERO)
    if total > asked.unsent:
        raise TooMuch(total, asked.unsent)
    price = asked.unit_price if unit_price is None else unit_price
    return Answered(tuple(promised), price, ZERO if rest_follows else asked.unsent - total)


def is_as_asked(asked: Asked, given: Answered) -> bool:
    """Whether nobody has to decide: nothing is cut, late, or dearer."""
    late = any(day > asked.wanted_on for _, day in given.promised)
    return not (given.cut or late or given.unit_price > asked.unit_price)


def still_to_send(given: Answered, unsent: Decimal) -> Answered:
    """The answer as far as it speaks of what is not sent yet: what was sent since, was sent of
    what was promised first."""
    total = sum((quantity for quantity, _ in given.promised), ZERO)
    cut = min(given.cut, unsent)
    gone = max(total - (unsent - cut), ZERO)
    left = []
    for quantity, day in sorted(given.promised, key=lambda each: each[1]):
        taken = min(quantity, gone)
        gone -= taken
        if quantity > taken:
            left.append((quantity - taken, day))
    return Answered(tuple(left), given.unit_price, cut)
