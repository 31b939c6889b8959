"""Which area of the API each field and type belongs to: the folder its code lies in."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)

from api.areas import MUTATIONS, QUERIES, SUBSCRIPTIONS
from api.schema import graphql_core_schema

# Types that every area uses.
SHARED = "shared"
OPERATIONS = {"query": QUERIES, "mutation": MUTATIONS, "subscription": SUBSCRIPTIONS}


@dataclass(slots=True)
class Area:
    """One page: the root fields and the types of an area."""

    name: str
    description: str
    roots: dict[str, list[str]] = field(default_factory=dict)
    types: list[GraphQLNamedType] = field(default_factory=list)


def areas_of(schema: strawberry.Schema) -> list[Area]:
    """Every area in the order of the root fields; the shared types last."""
    core = graphql_core_schema(schema)
    found: dict[str, Area] = {}
    for operation, parts in OPERATIONS.items():
        for part in parts:
            names = [name for name, _ in _fields_of(schema, part)]
            area = _area(found, _folder(part.__module__))
            area.roots.setdefault(operation, []).extend(names)
    for kind in _own_types(core):
        _area(found, _folder(_module_of(kind))).types.append(kind)
    shared = found.pop(SHARED)
    return [*found.values(), shared]


def _area(found: dict[str, Area], name: str) -> Area:
    if name not in found:
        found[name] = Area(name, _description(name))
    return found[name]


def _description(name: str) -> str:
    if name == SHARED:
        return "Fetching anything by its id, and the types that every area uses."
    said = (importlib.import_module(f"api.{name}").__doc__ or "").strip()
    return said.replace(" on the API", "")


def _folder(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 2 and parts[0] == "api" else SHARED


def _module_of(kind: GraphQLNamedType) -> str:
    definition = kind.extensions.get("strawberry-definition")
    origin = getattr(definition, "origin", None) or getattr(definition, "wrapped_cls", None)
    return getattr(origin, "__module__", "api")


def _fields_of(schema: strawberry.Schema, part: Any) -> Iterator[tuple[str, Any]]:
    for each in part.__strawberry_definition__.fields:
        yield schema.config.name_converter.from_field(each), each


def _own_types(core: GraphQLSchema) -> list[GraphQLNamedType]:
    roots = {core.query_type, core.mutation_type, core.subscription_type}
    return [
        kind
        for name, kind in sorted(core.type_map.items())
        if not name.startswith("__") and kind not in roots
    ]


def is_connection(kind: GraphQLNamedType) -> bool:
    """Whether the type is a page of a list, or an edge of one: described once for all."""
    fields = kind.fields if isinstance(kind, GraphQLObjectType) else {}
    return "pageInfo" in fields or set(fields) == {"cursor", "node"}


def is_payload(kind: GraphQLNamedType) -> bool:
    """Whether the type is the answer of a mutation: described with the mutation."""
    return isinstance(kind, GraphQLObjectType) and "userErrors" in kind.fields


def is_user_error(kind: GraphQLNamedType) -> bool:
    """Whether the type is an outcome that the business expects."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return False
    return kind.name == "UserError" or any(i.name == "UserError" for i in kind.interfaces)
