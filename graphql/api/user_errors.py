"""Outcomes that the business expects, as typed members of a mutation's payload."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import strawberry

from api.inputs import input_path
from domain.kernel.errors import CodeTaken, Expected, InvalidState, StaleVersion
from domain.kernel.quantity import QuantityNotExact


@strawberry.interface(description="Why a mutation did not do what was asked. Nothing was changed.")
class UserError:
    code: str = strawberry.field(description="Stable, for programs: SCREAMING_SNAKE_CASE.")
    message: str = strawberry.field(description="For people: what is wrong and how to mend it.")
    path: list[str] = strawberry.field(description="Where in the input, from its root.")


ErrorType = TypeVar("ErrorType", bound=type[UserError])
_types: dict[str, tuple[str, type[UserError], Callable[[Any], Any]]] = {}


def answers(
    outcome: type[Expected], *, convert: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> Callable[[ErrorType], ErrorType]:
    """Register the decorated strawberry type as the API's answer to the domain's `outcome`.

    The type's own fields are taken from the outcome's fields by name; `convert` maps them first
    (row ids to global ids, text back to decimals). Put it above @strawberry.type."""

    def register(error_type: ErrorType) -> ErrorType:
        name = outcome.__name__
        _types[name] = (_screaming(name), error_type, convert or (lambda fields: fields))
        return error_type

    return register


def described(outcome: Expected) -> dict[str, Any]:
    """The outcome as plain values, to be kept with an idempotency key."""
    return {
        "outcome": type(outcome).__name__,
        "message": outcome.message,
        "path": [str(step) for step in input_path(outcome.path)],
        "fields": outcome.fields,
    }


def user_error(description: dict[str, Any]) -> UserError:
    """The API's typed error for a described outcome."""
    name = description["outcome"]
    code, error_type, convert = _types.get(name, (_screaming(name), OtherError, lambda _: {}))
    error: UserError = error_type(
        code=code,
        message=description["message"],
        path=description["path"],
        **convert(description["fields"]),
    )
    return error


def error_types() -> list[type[UserError]]:
    """All concrete types, for the schema: an interface alone does not pull them in."""
    return [OtherError, *dict.fromkeys(entry[1] for entry in _types.values())]


def codes_of(type_name: str) -> list[str]:
    """The codes that errors of this type carry."""
    return sorted(code for code, kind, _ in _types.values() if kind.__name__ == type_name)


def decimals(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A conversion that reads the named fields back into decimals."""
    return lambda fields: {
        name: Decimal(value) if name in names and value is not None else value
        for name, value in fields.items()
    }


def _screaming(name: str) -> str:
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(name)).upper()


@strawberry.type(description="An expected outcome without further fields.")
class OtherError(UserError):
    pass


@answers(CodeTaken)
@strawberry.type(description="A record with this code exists already.")
class CodeTakenError(UserError):
    kind: str = strawberry.field(description="The kind of record.")
    value: str = strawberry.field(description="The code that is taken.")


@answers(InvalidState)
@strawberry.type(description="The object's state does not allow this now.")
class InvalidStateError(UserError):
    state: str = strawberry.field(description="The state it is in.")
    allowed: list[str] = strawberry.field(description="What may be done instead.")


@answers(StaleVersion)
@strawberry.type(description="The object changed since it was read: read it again and decide.")
class StaleVersionError(UserError):
    expected: int = strawberry.field(description="The version the caller knew.")
    actual: int = strawberry.field(description="The version it has.")


@answers(QuantityNotExact, convert=lambda fields: {"quantity": Decimal(fields["quantity"])})
@strawberry.type(description="The quantity has no exact value in the item's base unit.")
class QuantityNotExactError(UserError):
    quantity: Decimal = strawberry.field(description="The quantity as it was given.")
