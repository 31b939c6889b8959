"""Decisions about transfers: values in, decision out. Quantities in base units."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.inventory.policy import ZERO

DRAFT, RELEASED, SHIPPED = "draft", "released", "shipped"
PARTLY_RECEIVED, RECEIVED, CANCELLED = "partly_received", "received", "cancelled"
ON_ITS_WAY = (SHIPPED, PARTLY_RECEIVED)
_ACTIONS = {
    DRAFT: ("release", "cancel"),
    RELEASED: ("ship", "cancel"),
    SHIPPED: ("receive", "close"),
    PARTLY_RECEIVED: ("receive", "close"),
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What of an arrival was on its way, and what came beyond that, with what of each is
    damaged."""

    expected: Decimal
    over: Decimal
    damaged: Decimal
    damaged_over: Decimal


def actions(status: str, *, may: Callable[[str], bool]) -> list[str]:
    """What may be done with a transfer now, by a caller for whom `may` answers."""
    return list(_ACTIONS.get(status, ())) if may("inventory.transfer") else []


def arrival(quantity: Decimal, damaged: Decimal, *, in_transit: Decimal) -> Arrival:
    """Split what arrived: first what was on its way, then what is too much.

    Raises ValueError unless 0 <= damaged <= quantity."""
    if not 0 <= damaged <= quantity:
        raise ValueError(f"{damaged} of {quantity} cannot be damaged")
    expected = min(quantity, in_transit)
    of_expected = min(damaged, expected)
    return Arrival(expected, quantity - expected, of_expected, damaged - of_expected)


def arrival_of_pieces(
    serials: Collection[str], damaged: Collection[str], *, on_their_way: Collection[str]
) -> Arrival:
    """The same of pieces that are named: those that were on their way, and those that were not."""
    over = [code for code in serials if code not in on_their_way]
    damaged_over = sum(code in damaged for code in over)
    return Arrival(
        Decimal(len(serials) - len(over)),
        Decimal(len(over)),
        Decimal(len(damaged) - damaged_over),
        Decimal(damaged_over),
    )


def status_after(in_transit: Sequence[Decimal]) -> str:
    """What a shipped transfer has come to, from what of each line is on its way still."""
    return PARTLY_RECEIVED if any(left > ZERO for left in in_transit) else RECEIVED
