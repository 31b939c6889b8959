"""Walking the schema: every root field, what to select of it, and every place an id can be given.

All is generated, so a new field of the API is covered on the day it appears."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from api.schema import build_schema, graphql_core_schema

Path = tuple[str, ...]
Chooser = Callable[[Path, GraphQLNamedType], Any]
DEEPEST_INPUT = 6
MOST_TYPES = 30


@cache
def the_schema() -> GraphQLSchema:
    """The schema, built once."""
    return graphql_core_schema(build_schema())


@dataclass(frozen=True, slots=True)
class RootField:
    """A field of Query, Mutation or Subscription."""

    operation: str
    name: str

    @property
    def definition(self) -> GraphQLField:
        """The field in the schema."""
        root = _root(self.operation)
        assert root is not None
        return root.fields[self.name]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a root field's arguments where one value stands."""

    field: RootField
    path: Path
    kind: str

    def __str__(self) -> str:
        return f"{self.field.name}({'.'.join(self.path)})"


def _root(operation: str) -> GraphQLObjectType | None:
    schema = the_schema()
    return {
        "query": schema.query_type,
        "mutation": schema.mutation_type,
        "subscription": schema.subscription_type,
    }[operation]


def root_fields(operation: str) -> list[RootField]:
    """All fields of Query, Mutation or Subscription."""
    root = _root(operation)
    return [RootField(operation, name) for name in (root.fields if root else ())]


def slots(field: RootField, *kinds: str) -> list[Slot]:
    """Where values of these scalars can be given, at any depth."""
    return [
        Slot(field, path, kind.name)
        for name, argument in field.definition.args.items()
        for path, kind in _leaves(get_named_type(argument.type), (name,))
        if kind.name in kinds
    ]


def _leaves(kind: GraphQLNamedType, path: Path) -> Iterator[tuple[Path, GraphQLNamedType]]:
    if not isinstance(kind, GraphQLInputObjectType):
        yield path, kind
    elif len(path) < DEEPEST_INPUT:
        for name, field in kind.fields.items():
            yield from _leaves(get_named_type(field.type), (*path, name))


@cache
def node_types() -> list[str]:
    """What the global ids of all nodes say that they are."""
    schema = the_schema()
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    return sorted({identified_as(kind.name) for kind in schema.get_possible_types(node)})


@cache
def identified_types() -> list[str]:
    """The names of all types with an id, also of those that cannot be fetched again by it."""
    found = {
        identified_as(kind.name)
        for kind in the_schema().type_map.values()
        if isinstance(kind, GraphQLObjectType)
        and not kind.name.endswith("Payload")
        and "id" in kind.fields
        and get_named_type(kind.fields["id"].type).name == "ID"
    }
    return sorted(found)


@cache
def identified_as(name: str) -> str:
    """What the ids of a type's objects say that they are: every event is an Event."""
    kind = the_schema().type_map.get(name)
    interfaces = kind.interfaces if isinstance(kind, GraphQLObjectType) else ()
    return "Event" if any(each.name == "Event" for each in interfaces) else name


def arguments(
    field: RootField, choose: Chooser, *, through: Path = (), full: bool = False
) -> dict[str, Any]:
    """Values for the field's arguments: the required ones and those on the way to `through`,
    or with `full` all of them."""
    return {
        name: _value(argument.type, (name,), choose, through, full)
        for name, argument in field.definition.args.items()
        if is_required_argument(argument) or through[:1] == (name,) or full
    }


def _value(kind: Any, path: Path, choose: Chooser, through: Path, full: bool) -> Any:
    kind = get_nullable_type(kind)
    if is_list_type(kind):
        return [_value(kind.of_type, path, choose, through, full)]
    if not isinstance(kind, GraphQLInputObjectType):
        return choose(path, kind)
    return {
        name: _value(field.type, (*path, name), choose, through, full)
        for name, field in kind.fields.items()
        if is_required_input_field(field)
        or through[: len(path) + 1] == (*path, name)
        or (full and len(path) < DEEPEST_INPUT)
    }


