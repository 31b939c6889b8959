"""Inputs of updates: what is left out stays as it was, null clears."""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from strawberry.types.unset import UNSET

# What most fields hold; no enum is among them.
PLAIN = frozenset({type(None), str, bool, int, list, Decimal})


def given(value: Any, *names: str) -> dict[str, Any]:
    """The fields of a strawberry input that the client sent; all of them, or the named ones."""
    kind: Any = type(value)
    return {
        name: field if type(field) in PLAIN else _plain(field)
        for name in names or _names_of(kind)
        if (field := getattr(value, name)) is not UNSET
    }


@cache
def _names_of(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _plain(value: Any) -> Any:
    """The domain speaks in words, not in the API's enums."""
    return value.value if isinstance(value, Enum) else value


# Of a name that the client made up itself, so much comes back.
LONGEST_STEP = 100


def input_path(path: Sequence[str | int]) -> list[str | int]:
    """A path as the client wrote its input: camelCase names, and positions."""
    return [_camel(step)[:LONGEST_STEP] if isinstance(step, str) else step for step in path]


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
