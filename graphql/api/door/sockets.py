"""GraphQL over WebSocket: graphql-transport-ws and nothing older."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, aclosing, suppress
from datetime import datetime
from typing import Any, ClassVar

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api.context import Context
from api.door.asking import Asked, asked_of
from api.door.headers import request_id_of
from api.door.http import Clock
from api.door.manners import Manners
from api.door.refusals import Refusal, broken, no_place
from api.door.running import Desk, Means, manners_for, may_ask, may_come, place_of
from api.limits.places import NoPlace, placed
from api.metering import activity_of
from tenancy.authentication import Authenticated
from tenancy.failures import AuthenticationFailed

logger = logging.getLogger("crossdock.api")
PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
CHECK_SECONDS = 2.0
LARGEST_MESSAGE = 256 * 1024
MOST_OPERATIONS = 100
LONGEST_ID = 128


class Closing(Exception):
    """The connection ends with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class SocketDoor:
    """Lets WebSocket connections in."""

    def __init__(self, desk: Desk, means_of: Callable[[Any], Means], clock: Clock) -> None:
        self._desk = desk
        self._means_of = means_of
        self._clock = clock

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection until it ends."""
        socket = WebSocket(scope, receive, send)
        await Connection(self._desk, self._means_of(scope), self._clock, socket).run()


class Connection:
    """One WebSocket connection: its caller and its running operations."""

    def __init__(self, desk: Desk, means: Means, clock: Clock, socket: WebSocket) -> None:
        self._desk, self._means, self._clock, self._socket = desk, means, clock, socket
        self._headers: dict[str, str] = dict(socket.headers)
        self._caller: Authenticated | None = None
        self._is_initialised = False
        self._running: dict[str, asyncio.Task[None]] = {}
        self._begun_at = clock()
        self._held = AsyncExitStack()

    async def run(self) -> None:
        """Serve the connection until it ends."""
        if not await self._may_connect():
            await self._socket.close(4403, "Forbidden")
            return
        if PROTOCOL not in self._socket.scope.get("subprotocols", ()):
            await self._socket.accept()
            await self._socket.close(4406, "Subprotocol not acceptable")
            return
        await self._socket.accept(PROTOCOL)
        try:
            await self._serve()
        except Closing as closing:
            await self._end()
            with suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(closing.code, closing.reason)
        except WebSocketDisconnect:
            pass
        finally:
            await self._end()
            await self._held.aclose()

    async def _serve(self) -> None:
        """Read messages, and look in between whether the connection may stay.

        The reading task does both: some servers send a close from another task only after the
        client's next message."""
        reading: asyncio.Task[Any] = asyncio.create_task(self._socket.receive())
        try:
            while True:
                done, _ = await asyncio.wait({reading}, timeout=self._patience())
                if not done:
                    await self._check()
                    continue
                message = reading.result()
                if message["type"] == "websocket.disconnect":
                    raise WebSocketDisconnect
                reading = asyncio.create_task(self._socket.receive())
                await self._take(message)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _patience(self) -> float:
        if not self._is_initialised:
            waited = (self._clock() - self._begun_at).total_seconds()
            return max(0.01, INIT_SECONDS - waited)
        left = CHECK_SECONDS
        if self._caller is not None and self._caller.expires_at is not None:
            left = min(left, (self._caller.expires_at - self._clock()).total_seconds())
        return max(0.01, left)

    async def _check(self) -> None:
        """Raises Closing when nobody signed in in time, or the caller may not stay."""
        if not self._is_initialised:
            raise Closing(4408, "Connection initialisation timeout")
        expires_at: datetime | None = None if self._caller is None else self._caller.expires_at
        if expires_at is not None and expires_at <= self._clock():
            raise Closing(4403, "Forbidden: the token has expired")
        if self._caller is not None:
            self._caller = await self._authenticated()

    async def _take(self, message: dict[str, Any]) -> None:
        text = message.get("text")
        if text is None:
            raise Closing(4400, "Messages are text")
        if len(text) > LARGEST_MESSAGE:
            raise Closing(1009, "Message too big")
        try:
            said = orjson.loads(text.encode("utf-8", "surrogatepass"))
        except ValueError:
            raise Closing(4400, "Messages are JSON") from None
        kind = said.get("type") if isinstance(said, dict) else None
        take = self._TAKERS.get(kind) if isinstance(kind, str) else None
        if take is None:
            raise Closing(4400, "Unknown message type")
        if not isinstance(said.get("payload"), dict | None):
            raise Closing(4400, "The payload must be an object")
        await take(self, said)

    async def _initialise(self, said: dict[str, Any]) -> None:
        if self._is_initialised:
            raise Closing(4429, "Too many initialisation requests")
        self._is_initialised = True
        params = said.get("payload") or {}
        self._headers |= {
            name.lower(): value for name, value in params.items() if isinstance(value, str)
        }
        self._caller = await self._authenticated()
        manners = await self._check_origin()
        await self._take_place(manners)
        await self._send({"type": "connection_ack"})

    async def _ping(self, said: dict[str, Any]) -> None:
        payload = said.get("payload")
        await self._send({"type": "pong"} | ({} if payload is None else {"payload": payload}))

    async def _pong(self, said: dict[str, Any]) -> None:
        """Nothing: we send no pings of the protocol, the server's own keep the line."""

    async def _subscribe(self, said: dict[str, Any]) -> None:
        if not self._is_initialised:
            raise Closing(4401, "Unauthorized")
        name = _operation_id(said)
        if name in self._running:
            raise Closing(4409, "Subscriber for this id already exists")
        try:
            asked = asked_of(said.get("payload"))
        except Refusal as refusal:
            raise Closing(4400, refusal.message) from None
        if len(self._running) >= MOST_OPERATIONS:
            full = Refusal(
                429, "RATE_LIMITED", f"At most {MOST_OPERATIONS} operations run on one connection."
            )
            await self._send({"id": name, "type": "error", "payload": full.errors})
            return
        self._running[name] = asyncio.create_task(self._operate(name, asked))

    async def _complete(self, said: dict[str, Any]) -> None:
        task = self._running.pop(_operation_id(said), None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    _TAKERS: ClassVar = {
        "connection_init": _initialise,
        "ping": _ping,
        "pong": _pong,
        "subscribe": _subscribe,
        "complete": _complete,
    }

    async def _operate(self, name: str, asked: Asked) -> None:
        """Run one operation and send what it gives."""
        try:
            last = await self._results(name, asked)
        except Refusal as refusal:
            last = {"id": name, "type": "error", "payload": refusal.errors}
        except WebSocketDisconnect:
            return
        except Exception:
            request_id = request_id_of(self._socket.headers)
            logger.exception(
                "operation on a WebSocket failed, request %s",
                request_id,
                extra={"activity": activity_of(self._caller, request_id)},
            )
            last = {"id": name, "type": "error", "payload": broken(request_id).errors}
        # A client that hears the end may use the id again at once.
        self._running.pop(name, None)
        await self._send(last)

    async def _results(self, name: str, asked: Asked) -> dict[str, Any]:
        caller = None if self._caller is None else self._caller.principal
        # Asked anew: a connection lives longer than what was settled when it began.
        manners = await manners_for(self._means, caller, self._socket.headers)
        prepared = await self._desk.prepare(asked, self._means, caller, self._address, manners)
        results = self._desk.stream(prepared, self._context(), self._means)
        async with aclosing(results):
            async for shown in results:
                if "data" not in shown:
                    return {"id": name, "type": "error", "payload": shown["errors"]}
                await self._send({"id": name, "type": "next", "payload": shown})
        return {"id": name, "type": "complete"}

    def _context(self) -> Context:
        """A context of the operation's own: its caller is who it is now."""
        return Context(
            engine=self._means.engine,
            clock=self._clock,
            request_id=request_id_of(self._socket.headers),
            caller=None if self._caller is None else self._caller.principal,
            services=self._means,
            request=self._socket,
        )

    async def _authenticated(self) -> Authenticated | None:
        try:
            return await self._means.authenticator.authenticate(
                self._headers.get("authorization"), self._headers.get("x-tenant"), self._clock()
            )
        except AuthenticationFailed:
            raise Closing(4403, "Forbidden") from None

    async def _may_connect(self) -> bool:
        """Whether the page that connects is ours, or some tenant's: whose is seen later."""
        return await may_come(self._socket.headers, self._means)

    async def _check_origin(self) -> Manners:
        caller = None if self._caller is None else self._caller.principal
        manners = await manners_for(self._means, caller, self._socket.headers)
        if not await may_ask(self._means, caller, manners, self._socket.headers):
            raise Closing(4403, "Forbidden: pages of this site may not use the API")
        return manners

    async def _take_place(self, manners: Manners) -> None:
        """Hold a place among the tenant's connections until the end. Raises Closing."""
        caller = None if self._caller is None else self._caller.principal
        whose = place_of(caller, self._address, manners)
        try:
            await self._held.enter_async_context(placed(self._means.places, whose))
        except NoPlace:
            # Clients try again later, as this code asks them to.
            raise Closing(1013, no_place(whose).message) from None

    @property
    def _address(self) -> str:
        return self._socket.client.host if self._socket.client else "unknown"

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket.application_state is WebSocketState.CONNECTED:
            await self._socket.send_text(orjson.dumps(message, default=str).decode())

    async def _end(self) -> None:
        running = list(self._running.values())
        self._running.clear()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _operation_id(said: dict[str, Any]) -> str:
    name = said.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise Closing(4400, "The id must be a short string")
    return name
