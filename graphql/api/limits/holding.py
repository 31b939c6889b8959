"""How many objects an answer holds, counted along its operation instead of through every value."""

from collections.abc import Iterable, Mapping
from itertools import chain
from operator import itemgetter
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

# The fields of an answer that hold objects, by response name, and what these hold in turn.
Shape = dict[str, "Shape"]


def shape_of(document: DocumentNode, operation: OperationDefinitionNode) -> Shape:
    """Where the answer of an operation holds objects; linear in its fields, fragments in place."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    shape: Shape = {}
    _collect(operation.selection_set, fragments, shape)
    return shape


def objects_held(data: dict[str, Any] | None, shape: Shape) -> int:
    """The objects of an answer, its root among them."""
    return 0 if data is None else _held_in(data, shape)


def _held_in(one: dict[str, Any], shape: Shape) -> int:
    """An object and all below it; what has no list is counted without one."""
    count = 1
    for name, inner in shape.items():
        value = one.get(name)
        if type(value) is dict:
            count += _held_in(value, inner)
        elif type(value) is list:
            count += _held(value, inner)
    return count


def _collect(
    selection_set: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    shape: Shape,
) -> None:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            if selection.selection_set is not None:
                name = (selection.alias or selection.name).value
                _collect(selection.selection_set, fragments, shape.setdefault(name, {}))
            continue
        inner: Any = selection
        if isinstance(selection, FragmentSpreadNode):
            inner = fragments[selection.name.value]
        _collect(inner.selection_set, fragments, shape)


def _held(values: list[Any], shape: Shape) -> int:
    """The objects among the values of one field in all objects of a level, and below them."""
    kinds = set(map(type, values))
    while list in kinds:
        values = [*chain.from_iterable(_of(list, values)), *_of(dict, values)]
        kinds = set(map(type, values))
    objects = values if kinds == {dict} else list(_of(dict, values))
    return len(objects) + sum(_held(_values(objects, name), inner) for name, inner in shape.items())


def _values(objects: list[Any], name: str) -> list[Any]:
    try:
        return list(map(itemgetter(name), objects))
    except KeyError:
        # Objects of several types, of which some do not have the field.
        return [one[name] for one in objects if name in one]


def _of(kind: type, values: list[Any]) -> Iterable[Any]:
    return (value for value in values if type(value) is kind)
