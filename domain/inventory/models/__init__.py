"""Tables of inventory, one module for each thing that is kept."""

from domain.inventory.models.stock import (
    QUANTITY,
    ItemCost,
    StockBalance,
    StockDocument,
    StockMovement,
    StockReservation,
)

__all__ = [
    "QUANTITY",
    "ItemCost",
    "StockBalance",
    "StockDocument",
    "StockMovement",
    "StockReservation",
]
