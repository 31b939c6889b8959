"""Rows of many parents, brought home to each."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.engine import Row


def grouped(ids: Iterable[int], rows: Sequence[Row[Any]], *, key: str) -> dict[int, list[Row[Any]]]:
    """The rows of every id by their column `key`, in their order; none gives an empty list."""
    found: dict[int, list[Row[Any]]] = {parent: [] for parent in ids}
    for row in rows:
        found[getattr(row, key)].append(row)
    return found
