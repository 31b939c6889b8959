"""A request's headers, decoded once instead of at every look."""

import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope


class DecodedHeaders(Headers):
    """Starlette's headers; where one came several times, the first counts, as there."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._first = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(self.raw)
        }

    def __getitem__(self, key: str) -> str:
        return self._first[key.lower()]

    def __contains__(self, key: Any) -> bool:
        return key.lower() in self._first

    def get(self, key: str, default: Any = None) -> Any:
        """The header, or the default."""
        return self._first.get(key.lower(), default)


def request_id_of(headers: Mapping[str, str]) -> str:
    """The id that the caller gave its request, if it is plain; else a new one."""
    given = headers.get("x-request-id", "")[:64]
    plain = given.isascii() and given.replace("-", "").replace("_", "").replace(".", "").isalnum()
    return given if plain else secrets.token_hex(8)


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as a server sends them."""
    return [(_name(name), value.encode("latin-1", "replace")) for name, value in headers.items()]


@lru_cache(maxsize=64)
def _name(name: str) -> bytes:
    return name.lower().encode("latin-1")
