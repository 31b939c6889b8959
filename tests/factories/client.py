"""A real client: the checked-in documents over HTTP, and a subscription over WebSocket."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import websockets
from graphql import parse, print_ast
from graphql.utilities import separate_operations

from domain.kernel import json
from tests.factories.conditions import until

DOCUMENTS = Path(__file__).resolve().parents[2] / "graphql" / "operations"
_serial = itertools.count(1)


@cache
def operations() -> dict[str, str]:
    """The documents of graphql/operations, one for each operation, by its name."""
    return {
        name: print_ast(document)
        for path in sorted(DOCUMENTS.glob("*.graphql"))
        for name, document in separate_operations(parse(path.read_text())).items()
    }


class Refused(AssertionError):
    """The API answered with errors or user errors."""

    def __init__(self, name: str, errors: list[Any]) -> None:
        super().__init__(f"{name}: {errors}")
        self.errors = errors

    @property
    def codes(self) -> list[str]:
        """The codes, of top-level errors or of user errors."""
        return [e["extensions"]["code"] if "extensions" in e else e["code"] for e in self.errors]


def first_field(name: str, body: dict[str, Any]) -> Any:
    """The value of the operation's one root field. Raises Refused."""
    if body.get("errors"):
        raise Refused(name, body["errors"])
    (value,) = body["data"].values()
    if isinstance(value, dict) and value.get("userErrors"):
        raise Refused(name, value["userErrors"])
    return value


@dataclass(slots=True)
class Client:
    """A client of one server, signed in or not."""

    http: httpx.AsyncClient
    token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What goes with every request."""
        return {"authorization": f"Bearer {self.token}"} if self.token else {}

    async def ask(self, operation: str, **variables: Any) -> Any:
        """Send a document by its operation's name; the value of its root field."""
        query = operations()[operation]
        body = {"query": query, "operationName": operation, "variables": variables}
        response = await self.http.post("/graphql", json=body, headers=self.headers)
        return first_field(operation, response.json())

    async def do(self, mutation: str, *, key: str | None = None, **values: Any) -> Any:
        """Send a mutation with an idempotency key of its own; its payload."""
        name = mutation[0].upper() + mutation[1:]
        variables: dict[str, Any] = {"input": values}
        if "$key" in operations()[name]:
            variables["key"] = key or f"{mutation}-{next(_serial)}"
        return await self.ask(name, **variables)

    async def sign_in(self, tenant: str, username: str, password: str) -> None:
        """Sign in and keep the token."""
        done = await self.do("signIn", tenant=tenant, username=username, password=password)
        self.token = done["tokens"]["accessToken"]

    async def wait_for(self, order_id: str, status: str, *, seconds: float = 30.0) -> Any:
        """The order, as soon as it has the status."""
        order: Any = None

        async def arrived() -> bool:
            nonlocal order
            order = await self.ask("OrderById", id=order_id)
            return bool(order["status"] == status)

        await until(arrived, seconds=seconds)
        return order


@dataclass(slots=True)
class Listening:
    """What a subscription has told so far."""

    results: list[Any] = field(default_factory=list)

    async def until_told(self, event_type: str, order_id: str) -> Any:
        """Return the result when the event of the order has come."""

        def found() -> Any:
            changes = (result["orderChanged"] for result in self.results)
            return next(
                (
                    change
                    for change in changes
                    if change["eventType"] == event_type and change["order"]["id"] == order_id
                ),
                None,
            )

        async def is_told() -> bool:
            return found() is not None

        await until(is_told)
        return found()


@asynccontextmanager
async def subscribed(client: Client, operation: str, **variables: Any) -> AsyncIterator[Listening]:
    """A subscription over graphql-transport-ws, as long as the block lasts."""
    url = str(client.http.base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"
    listening = Listening()
    async with websockets.connect(
        url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]
    ) as socket:
        await _send(socket, type="connection_init", payload=client.headers)
        assert json.load(await socket.recv())["type"] == "connection_ack"
        payload = {"query": operations()[operation], "variables": variables}
        await _send(socket, type="subscribe", id="1", payload=payload)

        async def listen() -> None:
            async for message in socket:
                told = json.load(message)
                if told["type"] == "next":
                    listening.results.append(told["payload"]["data"])
                elif told["type"] == "ping":
                    await _send(socket, type="pong")

        task = asyncio.create_task(listen())
        try:
            yield listening
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _send(socket: Any, **message: Any) -> None:
    await socket.send(json.dump(message))
