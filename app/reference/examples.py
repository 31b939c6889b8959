"""Examples for the reference: the documents of graphql/operations, and variables to go with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_required_input_field,
    parse,
    print_ast,
)
from graphql.utilities import separate_operations

from api.door.persisted import OPERATIONS

_SAMPLES: dict[str, Any] = {
    "ID": "…",
    "String": "…",
    "Decimal": "1.00",
    "Int": 1,
    "Boolean": True,
    "DateTime": "2026-03-02T09:30:00Z",
    "Date": "2026-03-02",
    "Time": "17:00:00",
}


def examples(folder: Path = OPERATIONS) -> dict[tuple[str, str], str]:
    """A document for each root field that one asks for, by operation and field: the first."""
    found: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.graphql")):
        for document in separate_operations(parse(path.read_text())).values():
            for operation, field in _root_fields(document):
                found.setdefault((operation, field), print_ast(document))
    return found


def _root_fields(document: Any) -> Iterator[tuple[str, str]]:
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            for selection in definition.selection_set.selections:
                if isinstance(selection, FieldNode):
                    yield definition.operation.value, selection.name.value


def sample_variables(field: GraphQLField, *, with_key: bool) -> str:
    """The least input that a mutation takes, as JSON."""
    wanted = {name: _sample(argument.type) for name, argument in field.args.items()}
    if with_key:
        wanted["key"] = "a key of your own"
    return json.dumps(wanted, ensure_ascii=False)


def _sample(kind: Any) -> Any:
    kind = get_nullable_type(kind)
    if is_list_type(kind):
        return [_sample(kind.of_type)]
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        return {
            name: _sample(field.type)
            for name, field in named.fields.items()
            if is_required_input_field(field)
        }
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    return _SAMPLES.get(named.name, "…")
