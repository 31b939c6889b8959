"""The schema: every area's queries, mutations and subscriptions under one root."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSchema, print_schema
from starlette.datastructures import UploadFile
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from api.areas import MUTATIONS, QUERIES, SUBSCRIPTIONS
from api.compiled.direct import executed_directly
from api.compiled.extension import CompiledOperations
from api.compiled.phases import LeanRunner
from api.errors import OperationScope
from api.events.kinds import event_interface_types
from api.metering import Metering
from api.moments import MOMENTS
from api.scalars import DECIMAL, UPLOAD
from api.user_errors import error_types
from api.writing import IDEMPOTENT


def _merged(name: str, parts: tuple[type, ...], description: str) -> type:
    return strawberry.type(type(name, parts, {}), name=name, description=description)


class Schema(strawberry.Schema):
    """Errors are logged where they are made public: a client's mistake is not our error."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing: see api.errors."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> Any:
        """The result of a query or mutation; the short way where its plan is known."""
        usual = allowed_operation_types is None and operation_extensions is None
        if usual and getattr(context_value, "document", None) is not None:
            asked = ExecutionContext(
                query=query,
                schema=self,
                allowed_operations=(),
                context=context_value,
                root_value=root_value,
                variables=variable_values,
                provided_operation_name=operation_name,
            )
            done = await executed_directly(self, asked)
            if done is not None:
                return done
        return await super().execute(
            query,
            variable_values,
            context_value,
            root_value,
            operation_name,
            allowed_operation_types,
            operation_extensions,
        )

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> LeanRunner:
        """Phases in which no extension does anything cost nothing."""
        return LeanRunner(execution_context, extensions)

    def _create_execution_context(self, *args: Any, **more: Any) -> ExecutionContext:
        """What the door has parsed and validated already is neither parsed nor validated anew."""
        made = super()._create_execution_context(*args, **more)
        document = getattr(made.context, "document", None)
        if document is not None and document.text == made.query:
            made.graphql_document = document.node
            made.pre_execution_errors = []
        return made


@cache
def build_schema() -> strawberry.Schema:
    """The schema: the same object each time, for it holds nothing but definitions."""
    schema = Schema(
        query=_merged("Query", QUERIES, "Reads. Every list is a Relay connection."),
        mutation=_merged(
            "Mutation",
            MUTATIONS,
            "Writes: one input, one payload, one transaction.",
        ),
        subscription=_merged("Subscription", SUBSCRIPTIONS, "What happens, as it happens.")
        if SUBSCRIPTIONS
        else None,
        types=[*error_types(), *event_interface_types()],
        # Executing last: the others may refuse first.
        extensions=[Metering, OperationScope, CompiledOperations],
        config=StrawberryConfig(scalar_map={Decimal: DECIMAL, UploadFile: UPLOAD, **MOMENTS}),
    )
    core = graphql_core_schema(schema)
    core.directives = (*core.directives, IDEMPOTENT)
    return schema


def graphql_core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The graphql-core schema inside."""
    core: Any = schema._schema
    assert isinstance(core, GraphQLSchema)
    return core


def sdl(schema: strawberry.Schema) -> str:
    """The schema definition, as it is checked in at graphql/schema.graphql."""
    return print_schema(graphql_core_schema(schema)) + "\n"
