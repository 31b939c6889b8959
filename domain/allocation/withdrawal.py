"""Which allocations give way when a line needs less. Pure: values in, decision out."""

from collections.abc import Sequence
from decimal import Decimal

ZERO = Decimal(0)


def withdraw(
    quantity: Decimal, *, backordered: Decimal, allocations: Sequence[tuple[int, Decimal]]
) -> list[tuple[int, Decimal]] | None:
    """How much to take from which allocation (id, quantity; oldest first) for a line to need
    `quantity` less: first what waits for stock, then the newest allocation.

    None when the line has not that much to give."""
    needed = quantity - min(quantity, backordered)
    taken = []
    for allocation_id, held in reversed(allocations):
        part = min(needed, held)
        if part > 0:
            taken.append((allocation_id, part))
            needed -= part
    return None if needed > 0 else taken
