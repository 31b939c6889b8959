"""What an operation may cost: one point for each object that its answer may hold, ten for each
mutation. A page counts as many objects as it asks for, another list as five."""

from collections.abc import Mapping
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

from api.limits.holding import Shape, objects_held

MUTATION = 10
PAGE, LARGEST_PAGE = 20, 100
OTHER_LIST = 5
_PAGED = {"edges", "nodes"}


def price(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> int:
    """The points of `operation` with these variables; linear in the document's size."""
    sent = {**_defaults(operation), **variables}
    return _Pricing(schema, document, sent).operation(operation)


def page_variables(document: DocumentNode) -> frozenset[str]:
    """The variables on which the price of a document depends."""
    found: set[str] = set()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            _collect(definition.selection_set, found)
    return frozenset(found)


def points_held(data: Any, shape: Shape, *, mutations: int = 0) -> int:
    """What an answer did cost: its objects, and its mutations."""
    return objects_held(data, shape) + mutations * MUTATION


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


def _defaults(operation: OperationDefinitionNode) -> dict[str, int]:
    """The numbers that variables have when they are not sent."""
    return {
        variable.variable.name.value: _size(variable.default_value)
        for variable in operation.variable_definitions or ()
        if isinstance(variable.default_value, IntValueNode)
    }


def _size(value: IntValueNode) -> int:
    return int(value.value) if len(value.value) < 10 else LARGEST_PAGE


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
            return _size(value)
        if isinstance(value, VariableNode):
            # Neither sent nor with a default: as if the argument were not written.
            given = self._variables.get(value.name.value)
            return given if isinstance(given, int) else None
        return None

    def _kind(self, name: str, parent: Any) -> GraphQLOutputType | None:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return None
        field = parent.fields.get(name)
        return None if field is None else field.type

    def _type(self, name: str) -> Any:
        return self._schema.type_map.get(name)
