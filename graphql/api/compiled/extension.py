"""Where the compiled operations meet Strawberry: an extension, the last of a schema's list."""

import os
from collections.abc import AsyncIterator, Hashable, Iterator
from typing import Any, cast

from graphql import GraphQLError, parse
from graphql.execution.values import get_variable_values
from strawberry.extensions import SchemaExtension
from strawberry.schema import Schema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext, validate_document

from api.compiled.documents import LONGEST_KEPT, DocumentCache, KnownDocument
from api.compiled.execution import execution_of
from api.compiled.plans import OperationPlan, Unsupported, operation_named

SWITCH = "CROSSDOCK_COMPILED_OPERATIONS"


class CompiledOperations(SchemaExtension):
    """Parses and validates each document once, and executes a repeated one by its plan.

    It stands last in the list: the extensions before it may refuse an operation first."""

    def __init__(self, cache: DocumentCache, *, compiling: bool | None = None) -> None:
        super().__init__()
        self._cache = cache
        self._compiling = os.environ.get(SWITCH) != "off" if compiling is None else compiling
        self._known: KnownDocument | None = None

    def on_parse(self) -> Iterator[None]:
        """From the cache; a document with a syntax error is left to Strawberry, which says so."""
        asked = self.execution_context
        if asked.graphql_document is None and asked.query and len(asked.query) <= LONGEST_KEPT:
            key = self._key()
            self._known = self._cache.find(key)
            if self._known is None:
                try:
                    document = parse(asked.query, **asked.parse_options)
                except GraphQLError:
                    document = None
                if document is not None:
                    self._known = KnownDocument(asked.query, document)
                    self._cache.keep(key, self._known)
            if self._known is not None:
                asked.graphql_document = self._known.document
        yield

    def on_validate(self) -> Iterator[None]:
        """By the rules alone, which know no caller; what others refused stays refused."""
        asked, known = self.execution_context, self._known
        if known is not None and asked.pre_execution_errors is None:
            if known.errors is None:
                known.errors = tuple(
                    validate_document(
                        cast(Any, asked.schema)._schema, known.document, asked.validation_rules
                    )
                )
            asked.pre_execution_errors = list(known.errors)
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """By its plan, if the document came before and can be planned."""
        asked, known = self.execution_context, self._known
        if self._compiling and known is not None and known.proven and not asked.result:
            plan = self._plan(known)
            if plan is not None:
                await self._execute(plan)
        yield

    def _key(self) -> Hashable:
        asked = self.execution_context
        options = tuple(asked.parse_options.items())
        return asked.schema, asked.query, asked.validation_rules, options

    def _plan(self, known: KnownDocument) -> OperationPlan | None:
        asked = self.execution_context
        schema = cast(Schema, asked.schema)
        operation = operation_named(known.document, asked.operation_name)
        if operation is None:
            return None
        name = operation.name.value if operation.name else None
        if name not in known.plans:
            try:
                if not _plans_are_known_to_hold(schema):
                    raise Unsupported
                known.plans[name] = OperationPlan(schema._schema, known.document, operation)
            except Unsupported:
                known.plans[name] = None
        plan: OperationPlan | None = known.plans[name]
        return plan

    async def _execute(self, plan: OperationPlan) -> None:
        asked = self.execution_context
        variables = get_variable_values(
            plan.schema, plan.variables, asked.variables or {}, max_errors=50
        )
        if isinstance(variables, list):
            return  # graphql-core says the same again, as the answer
        variant = plan.variant(variables)
        if variant is not None:
            asked.result = await execution_of(plan, variant, variables, asked).run()


def _plans_are_known_to_hold(schema: Schema) -> bool:
    """No extension stands around each resolver, and execution is Strawberry's own."""
    return schema.execution_context_class is StrawberryGraphQLCoreExecutionContext and not any(
        extension._implements_resolve() for extension in schema.get_extensions()
    )
