"""Objects of the API made of a row: each attribute is worked out when it is first asked for.

A request selects a few of an object's fields. To build all of them for every row of a list, its
amounts, quantities and ids, took longer than to answer with those that were selected."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

# How attributes are worked out of a row; any other is the row's attribute of the same name.
WorkedOut = Mapping[str, Callable[[Any], Any]]


class FromRow:
    """A type of the API whose objects stand on a row of the domain's queries, or on what else
    there is to work them out of. They are never changed: compiled operations read the row itself
    (api.compiled.generating)."""

    WORKED_OUT: ClassVar[WorkedOut]

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row of the domain's queries."""
        made = cls.__new__(cls)
        made.__dict__["_row"] = row
        return made

    if not TYPE_CHECKING:  # Declared attributes alone are known to the type checker.

        def __getattr__(self, name: str) -> Any:
            # No attribute begins so; others look for their own marks.
            if name[0] == "_":
                raise AttributeError(name)
            worked_out = self.WORKED_OUT.get(name)
            row = self._row
            value = getattr(row, name) if worked_out is None else worked_out(row)
            self.__dict__[name] = value
            return value


# Looked for on every object of an interface's type; found at once, it is not asked for below.
setattr(FromRow, TYPE_CAST_ATTRIBUTE, None)
