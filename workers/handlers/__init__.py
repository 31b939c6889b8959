"""What is done about events, one module for each area. Importing it registers them all."""

from workers.handlers import (
    allocation,
    allocation_runs,
    finance,
    governance,
    intake,
    onboarding,
    orders,
    promises,
    returns,
    settlement,
    webhooks,
)
from workers.registry import HANDLERS

__all__ = [
    "HANDLERS",
    "allocation",
    "allocation_runs",
    "finance",
    "governance",
    "intake",
    "onboarding",
    "orders",
    "promises",
    "returns",
    "settlement",
    "webhooks",
]
