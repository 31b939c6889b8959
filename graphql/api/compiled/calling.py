"""A resolver with arguments, called without what Strawberry does around it when nothing is asked.

Strawberry finds out for each request what type each argument has, and builds a chain of field
extensions; here both is done once."""

from collections.abc import Callable
from typing import Any

from strawberry.types.arguments import InputContext
from strawberry.types.field import StrawberryField

from api.quick_inputs import Convert, conversion_of


class Called:
    """The method behind a field, ready to be called with what graphql-core gives."""

    def __init__(
        self, field: StrawberryField, method: Callable[..., Any], info: str | None, owner: Any
    ) -> None:
        self._field, self._method, self._info, self._owner = field, method, info, owner
        self._made = owner.config.info_class
        self.resolver: Callable[..., Any] = self._later if field.is_async else self._now
        # By the name in GraphQL; looked at when it is first called, when all types are known.
        self._arguments: dict[str, tuple[str, Convert | None]] | None = None

    def _now(self, source: Any, raw: Any, **given: Any) -> Any:
        return self._method(source, **self._taken(raw, given))

    async def _later(self, source: Any, raw: Any, **given: Any) -> Any:
        return await self._method(source, **self._taken(raw, given))

    def _taken(self, raw: Any, given: dict[str, Any]) -> dict[str, Any]:
        info = self._made(_raw_info=raw, _field=self._field)
        converter = self._owner.schema_converter
        context = InputContext(
            info=info,
            config=self._owner.config,
            scalar_registry=converter.scalar_registry,
            path=(),
        )
        arguments = self._arguments
        if arguments is None:
            arguments = self._arguments = self._look(context)
        taken: dict[str, Any] = {}
        for name, value in given.items():
            python_name, convert = arguments[name]
            taken[python_name] = value if convert is None else convert(value, context, name)
        if self._info is not None:
            taken[self._info] = info
        return taken

    def _look(self, context: InputContext) -> dict[str, tuple[str, Convert | None]]:
        named = context.config.name_converter.from_argument
        return {
            named(each): (each.python_name, conversion_of(each.type, context))
            for each in self._field.arguments
        }