def document(field: RootField, names: list[str], selection: str) -> str:
    """An operation with one root field, whose arguments are variables of their own names."""
    given = {name: field.definition.args[name].type for name in names}
    declared = ", ".join(f"${name}: {kind}" for name, kind in given.items())
    passed = ", ".join(f"{name}: ${name}" for name in given)
    head = f"{field.operation}({declared})" if given else field.operation
    call = f"{field.name}({passed})" if given else field.name
    return f"{head} {{ {call} {selection} }}"


Names = frozenset[str]


@cache
def selection_of(kind: Any, depth: int, without: Names = frozenset()) -> str:
    """Everything of a type down to `depth` objects below it, but for the fields named `without`;
    connections are not counted."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if isinstance(named, GraphQLObjectType):
        return "{ __typename " + " ".join(_fields(named, depth, without)) + " }"
    if named.name == "Node":
        return "{ __typename id }"
    possible = the_schema().get_possible_types(named)  # type: ignore[arg-type]
    if len(possible) > MOST_TYPES:
        # All of them would not fit into a document: what they share.
        assert isinstance(named, GraphQLInterfaceType)
        leaves = (n for n, f in named.fields.items() if is_leaf_type(get_named_type(f.type)))
        return "{ __typename " + " ".join(name for name in leaves if name not in without) + " }"
    unlike = _unlike(possible)
    parts = [
        f"... on {p.name} {{ {' '.join(_fields(p, depth, without, unlike))} }}" for p in possible
    ]
    return "{ __typename " + " ".join(parts) + " }"


def _unlike(kinds: Collection[GraphQLObjectType]) -> Names:
    """Names of fields that have another type in another of the types: they need an alias."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in kinds:
        for name, field in kind.fields.items():
            found[name].add(str(field.type))
    return frozenset(name for name, types in found.items() if len(types) > 1)


def _fields(
    kind: GraphQLObjectType, depth: int, without: Names, aliased: Names = frozenset()
) -> Iterator[str]:
    is_connection = "pageInfo" in kind.fields
    for name, field in kind.fields.items():
        if name in without or any(is_required_argument(a) for a in field.args.values()):
            continue
        if is_connection and name in ("edges", "pageInfo"):
            continue
        shown = f"{kind.name}__{name}: {name}" if name in aliased else name
        if is_leaf_type(get_named_type(field.type)):
            yield shown
        elif is_connection or depth > 0:
            inner = selection_of(field.type, depth if is_connection else depth - 1, without)
            yield f"{shown} {inner}"


def plain_value(path: Path, kind: GraphQLNamedType, *, unique: str) -> Any:
    """A value that is right for most inputs of this scalar and name; codes carry `unique`."""
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if kind.name == "String":
        return _text(path[-1].lower(), unique)
    return {
        "Int": 1,
        # What turns a whole tenant over stays unconfirmed.
        "Boolean": path[-1] != "confirm",
        "Decimal": "1",
        "DateTime": "2026-03-02T09:30:00+00:00",
        "Date": "2026-03-02",
        "Time": "09:30:00",
    }.get(kind.name, "1")


_TEXTS = {
    "country": "DE",
    "currency": "EUR",
    "timezone": "UTC",
    "language": "en",
    "url": "https://shop.example/hook",
    "issuer": "https://issuer.example",
    "jwksuri": "https://issuer.example/keys",
    "email": "somebody@shop.example",
    "unit": "EA",
    "baseunit": "EA",
    "permissions": "orders.read",
    "eventtypes": "order.*",
    "fiscalyearstart": "01-01",
    "postalcode": "20095",
    "after": "",
    "before": "",
}


def _text(name: str, unique: str) -> str:
    return _TEXTS.get(name, unique)
