"""The query by which a subscriber chooses its payload: what it may be, and running it.

It is an ordinary query of this API with one variable, the event:

    query ($event: ID!) { event(id: $event) { type ... on OrderPlaced { order { number } } } }
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    InlineFragmentNode,
    ListTypeNode,
    Node,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_location,
    visit,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from api.compiled.extension import graphql_core_schema
from api.context import Context
from api.door.refusals import formatted
from api.events.kinds import KIND
from api.ids import global_id
from api.limits.bounds import BOUNDS
from api.limits.documents import Document, Documents, Refused
from domain.integration.event_types import event_catalogue
from domain.integration.subscribers import LONGEST_QUERY
from tenancy.principals import Principal

VARIABLE = "event"
# A message is made for every event: much less than what an operation may cost.
CHOSEN_BOUNDS = replace(BOUNDS, length=LONGEST_QUERY, tokens=2_000, depth=10, cost=1_000)
_SHAPE = "query ($event: ID!) { event(id: $event) { … } }"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a query, and where; lines and columns count from 1."""

    message: str
    line: int | None = None
    column: int | None = None


class QueryFaulty(Exception):
    """The query cannot choose a payload; `faults` says why."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].message)
        self.faults = faults


# What is compiled of a query is kept as long as the schema it is of.
_documents: WeakKeyDictionary[strawberry.Schema, Documents] = WeakKeyDictionary()


class ChosenPayloads:
    """Examines and runs subscribers' queries."""

    def __init__(
        self,
        engine: AsyncEngine,
        clock: Callable[[], datetime],
        *,
        schema: Callable[[], strawberry.Schema],
        services: Any = None,
    ) -> None:
        self._engine, self._clock, self._services = engine, clock, services
        # Until the first query: many a process sees none.
        self._build = schema
        self._built: strawberry.Schema | None = None
        self._building = asyncio.Lock()

    def examine(self, query: str, owner: Principal) -> None:
        """Raises QueryFaulty for a query that is no valid document of the right form, may cost too
        much, or asks for events that the owner may not see."""
        document = self._admitted(query)
        operation = _only_operation(document)
        faults = [*_form_faults(document, operation), *_unseen(document, owner)]
        cost = document.price(operation, {})
        if cost > CHOSEN_BOUNDS.cost:
            message = f"It may cost {cost:,} points; at most {CHOSEN_BOUNDS.cost:,} are allowed."
            faults.append(Fault(message))
        if faults:
            raise QueryFaulty(faults)

    async def payload(self, owner: Principal, query: str, event_id: int) -> dict[str, Any]:
        """What the query gives for an event with the owner's rights: `data`, and `errors` if there
        are some. A query that the schema has outgrown gives only errors."""
        async with self._building:
            # It takes seconds, for which nothing else shall stand still.
            self._built = self._built or await asyncio.to_thread(self._build)
        try:
            document = self._admitted(query)
        except QueryFaulty as faulty:
            return {"data": None, "errors": [{"message": f.message} for f in faulty.faults]}
        # In a task of its own: an operation's scope belongs to the task that it began in.
        result = await asyncio.create_task(self._run(document, owner, event_id))
        made = {"data": result.data}
        if result.errors:
            made["errors"] = [formatted(error) for error in result.errors]
        return made

    async def _run(self, document: Document, owner: Principal, event_id: int) -> Any:
        context = Context(
            engine=self._engine,
            clock=self._clock,
            request_id=f"webhook-evt_{event_id}",
            caller=owner,
            services=self._services,
            document=document,
        )
        return await self._schema().execute(
            document.text,
            variable_values={VARIABLE: global_id(KIND, event_id)},
            context_value=context,
        )

    def _schema(self) -> strawberry.Schema:
        if self._built is None:
            self._built = self._build()
        return self._built

    def _admitted(self, query: str) -> Document:
        schema = self._schema()
        if schema not in _documents:
            _documents[schema] = Documents(graphql_core_schema(schema), CHOSEN_BOUNDS)
        try:
            return _documents[schema].admit(query)
        except Refused as refused:
            raise QueryFaulty([fault_of(error) for error in refused.errors]) from None


def fault_of(error: GraphQLError) -> Fault:
    """A GraphQL error as a fault of the query."""
    if not error.locations:
        return Fault(error.message)
    place = error.locations[0]
    return Fault(error.message, place.line, place.column)


def _only_operation(document: Document) -> OperationDefinitionNode:
    try:
        return document.operation(None)
    except Refused as refused:
        raise QueryFaulty([fault_of(error) for error in refused.errors]) from None


def _form_faults(document: Document, operation: OperationDefinitionNode) -> Iterator[Fault]:
    if operation.operation is not OperationType.QUERY:
        yield _at(operation, "A payload is chosen by a query.")
        return
    if document.introspects:
        yield _at(operation, "A payload does not show the schema.")
    declared = operation.variable_definitions or ()
    if [one.variable.name.value for one in declared] != [VARIABLE] or not _is_id(declared[0]):
        yield _at(operation, f"Its one variable is the event: {_SHAPE}.")
    for selection in operation.selection_set.selections:
        if not isinstance(selection, FieldNode):
            yield _at(selection, f"At its root stands the event: {_SHAPE}.")
        elif selection.name.value not in ("event", "__typename"):
            yield _at(selection, f"At its root stands the event and nothing else: {_SHAPE}.")
        elif any(not isinstance(a.value, VariableNode) for a in selection.arguments or ()):
            yield _at(selection, "The event is the one of the variable: event(id: $event).")


def _is_id(declared: VariableDefinitionNode) -> bool:
    kind: Any = declared.type
    if isinstance(kind, NonNullTypeNode):
        kind = kind.type
    return not isinstance(kind, ListTypeNode) and kind.name.value == "ID"


def _unseen(document: Document, owner: Principal) -> Iterator[Fault]:
    """What it asks of event types that the owner may not see."""
    needed = {each.name: each.permission for each in event_catalogue().values()}
    for condition in _conditions(document):
        permission = needed.get(condition.name.value)
        if permission is not None and not owner.may(permission):
            name = condition.name.value
            yield _at(condition, f"Events of type {name} need the permission {permission}.")


def _conditions(document: Document) -> list[Any]:
    found = _Conditions()
    visit(document.node, found)
    return found.types


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.types: list[Any] = []

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        if node.type_condition is not None:
            self.types.append(node.type_condition)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        self.types.append(node.type_condition)


def _at(node: Node, message: str) -> Fault:
    if node.loc is None:
        return Fault(message)
    place = get_location(node.loc.source, node.loc.start)
    return Fault(message, place.line, place.column)
