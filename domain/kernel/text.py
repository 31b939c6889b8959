"""Texts that a caller gives: trimmed, of a sane length, and storable."""

from collections.abc import Mapping
from typing import Any

from domain.kernel.errors import InvalidInput

CODE_LENGTH = 64
NAME_LENGTH = 255
TEXT_LENGTH = 4000

Path = tuple[str | int, ...]


def code(value: str, *, path: Path = ("code",)) -> str:
    """A code: 1 to 64 characters without line breaks or other control characters, trimmed."""
    return _checked(value, path, CODE_LENGTH)


def name(value: str, *, path: Path = ("name",)) -> str:
    """A name: 1 to 255 characters on one line, trimmed."""
    return _checked(value, path, NAME_LENGTH)


def optional(value: str | None, *, path: Path, longest: int = NAME_LENGTH) -> str | None:
    """A text that may be absent; a blank one is absent. Raises InvalidInput."""
    return None if value is None or not value.strip() else _checked(value, path, longest)


def prose(value: str | None, *, path: Path) -> str | None:
    """A description that may be absent and may have several lines, to 4,000 characters."""
    if value is None or not value.strip():
        return None
    _checked(value.replace("\r", " ").replace("\n", " ").replace("\t", " "), path, TEXT_LENGTH)
    return value.strip()


def choice(value: str, allowed: tuple[str, ...], *, path: Path) -> str:
    """One of the allowed words. Raises InvalidInput, which names them."""
    if value not in allowed:
        raise InvalidInput(f"Must be one of {', '.join(allowed)}.", path=path)
    return value


def refuse_nulls(fields: Mapping[str, Any], *, nullable: tuple[str, ...] = ()) -> None:
    """Raise InvalidInput for a field that is null and may not be: null clears, absent keeps."""
    for field, value in fields.items():
        if value is None and field not in nullable:
            raise InvalidInput("Must not be null.", path=(field,))


def _checked(value: str, path: Path, longest: int) -> str:
    trimmed = value.strip()
    if not trimmed:
        raise InvalidInput("Must not be blank.", path=path)
    if len(trimmed) > longest:
        raise InvalidInput(f"Must have at most {longest} characters.", path=path)
    # Control characters and lone surrogates: PostgreSQL cannot store some, no screen shows any.
    if any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF for c in trimmed):
        raise InvalidInput("Must not contain control characters.", path=path)
    return trimmed
