"""Opaque global ids, as Relay wants them: one string for any object of any kind."""

import base64
import binascii

import strawberry

from domain.kernel import ids
from domain.kernel.errors import InvalidInput, NotFound


def global_id(kind: str, row_id: int) -> strawberry.ID:
    """The id of row `row_id` of the GraphQL type `kind`."""
    return strawberry.ID(ids.global_id(kind, row_id))


def split_id(value: str) -> tuple[str, int]:
    """The type and the row id of a global id. Raises InvalidInput when it is none."""
    try:
        kind, _, number = (
            base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode().partition(":")
        )
        row_id = int(number) if number.isdecimal() and len(number) < 19 else 0
    except (binascii.Error, UnicodeError, ValueError):
        raise InvalidInput("This is not an id.", path=("id",)) from None
    if not kind or row_id < 1:
        raise InvalidInput("This is not an id.", path=("id",))
    return kind, row_id


def row_id_of(value: str, kind: str, *, path: tuple[str | int, ...] = ("id",)) -> int:
    """The row id of a global id that must name a `kind`. Raises InvalidInput, NotFound."""
    try:
        found, row_id = split_id(value)
    except InvalidInput as error:
        raise InvalidInput(error.message, path=path) from None
    if found != kind:
        raise NotFound(kind)
    return row_id


def optional_row_id(
    value: str | None, kind: str, *, path: tuple[str | int, ...] = ("id",)
) -> int | None:
    """As row_id_of; an absent id stays absent."""
    return None if value is None else row_id_of(value, kind, path=path)
