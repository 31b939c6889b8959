"""Completes a part of an answer whose fields read attributes or load: level by level.

The written function (generating.py) completes what can be read at once, and leaves the loaded
fields of each object open. All objects of a level then load together, with one call for each
field, whatever lists they stand in; completing what came may open the next level. As with the
reading functions, whatever is unusual raises, and graphql-core completes the same part again:
what was loaded is kept by the loaders, so that nothing is fetched twice."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from api.compiled.leaves import Unfit
from api.compiled.loading import Load

# For each selection with loaded fields: the objects and the open results of the level.
Level = list[list[tuple[Any, dict[str, Any]]]]
LoadAll = Callable[..., Awaitable[list[Any]]]


@dataclass(frozen=True, slots=True)
class LoadedField:
    """A field of a selection that is loaded: where it goes, and what completes its value."""

    response: str
    load: Load
    complete: Callable[[Any, Level], Any]


class Gathering:
    """A part of an operation, ready to be run on the value at its top."""

    def __init__(
        self,
        complete: Callable[[Any, Level], Any],
        selections: Sequence[Sequence[LoadedField]],
    ) -> None:
        self._complete = complete
        self._selections = selections

    async def run(self, value: Any, load_all: LoadAll) -> Any:
        """The completed value. Raises whatever is unusual."""
        level = self._empty()
        completed = self._complete(value, level)
        while any(level):
            loading = [
                _Loading(field, opened, load_all)
                for fields, opened in zip(self._selections, level, strict=True)
                if opened
                for field in fields
            ]
            level = self._empty()
            for each in loading:
                await each.fill(level)
        return completed

    def _empty(self) -> Level:
        return [[] for _ in self._selections]


class _Loading:
    """One field of all objects of a level, asked for before any of them is awaited."""

    def __init__(
        self, field: LoadedField, opened: Sequence[tuple[Any, dict[str, Any]]], load_all: LoadAll
    ) -> None:
        load = field.load
        key_of = attrgetter(load.attribute)
        keys = [key_of(source) for source, _ in opened]
        self._results = [result for _, result in opened]
        if None in keys:
            if not load.none_is_nothing:
                raise Unfit
            self._leave_empty(field, keys)
            keys = [key for key in keys if key is not None]
        self._field = field
        self._values = load_all(load.batch, keys, *load.arguments)

    def _leave_empty(self, field: LoadedField, keys: Sequence[Any]) -> None:
        for result, key in zip(self._results, keys, strict=True):
            if key is None:
                result[field.response] = field.complete(None, [])
        self._results = [r for r, key in zip(self._results, keys, strict=True) if key is not None]

    async def fill(self, level: Level) -> None:
        """Wait for the values and complete them; what they leave open is the next level."""
        response, complete = self._field.response, self._field.complete
        for result, value in zip(self._results, await self._values, strict=True):
            result[response] = complete(value, level)
