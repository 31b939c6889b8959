"""Orders as a read right after their writing would give them, without the read."""

from collections.abc import Mapping
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace
from typing import Any

from domain.kernel.quantity import SCALE

_MOMENTS = ("ordered_at", "received_at")


def order_as_read(order_id: int, row: Mapping[str, Any]) -> Any:
    """The order of a row that was inserted under this id."""
    moments = {name: row[name].astimezone(UTC) for name in _MOMENTS}
    known = {"id": order_id, "guarded_holds": [], "rush_approved_minor": None}
    return SimpleNamespace(**{**row, **moments, **known})


def line_as_read(line_id: int, row: Mapping[str, Any], *, currency: str) -> Any:
    """The line of a row that was inserted under this id, with its order's currency."""
    known = {
        "id": line_id,
        "currency": currency,
        "shipped": Decimal(0),
        "promise_at_risk": False,
        "kit_id": row.get("kit_id"),
        "rejections": 0,
        "allocation_stopped": False,
        "backordered": row["quantity"] - row["allocated"] - row["cancelled"],
        # As many decimals as are kept, rounded as the database does.
        "unit_price": row["unit_price"].quantize(SCALE, ROUND_HALF_UP),
    }
    return SimpleNamespace(**{**row, **known})
