"""Answers as server-sent events (graphql-sse, distinct connections), with LF only."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, Protocol

import orjson
from starlette.requests import Request
from starlette.types import Send

from api.context import Context
from api.door.accepting import EVENTS
from api.door.refusals import no_place
from api.limits.places import NoPlace, PlaceOf, Places, placed
from tenancy.authentication import Authenticated
from tenancy.failures import AuthenticationFailed

HEARTBEAT_SECONDS = 12.0
# A suspension or revocation ends the stream after this and the authenticator's memory.
CHECK_SECONDS = 2.0
_ENDED = {
    "errors": [
        {
            "message": AuthenticationFailed.message,
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}
Results = AsyncGenerator[dict[str, Any]]


class Visit(Protocol):
    """The request that is answered by events."""

    request: Request
    send: Send

    async def authenticate(self) -> Authenticated | None:
        """The caller now. Raises AuthenticationFailed."""

    async def start(self, status: int, kind: str | None, headers: Mapping[str, str]) -> None:
        """Send the head of the answer."""


async def send_events(visit: Visit, results: Results, context: Context) -> None:
    """Send each result as it comes, until the last, the client's going or the caller's losing
    the right to be told."""
    await visit.start(200, f"{EVENTS}; charset=utf-8", {"X-Accel-Buffering": "no"})
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
    # One task reads all results: an operation's scope belongs to the task it began in.
    reading = asyncio.create_task(_read(results, context, queue))
    leaving = asyncio.create_task(_has_left(visit.request))
    try:
        await _pass_on(visit, queue, leaving)
    finally:
        for task in (reading, leaving):
            task.cancel()
        await asyncio.gather(reading, leaving, return_exceptions=True)


@asynccontextmanager
async def place(places: Places, whose: PlaceOf) -> AsyncIterator[None]:
    """A place among the connections that stay open. Raises Refusal when all are taken."""
    try:
        async with placed(places, whose):
            yield
    except NoPlace:
        raise no_place(whose) from None


async def _read(results: Results, context: Context, queue: asyncio.Queue[bytes | None]) -> None:
    try:
        async with aclosing(results):
            async for shown in results:
                await queue.put(_event("next", shown, context.extras.get("event_id")))
    except asyncio.CancelledError:
        raise  # Nobody takes anything from the queue any more.
    except BaseException:
        await queue.put(None)
        raise
    await queue.put(None)


async def _pass_on(
    visit: Visit, queue: asyncio.Queue[bytes | None], leaving: "asyncio.Task[None]"
) -> None:
    silence = 0.0
    while not leaving.done():
        event: bytes | None = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECK_SECONDS):
                event = await queue.get()
        if event is None:
            await _send(visit, _event("complete", None, None), last=True)
            return
        if event:
            silence = 0.0
            await _send(visit, event)
            continue
        if not await _may_stay(visit):
            await _send(visit, _event("next", _ENDED, None))
            await _send(visit, _event("complete", None, None), last=True)
            return
        silence += CHECK_SECONDS
        if silence >= HEARTBEAT_SECONDS:
            silence = 0.0
            await _send(visit, b":\n\n")


async def _may_stay(visit: Visit) -> bool:
    try:
        await visit.authenticate()
    except AuthenticationFailed:
        return False
    return True


async def _has_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _send(visit: Visit, event: bytes, *, last: bool = False) -> None:
    await visit.send({"type": "http.response.body", "body": event, "more_body": not last})


def _event(kind: str, shown: Any, event_id: str | None) -> bytes:
    place = b"" if event_id is None else f"id: {event_id}\n".encode()
    data = b"" if shown is None else orjson.dumps(shown, default=str)
    return b"event: " + kind.encode() + b"\n" + place + b"data: " + data + b"\n\n"
