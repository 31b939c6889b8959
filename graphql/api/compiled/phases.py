"""Strawberry's extension phases, without their cost where an extension does little.

Strawberry builds an exit stack and a context manager for each hook of each extension in each of
four phases of each request: half the time of a small one. Here a hook that is a generator, as
ours are, is stepped directly; a phase without hooks is nothing; other hooks are Strawberry's."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType
from typing import Any

from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner

Kinds = tuple[type[SchemaExtension], ...]


@lru_cache(maxsize=64)
def hooks_of(name: str, kinds: Kinds) -> tuple[tuple[int, Callable[..., Any], bool], ...] | None:
    """Each hook with its extension's place and whether it is async; None if one is no generator."""
    default = getattr(SchemaExtension, name)
    found = [
        (place, getattr(kind, name))
        for place, kind in enumerate(kinds)
        if getattr(kind, name) is not default
    ]
    if not all(
        inspect.isgeneratorfunction(hook) or inspect.isasyncgenfunction(hook) for _, hook in found
    ):
        return None
    return tuple((place, hook, inspect.isasyncgenfunction(hook)) for place, hook in found)


class Phase:
    """One phase of one request: every hook up to its yield, and then the rest, backwards."""

    __slots__ = ("_begun", "_extensions", "_hooks")

    def __init__(self, hooks: Any, extensions: list[SchemaExtension]) -> None:
        self._hooks = hooks
        self._extensions = extensions
        self._begun: list[tuple[Any, bool]] = []

    async def __aenter__(self) -> None:
        try:
            for place, hook, is_async in self._hooks:
                step = hook(self._extensions[place])
                if is_async:
                    await step.__anext__()
                else:
                    next(step)
                self._begun.append((step, is_async))
        except BaseException as error:
            # Those that have begun end, and may swallow nothing: the phase has not begun.
            await self._end(error)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        left = await self._end(error)
        if left is not None and left is not error:
            raise left
        return error is not None and left is None

    async def _end(self, error: BaseException | None) -> BaseException | None:
        """Ends the hooks, the last first; gives the error that is left over."""
        while self._begun:
            step, is_async = self._begun.pop()
            try:
                if error is None:
                    await step.__anext__() if is_async else next(step)
                elif is_async:
                    await step.athrow(error)
                else:
                    step.throw(error)
            except (StopIteration, StopAsyncIteration):
                error = None
            except BaseException as raised:
                error = raised
            else:
                error = RuntimeError("An extension's hook yields once.")
        return error


class LeanRunner(SchemaExtensionsRunner):
    """Strawberry's runner with such phases."""

    def operation(self) -> Any:
        """The phase around everything."""
        return self._phase("on_operation") or super().operation()

    def parsing(self) -> Any:
        """The phase around parsing."""
        return self._phase("on_parse") or super().parsing()

    def validation(self) -> Any:
        """The phase around validation."""
        return self._phase("on_validate") or super().validation()

    def executing(self) -> Any:
        """The phase around execution."""
        return self._phase("on_execute") or super().executing()

    async def get_extensions_results(self, ctx: Any) -> dict[str, Any]:
        """What extensions add to the answer."""
        if hooks_of("get_results", self._kinds()) == ():
            return dict(ctx.extensions_results)
        return await super().get_extensions_results(ctx)

    def _kinds(self) -> Kinds:
        return tuple(map(type, self.extensions))

    def _phase(self, name: str) -> Phase | None:
        hooks = hooks_of(name, self._kinds())
        return None if hooks is None else Phase(hooks, self.extensions)
