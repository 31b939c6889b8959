"""By which shipments goods left that come back: the first that left are the first that are back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple


class Left(NamedTuple):
    """So much of an order's line (base units) left with a shipment."""

    shipment_id: int
    quantity: Decimal


def shares_of(
    left: Sequence[Left], *, before: Decimal, quantity: Decimal
) -> list[tuple[int | None, Decimal]]:
    """The shipments of `quantity` that comes back after `before` has; what is more than all that
    left is of none."""
    shares: list[tuple[int | None, Decimal]] = []
    skipped, wanted = before, quantity
    for each in left:
        passed = min(skipped, each.quantity)
        skipped -= passed
        taken = min(wanted, each.quantity - passed)
        if taken > 0:
            shares.append((each.shipment_id, taken))
            wanted -= taken
    if wanted > 0:
        shares.append((None, wanted))
    return shares
