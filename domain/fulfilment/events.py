"""What happens in the warehouses. Events of an order bear the order's id as `aggregate_id`."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReleased(Event):
    """Warehouses were told to work on the order. `waiting_line_ids` are components of kits that
    stayed behind, because not every component is there."""

    type = "order.released"
    aggregate = "order"
    number: str
    status: str
    fulfilment_order_ids: tuple[int, ...]
    waiting_line_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped(Event):
    """Goods of the order left a location; `status` tells whether all of it has left now."""

    type = "order.shipped"
    aggregate = "order"
    number: str
    status: str
    shipment_id: int
    shipment_number: str
    fulfilment_order_id: int
    location_id: int
    carrier: str | None
    tracking_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDelivered(Event):
    """Goods of the order reached their customer."""

    type = "order.delivered"
    aggregate = "order"
    number: str
    shipment_id: int
    shipment_number: str
    delivered_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRecorded(Event):
    """A warehouse picked. `item_ids` are those it could not find: they wait again."""

    type = "order.picked"
    aggregate = "order"
    number: str
    fulfilment_order_id: int
    status: str
    item_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPacked(Event):
    """A warehouse packed cartons."""

    type = "order.packed"
    aggregate = "order"
    number: str
    fulfilment_order_id: int
    status: str
    sscc: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentCancelled(Event):
    """A warehouse's work was called off; the stock stays reserved for the order."""

    type = "order.fulfilment_cancelled"
    aggregate = "order"
    number: str
    fulfilment_order_id: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentRejected(Event):
    """A location rejected what it was given to do, or a part; `item_ids` wait for stock again.

    `stock` says what became of goods that it did not find: taken off the books (booked), or asked
    for (requested)."""

    type = "order.fulfilment_rejected"
    aggregate = "order"
    number: str
    status: str
    fulfilment_order_id: int
    location_id: int
    reason: str
    line_ids: tuple[int, ...]
    item_ids: tuple[int, ...]
    stock: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentAccepted(Event):
    """A location that was asked takes the work on."""

    type = "order.fulfilment_accepted"
    aggregate = "order"
    number: str
    status: str
    fulfilment_order_id: int
    location_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentCancellationChanged(Event):
    """A location is asked to let go of work that it has accepted, or refuses to (`answer`)."""

    type = "order.fulfilment_cancellation_changed"
    aggregate = "order"
    number: str
    status: str
    fulfilment_order_id: int
    location_id: int
    answer: str
    reason: str | None = None
