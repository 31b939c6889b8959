"""The application asked over HTTP within this process: no socket, and hardly any client."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.types import ASGIApp, Message

from domain.kernel.json import load

HOST = "crossdock"
# What a client says of itself whatever it asks.
_ALWAYS = [
    (b"host", HOST.encode()),
    (b"accept", b"*/*"),
    (b"connection", b"keep-alive"),
    (b"user-agent", b"tests"),
    (b"content-type", b"application/json"),
]
_SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/graphql",
    "raw_path": b"/graphql",
    "query_string": b"",
    "server": (HOST, None),
    "client": ("127.0.0.1", 123),
    "root_path": "",
}


class InProcessClient(httpx.AsyncClient):
    """A client of one application in this process, which takes a short way to /graphql.

    The way through httpx costs as much as a small operation itself."""

    def __init__(self, application: ASGIApp) -> None:
        super().__init__(transport=httpx.ASGITransport(app=application), base_url=f"http://{HOST}")
        self._application = application

    async def operate(
        self, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """POST one GraphQL request; the status and the body of the answer."""
        # As httpx writes it.
        content = json.dumps(
            body, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode()
        exchange = _Exchange(content)
        said = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        length = (b"content-length", str(len(content)).encode())
        scope = {**_SCOPE, "headers": [*_ALWAYS, length, *said]}
        await self._application(scope, exchange.receive, exchange.send)
        assert exchange.ended.is_set()
        return exchange.status, load(b"".join(exchange.parts))


class _Exchange:
    """A request with its whole body, and the answer to it."""

    def __init__(self, content: bytes) -> None:
        self._content: bytes | None = content
        self.status = 0
        self.parts: list[bytes] = []
        self.ended = asyncio.Event()

    async def receive(self) -> Message:
        """The body, then, once all is answered, that the client has gone."""
        content, self._content = self._content, None
        if content is None:
            await self.ended.wait()
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(self, message: Message) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.ended.set()
