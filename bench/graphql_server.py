"""One of the three servers that are compared, under uvicorn as `crossdock serve` runs it.

    python -m bench.graphql_server ours|raw|stock PORT

GET /cpu gives the CPU time that the process has used, in nanoseconds."""

import asyncio
import sys
import time
from typing import Any

import orjson
import strawberry
import uvicorn
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from strawberry.asgi import GraphQL

from api.compiled.extension import CompiledOperations
from api.door.http import HttpDoor
from api.door.running import Desk
from api.errors import OperationScope
from api.limits.budgets import Purse, Spender, Taken
from api.metering import Metering
from api.schema import Schema
from app.http.services import Services, system_clock
from bench.graphql_shapes import DOCUMENTS, Query
from domain.kernel.event_feed import EventFeed
from tenancy.authentication import Authenticator


class _Bottomless:
    """Budgets that are counted but never empty."""

    async def take(self, spender: Spender, points: int) -> Taken:
        """All that is asked for."""
        return Taken(points, 1_000_000)


def ours() -> Any:
    """Our door, limits, budgets, metering and compiled operations, on the bench's types."""
    # Never connected to: no field of the bench reads the database.
    engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    services = Services(
        engine=engine,
        authenticator=Authenticator(engine, "s" * 48),
        redis_url="",
        feed=EventFeed(engine),
        purse=Purse(_Bottomless()),
    )
    schema = Schema(Query, extensions=[Metering, OperationScope, CompiledOperations])
    return HttpDoor(Desk(schema), lambda _scope: services, system_clock)


def stock() -> Any:
    """Strawberry as it comes."""
    return GraphQL(strawberry.Schema(Query))


def raw() -> Any:
    """Starlette and orjson, with the same bytes as ours: no GraphQL at all."""
    schema = Schema(Query)
    answers: dict[str, Any] = {}
    for document in DOCUMENTS.values():
        data = asyncio.run(schema.execute(document)).data
        cost = {"requested": 252, "actual": 252, "left": 1_000_000}
        answers[document] = {"data": data, "extensions": {"cost": cost}}

    async def answer(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        body = orjson.dumps(answers[asked["query"]])
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])


async def _cpu(_: Request) -> Response:
    return PlainTextResponse(str(time.process_time_ns()))


def application(kind: str) -> Any:
    """The server's application: /cpu beside what is measured."""
    inner = {"ours": ours, "stock": stock, "raw": raw}[kind]()
    cpu = Starlette(routes=[Route("/cpu", _cpu)])

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        await (cpu if scope.get("path") == "/cpu" else inner)(scope, receive, send)

    return serve


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]),
        port=int(sys.argv[2]),
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
