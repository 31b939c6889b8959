"""Variables and arguments of a planned operation, read by functions made once for each type.

graphql-core walks the types anew for every value of every request. What is unusual (a value of
another shape, a default, one element where a list is wanted) raises Unfit, and graphql-core reads
the same values again, tells what is wrong, or finds that nothing is."""

from collections.abc import Callable, Iterable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    VariableDefinitionNode,
    VariableNode,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

from api.compiled.leaves import Unfit

Read = Callable[[Any], Any]
# Where the reading function of a type is kept: with the type, for as long as there is one.
_KEPT = "crossdock-reading"


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, nodes: Iterable[VariableDefinitionNode]) -> None:
        self._known: list[tuple[str, Any, bool, Read]] | None = []
        for node in nodes:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError) or node.default_value is not None:
                self._known = None
                return
            is_required = is_non_null_type(signature.type)
            read = _reading(signature.type)
            self._known.append((signature.name, signature, is_required, read))

    def read(self, sent: dict[str, Any]) -> VariableValues | None:
        """Their values as graphql-core would give them; None where it must read them itself."""
        if self._known is None:
            return None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for name, signature, is_required, read in self._known:
                if name in sent:
                    value = sent[name]
                    sources[name] = VariableValueSource(signature, value)
                    coerced[name] = read(value)
                elif is_required:
                    return None
                else:
                    sources[name] = VariableValueSource(signature)
        except Exception:
            return None
        return VariableValues(sources, coerced)


class Arguments:
    """A field's arguments where all are variables, and none that is left out has a default."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        given = {each.name.value: each.value for each in node.arguments or ()}
        self._named: list[tuple[str, str, bool]] | None = []
        for name, argument in definition.args.items():
            value = given.get(name)
            if isinstance(value, VariableNode):
                is_wanted = is_non_null_type(argument.type)
                self._named.append((argument.out_name or name, value.name.value, is_wanted))
            elif value is not None or coerce_default_value(argument) is not Undefined:
                self._named = None
                return

    def of(self, coerced: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments by these variables; None where graphql-core must find them."""
        if self._named is None:
            return None
        found = {}
        for name, variable, is_wanted in self._named:
            value = coerced.get(variable, Undefined)
            if value is Undefined or (is_wanted and value is None):
                return None
            found[name] = value
        return found


def _reading(type_: GraphQLInputType) -> Read:
    if is_non_null_type(type_):
        return _required(_reading(type_.of_type))
    inner = _reading_of_nullable(type_)
    return lambda value: None if value is None else inner(value)


def _required(nullable: Read) -> Read:
    def read(value: Any) -> Any:
        if value is None:
            raise Unfit
        return nullable(value)

    return read


def _reading_of_nullable(type_: Any) -> Read:
    if is_list_type(type_):
        return _of_list(_reading(type_.of_type))
    if is_input_object_type(type_):
        return _of_object(type_)
    read: Read = type_.coerce_input_value
    return read


def _of_list(one: Read) -> Read:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise Unfit
        return [one(each) for each in value]

    return read


def _of_object(type_: GraphQLInputObjectType) -> Read:
    kept: Read | None = type_.extensions.get(_KEPT)
    if kept is None:
        made = _Object(type_)
        kept = type_.extensions[_KEPT] = made.read
    return kept


class _Object:
    """Reads an input object. Its fields are looked at when the first of them comes: types may
    refer to each other."""

    def __init__(self, type_: GraphQLInputObjectType) -> None:
        self._type = type_
        self._fields: dict[str, tuple[str, Read]] | None = None
        self._defaults: dict[str, Any] = {}
        self._required: tuple[str, ...] = ()

    def read(self, value: Any) -> Any:
        """The object with its defaults. Raises Unfit, and what its scalars raise."""
        if type(value) is not dict or self._type.is_one_of:
            raise Unfit
        fields = self._fields
        if fields is None:
            fields = self._fields = self._look()
        for name in self._required:
            if name not in value:
                raise Unfit
        found = dict(self._defaults)
        for name, sent in value.items():
            # An unknown name is a KeyError: unfit as well.
            out_name, read = fields[name]
            found[out_name] = read(sent)
        return self._type.out_type(found)

    def _look(self) -> dict[str, tuple[str, Read]]:
        fields = {}
        for name, field in self._type.fields.items():
            out_name = field.out_name or name
            fields[name] = (out_name, _reading(field.type))
            default = coerce_default_value(field)
            if default is not Undefined:
                self._defaults[out_name] = default
        self._required = tuple(
            name for name, field in self._type.fields.items() if is_required_input_field(field)
        )
        return fields
