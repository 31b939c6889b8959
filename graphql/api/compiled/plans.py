"""What can be known of an operation before it runs: its fields by runtime type, in order.

Which fields an operation has depends on nothing but the document, the runtime types and the
variables in @skip and @include. So graphql-core's own collection of fields is run once for each
combination of these and kept; one combination is a Variant."""

import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from graphql.language import DirectiveNode, Node, Visitor, visit

from api.compiled.gathering import Gathering
from api.compiled.loading import Load
from api.compiled.resolving import Resolver, attribute_read, load_by, resolver_of
from api.compiled.variables import Arguments, Variables

MOST_VARIANTS = 16
MOST_FIELDS = 3_000
# Of all plans of the process; a field takes some 2 kB. Beyond, graphql-core executes.
MOST_FIELDS_OF_ALL = 30_000
CONDITIONS = {"skip", "include"}
# What changes how an operation is executed, not only which fields it has.
NOT_COMPILED_DIRECTIVES = {"defer", "stream", "experimental_disableErrorPropagation"}
NOT_COMPILED_FIELDS = {"__schema", "__type"}


class Unsupported(Exception):
    """graphql-core must execute this operation."""


class FieldPlan(list[FieldDetails]):
    """One field of a selection: graphql-core's list of its nodes, and what follows from them.

    It is that list, so that graphql-core's own methods take it where they are used."""

    def __init__(
        self, key: str, details: list[FieldDetails], parent: GraphQLObjectType, variant: "Variant"
    ) -> None:
        super().__init__(details)
        self.key = key
        self.parent = parent
        self.nodes = [one.node for one in details]
        self.name = self.nodes[0].name.value
        definition = variant.schema.get_field(parent, self.name)
        if definition is None:
            raise Unsupported
        self.definition = definition
        self.type = definition.type
        self.has_arguments = bool(definition.args or self.nodes[0].arguments)
        self.arguments = Arguments(definition, self.nodes[0])
        # None where a resolver has to be called.
        self.attribute = attribute_read(definition)
        self.resolve: Resolver = resolver_of(definition, variant.schema)
        # What the resolver loads, where it does nothing else.
        self.load: Load | None = load_by(definition, variant.schema)
        # Completes a resolved value without awaiting or calling; made by api.compiled.steps.
        self.complete: Callable[[Any], Any] | None = None
        # Completes it by reading and loading, where no other resolver is below; made there too.
        self.gathering: Gathering | None = None
        self._variant = variant
        self._selections: dict[GraphQLObjectType, CollectedFields] = {}

    def collected(self, runtime_type: GraphQLObjectType) -> CollectedFields:
        """The field's sub-selection on a runtime type, in graphql-core's form."""
        found = self._selections.get(runtime_type)
        if found is None:
            found = self._selections[runtime_type] = self._variant.collect(runtime_type, self)
        return found

    def selection(self, runtime_type: GraphQLObjectType) -> "SelectionPlan":
        """The field's sub-selection on a runtime type."""
        selection: Any = self.collected(runtime_type).grouped_field_set
        assert isinstance(selection, SelectionPlan)
        return selection


class SelectionPlan(dict[str, FieldPlan]):
    """The fields of one runtime type by response name, in graphql-core's order."""

    # Made by api.compiled.steps when it is first executed.
    steps: Any = None


