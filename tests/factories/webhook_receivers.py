"""A subscriber: a real HTTP server that keeps what it gets and answers as it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from domain.kernel import json


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Any:
        """The body's JSON."""
        return json.load(self.body)


@dataclass(slots=True)
class Receiver:
    """Answers with `answers` in turn, then 200; holds its answers while `held` is not set."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    # How many of them, the first ones, have been answered.
    answered: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    extra: bytes = b""
    said: bytes = b""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def forget(self) -> None:
        """Begin anew."""
        self.received.clear()
        self.answered = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection with one request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:]) if k}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.received.append(Received(head[0].split()[1], headers, body))
            status = self.answers.pop(0) if self.answers else 200
            await self.held.wait()
            writer.write(
                b"HTTP/1.1 %d Answer\r\nconnection: close\r\n%s\r\n%s"
                % (status, self.extra, self.said)
            )
            await writer.drain()
            self.answered += 1
        writer.close()


@asynccontextmanager
async def receiving(*, answers: list[int] | None = None, port: int = 0) -> AsyncIterator[Receiver]:
    """A listening receiver that holds nothing back, on a port of its own or on this one."""
    receiver = Receiver(answers=list(answers or []))
    receiver.held.set()
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", port)
    receiver.port = server.sockets[0].getsockname()[1]
    async with server:
        yield receiver
        receiver.held.set()
