"""What happens in allocation beyond the orders themselves."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BackordersLeft(Event):
    """A run served a part of the queue and stock is left: the next part has its turn.

    `aggregate_id` is the first item's id; `after_line_id` is where the run stopped."""

    type = "allocation.backorders_left"
    aggregate = "backorder_queue"
    item_ids: tuple[int, ...]
    after_line_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyActivated(Event):
    """A version of an allocation policy took effect; the versions before it are retired."""

    type = "allocation.policy_activated"
    aggregate = "allocation_policy"
    code: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRetired(Event):
    """A version of an allocation policy went out of effect before its time."""

    type = "allocation.policy_retired"
    aggregate = "allocation_policy"
    code: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationTaken(Event):
    """Stock that an order held went to another one, by an approved override.

    `quantity` is in base units; `given_to` the other order's number."""

    type = "order.allocation_taken"
    aggregate = "order"
    number: str
    status: str
    quantity: str
    given_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCreated(Event):
    """Stock is protected for somebody."""

    type = "allocation.pool_created"
    aggregate = "stock_pool"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolChanged(Event):
    """A pool protects more or less, or to another moment.

    Where it keeps less, `item_ids` are the items that orders wait for."""

    type = "allocation.pool_changed"
    aggregate = "stock_pool"
    code: str
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolEnded(Event):
    """A pool was closed, or its time is over (status closed, expired).

    `item_ids` are the items of it that orders wait for."""

    type = "allocation.pool_ended"
    aggregate = "stock_pool"
    code: str
    status: str
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationStopped(Event):
    """Locations rejected lines of the order too often: they wait for a person."""

    type = "order.allocation_stopped"
    aggregate = "order"
    number: str
    line_ids: tuple[int, ...]
    rejections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionsCleared(Event):
    """A person had every location asked again for lines of the order."""

    type = "order.rejections_cleared"
    aggregate = "order"
    number: str
    line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionsEnded(Event):
    """The time of rejections is over: locations are asked again for lines that wait.

    `aggregate_id` is the first item's id."""

    type = "allocation.rejections_ended"
    aggregate = "backorder_queue"
    item_ids: tuple[int, ...]
    line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequested(Event):
    """A run is to be planned."""

    type = "allocation.run_requested"
    aggregate = "allocation_run"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlanned(Event):
    """A run was planned, or could not be (`status` failed). Figures as they are kept."""

    type = "allocation.run_planned"
    aggregate = "allocation_run"
    number: str
    status: str
    lines_changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgressed(Event):
    """A run is being applied, so far as said; the next part has its turn."""

    type = "allocation.run_progressed"
    aggregate = "allocation_run"
    number: str
    lines_changed: int
    lines_applied: int
    lines_stale: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunApplied(Event):
    """All of a run was applied; what it did not use of these items is free for backorders."""

    type = "allocation.run_applied"
    aggregate = "allocation_run"
    number: str
    lines_applied: int
    lines_stale: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelled(Event):
    """A run was cancelled; what was applied of it stays."""

    type = "allocation.run_cancelled"
    aggregate = "allocation_run"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackorderPrioritySet(Event):
    """From now on backorders queue by these keys."""

    type = "allocation.backorder_priority_set"
    aggregate = "backorder_priority"
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderGaveUp(Event):
    """A run took stock from an order that others need more; `item_ids` are the items."""

    type = "order.gave_up_stock"
    aggregate = "order"
    number: str
    status: str
    run_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationWithdrawn(Event):
    """What was allocated to an order cannot be had: it is not there, or may not leave (`reason`
    oversold, lot_blocked). The order waits for it, and is served from elsewhere if it can be."""

    type = "order.allocation_withdrawn"
    aggregate = "order"
    number: str
    status: str
    reason: str
    withdrawn_item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersLostStock(Event):
    """Allocations of an item were withdrawn; the orders that wait for it have their turn."""

    type = "allocation.orders_lost_stock"
    aggregate = "item"
    reason: str
    item_ids: tuple[int, ...]
