"""A planned operation without what Strawberry does around every request.

Strawberry prepares, parses, validates and asks its extensions in four phases, which takes longer
than a small operation itself. Where a document's plan is known, all of that is known too, but for
what the extensions do around the whole operation; so only this is done."""

from functools import lru_cache
from typing import Any

from graphql import ExecutionResult
from strawberry.extensions import SchemaExtension
from strawberry.schema import Schema
from strawberry.types import ExecutionContext

from api.compiled.extension import CompiledOperations, begun, plan_of
from api.compiled.phases import Kinds, Phase, hooks_of

_OTHER_HOOKS = ("on_parse", "on_validate", "on_execute", "get_results", "resolve")


async def executed_directly(schema: Schema, asked: ExecutionContext) -> ExecutionResult | None:
    """The result of a query or mutation whose plan is known; None: nothing has happened, and
    Strawberry must execute it."""
    document = getattr(asked.context, "document", None)
    if document is None or document.text != asked.query:
        return None
    extensions = schema.get_extensions()
    around = _around(tuple(map(type, extensions)))
    if around is None:
        return None
    asked.graphql_document = document.node
    plan = plan_of(document, asked.operation_name, schema)
    execution = None if plan is None else begun(plan, asked)
    if execution is None:
        return None
    for extension in extensions:
        extension.execution_context = asked
    async with Phase(around, extensions):
        result = asked.result = await execution.run()
    return result


@lru_cache(maxsize=64)
def _around(kinds: Kinds) -> Any:
    """The hooks around an operation; None where extensions want to do more than these."""
    if CompiledOperations not in kinds:
        return None
    others = (kind for kind in kinds if kind is not CompiledOperations)
    if any(
        getattr(kind, name) is not getattr(SchemaExtension, name)
        for kind in others
        for name in _OTHER_HOOKS
    ):
        return None
    return hooks_of("on_operation", kinds)
