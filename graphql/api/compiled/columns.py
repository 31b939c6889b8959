"""Attributes that are no more than columns of a row, written without making their values."""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType, GraphQLOutputType, is_leaf_type, is_non_null_type

from api.compiled.admitting import class_of
from api.compiled.plans import FieldPlan
from api.worked_out import Leaf, Whole

TYPENAME = "__typename"
# The completed value of a variable, as the type wants it.
Complete = Callable[[FieldPlan, GraphQLOutputType, str], str]


class Columns:
    """The columns that a written function reads of its `row`; each is read once."""

    def __init__(self, name: Callable[[str, Any], str], complete: Complete) -> None:
        self._name = name
        self._complete = complete
        self._read: dict[str, str] = {}

    def reads(self) -> list[str]:
        """The lines that read them."""
        return [f"    {variable} = row.{column}" for column, variable in self._read.items()]

    def expression(self, field: FieldPlan, worked_out: Any) -> str | None:
        """The completed value of a field; None if it is more than columns, or another type's."""
        if isinstance(worked_out, Leaf):
            return self._leaf(field, worked_out)
        if isinstance(worked_out, Whole):
            return self._whole(field, worked_out)
        return None

    def _column(self, column: str) -> str:
        return self._read.setdefault(column, f"c{len(self._read)}")

    def _leaf(self, field: FieldPlan, leaf: Leaf) -> str | None:
        type_: Any = _nullable(field.type)
        if not is_leaf_type(type_) or type_.coerce_output_value is not leaf.scalar:
            return None
        values = ", ".join(map(self._column, leaf.columns))
        return f"{self._name('written', leaf.written)}({values})"

    def _whole(self, field: FieldPlan, whole: Whole) -> str | None:
        type_ = _nullable(field.type)
        if not isinstance(type_, GraphQLObjectType) or class_of(type_) is not whole.kind:
            return None
        entries = []
        for part in field.selection(type_).values():
            written = self._part(part, whole)
            if written is None:
                return None
            entries.append(f"{part.key!r}: {written}")
        return "{" + ", ".join(entries) + "}"

    def _part(self, part: FieldPlan, whole: Whole) -> str | None:
        if part.name == TYPENAME:
            return repr(part.parent.name)
        made = whole.parts.get(part.attribute or "")
        if isinstance(made, Leaf):
            return self._leaf(part, made)
        return None if made is None else self._complete(part, part.type, self._column(made))


def _nullable(type_: GraphQLOutputType) -> Any:
    return type_.of_type if is_non_null_type(type_) else type_
