"""An event as outsiders are told it: with the ids by which they can ask the API."""

from collections.abc import Mapping
from typing import Any

from domain.kernel.ids import global_id, kind_named

# Fields that are not named after the kind they lead to.
_KINDS = {
    "owner": "LegalEntity",
    "entity": "LegalEntity",
    "reversal": "Journal",
    "source": "Location",
    "destination": "Location",
    "line": "OrderLine",
    "hold": "StockHold",
    "run": "AllocationRun",
    "supply": "ExpectedSupply",
    "oversold_item": "Item",
    "withdrawn_item": "Item",
    "from_user": "User",
    "to_user": "User",
}
# Facts for our own workers.
UNTOLD = ("after_line_id",)


def told_data(aggregate: str, aggregate_id: int, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a message: the aggregate by its global id, and the event's fields."""
    fields = {name: _told(name, value) for name, value in payload.items() if name not in UNTOLD}
    identity = global_id(kind_named(aggregate), aggregate_id)
    return {"aggregate": aggregate, "aggregate_id": identity, **fields}


def _told(name: str, value: Any) -> Any:
    stem, _, ending = name.rpartition("_")
    if ending == "id" and isinstance(value, int):
        return global_id(kind_of(stem), value)
    if ending == "ids" and isinstance(value, list | tuple):
        return [global_id(kind_of(stem), each) for each in value]
    return value


def kind_of(stem: str) -> str:
    """The kind that a field leads to, by its name without _id or _ids."""
    return _KINDS.get(stem) or kind_named(stem)
