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
