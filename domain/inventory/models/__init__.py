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
from domain.inventory.models.revaluing import (
    LandedCharge,
    LandedCost,
    LandedShare,
    RevaluationLine,
    StockRevaluation,
)
from domain.inventory.models.stock import (
    QUANTITY,
    ItemCost,
    StockBalance,
    StockDocument,
    StockMovement,
    StockReservation,
)
from domain.inventory.models.transfers import TransferLine, TransferOrder
from domain.inventory.models.valuation import (
    CostChange,
    CostingMethod,
    CostingRule,
    CostIssue,
    CostLayer,
    CostTaking,
)

__all__ = [
    "QUANTITY",
    "CostChange",
    "CostIssue",
    "CostLayer",
    "CostTaking",
    "CostingMethod",
    "CostingRule",
    "ExpectedSupply",
    "ExpectedSupplyReceipt",
    "ItemCost",
    "LandedCharge",
    "LandedCost",
    "LandedShare",
    "Lot",
    "RequestedAdjustment",
    "RevaluationLine",
    "SerialMovement",
    "SerialNumber",
    "StockBalance",
    "StockCount",
    "StockCountLine",
    "StockDocument",
    "StockHold",
    "StockMovement",
    "StockReservation",
    "StockRevaluation",
    "StockTolerance",
    "TransferLine",
    "TransferOrder",
]
