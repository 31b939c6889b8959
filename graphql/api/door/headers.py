"""A request's headers, decoded once instead of at every look."""

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
