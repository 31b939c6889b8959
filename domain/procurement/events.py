"""What happens to purchase orders."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderSent(Event):
    """A supplier was sent an order; from now on it sees it, and its goods are to come."""

    type = "procurement.order_sent"
    aggregate = "purchase_order"
    number: str
    supplier_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderAnswered(Event):
    """A supplier confirmed lines as they were asked, or proposes something else, which waits for
    the buyer (`proposed_lines`)."""

    type = "procurement.order_answered"
    aggregate = "purchase_order"
    number: str
    supplier_id: int
    status: str
    confirmation: int
    accepted_lines: tuple[int, ...]
    proposed_lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseProposalDecided(Event):
    """The buyer accepted or refused what a supplier proposed."""

    type = "procurement.proposal_decided"
    aggregate = "purchase_order"
    number: str
    supplier_id: int
    status: str
    confirmation: int
    accepted: bool
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderShipped(Event):
    """A supplier sent goods (`notice` is its own number of the ship notice)."""

    type = "procurement.order_shipped"
    aggregate = "purchase_order"
    number: str
    supplier_id: int
    status: str
    notice: str
    expected_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderReceived(Event):
    """Goods of an order came, all or some."""

    type = "procurement.order_received"
    aggregate = "purchase_order"
    number: str
    supplier_id: int
    status: str
    document: str
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCancellationAsked(Event):
    """The buyer asks the supplier to let go an order that it has confirmed."""

    type = "procurement.cancellation_asked"
    aggregate = "purchase_order"
    number: str
    supplier_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCancellationAnswered(Event):
    """The supplier let an order go, as far as it is not sent; or did not."""

    type = "procurement.cancellation_answered"
    aggregate = "purchase_order"
    number: str
    supplier_id: int
    status: str
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderEnded(Event):
    """Nothing more will come of an order: all was received, or it was cancelled or closed."""

    type = "procurement.order_ended"
    aggregate = "purchase_order"
    number: str
    supplier_id: int
    status: str
