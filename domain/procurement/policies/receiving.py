"""How much more or less than ordered may come."""

from decimal import Decimal

HUNDRED = Decimal(100)
ZERO = Decimal(0)


def most(quantity: Decimal, over_percent: Decimal) -> Decimal:
    """The most that may come where so much is to come in all; base units."""
    return quantity * (HUNDRED + over_percent) / HUNDRED


def counts_as_all(received: Decimal, quantity: Decimal, under_percent: Decimal) -> bool:
    """Whether so much received is all: the rest is within the tolerance."""
    return received >= quantity * (HUNDRED - under_percent) / HUNDRED


def is_orderable(quantity: Decimal, minimum: Decimal, pack_size: Decimal) -> bool:
    """Whether a supplier sells that quantity: its least or more, in whole packs."""
    return quantity >= minimum and quantity % pack_size == ZERO
