"""Tables of inventory, one module for each thing that is kept."""

from domain.inventory.models.counting import (
    RequestedAdjustment,
    StockCount,
    StockCountLine,
    StockTolerance,
)
from domain.inventory.models.expected import ExpectedSupply, ExpectedSupplyReceipt
from domain.inventory.models.holds import StockHold
from domain.inventory.models.lots import Lot, SerialMovement, SerialNumber
from domain.inventory.models.stock import (
    QUANTITY,
    ItemCost,
    StockBalance,
    StockDocument,
    StockMovement,
    StockReservation,
)
from domain.inventory.models.transfers import TransferLine, TransferOrder

__all__ = [
    "QUANTITY",
    "ExpectedSupply",
    "ExpectedSupplyReceipt",
    "ItemCost",
    "Lot",
    "RequestedAdjustment",
    "SerialMovement",
    "SerialNumber",
    "StockBalance",
    "StockCount",
    "StockCountLine",
    "StockDocument",
    "StockHold",
    "StockMovement",
    "StockReservation",
    "StockTolerance",
    "TransferLine",
    "TransferOrder",
]
