"""Input types of the hot path, built from what the client sent without a walk for each value.

Strawberry finds out anew, for every value of every request, what type it has. By its own hook
(`from_input`) an input type is built here by what was found out once."""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any, TypeVar

from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

Input = TypeVar("Input", bound=type)


def built_quickly(input_type: Input) -> Input:
    """Have the decorated input type built this way; put it above @strawberry.input."""
    definition: Any = input_type.__strawberry_definition__  # type: ignore[attr-defined]
    definition.from_input = _Builder(definition)
    return input_type


class _Builder:
    def __init__(self, definition: Any) -> None:
        self._definition = definition
        # The name in GraphQL, in Python, and the type of what has to be converted (None: as it is).
        self._fields: list[tuple[str, str, Any]] | None = None
        self._absent: dict[str, None] = {}

    def __call__(self, made: type, value: Mapping[str, Any], context: InputContext) -> Any:
        if self._fields is None:
            self._fields = [self._field(each, context) for each in self._definition.fields]
            self._absent = {
                each.python_name: None
                for each in self._definition.fields
                if each.default_value is MISSING and each.default_factory is MISSING
            }
        given: dict[str, Any] = dict(self._absent)
        for name, python_name, kind in self._fields:
            if name in value:
                part = value[name]
                if kind is not None and part is not None:
                    part = context.convert(part, kind, name)
                given[python_name] = part
        return made(**given)

    def _field(self, field: Any, context: InputContext) -> tuple[str, str, Any]:
        kind = field.resolve_type(type_definition=self._definition)
        plain = kind
        while isinstance(plain, StrawberryOptional) and not isinstance(plain, StrawberryMaybe):
            plain = plain.of_type
        is_leaf = isinstance(plain, StrawberryEnumDefinition) or (
            plain is not GlobalID and is_scalar(plain, context.scalar_registry)
        )
        name = context.config.name_converter.from_field(field)
        return name, field.python_name, None if is_leaf else kind
