"""Where compiled operations meet Strawberry: an extension, the last in a schema's list."""

import os
from collections.abc import AsyncIterator
from typing import Any, Protocol

from graphql import DocumentNode, GraphQLSchema
from graphql.execution.values import get_variable_values
from strawberry.extensions import SchemaExtension
from strawberry.schema import BaseSchema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext

from api.compiled.execution import PlannedExecution, execution_of
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
            and document.node is asked.graphql_document
            and not asked.result
            and (plan := plan_of(document, asked.operation_name, asked.schema)) is not None
        ):
            execution = begun(plan, asked)
            if execution is not None:
                asked.result = await execution.run()
        yield


def plan_of(
    document: RepeatedDocument, operation_name: str | None, schema: BaseSchema
) -> OperationPlan | None:
    """The plan of an operation; None where graphql-core must execute it, or had better."""
    if document.uses < USES_BEFORE_COMPILING or os.environ.get(SWITCH) == "off":
        return None
    operation = operation_named(document.node, operation_name)
    if operation is None:
        return None
    core = graphql_core_schema(schema)
    name = operation.name.value if operation.name else None
    if name not in document.plans:
        try:
            if not _executes_as_usual(schema):
                raise Unsupported
            document.plans[name] = OperationPlan(core, document.node, operation)
        except Unsupported:
            document.plans[name] = None
    plan: OperationPlan | None = document.plans[name]
    # Never another schema's: the document belongs to the one that validated it.
    return plan if plan is not None and plan.schema is core else None


def begun(plan: OperationPlan, asked: ExecutionContext) -> PlannedExecution | None:
    """An execution of the plan; None where graphql-core must execute it. Wrong variables are such
    a case: it finds the same errors again, and answers with them."""
    sent = asked.variables or {}
    variables = plan.reading.read(sent) or get_variable_values(
        plan.schema, plan.variables, sent, max_errors=50
    )
    if isinstance(variables, list):
        return None
    variant = plan.variant(variables)
    return None if variant is None else execution_of(plan, variant, variables, asked)


def graphql_core_schema(schema: BaseSchema) -> GraphQLSchema:
    """The graphql-core schema inside."""
    known: Any = schema
    core: GraphQLSchema = known._schema
    return core


def _executes_as_usual(schema: BaseSchema) -> bool:
    """No extension stands around each resolver, and execution is Strawberry's own."""
    known: Any = schema
    return known.execution_context_class is StrawberryGraphQLCoreExecutionContext and not any(
        extension._implements_resolve() for extension in known.get_extensions()
    )
