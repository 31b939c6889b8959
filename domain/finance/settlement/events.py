"""What happens to payouts of channels."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReceived(Event):
    """A report of a payout came in; more of it is still to be read where it is `reading`."""

    type = "settlement.received"
    aggregate = "payout"
    channel_id: int
    external_id: str
    message_id: int | None
    reading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRead(Event):
    """A part of a large report was read, of which so many `lines` were new: the next has its turn,
    from the line on before which so many were `read`."""

    type = "settlement.read_on"
    aggregate = "payout"
    message_id: int
    lines: int
    read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementPosted(Event):
    """A payout is in the books; amounts are minor units of `currency`. `differences`: how many of
    its amounts are not explained."""

    type = "settlement.posted"
    aggregate = "payout"
    channel_id: int
    external_id: str
    currency: str
    total_minor: int
    differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementFailed(Event):
    """A payout that is in the books did not arrive: the channel has it again; the amount is minor
    units of `currency`."""

    type = "settlement.failed"
    aggregate = "payout"
    channel_id: int
    external_id: str
    currency: str
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReplaced(Event):
    """A corrected report took the place of a payout's; what was posted of it is reversed."""

    type = "settlement.replaced"
    aggregate = "payout"
    channel_id: int
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceResolved(Event):
    """Nothing of a difference lies on the clearing account any more, by what was done."""

    type = "settlement.difference_resolved"
    aggregate = "payout_difference"
    channel_id: int
    kind: str
    resolution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderInPayout(Event):
    """An order is here that a payout had before it was known, or known to be paid."""

    type = "settlement.order_known"
    aggregate = "payout_order"
    order_id: int
