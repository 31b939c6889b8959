"""Enums of the API in the domain's words, and a row's amounts as money."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

from sqlalchemy.engine import Row

from api.scalars import money


def word(value: Enum | None) -> Any:
    """The domain's word for an enum's value; None stays None."""
    return None if value is None else value.value


def amounts_of(row: Row[Any], names: Iterable[str], currency: str) -> dict[str, Any]:
    """The row's amounts of these names (their columns end in _minor), as money."""
    return {name: money(getattr(row, f"{name}_minor"), currency) for name in names}
