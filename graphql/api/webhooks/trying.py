"""A query tried before it is kept: examined, and run for what happened last."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import strawberry

from api.context import Info
from api.user_errors import UserError, answers
from api.webhooks.chosen import ChosenPayloads, Fault, QueryFaulty
from domain.integration.event_types import event_catalogue, sees
from domain.integration.outcomes import WebhookQueryRefused
from domain.integration.policy import matches
from domain.integration.queries.event_log import newest_events
from domain.kernel.reading import reading
from tenancy.principals import Principal

# So many of the newest events, of different types, are tried.
MOST_TRIED = 5


@strawberry.type(description="What is wrong with a webhook's query, and where.")
class WebhookQueryFault:
    message: str = strawberry.field(description="What is wrong, in words.")
    line: int | None = strawberry.field(
        description="The line of the query, from 1; null for the whole."
    )
    column: int | None = strawberry.field(
        description="The column in that line, from 1; null for the whole."
    )


@answers(
    WebhookQueryRefused,
    convert=lambda fields: {"faults": [WebhookQueryFault(**each) for each in fields["faults"]]},
)
@strawberry.type(
    description=(
        "The query cannot choose a webhook's payload: it is not valid, costs too much, or asks for "
        "what its owner may not see."
    )
)
class WebhookQueryRefusedError(UserError):
    faults: list[WebhookQueryFault] = strawberry.field(description="Everything that is wrong.")


def payloads_of(info: Info) -> ChosenPayloads:
    """What runs queries on the schema that serves the request."""
    context, schema = info.context, info.schema
    return ChosenPayloads(
        context.engine, context.clock, schema=lambda: schema, services=context.services
    )


async def refusal_of(
    info: Info, query: str | None, patterns: Sequence[str] | None
) -> WebhookQueryRefused | None:
    """Why the caller may not choose payloads by `query`; None if it may, or if there is none.

    Run for the newest events of the types asked for, it must not meet anything forbidden."""
    if query is None or not query.strip() or not info.context.principal.may("webhooks.manage"):
        return None
    owner, payloads = info.context.principal, payloads_of(info)
    await info.context.scope.release()
    try:
        payloads.examine(query, owner)
        faults = await _forbidden(info, payloads, owner, query, patterns or ["*"])
    except QueryFaulty as faulty:
        faults = faulty.faults
    return refused_for(faults) if faults else None


def refused_for(faults: Sequence[Fault]) -> WebhookQueryRefused:
    """The outcome that tells these faults of a query."""
    message = f"The query cannot choose the payload: {faults[0].message}"
    shown = [asdict(fault) for fault in faults]
    return WebhookQueryRefused(message, path=("query",), faults=shown)


async def _forbidden(
    info: Info, payloads: ChosenPayloads, owner: Principal, query: str, patterns: Sequence[str]
) -> list[Fault]:
    types = [name for name in event_catalogue() if matches(patterns, name) and sees(owner, name)]
    if not owner.may("events.read"):
        return [Fault("Its owner needs the permission events.read.")]
    async with reading(info.context.engine, owner) as reader:
        newest = sorted(await newest_events(reader, types=types), key=lambda row: -row.id)
    faults: dict[Fault, None] = {}
    for row in newest[:MOST_TRIED]:
        made = await payloads.payload(owner, query, row.id)
        faults |= dict.fromkeys(_denied(made.get("errors", ())))
    return list(faults)


def _denied(errors: Sequence[dict[str, Any]]) -> list[Fault]:
    return [
        Fault(error["message"], *_place(error))
        for error in errors
        if error.get("extensions", {}).get("code") == "FORBIDDEN"
    ]


def _place(error: dict[str, Any]) -> tuple[int | None, int | None]:
    places = error.get("locations") or [{"line": None, "column": None}]
    return places[0]["line"], places[0]["column"]
