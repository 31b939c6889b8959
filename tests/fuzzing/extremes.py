"""Extreme values for every argument and input field of the schema, one at a time."""

import base64
from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from tests.fuzzing.aiming import CODES, likely


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _id(kind: str, number: object) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{number}".encode()).decode().rstrip("=")


CURSORS = (
    *("", "x", "=" * 9, "\ud7ff", "é", "A" * 20_000, _cursor("null"), _cursor("[]"), _cursor("{}")),
    *map(_cursor, ("[1]", "[99999999999999999999]", '["\\u0000", 1]', '["x", 1]', "[" * 50)),
    *map(_cursor, ("[9223372036854775807]", "[2147483648]", "[1.5]", "[true]", "[null, null]")),
    *map(_cursor, ('["0001-01-01T00:00:00+14:00", 1]', '["9999-12-31T23:59:59-14:00", 1]')),
    *map(_cursor, ('["2026-01-01", 1]', '["2026-01-01T00:00:00", 1]', '["NaN", 1]')),
    *map(_cursor, ('["1E+1000000", 1]', '["\\ud800", 1]', "[1, 99999999999999999999]")),
    *map(_cursor, ('["x", 99999999999999999999]', "[2147483648, 1]", '["x", "x", 1]')),
    *map(_cursor, ('["2026-01-01T00:00:00Z", 99999999999999999999]', "[18446744073709551615]")),
)
TEXTS = ("", " ", "\u202e\u200b", "'; --", "%_\\", "\ud7ff\ufffe", "\U0010ffff", "x" * 100_000)
NUMBERS = ("1E+11", "1E-40", "-999999999999", "999999999999", "0.0000000000001", "-0", "1_0", "٣")
MOMENTS = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "2026-01-01T00:00:00"),
    *("2026-02-30T00:00:00Z", "x", "2026-01-01T24:00:00Z", "0001-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59Z", "2026-01-01T00:00:00+23:59:59"),
)
EXTREMES: dict[str, tuple[Any, ...]] = {
    "ID": (
        *("", "x", _id("Order", 999_999_999_999_999_999), _id("Order", 2**31), _id("Order", "٣")),
        *(_id("Order", "-1"), _id("", 1), "\U0010ffff", "=" * 5_000, "x" * 100_000, 7),
    ),
    "String": TEXTS,
    "Int": (-(2**31), -1, 0, 2**31 - 1),
    "Decimal": NUMBERS,
    "DateTime": MOMENTS,
    "Date": ("0001-01-01", "9999-12-31", "2026-02-30", "x", "20260101"),
    "Time": ("00:00", "24:00", "23:59:59.999999+14:00", "x"),
    "JSON": ({}, [], "x", 1e308, {"a": {"b": [None] * 50}}, 10**18),
    "Boolean": (True, False),
}
_HARMLESS = {
    "Decimal": "1",
    "DateTime": "2026-03-02T09:30:00Z",
    "Date": "2026-03-02",
    "Int": 1,
    "Time": "09:30",
    "Boolean": True,
    "JSON": {},
}


def extreme_requests(schema: GraphQLSchema) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where the value stands, a document, and its variables."""
    for root, kind in ((schema.query_type, "query"), (schema.mutation_type, "mutation")):
        for name, field in (root.fields if root else {}).items():
            document = _document(kind, name, field)
            for path, leaf in _leaves(field.args):
                for value in _values(path[-1], leaf):
                    variables = _variables(name, field.args, path, value)
                    yield ".".join((name, *path)), document, variables


def _document(kind: str, name: str, field: GraphQLField) -> str:
    declared = [f"${one}: {argument.type}" for one, argument in field.args.items()]
    given = ", ".join(f"{one}: ${one}" for one in field.args)
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    once = ""
    if kind == "mutation":
        declared.append("$key: String!")
        once = " @idempotent(key: $key)"
    return f"{kind}({', '.join(declared)}) {{ {name}({given}){once}{selection} }}"


def _leaves(
    arguments: dict[str, Any], above: tuple[str, ...] = (), seen: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, argument in arguments.items():
        named = get_named_type(argument.type)
        if isinstance(named, GraphQLInputObjectType):
            if named not in seen:
                yield from _leaves(named.fields, (*above, name), (*seen, named))
        elif not isinstance(named, GraphQLEnumType):
            yield (*above, name), named


def _values(name: str, named: Any) -> tuple[Any, ...]:
    if name in ("after", "before"):
        return CURSORS
    return EXTREMES.get(named.name, TEXTS)


def _filled(
    root: str,
    name: str,
    argument: GraphQLArgument | GraphQLInputField,
    path: tuple[str, ...],
    value: Any,
) -> Any:
    """A value for the argument: extreme at the end of the path, else likely."""
    named = get_named_type(argument.type)
    if isinstance(named, GraphQLInputObjectType):
        one = _variables(root, named.fields, path[1:] if path[:1] == (name,) else (), value)
    elif path == (name,):
        one = value
    elif isinstance(named, GraphQLEnumType):
        one = next(iter(named.values))
    elif named.name == "ID":
        one = likely(name, root, 0)
    else:
        one = _HARMLESS.get(named.name, CODES.get(name, "x"))
    inner = argument.type.of_type if is_non_null_type(argument.type) else argument.type
    return [one] if is_list_type(inner) else one


def _variables(root: str, arguments: Any, path: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {
        name: _filled(root, name, argument, path, value)
        for name, argument in arguments.items()
        if path[:1] == (name,)
        or (
            is_required_input_field(argument)
            if isinstance(argument, GraphQLInputField)
            else is_required_argument(argument)
        )
    }
