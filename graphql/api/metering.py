"""Metrics of the API: how many operations, how long, how they ended."""

import time
from collections.abc import Iterator

from graphql import FieldNode, GraphQLError, OperationDefinitionNode
from prometheus_client import Counter, Histogram
from strawberry.extensions import SchemaExtension

OPERATIONS = Counter(
    "crossdock_graphql_operations_total",
    "GraphQL operations by type, first root field and outcome.",
    ("type", "field", "outcome"),
)
SECONDS = Histogram(
    "crossdock_graphql_operation_seconds",
    "How long GraphQL operations took.",
    ("type",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def count_refused(code: str) -> None:
    """Count an operation that was refused before it could run."""
    OPERATIONS.labels("invalid", "", code).inc()


class Metering(SchemaExtension):
    """Counts each operation once.

    Labels are names of our own schema only: a client's operation names have no bound."""

    def on_operation(self) -> Iterator[None]:
        """Around the whole operation."""
        started = time.perf_counter()
        yield
        kind, field = self._what()
        if kind != "subscription":
            SECONDS.labels(kind).observe(time.perf_counter() - started)
        OPERATIONS.labels(kind, field, self._outcome()).inc()

    def _what(self) -> tuple[str, str]:
        document = self.execution_context.graphql_document
        errors = self._errors()
        # An error without a path came before execution: syntax, validation, variables.
        if document is None or (errors and errors[0].path is None):
            return "invalid", ""
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                first = definition.selection_set.selections[0]
                name = first.name.value if isinstance(first, FieldNode) else ""
                return definition.operation.value, name
        return "invalid", ""

    def _outcome(self) -> str:
        errors = self._errors()
        return str((errors[0].extensions or {}).get("code", "error")) if errors else "ok"

    def _errors(self) -> list[GraphQLError]:
        return getattr(self.execution_context.result, "errors", None) or []
