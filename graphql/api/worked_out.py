"""What an attribute of an object is worked out of, where it is no more than columns of its row.

Such an attribute is a value like any other; but compiled operations write its JSON form straight
from the columns, without making the value (api.compiled.columns). Columns are never null here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar made of columns: `value` makes it, `written` its JSON form, both of the columns'
    values. The form is what `scalar` writes; under any other scalar the value is completed."""

    columns: tuple[str, ...]
    value: Callable[..., Any]
    written: Callable[..., str]
    scalar: Callable[[Any], Any]

    def __call__(self, row: Any) -> Any:
        """The value."""
        return self.value(*[getattr(row, column) for column in self.columns])


@dataclass(frozen=True, slots=True)
class Whole:
    """An object of `kind` made of columns, by `make`. Its attributes are the parts: a column's name
    where the attribute is the column, else a Leaf."""

    kind: type
    columns: tuple[str, ...]
    make: Callable[..., Any]
    parts: Mapping[str, str | Leaf]

    def __call__(self, row: Any) -> Any:
        """The object."""
        return self.make(*[getattr(row, column) for column in self.columns])


@dataclass(frozen=True, slots=True)
class OnRows:
    """A list of objects of `kind` (a FromRow), each on one of the rows that `rows` gives."""

    kind: Any
    rows: Callable[[Any], Sequence[Any]]

    def __call__(self, row: Any) -> list[Any]:
        """The objects."""
        return [self.kind.of(each) for each in self.rows(row)]
