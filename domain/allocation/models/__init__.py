"""Tables of allocation: the policies, what was allocated and why, and runs over many orders."""

from domain.allocation.models.decisions import QUANTITY, Allocation, AllocationDecision
from domain.allocation.models.policies import (
    AllocationPolicy,
    AllocationPolicyContent,
    AllocationPolicyLocation,
    LaneCost,
)
from domain.allocation.models.pools import StockPool, StockPoolItem
from domain.allocation.models.rejections import AllocationRejection
from domain.allocation.models.runs import AllocationRun, AllocationRunLine, BackorderPriority

__all__ = [
    "QUANTITY",
    "Allocation",
    "AllocationDecision",
    "AllocationPolicy",
    "AllocationPolicyContent",
    "AllocationPolicyLocation",
    "AllocationRejection",
    "AllocationRun",
    "AllocationRunLine",
    "BackorderPriority",
    "LaneCost",
    "StockPool",
    "StockPoolItem",
]
