"""Metrics of a worker process on a small port of this machine's own."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.observability.metrics import measure_outbox

logger = logging.getLogger(__name__)
HOST = "127.0.0.1"
PATIENCE_SECONDS = 5.0
LONGEST_LINE = 8_192


@asynccontextmanager
async def metrics_port(engine: AsyncEngine, port: int) -> AsyncIterator[int]:
    """Answer GET /metrics and GET /healthz on 127.0.0.1 meanwhile; gives the port (for 0, any).

    A port that is taken is said in the log and costs the worker nothing else."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                writer.write(await _answer(engine, await reader.readuntil(b"\r\n\r\n")))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    try:
        server = await asyncio.start_server(answer, HOST, port, limit=LONGEST_LINE)
    except OSError as error:
        logger.error("The metrics cannot be served: %s", error)
        yield 0
        return
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def _answer(engine: AsyncEngine, head: bytes) -> bytes:
    words = head.split(b"\r\n", 1)[0].split(b" ")
    address = words[1] if len(words) == 3 and words[0] == b"GET" else b""
    if address == b"/healthz":
        return _response("200 OK", "text/plain", b"ok\n")
    if address != b"/metrics":
        return _response("404 Not Found", "text/plain", b"GET /metrics or /healthz\n")
    await measure_outbox(engine, now=datetime.now(UTC))
    return _response("200 OK", CONTENT_TYPE_LATEST, generate_latest())


def _response(status: str, kind: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
