"""What the door answers when it does not let a request in."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError

from api.limits.documents import Refused
from api.limits.places import PlaceOf
from api.limits.wording import shortened
from domain.onboarding.door.plans import plan_named


class Refusal(Exception):
    """A request is not taken: HTTP status, stable code and a message of our own words."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        # What was wrong with the document itself is an answer of GraphQL, not of HTTP.
        self.is_request_error = False
        self.errors: list[dict[str, Any]] = [
            {"message": message, "extensions": {"code": code, **self.more}}
        ]


def of_document(refused: Refused) -> Refusal:
    """What a document was refused for, as the caller may see it."""
    refusal = Refusal(400, refused.code, refused.errors[0].message)
    refusal.is_request_error = True
    refusal.errors = [
        formatted(
            GraphQLError(
                error.message,
                nodes=error.nodes,
                source=error.source,
                positions=error.positions,
                extensions={"code": refused.code},
            )
        )
        for error in refused.errors
    ]
    return refusal


def broken(request_id: str) -> Refusal:
    """What the caller is told of our own bug: that it is one, and how to name it to us."""
    message = "Something went wrong on our side."
    return Refusal(500, "INTERNAL", message, more={"requestId": request_id})


def no_place(whose: PlaceOf) -> Refusal:
    """The plan's connections are all open."""
    plan = plan_named(whose.plan)
    return Refusal(
        429,
        "RATE_LIMITED",
        f"At most {plan.connections_of_caller:,} connections of a caller and "
        f"{plan.connections:,} of its tenant stay open at once. Close one first.",
        more={"reason": "TOO_MANY_CONNECTIONS"},
    )


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error as it goes over the wire, without echoing what the caller sent at length."""
    shown: dict[str, Any] = {"message": shortened(error.message)}
    if error.locations:
        shown["locations"] = [place.formatted for place in error.locations[:10]]
    if error.path is not None:
        shown["path"] = error.path
    if error.extensions:
        shown["extensions"] = error.extensions
    return shown


def no_stream() -> Refusal:
    """What is said to a subscription that was asked as a query."""
    return Refusal(
        400,
        "BAD_INPUT",
        "A subscription needs Accept: text/event-stream, or a WebSocket (graphql-transport-ws).",
    )
