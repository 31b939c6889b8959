"""Scalars and enums: how a value becomes its JSON form, decided once for each type."""

from collections.abc import Callable, Hashable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from strawberry.execution.is_awaitable import optimized_is_awaitable as is_awaitable
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.schema.types.base_scalars import isoformat

from api.scalars import write_decimal

# Values of exactly these types are neither null nor awaitable nor exceptions.
SETTLED = frozenset({str, int, float, bool, Decimal, datetime, date, time, UUID, list, dict})

# Where this holds for the value {v}, its JSON form is itself. Anything else takes the long way.
AS_IT_IS = {
    GraphQLString: "type({v}) is str",
    GraphQLID: "type({v}) is str",
    GraphQLBoolean: "type({v}) is bool",
    GraphQLInt: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    # Neither infinite nor NaN: both give NaN here.
    GraphQLFloat: "type({v}) is float and {v} - {v} == 0.0",
}

# Scalars that are written by one of these: the type a value has, and what they then do.
_WRITTEN: dict[Any, tuple[type, str]] = {
    str: (Decimal, "str({v})"),
    write_decimal: (Decimal, "format({v}, 'f')"),
    isoformat: (datetime, "{v}.isoformat()"),
    datetime.isoformat: (datetime, "{v}.isoformat()"),
    date.isoformat: (date, "{v}.isoformat()"),
}


class Unfit(Exception):
    """The short way cannot complete this value; graphql-core shall, and say what is wrong."""


def leaf_completion(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    """Completes a value of a leaf type. The completion raises Unfit, or what the type raises."""
    coerce = leaf.coerce_output_value

    def complete(value: Any) -> Any:
        if type(value) not in SETTLED:
            refuse_unsettled(value)
        result = coerce(value)
        if type(result) not in SETTLED:
            refuse_unsettled(result)
        return result

    return complete


def written(leaf: GraphQLLeafType) -> tuple[type, str] | None:
    """The exact type of most values of a scalar and the expression of their JSON form, where it is
    known what the scalar does with them."""
    write = leaf.coerce_output_value
    return _WRITTEN.get(write) if isinstance(write, Hashable) else None


def refuse_unsettled(value: Any) -> None:
    """Raises Unfit for null, an exception or something to await."""
    if value is None or value is Undefined or isinstance(value, Exception) or is_awaitable(value):
        raise Unfit


def enum_names(leaf: GraphQLLeafType) -> dict[int, str] | None:
    """The names of an enum's members by the identity of the member; None if it has no members.

    Members live as long as their enum, so that no other object can have their identity; a look-up
    by the member itself would run Python code for its hash."""
    if not isinstance(leaf, CustomGraphQLEnumType):
        return None
    members: list[Any] = list(leaf.wrapped_cls)
    return {id(member): leaf.coerce_output_value(member) for member in members}
