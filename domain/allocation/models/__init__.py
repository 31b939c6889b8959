"""Tables of allocation: the policies, and what was allocated and why."""

from domain.allocation.models.decisions import (
    QUANTITY,
    Allocation,
    AllocationDecision,
    AllocationPolicy,
    AllocationPolicyLocation,
)

__all__ = [
    "QUANTITY",
    "Allocation",
    "AllocationDecision",
    "AllocationPolicy",
    "AllocationPolicyLocation",
]
