"""Input types of the hot path, built from what the client sent without a walk for each value.

Strawberry finds out anew, for every value of every request, what type it has. By its own hook
(`from_input`) an input type is built here by what was found out once."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, TypeVar

from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

Input = TypeVar("Input", bound=type)
Convert = Callable[[Any, InputContext, str], Any]


def built_quickly(input_type: Input) -> Input:
    """Have the decorated input type built this way; put it above @strawberry.input."""
    definition: Any = input_type.__strawberry_definition__  # type: ignore[attr-defined]
    definition.from_input = _Builder(definition)
    return input_type


class _Builder:
    def __init__(self, definition: Any) -> None:
        self._definition = definition
        # By the name in GraphQL: the name in Python, and what makes the value what is wanted.
        self._fields: dict[str, tuple[str, Convert | None]] | None = None
        self._absent: dict[str, None] = {}

    def __call__(self, made: type, value: Mapping[str, Any], context: InputContext) -> Any:
        fields = self._fields
        if fields is None:
            fields = self._fields = dict(self._field(f, context) for f in self._definition.fields)
            self._absent = {
                each.python_name: None
                for each in self._definition.fields
                if each.default_value is MISSING and each.default_factory is MISSING
            }
        given: dict[str, Any] = dict(self._absent)
        for name, part in value.items():
            python_name, convert = fields[name]
            given[python_name] = part if convert is None else convert(part, context, name)
        return made(**given)

    def _field(self, field: Any, context: InputContext) -> tuple[str, tuple[str, Convert | None]]:
        kind = field.resolve_type(type_definition=self._definition)
        name = context.config.name_converter.from_field(field)
        return name, (field.python_name, conversion_of(kind, context))


def conversion_of(kind: Any, context: InputContext) -> Convert | None:
    """What makes a value (at a name in a context) what a resolver takes; None where it is that
    already."""
    plain = _nullable(kind)
    if _is_leaf(plain, context):
        return None
    if isinstance(plain, StrawberryList):
        one = _nullable(plain.of_type)
        if _is_leaf(one, context):
            # A default is the same list for all requests.
            return lambda value, _, __: None if value is None else list(value)
        if _is_built_quickly(one):
            return _list_of(one)
    elif _is_built_quickly(plain):
        return lambda value, context, name: (
            None if value is None else _built(plain, value, context, (name,))
        )
    if isinstance(plain, StrawberryMaybe):
        return lambda value, context, name: context.convert(value, kind, name)
    return lambda value, context, name: (
        None if value is None else context.convert(value, kind, name)
    )


def _list_of(one: Any) -> Convert:
    def convert(values: Any, context: InputContext, name: str) -> list[Any] | None:
        if values is None:
            return None
        return [
            None if each is None else _built(one, each, context, (name, place))
            for place, each in enumerate(values)
        ]

    return convert


def _built(made: Any, value: Any, context: InputContext, at: tuple[str | int, ...]) -> Any:
    inner = InputContext(
        context.info, context.config, context.scalar_registry, (*context.path, *at)
    )
    return made.__strawberry_definition__.from_input(made, value, inner)


def _is_built_quickly(kind: Any) -> bool:
    return isinstance(_hook_of(kind), _Builder)


def _hook_of(kind: Any) -> Any:
    return getattr(getattr(kind, "__strawberry_definition__", None), "from_input", None)


def _nullable(kind: Any) -> Any:
    while isinstance(kind, StrawberryOptional) and not isinstance(kind, StrawberryMaybe):
        kind = kind.of_type
    return kind


def _is_leaf(plain: Any, context: InputContext) -> bool:
    return isinstance(plain, StrawberryEnumDefinition) or (
        plain is not GlobalID and is_scalar(plain, context.scalar_registry)
    )
