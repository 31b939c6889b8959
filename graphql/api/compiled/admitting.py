"""Which objects a written function may complete: what Strawberry would say of their class."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from api.compiled.leaves import Unfit, refuse_unsettled
from api.compiled.resolving import DEFINITION

MOST_CLASSES = 64


def class_of(type_: GraphQLObjectType) -> type:
    """The class of the API's type."""
    definition = type_.extensions[DEFINITION]
    assert isinstance(definition, StrawberryObjectDefinition)
    return definition.origin


def admission(type_: GraphQLObjectType, admitted: set[type]) -> Callable[[Any], None]:
    """Looks at the first object of each class; only its class decides, but for a cast."""
    is_type_of: Any = type_.is_type_of

    def admit(value: Any) -> None:
        refuse_unsettled(value)
        if is_type_of is not None and (
            getattr(value, TYPE_CAST_ATTRIBUTE, None) is not None or not is_type_of(value, None)
        ):
            raise Unfit
        if len(admitted) < MOST_CLASSES:
            admitted.add(type(value))

    return admit


def dispatch(functions: dict[type, str], values: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """Completes an object of exactly the class of a possible type; others go the long way."""

    def complete(value: Any, level: Any) -> Any:
        name = functions.get(type(value))
        if name is None or getattr(value, TYPE_CAST_ATTRIBUTE, None) is not None:
            raise Unfit
        return values[name](value, level)

    return complete


def dispatch_later(
    types: dict[type, GraphQLObjectType],
    write: Callable[[GraphQLObjectType], Callable[[Any], Any]],
) -> Callable[[Any, Any], Any]:
    """As dispatch; the function of a type is written when the first of its objects comes."""
    functions: dict[type, Callable[[Any], Any]] = {}

    def complete(value: Any, _level: Any) -> Any:
        function = functions.get(type(value))
        if function is None:
            type_ = types.get(type(value))
            if type_ is None:
                raise Unfit
            function = functions[type(value)] = write(type_)
        if getattr(value, TYPE_CAST_ATTRIBUTE, None) is not None:
            raise Unfit
        return function(value)

    return complete
