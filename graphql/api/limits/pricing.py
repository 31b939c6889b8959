"""What an operation may cost: one point for each object that its answer may hold, ten for each
mutation. A page counts as many objects as it asks for, another list as five."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

MUTATION = 10
PAGE, LARGEST_PAGE = 20, 100
OTHER_LIST = 5
_PAGED = {"edges", "nodes"}
_HOLDERS = frozenset({dict, list})


def price(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> int:
    """The points of `operation` with these variables; linear in the document's size."""
    return _Pricing(schema, document, variables).operation(operation)


def page_variables(document: DocumentNode) -> frozenset[str]:
    """The variables on which the price of a document depends."""
    found: set[str] = set()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            _collect(definition.selection_set, found)
    return frozenset(found)


def points_held(data: Any, *, mutations: int = 0) -> int:
    """What an answer did cost: its objects, and its mutations."""
    # A level at a time: most values are leaves, and whole levels of them are passed over in C.
    objects, level = 0, [data]
    while level:
        maps = [value for value in level if type(value) is dict]
        objects += len(maps)
        inside = [*map(dict.values, maps), *(value for value in level if type(value) is list)]
        if _HOLDERS.isdisjoint(map(type, chain.from_iterable(inside))):
            break
        level = [v for v in chain.from_iterable(inside) if type(v) in _HOLDERS]
    return objects + mutations * MUTATION


def _collect(selection_set: SelectionSetNode, found: set[str]) -> None:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            found.update(
                argument.value.name.value
                for argument in selection.arguments or ()
                if argument.name.value in ("first", "last")
                and isinstance(argument.value, VariableNode)
            )
        inner = getattr(selection, "selection_set", None)
        if inner is not None:
            _collect(inner, found)


class _Pricing:
    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, int], int] = {}

    def operation(self, operation: OperationDefinitionNode) -> int:
        """The points of one operation."""
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return 0
        points = 1 + self._selections(operation.selection_set, root, 0)
        if operation.operation is OperationType.MUTATION:
            points += MUTATION * len(operation.selection_set.selections)
        return points

    def _selections(self, selection_set: SelectionSetNode, parent: Any, page: int) -> int:
        points = 0
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                points += self._field(selection, parent, page)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = parent if condition is None else self._type(condition.name.value)
                points += self._selections(selection.selection_set, inner or parent, page)
            elif isinstance(selection, FragmentSpreadNode):
                points += self._fragment(selection.name.value, page)
        return points

    def _fragment(self, name: str, page: int) -> int:
        if (name, page) not in self._known:
            self._known[name, page] = 0
            definition = self._fragments.get(name)
            if definition is not None:
                kind = self._type(definition.type_condition.name.value)
                self._known[name, page] = self._selections(definition.selection_set, kind, page)
        return self._known[name, page]

    def _field(self, node: FieldNode, parent: Any, page: int) -> int:
        if node.selection_set is None:
            return 0
        kind = self._kind(node.name.value, parent)
        if kind is None:
            return 1 + self._selections(node.selection_set, None, 0)
        named = get_named_type(kind)
        if is_leaf_type(named):
            return 0
        one = 1 + self._selections(node.selection_set, named, self._page(node, named))
        if page and node.name.value in _PAGED:
            return page * one
        return OTHER_LIST * one if is_list_type(get_nullable_type(kind)) else one

    def _page(self, node: FieldNode, kind: Any) -> int:
        if not kind.name.endswith("Connection"):
            return 0
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                asked = self._number(argument.value)
                if asked is not None:
                    return max(1, min(asked, LARGEST_PAGE))
        return PAGE

    def _number(self, value: Any) -> int | None:
        if isinstance(value, IntValueNode):
            return int(value.value) if len(value.value) < 10 else LARGEST_PAGE
        if isinstance(value, VariableNode):
            given = self._variables.get(value.name.value, LARGEST_PAGE)
            return given if isinstance(given, int) else None
        return None

    def _kind(self, name: str, parent: Any) -> GraphQLOutputType | None:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return None
        field = parent.fields.get(name)
        return None if field is None else field.type

    def _type(self, name: str) -> Any:
        return self._schema.type_map.get(name)
