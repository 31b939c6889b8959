"""Top-level errors: what the caller did wrong as a caller, or our own bug, with a stable code.

Made here and nowhere else. What the business expects is a userError of the payload instead."""

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

from graphql import GraphQLError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import StreamExecutionResult

from api.context import Context, Unauthenticated
from api.inputs import input_path
from domain.kernel.combining import Closed, QueueFull
from domain.kernel.errors import Conflict, Expected, InvalidInput, NotFound, NotPermitted

logger = logging.getLogger("crossdock.api")


def public_error(error: GraphQLError, request_id: str) -> GraphQLError:
    """The error as the caller may see it: coded, or masked when it is ours."""
    code, message, more = _coded(error)
    if code == "UNAVAILABLE":
        logger.warning("request %s met a database that was away", request_id)
    if code == "INTERNAL":
        logger.error("request %s failed", request_id, exc_info=error.original_error or error)
        more = {"requestId": request_id}
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": code, **more},
    )


def _coded(error: GraphQLError) -> tuple[str, str, dict[str, Any]]:
    match error.original_error:
        case Unauthenticated():
            return "UNAUTHENTICATED", "Sign in first: send Authorization: Bearer <token>.", {}
        case NotPermitted() as refusal:
            return "FORBIDDEN", refusal.message, {"permission": refusal.permission}
        case NotFound() as refusal:
            return "NOT_FOUND", refusal.message, {}
        case InvalidInput() as refusal:
            return "BAD_INPUT", refusal.message, {"inputPath": input_path(refusal.path)}
        case Conflict() as refusal:
            return "CONFLICT", refusal.message, {}
        case Expected() as outcome:
            # A mutation tells it in its payload; a query has none, and it is of what was asked.
            return "BAD_INPUT", outcome.message, {"inputPath": input_path(outcome.path)}
        case QueueFull():
            return "RATE_LIMITED", "Too many orders wait: try again.", {"retryAfterSeconds": 1}
        case Closed():
            message = "This process goes down: try again, with the same key."
            return "UNAVAILABLE", message, {"retryable": True}
        case None | GraphQLError():
            # Syntax, validation and variable errors come from graphql-core itself.
            code = (error.extensions or {}).get("code", "BAD_INPUT")
            return str(code), error.message, {}
        case Exception() as fault if is_away(fault):
            message = "The database is away for the moment: try again, with the same key."
            return "UNAVAILABLE", message, {"retryable": True}
        case _:
            return "INTERNAL", "Something went wrong on our side.", {}


# PostgreSQL's classes of "not now": connection faults, shutting down or starting, no more room.
_AWAY = ("08", "57P", "53")


def is_away(fault: Exception) -> bool:
    """Whether the database could not be reached, or is stopping or starting."""
    if not isinstance(fault, DBAPIError):
        return isinstance(fault, ConnectionError | TimeoutError | PoolTimeout)
    state = getattr(fault.orig, "sqlstate", None) or ""
    return fault.connection_invalidated or state.startswith(_AWAY)


class OperationScope(SchemaExtension):
    """Opens the operation's scope, closes it, and makes every error public."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Around the whole operation; around all results of a subscription."""
        context: Context = self.execution_context.context
        scope = context.open_scope()
        self._streamed = False
        try:
            yield
        finally:
            await scope.close()
        if not self._streamed:
            self._publish(self.execution_context.result)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Each result of a subscription."""
        self._streamed = True
        self._publish(result)
        yield

    def _publish(self, result: Any) -> None:
        if getattr(result, "errors", None):
            request_id = self.execution_context.context.request_id
            result.errors = [public_error(error, request_id) for error in result.errors]
