"""Metrics of the API, and what an operation is called where it is watched.

Labels are names of our own only: what clients call their operations has no bound."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, get_operation_ast
from prometheus_client import Counter, Histogram
from strawberry.extensions import SchemaExtension

from api.door.persisted import OPERATIONS as DOCUMENTS
from domain.kernel.activity import Activity, doing, plain_trace_context
from tenancy.authentication import Authenticated

OPERATIONS = Counter(
    "crossdock_graphql_operations_total",
    "GraphQL operations by name (of our own documents), type, first root field and outcome.",
    ("operation", "type", "field", "outcome"),
)
SECONDS = Histogram(
    "crossdock_graphql_operation_seconds",
    "How long GraphQL operations took.",
    ("operation", "type"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
STATEMENTS = Histogram(
    "crossdock_graphql_operation_statements",
    "How many SQL statements GraphQL operations took.",
    ("operation", "type"),
    buckets=(0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89),
)
OTHER = "other"
_NAMED = re.compile(r"^\s*(?:query|mutation|subscription)\s+(\w+)", re.MULTILINE)
# As many as there are labels.
_operations = cache(OPERATIONS.labels)
_seconds = cache(SECONDS.labels)
_statements = cache(STATEMENTS.labels)


@cache
def known_names() -> frozenset[str]:
    """The names of the operations in graphql/operations."""
    texts = (path.read_text() for path in DOCUMENTS.glob("*.graphql"))
    return frozenset(name for text in texts for name in _NAMED.findall(text))


def count_refused(code: str) -> None:
    """Count an operation that was refused before it could run."""
    OPERATIONS.labels(OTHER, "invalid", "", code).inc()


def activity_of(caller: Authenticated | None, request_id: str) -> Activity:
    """What failed before an operation ran, for the log: whose it was, and which request."""
    principal = None if caller is None else caller.principal
    return Activity(
        "graphql",
        OTHER,
        tenant_id=None if principal is None else principal.tenant_id,
        request_id=request_id,
        principal=principal,
    )


class Metering(SchemaExtension):
    """Counts each operation once, and makes it the activity of everything below."""

    def on_operation(self) -> Iterator[None]:
        """Around the whole operation."""
        context: Any = self.execution_context.context
        activity = _activity_of(context)
        operation = self._operation()
        self._name(activity, operation)
        with doing(activity):
            yield
            if operation is None:
                operation = self._operation()
                self._name(activity, operation)
            activity.outcome = self._outcome()
        self._count(activity, operation)

    def _count(self, activity: Activity, operation: OperationDefinitionNode | None) -> None:
        errors = self._errors()
        # An error without a path came before execution: syntax, validation, variables.
        if operation is None or (errors and errors[0].path is None):
            OPERATIONS.labels(OTHER, "invalid", "", activity.outcome).inc()
            return
        name, kind = _known_name(operation), operation.operation.value
        _operations(name, kind, _first_field(operation), activity.outcome).inc()
        if kind != "subscription":
            _seconds(name, kind).observe(activity.seconds)
            _statements(name, kind).observe(activity.statements)

    def _operation(self) -> OperationDefinitionNode | None:
        asked = self.execution_context
        node = getattr(getattr(asked.context, "document", None), "node", None)
        node = node or asked.graphql_document
        return None if node is None else get_operation_ast(node, asked.operation_name)

    def _name(self, activity: Activity, operation: OperationDefinitionNode | None) -> None:
        if operation is not None:
            known = _known_name(operation)
            activity.name = _first_field(operation) or OTHER if known == OTHER else known
            document = getattr(self.execution_context.context, "document", None)
            if document is not None:
                activity.document = document.called(operation)
            if operation.operation.value == "subscription":
                activity.kind = "subscription"

    def _outcome(self) -> str:
        errors = self._errors()
        return str((errors[0].extensions or {}).get("code", "error")) if errors else "ok"

    def _errors(self) -> list[GraphQLError]:
        return getattr(self.execution_context.result, "errors", None) or []


def _activity_of(context: Any) -> Activity:
    caller = getattr(context, "caller", None)
    headers = getattr(getattr(context, "request", None), "headers", None)
    return Activity(
        "graphql",
        OTHER,
        tenant_id=None if caller is None else caller.tenant_id,
        request_id=getattr(context, "request_id", None),
        principal=caller,
        trace_context=None if headers is None else plain_trace_context(headers.get("traceparent")),
    )


def _known_name(operation: OperationDefinitionNode) -> str:
    name = OTHER if operation.name is None else operation.name.value
    return name if name in known_names() else OTHER


def _first_field(operation: OperationDefinitionNode) -> str:
    first = operation.selection_set.selections[0]
    return first.name.value if isinstance(first, FieldNode) else ""