class _Taken:
    """How many fields the living plans have together."""

    def __init__(self) -> None:
        self.fields = 0

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another plan, however large."""
        return self.fields + MOST_FIELDS > MOST_FIELDS_OF_ALL

    def take(self, owner: object, fields: int) -> None:
        """Count them for as long as their owner lives."""
        self.fields += fields
        weakref.finalize(owner, self._give_back, fields).atexit = False

    def _give_back(self, fields: int) -> None:
        self.fields -= fields


_taken = _Taken()


class Variant:
    """An operation under one combination of its conditions."""

    def __init__(self, plan: "OperationPlan", variables: VariableValues) -> None:
        self.schema = plan.schema
        self._plan = plan
        # Only those in conditions are looked at, and they are the same for all who come here.
        self._variables = variables
        self._fields = 0
        root = plan.schema.get_root_type(plan.operation.operation)
        if root is None:
            raise Unsupported
        self.root_type = root
        found = collect_fields(plan.schema, plan.fragments, variables, root, plan.operation)
        self.root = self._planned(root, found)
        # All of it now: what is unsupported must be known before a mutation has begun.
        waiting = list(self.root.values())
        while waiting:
            field = waiting.pop()
            for runtime_type in self._runtime_types(field):
                waiting += field.selection(runtime_type).values()
        _taken.take(self, self._fields)

    def _runtime_types(self, field: FieldPlan) -> Iterable[GraphQLObjectType]:
        named = get_named_type(field.type)
        if is_object_type(named):
            return [named]
        return self.schema.get_possible_types(named) if is_abstract_type(named) else []

    def collect(self, runtime_type: GraphQLObjectType, field: FieldPlan) -> CollectedFields:
        """The sub-selection of a field on a runtime type."""
        plan = self._plan
        found = collect_subfields(
            plan.schema, plan.fragments, self._variables, plan.operation, runtime_type, field
        )
        grouped: Any = self._planned(runtime_type, found)
        return CollectedFields(grouped, [], [])

    def _planned(self, parent: GraphQLObjectType, found: CollectedFields) -> SelectionPlan:
        self._fields += len(found.grouped_field_set)
        # Fragments that double each other make a tree far larger than the document.
        if self._fields > MOST_FIELDS:
            raise Unsupported
        return SelectionPlan(
            (key, FieldPlan(key, details, parent, self))
            for key, details in found.grouped_field_set.items()
        )


class OperationPlan:
    """One operation of a document. Raises Unsupported where graphql-core must execute it."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> None:
        if operation.operation is OperationType.SUBSCRIPTION:
            raise Unsupported
        self.schema = schema
        self.operation = operation
        self.variables = operation.variable_definitions or ()
        self.reading = Variables(schema, self.variables)
        self.fragment_definitions = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        if any(each.variable_definitions for each in self.fragment_definitions.values()):
            raise Unsupported
        self.fragments = {
            name: FragmentDetails(definition)
            for name, definition in self.fragment_definitions.items()
        }
        self._conditions = tuple(sorted(set(_condition_variables(document))))
        self._variants: dict[tuple[Any, ...], Variant | None] = {}

    def variant(self, variables: VariableValues) -> Variant | None:
        """The variant for these variables; None if graphql-core must execute it."""
        coerced = variables.coerced
        key = tuple(coerced.get(name) for name in self._conditions)
        if key in self._variants:
            return self._variants[key]
        if len(self._variants) >= MOST_VARIANTS or _taken.is_full:
            return None
        if not all(type(one) is bool for one in key):
            return None
        try:
            made = Variant(self, variables)
        except (Unsupported, RecursionError):
            # Remembered, so that it is not tried again for each request.
            made = None
        self._variants[key] = made
        return made


class _Conditions(Visitor):
    """Finds the variables that decide which fields there are, and what cannot be compiled."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: list[str] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        """No introspection: graphql-core does that well, and nobody does it often."""
        if node.name.value in NOT_COMPILED_FIELDS:
            raise Unsupported

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Notes the variables of @skip and @include."""
        if node.name.value in NOT_COMPILED_DIRECTIVES:
            raise Unsupported
        if node.name.value in CONDITIONS:
            values = (argument.value for argument in node.arguments or ())
            self.variables += [v.name.value for v in values if isinstance(v, VariableNode)]


def _condition_variables(document: Node) -> Iterator[str]:
    conditions = _Conditions()
    visit(document, conditions)
    yield from conditions.variables


def operation_named(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The operation that graphql-core would choose; None if it would refuse to choose."""
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        and (name is None or (definition.name is not None and definition.name.value == name))
    ]
    return operations[0] if len(operations) == 1 else None
