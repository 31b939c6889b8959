"""A page for those who open the address in a browser."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """HTML, and the headers that say what it may load."""

    body: bytes
    headers: Mapping[str, str]
