"""A selection as steps: runs of plain fields read at once, and fields with resolvers."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from graphql import GraphQLSchema

from api.compiled.generating import Writer, has_plain_type, is_plain
from api.compiled.plans import FieldPlan, SelectionPlan


class Step:
    """Neighbouring fields: plain ones with a function that reads them all, or one other field.

    The order of the selection is kept, because resolvers may change what is read after them."""

    __slots__ = ("fields", "read")

    def __init__(
        self, fields: Sequence[FieldPlan], read: Callable[[Any], dict[str, Any]] | None
    ) -> None:
        self.fields = fields
        self.read = read


def steps_of(selection: SelectionPlan, schema: GraphQLSchema) -> tuple[Step, ...]:
    """The steps of a selection, made when it is first executed."""
    if selection.steps is None:
        selection.steps = tuple(_steps(selection, schema))
    steps: tuple[Step, ...] = selection.steps
    return steps


def _steps(selection: SelectionPlan, schema: GraphQLSchema) -> list[Step]:
    steps = []
    for plain, group in groupby(selection.values(), key=lambda field: is_plain(field, schema)):
        fields = list(group)
        if plain:
            steps.append(Step(fields, Writer(schema).reader_of(fields)))
            continue
        for field in fields:
            if has_plain_type(field, field.type, schema):
                field.complete = Writer(schema).completion_of(field)
            elif has_plain_type(field, field.type, schema, loads=True):
                field.gathering = Writer(schema).gathering_of(field)
        steps += [Step([field], None) for field in fields]
    return steps
