"""How a field gets its value: by reading an attribute, or by a resolver."""

import keyword
from collections.abc import Callable
from typing import Any

from graphql import GraphQLField
from strawberry.types.field import StrawberryField

Resolver = Callable[..., Any]
DEFINITION = "strawberry-definition"


def attribute_read(definition: GraphQLField) -> str | None:
    """The attribute that a field without resolver, permission and extension reads; or None."""
    field = definition.extensions.get(DEFINITION)
    if (
        isinstance(field, StrawberryField)
        and field.is_basic_field
        and type(field).get_result is StrawberryField.get_result
        and field.default_resolver is getattr
        and getattr(definition.resolve, "__name__", "") == "_get_basic_result"
        and field.python_name.isidentifier()
        and not keyword.iskeyword(field.python_name)
    ):
        return field.python_name
    return None


def resolver_of(definition: GraphQLField) -> Resolver:
    """What graphql-core would call."""
    assert definition.resolve is not None
    return definition.resolve
