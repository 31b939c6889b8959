"""How much of everything a tenant may have, by the name of its plan. None: without limit."""

from collections.abc import Mapping
from types import MappingProxyType

STANDARD = "standard"
ORDERS, STORED = "orders_per_month", "stored_megabytes"
QUOTAS = (
    "users",
    "api_keys",
    "legal_entities",
    "locations",
    "channels",
    ORDERS,
    STORED,
)
_SMALL = (10, 5, 2, 5, 5, 5_000, 2_000)
_STANDARD = (1_000, 500, 50, 1_000, 500, 1_000_000, 50_000)
BY_PLAN: Mapping[str, Mapping[str, int | None]] = MappingProxyType(
    {
        "small": MappingProxyType(dict(zip(QUOTAS, _SMALL, strict=True))),
        STANDARD: MappingProxyType(dict(zip(QUOTAS, _STANDARD, strict=True))),
        "large": MappingProxyType(dict.fromkeys(QUOTAS)),
    }
)


def quota_of_plan(plan: str | None, quota: str) -> int | None:
    """How much the plan allows; the standard one where none, or none that is offered, is named."""
    return BY_PLAN.get(plan or STANDARD, BY_PLAN[STANDARD])[quota]
