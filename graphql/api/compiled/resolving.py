"""How a field gets its value: by reading an attribute, or by a resolver."""

import inspect
import keyword
from collections.abc import Callable
from typing import Any

from graphql import GraphQLField, GraphQLSchema
from strawberry.types.field import StrawberryField

from api.compiled.calling import Called
from api.compiled.loading import Load, load_of

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


def resolver_of(definition: GraphQLField, schema: GraphQLSchema) -> Resolver:
    """What graphql-core would call; or the method itself, around which nothing is done.

    Strawberry converts arguments, runs field extensions and maps exceptions around each resolver.
    Where a field has none of these, as those with loaders on every row of a list, that costs five
    times what the method does."""
    found = _bare_method(definition, schema)
    if found is None:
        resolve = definition.resolve
        assert resolve is not None
        return resolve
    field, method, info = found
    known: Any = schema
    if definition.args:
        return Called(field, method, info, known._strawberry_schema).resolver
    if info is None:
        return lambda source, _: method(source)
    made: Resolver = known._strawberry_schema.config.info_class
    return _with_info(method, info, field, made)


def load_by(definition: GraphQLField, schema: GraphQLSchema) -> Load | None:
    """What the field's resolver loads, if it does nothing else."""
    found = None if definition.args else _bare_method(definition, schema)
    if found is None:
        return None
    field, method, info = found
    return load_of(method, info) if info is not None and field.is_async else None


def _bare_method(
    definition: GraphQLField, schema: GraphQLSchema
) -> tuple[StrawberryField, Resolver, str | None] | None:
    """The method behind a field around which Strawberry does nothing, and its name for info."""
    field = definition.extensions.get(DEFINITION)
    if not isinstance(field, StrawberryField) or field.base_resolver is None:
        return None
    base, owner = field.base_resolver, getattr(schema, "_strawberry_schema", None)
    method = base.wrapped_func
    if (
        field.extensions
        or field.is_subscription
        or owner is None
        or owner.exception_handlers
        or type(field).get_result is not StrawberryField.get_result
        or base.root_parameter
        or base.parent_parameter
        or not base.self_parameter
        or not inspect.isfunction(method)
        # Nothing of an async resolver may run before it is awaited.
        or field.is_async != inspect.iscoroutinefunction(method)
    ):
        return None
    return field, method, base.info_parameter.name if base.info_parameter else None


def _with_info(method: Resolver, name: str, field: StrawberryField, made: Resolver) -> Resolver:
    if name == "info":
        return lambda source, raw: method(source, info=made(_raw_info=raw, _field=field))
    return lambda source, raw: method(source, **{name: made(_raw_info=raw, _field=field)})
