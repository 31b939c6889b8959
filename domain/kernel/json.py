"""JSON as this project writes it: decimals as strings, moments with their offset."""

from decimal import Decimal
from typing import Any

import orjson


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, frozenset | set | tuple):
        return sorted(value) if isinstance(value, frozenset | set) else list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def dump(value: Any) -> str:
    """The JSON text of `value`; mappings keep their order. Raises TypeError on unknown types."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def dump_canonical(value: Any) -> bytes:
    """JSON bytes with sorted keys: equal values give equal bytes, for hashing."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS)


def load(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError when it is not JSON."""
    return orjson.loads(text)
