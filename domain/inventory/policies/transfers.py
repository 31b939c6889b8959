"""Decisions about transfers: values in, decision out. Quantities in base units."""

from collections.abc import Callable, Sequence
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
    """What of an arrival was on its way, and what came beyond that; `damaged` is part of both."""

    expected: Decimal
    over: Decimal
    damaged: Decimal


def actions(status: str, *, may: Callable[[str], bool]) -> list[str]:
    """What may be done with a transfer now, by a caller for whom `may` answers."""
    return list(_ACTIONS.get(status, ())) if may("inventory.transfer") else []


def arrival(quantity: Decimal, damaged: Decimal, *, in_transit: Decimal) -> Arrival:
    """Split what arrived: first what was on its way, then what is too much.

    Raises ValueError unless 0 <= damaged <= quantity."""
    if not 0 <= damaged <= quantity:
        raise ValueError(f"{damaged} of {quantity} cannot be damaged")
    expected = min(quantity, in_transit)
    return Arrival(expected, quantity - expected, damaged)


def status_after(in_transit: Sequence[Decimal]) -> str:
    """What a shipped transfer has come to, from what of each line is on its way still."""
    return PARTLY_RECEIVED if any(left > ZERO for left in in_transit) else RECEIVED
