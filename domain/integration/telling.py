"""An event as outsiders are told it: with the ids by which they can ask the API."""

from collections.abc import Mapping
from typing import Any

from domain.kernel.ids import global_id, kind_named

# Columns that are not named after the kind they lead to.
_KINDS = {"owner": "LegalEntity", "entity": "LegalEntity", "reversal": "Journal"}
# Facts for our own workers.
_UNTOLD = ("after_line_id",)


def told_data(aggregate: str, aggregate_id: int, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a message: the aggregate by its global id, and the event's fields."""
    fields = {name: _told(name, value) for name, value in payload.items() if name not in _UNTOLD}
    identity = global_id(kind_named(aggregate), aggregate_id)
    return {"aggregate": aggregate, "aggregate_id": identity, **fields}


def _told(name: str, value: Any) -> Any:
    stem, _, ending = name.rpartition("_")
    if ending == "id" and isinstance(value, int):
        return global_id(_kind(stem), value)
    if ending == "ids" and isinstance(value, list | tuple):
        return [global_id(_kind(stem), each) for each in value]
    return value


def _kind(stem: str) -> str:
    return _KINDS.get(stem) or kind_named(stem)
