"""What happens to orders. `aggregate_id` is the order's id; `item_ids` are those whose stock
became free, so that others who wait for it can be served."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """An order was accepted, with whatever stock it could get."""

    type = "order.placed"
    aggregate = "order"
    number: str
    status: str
    channel_id: int
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAllocated(Event):
    """A waiting order got stock."""

    type = "order.allocated"
    aggregate = "order"
    number: str
    status: str
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmended(Event):
    """Quantities, lines or addresses changed."""

    type = "order.amended"
    aggregate = "order"
    number: str
    status: str
    item_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """The order, or a part of it, will not be shipped any more."""

    type = "order.cancelled"
    aggregate = "order"
    number: str
    status: str
    reason: str | None = None
    item_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHeld(Event):
    """The order must not be released until it is let go."""

    type = "order.held"
    aggregate = "order"
    number: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnheld(Event):
    """The order may be released again."""

    type = "order.unheld"
    aggregate = "order"
    number: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaymentChanged(Event):
    """The state of the order's payment moved on."""

    type = "order.payment_changed"
    aggregate = "order"
    number: str
    payment_state: str
