"""Where compiled operations meet Strawberry: an extension, the last in a schema's list."""

import os
from collections.abc import AsyncIterator
from typing import Any, Protocol

from graphql import DocumentNode
from graphql.execution.values import get_variable_values
from strawberry.extensions import SchemaExtension
from strawberry.schema import BaseSchema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.compiled.execution import execution_of
from api.compiled.plans import OperationPlan, Unsupported, operation_named

SWITCH = "CROSSDOCK_COMPILED_OPERATIONS"
# A document that came once may never come again; compiling takes as long as executing it.
USES_BEFORE_COMPILING = 2


class RepeatedDocument(Protocol):
    """What is known of the document that runs: api.limits.documents keeps it by its text."""

    node: DocumentNode
    uses: int
    plans: dict[str | None, Any]


class CompiledOperations(SchemaExtension):
    """Executes an operation of a repeated document by its plan.

    Which document runs stands in the context's `document`; without one graphql-core executes, as
    it does what cannot be planned. CROSSDOCK_COMPILED_OPERATIONS=off leaves everything to it."""

    async def on_execute(self) -> AsyncIterator[None]:
        """Sets the result; without one Strawberry has graphql-core execute."""
        asked = self.execution_context
        document: RepeatedDocument | None = getattr(asked.context, "document", None)
        if (
            document is not None
            and document.uses >= USES_BEFORE_COMPILING
            and document.node is asked.graphql_document
            and not asked.result
            and os.environ.get(SWITCH) != "off"
        ):
            plan = self._plan(document)
            if plan is not None:
                await self._execute(plan)
        yield

    def _plan(self, document: RepeatedDocument) -> OperationPlan | None:
        asked = self.execution_context
        operation = operation_named(document.node, asked.operation_name)
        if operation is None:
            return None
        name = operation.name.value if operation.name else None
        if name not in document.plans:
            try:
                if not _executes_as_usual(asked.schema):
                    raise Unsupported
                document.plans[name] = OperationPlan(asked.schema._schema, document.node, operation)
            except Unsupported:
                document.plans[name] = None
        plan: OperationPlan | None = document.plans[name]
        # Never another schema's: the document belongs to the one that validated it.
        return plan if plan is not None and plan.schema is asked.schema._schema else None

    async def _execute(self, plan: OperationPlan) -> None:
        asked = self.execution_context
        variables = get_variable_values(
            plan.schema, plan.variables, asked.variables or {}, max_errors=50
        )
        if isinstance(variables, list):
            return  # graphql-core finds the same errors again, and answers with them
        variant = plan.variant(variables)
        if variant is not None:
            asked.result = await execution_of(plan, variant, variables, asked).run()


def _executes_as_usual(schema: BaseSchema) -> bool:
    """No extension stands around each resolver, and execution is Strawberry's own."""
    known: Any = schema
    return known.execution_context_class is StrawberryGraphQLCoreExecutionContext and not any(
        extension._implements_resolve() for extension in known.get_extensions()
    )
