"""How far an order has come, and what may be done with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
DRAFT, SENT, PARTLY_CONFIRMED, CONFIRMED = "draft", "sent", "partly_confirmed", "confirmed"
SHIPPED, PARTLY_RECEIVED, RECEIVED = "shipped", "partly_received", "received"
CLOSED, CANCELLED = "closed", "cancelled"
UNDER_WAY = (SENT, PARTLY_CONFIRMED, CONFIRMED, SHIPPED, PARTLY_RECEIVED)
BEGUN = (SHIPPED, PARTLY_RECEIVED)
_OF_BUYER = {
    DRAFT: ("revise", "send", "cancel"),
    SENT: ("cancel",),
    PARTLY_CONFIRMED: ("cancel",),
    CONFIRMED: ("cancel",),
    SHIPPED: ("cancel", "close"),
    PARTLY_RECEIVED: ("cancel", "close"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """What became of an order's line so far; base units."""

    quantity: Decimal
    confirmed: Decimal = ZERO
    shipped: Decimal = ZERO
    received: Decimal = ZERO
    cancelled: Decimal = ZERO

    @property
    def open(self) -> Decimal:
        """What is to come still."""
        return max(self.quantity - self.cancelled - self.received, ZERO)


def status_of(lines: Sequence[LineState]) -> str:
    """How far an order that was sent has come by itself, from its lines."""
    some_came = any(line.received for line in lines)
    if not any(line.open for line in lines):
        return RECEIVED if some_came else CANCELLED
    if some_came:
        return PARTLY_RECEIVED
    if any(line.shipped for line in lines):
        return SHIPPED
    if all(line.confirmed + line.cancelled >= line.quantity for line in lines):
        return CONFIRMED
    return PARTLY_CONFIRMED if any(line.confirmed for line in lines) else SENT


def cancels_at_once(lines: Sequence[LineState]) -> bool:
    """Whether the buyer may still let the order go alone: the supplier has promised nothing."""
    return not any(line.confirmed or line.shipped or line.received for line in lines)


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits for somebody's word: a proposal for the buyer's, a wish to cancel for the
    supplier's."""

    proposal: bool = False
    cancellation: bool = False


def actions(status: str, pending: Pending, *, may: Callable[[str], bool]) -> list[str]:
    """What a caller, for whom `may` answers, may do with an order now."""
    under_way = status in UNDER_WAY
    allowed: list[str] = []
    if may("procurement.manage"):
        asked = {"cancel"} if pending.cancellation else set()
        allowed += [each for each in _OF_BUYER.get(status, ()) if each not in asked]
        allowed += ["decide_proposal"] if under_way and pending.proposal else []
    if under_way and may("procurement.confirm"):
        allowed.append("confirm")
        allowed += ["answer_cancellation"] if pending.cancellation else []
    if under_way and may("procurement.ship"):
        allowed.append("ship")
    if under_way and may("procurement.receive"):
        allowed.append("receive")
    return allowed
