"""Statements of the hot path: their text is made once for the life of the process.

SQLAlchemy finds the compiled form of a statement by walking all of it at each execution, which
costs more than many a statement itself."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.engine.interfaces import Compiled, Dialect

_DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]


class Prepared:
    """A Core statement whose values are all named bind parameters, or never change.

    Its rows come as the driver gives them (domain.kernel.direct)."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    @cached_property
    def _compiled(self) -> Compiled:
        return self._statement.compile(dialect=_DIALECT)

    @cached_property
    def text(self) -> str:
        """The SQL, with $1, $2 and so on."""
        return str(self._compiled)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns; none if it gives no rows."""
        gives: Any = getattr(self._statement, "exported_columns", ())
        return tuple(gives.keys()) if gives else ()

    @cached_property
    def _order(self) -> tuple[str, ...]:
        compiled: Any = self._compiled
        return tuple(compiled.positiontup)

    @cached_property
    def _fixed(self) -> dict[str, Any]:
        compiled: Any = self._compiled
        # The values that stand in the statement itself, as the driver wants them.
        return {
            name: value
            for name, value in compiled.params.items()
            if not compiled.binds[name].required
        }

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """The parameters in the order of the text. Raises KeyError when one is missing."""
        everything = {**self._fixed, **given}
        return tuple(everything[name] for name in self._order)
