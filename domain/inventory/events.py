"""What happened to stock. Each names the location and items whose supply it may have changed."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReceived(Event):
    """Goods came in."""

    type = "inventory.stock_received"
    aggregate = "stock_document"
    number: str
    location_id: int
    owner_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAdjusted(Event):
    """What is on hand was corrected."""

    type = "inventory.stock_adjusted"
    aggregate = "stock_document"
    number: str
    location_id: int
    owner_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockStateChanged(Event):
    """Goods were put into another state, or back."""

    type = "inventory.stock_state_changed"
    aggregate = "stock_document"
    number: str
    location_id: int
    owner_id: int
    item_ids: tuple[int, ...]
    from_state: str
    to_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyStockSet(Event):
    """What is kept back of a balance changed."""

    type = "inventory.safety_stock_set"
    aggregate = "stock_balance"
    location_id: int
    owner_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LotChanged(Event):
    """A lot was released, quarantined, recalled, or its days were corrected."""

    type = "inventory.lot_changed"
    aggregate = "lot"
    item_ids: tuple[int, ...]
    lot: str
    status: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockHeld(Event):
    """A cart or a quote keeps stock for itself until a moment."""

    type = "inventory.stock_held"
    aggregate = "stock_hold"
    kind: str
    holder: str
    expires_at: str
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockHoldReleased(Event):
    """What a cart or a quote kept became free before its time."""

    type = "inventory.stock_hold_released"
    aggregate = "stock_hold"
    location_ids: tuple[int, ...]
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockHoldsExpired(Event):
    """The time of holds was over; what they kept became free. `aggregate_id` is the first one."""

    type = "inventory.stock_holds_expired"
    aggregate = "stock_hold"
    hold_ids: tuple[int, ...]
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KitsAssembled(Event):
    """Kits were put together from components, or (`assembled` false) taken apart."""

    type = "inventory.kits_assembled"
    aggregate = "stock_document"
    number: str
    location_id: int
    owner_id: int
    item_ids: tuple[int, ...]
    assembled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSupplyChanged(Event):
    """Supply that is to come was announced, moved, changed or came; or will not come.

    `what` is announced, changed, cancelled or received. Of many at once, one event for each."""

    type = "inventory.expected_supply_changed"
    aggregate = "expected_supply"
    what: str
    item_ids: tuple[int, ...]
    location_id: int
    expected_on: str
    open: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSupplyOverdue(Event):
    """Supply should have come by now; told once a day, for many at once."""

    type = "inventory.expected_supply_overdue"
    aggregate = "expected_supply"
    supply_ids: tuple[int, ...]
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted(Event):
    """A count was closed, or a snapshot was looked through; `status` says what became of it."""

    type = "inventory.stock_counted"
    aggregate = "stock_count"
    number: str
    kind: str
    location_id: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StockOversold(Event):
    """Less was found than is promised; nothing was taken from anybody. Somebody has to decide."""

    type = "inventory.stock_oversold"
    aggregate = "stock_count"
    location_id: int
    oversold_item_ids: tuple[int, ...]
    order_line_ids: tuple[int, ...]
    transfer_line_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReleased(Event):
    """Stock of the source is promised to a transfer from now on."""

    type = "inventory.transfer_released"
    aggregate = "transfer_order"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferShipped(Event):
    """Goods are on their way; `item_ids` are those of which less left than was kept for it."""

    type = "inventory.transfer_shipped"
    aggregate = "transfer_order"
    number: str
    source_id: int
    destination_id: int
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReceived(Event):
    """Goods that were on their way arrived."""

    type = "inventory.transfer_received"
    aggregate = "transfer_order"
    number: str
    location_id: int
    status: str
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnded(Event):
    """A transfer was cancelled, or what was still on its way was given up; `item_ids` are those
    that became free at the source."""

    type = "inventory.transfer_ended"
    aggregate = "transfer_order"
    number: str
    status: str
    item_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedCostBooked(Event):
    """Freight, duty and the like were spread over receipts, or that was taken back (`status`).
    The amount is in minor units of the entity's currency."""

    type = "inventory.landed_cost_booked"
    aggregate = "landed_cost"
    number: str
    entity_id: int
    status: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRevalued(Event):
    """Stock is worth something else: it was written down (`kind`), that was taken back, it was
    revalued by hand, by another method or standard, or what it cost became known."""

    type = "inventory.stock_revalued"
    aggregate = "stock_revaluation"
    number: str
    entity_id: int
    kind: str
    difference_minor: int
    item_ids: tuple[int, ...]
