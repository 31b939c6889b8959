"""The API on a real socket, and a client of its subscriptions (graphql-transport-ws)."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from domain.kernel import json
from tests.factories.api import ApiUnderTest
from tests.factories.conditions import until


@asynccontextmanager
async def listening(api: ApiUnderTest) -> AsyncIterator[int]:
    """The application on a port of its own."""
    config = uvicorn.Config(
        api.application, log_level="error", lifespan="off", ws="websockets-sansio"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as place:
        serving = asyncio.create_task(server._serve([place]))

        async def has_started() -> bool:
            return server.started

        await until(has_started)
        try:
            yield int(place.getsockname()[1])
        finally:
            server.should_exit = True
            await serving


class Subscriber:
    """One WebSocket connection with one running subscription."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, **message: Any) -> None:
        """Send one protocol message."""
        await self._connection.send(json.dump(message))

    async def receive(self) -> dict[str, Any]:
        """The next protocol message; pings are not told."""
        async with asyncio.timeout(15):
            message: dict[str, Any] = json.load(await self._connection.recv())
        return message

    async def closed(self) -> int:
        """The code with which the server closes, whatever it sends before."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    async def subscribe(self, query: str, **variables: Any) -> None:
        """Begin the subscription."""
        await self.send(id="1", type="subscribe", payload={"query": query, "variables": variables})

    async def next(self) -> dict[str, Any]:
        """The data of its next result."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        data: dict[str, Any] = message["payload"]["data"]
        return data

    async def error_codes(self) -> list[str]:
        """The codes of the errors with which it ends."""
        message = await self.receive()
        payload = message["payload"]
        errors = payload["errors"] if isinstance(payload, dict) else payload
        return [error["extensions"]["code"] for error in errors]


@asynccontextmanager
async def subscriber(port: int, token: str) -> AsyncIterator[Subscriber]:
    """A signed-in WebSocket connection."""
    protocol = Subprotocol("graphql-transport-ws")
    async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[protocol]) as connection:
        made = Subscriber(connection)
        await made.send(type="connection_init", payload={"authorization": f"Bearer {token}"})
        assert (await made.receive())["type"] == "connection_ack"
        yield made
