"""The schema is a promise: it is checked in, described, and broken only when declared."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
    validate,
)
from graphql import build_schema as parse_schema

from api.evolution import breaking_changes, declared_changes, undeclared
from api.schema import build_schema, graphql_core_schema, sdl

FOLDER = Path(__file__).resolve().parents[2] / "graphql"
SNAPSHOT = FOLDER / "schema.graphql"
DECLARATIONS = FOLDER / "breaking_changes.txt"
DOCUMENTS = sorted((FOLDER / "operations").glob("*.graphql"))
BUILT_IN = {"ID", "String", "Int", "Float", "Boolean", "Query", "Mutation", "Subscription"}


@pytest.fixture(scope="module")
def promised() -> GraphQLSchema:
    """The schema as it is checked in."""
    return parse_schema(SNAPSHOT.read_text())


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema as the code has it."""
    return graphql_core_schema(build_schema())


def test_nothing_breaks_a_client_undeclared() -> None:
    changes = breaking_changes(SNAPSHOT.read_text(), sdl(build_schema()))
    broken = undeclared(changes, DECLARATIONS.read_text())
    assert broken == [], (
        "These changes break clients. Keep the old field, @deprecated with a date; or declare the "
        f"change in {DECLARATIONS.name}, one line each: the day and these very words."
    )


def test_the_checked_in_schema_is_the_one_that_is_served() -> None:
    served = sdl(build_schema())
    assert SNAPSHOT.read_text() == served, "The schema changed: run make schema, read the diff."


def test_a_removed_field_is_a_breaking_change_until_it_is_declared() -> None:
    before, after = "type Query { a: Int b: Int }", "type Query { a: Int }"
    changes = breaking_changes(before, after)
    assert changes == ["Field Query.b was removed."]
    assert undeclared(changes, "# nothing\n") == ["Field Query.b was removed."]
    assert undeclared(changes, "2026-11-22 Field Query.b was removed.\n") == []


def test_an_added_field_breaks_nothing() -> None:
    assert breaking_changes("type Query { a: Int }", "type Query { a: Int b: Int }") == []


def test_every_declaration_has_its_day() -> None:
    days = declared_changes(DECLARATIONS.read_text()).values()
    assert [day for day in days if not re.fullmatch(r"\d{4}-\d\d-\d\d", day)] == []


def _silent(schema: GraphQLSchema) -> Iterator[str]:
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        if not kind.description:
            yield name
        if isinstance(kind, GraphQLEnumType):
            yield from (f"{name}.{k}" for k, v in kind.values.items() if not v.description)
        if isinstance(kind, GraphQLInputObjectType):
            yield from (f"{name}.{k}" for k, f in kind.fields.items() if not f.description)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            yield from _silent_fields(kind)


def _silent_fields(kind: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[str]:
    for name, field in kind.fields.items():
        if not field.description:
            yield f"{kind.name}.{name}"
        for argument, definition in field.args.items():
            if not definition.description:
                yield f"{kind.name}.{name}({argument})"


def test_everything_in_the_schema_is_described(schema: GraphQLSchema) -> None:
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    silent = [*_silent(schema), *(name for root in roots if root for name in _silent_fields(root))]
    assert silent == []


@pytest.mark.parametrize(
    "path", sorted((FOLDER / "operations").glob("*.graphql")), ids=lambda path: path.stem
)
def test_every_document_of_a_client_is_valid(promised: GraphQLSchema, path: Path) -> None:
    errors = validate(promised, parse(path.read_text()))
    assert [error.message for error in errors] == []
