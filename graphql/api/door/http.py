"""GraphQL over HTTP: POST and GET, answers as JSON or as a stream of events."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from graphql import OperationType
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.context import Context
from api.door import accepting
from api.door.asking import Asked, asked_in_address, asked_of, read_json
from api.door.bodies import JSON, kind_of_body, read_body
from api.door.headers import DecodedHeaders, encoded, request_id_of
from api.door.manners import DEFAULT_MANNERS, Manners
from api.door.origins import preflight_headers, require_proof, shared_headers
from api.door.pages import Page
from api.door.refusals import Refusal, broken, no_stream
from api.door.running import Desk, Means, Prepared, manners_for, may_ask, may_come, place_of
from api.door.streaming import place, send_events
from api.door.uploads import operations_of, read_form
from api.metering import activity_of
from tenancy.authentication import Authenticated
from tenancy.failures import AuthenticationFailed

logger = logging.getLogger("crossdock.api")
METHODS = "GET, POST, OPTIONS"
_SECURITY = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Origin, Authorization",
}
Clock = Callable[[], datetime]


class HttpDoor:
    """Lets HTTP requests in."""

    def __init__(
        self,
        desk: Desk,
        means_of: Callable[[Scope], Means],
        clock: Clock,
        page: Page | None = None,
    ) -> None:
        self._desk, self._means_of, self._clock, self._page = desk, means_of, clock, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong on our side is answered by the server."""
        request = Request(scope, receive)
        request._headers = DecodedHeaders(scope)
        visit = _Visit(self._desk, self._means_of(scope), self._clock, request, send)
        visit.page = self._page
        await visit.run()


class _Visit:
    """One request."""

    def __init__(
        self, desk: Desk, means: Means, clock: Clock, request: Request, send: Send
    ) -> None:
        self.desk, self.means, self.clock = desk, means, clock
        self.request, self.headers, self.send = request, request.headers, send
        self.request_id = request_id_of(request.headers)
        self.caller: Authenticated | None = None
        self.manners: Manners = DEFAULT_MANNERS
        self.shared: dict[str, str] = {}
        self.is_started = False
        self.page: Page | None = None
        self.form: FormData | None = None

    async def run(self) -> None:
        """Answer the request."""
        try:
            await self._answer()
        except Refusal as refusal:
            await self._refuse(refusal)
        except Exception:
            logger.exception(
                "request %s failed",
                self.request_id,
                extra={"activity": activity_of(self.caller, self.request_id)},
            )
            if self.is_started:
                raise
            await self._refuse(broken(self.request_id))
        finally:
            if self.form is not None:
                await self.form.close()

    async def _answer(self) -> None:
        method = self.request.method
        if method == "OPTIONS":
            await self._preflight()
        elif method == "GET" and self.page is not None and self._asks_for_page():
            page = self.page
            await self._respond(200, page.body, "text/html; charset=utf-8", page.headers)
        elif method in ("GET", "POST"):
            await self._operate(method)
        else:
            raise Refusal(
                405, "BAD_INPUT", "Use POST, or GET for queries.", headers={"Allow": METHODS}
            )

    async def _operate(self, method: str) -> None:
        self.caller = await self._authenticated()
        await self._check_origin()
        asked = await self._asked(method)
        if isinstance(asked, list):
            await self._batch(asked)
            return
        prepared = await self._prepare(asked, method)
        if self._is_streamed(prepared):
            await self._stream(prepared)
        else:
            # Before it runs: what cannot be answered must not have happened.
            kind = accepting.answer_type(self.headers.get("accept"))
            shown = await self.desk.answer(prepared, self._context(), self.means)
            is_failed = "data" not in shown and kind == accepting.GRAPHQL
            await self.respond_json(400 if is_failed else 200, shown, kind)

    async def _stream(self, prepared: Prepared) -> None:
        context = self._context()
        caller = None if self.caller is None else self.caller.principal
        whose = place_of(caller, self.address, self.manners)
        async with place(self.means.places, whose):
            await send_events(self, self.desk.stream(prepared, context, self.means), context)

    async def _batch(self, asked: list[Asked]) -> None:
        """Operations in one request, one after the other, each with its own answer."""
        kind = accepting.answer_type(self.headers.get("accept"))
        answers: list[dict[str, Any]] = []
        for one in asked:
            try:
                prepared = await self._prepare(one, "POST")
                if prepared.kind is OperationType.SUBSCRIPTION:
                    raise no_stream()
                answers.append(await self.desk.answer(prepared, self._context(), self.means))
            except Refusal as refusal:
                answers.append({"errors": refusal.errors})
        await self.respond_json(200, answers, kind)

    async def _prepare(self, asked: Asked, method: str) -> Prepared:
        caller = None if self.caller is None else self.caller.principal
        prepared = await self.desk.prepare(asked, self.means, caller, self.address, self.manners)
        if (
            method == "GET"
            and prepared.kind is not OperationType.QUERY
            and not (prepared.kind is OperationType.SUBSCRIPTION and self._takes_events())
        ):
            raise Refusal(
                405, "BAD_INPUT", "Send this operation by POST.", headers={"Allow": "POST"}
            )
        return prepared

    async def _asked(self, method: str) -> Asked | list[Asked]:
        if method == "GET":
            return asked_in_address(self.request.query_params)
        if kind_of_body(self.request) != JSON:
            require_proof(self.headers)
            largest, is_known = self.means.door.largest_upload, self.caller is not None
            self.form = await read_form(self.request, largest=largest, is_known=is_known)
            return asked_of(operations_of(self.form))
        value = read_json(await read_body(self.request))
        if not isinstance(value, list):
            return asked_of(value)
        limit = self.means.door.batch_limit
        if not 1 <= len(value) <= limit:
            raise Refusal(
                400,
                "BAD_INPUT",
                f"At most {limit} operations are taken in one request."
                if limit
                else "Send one operation in a request: batches are not taken.",
            )
        return [asked_of(one) for one in value]

    def _is_streamed(self, prepared: Prepared) -> bool:
        accept = self.headers.get("accept")
        if prepared.kind is not OperationType.SUBSCRIPTION:
            return accepting.wants_only_events(accept)
        if not self._takes_events():
            raise no_stream()
        return True

    def _takes_events(self) -> bool:
        return accepting.wants_events(self.headers.get("accept"))

    def _asks_for_page(self) -> bool:
        return "query" not in self.request.query_params and accepting.wants_page(
            self.headers.get("accept")
        )

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.client.host if self.request.client else "unknown"

    async def authenticate(self) -> Authenticated | None:
        """The caller now. Raises AuthenticationFailed."""
        return await self.means.authenticator.authenticate(
            self.headers.get("authorization"), self.headers.get("x-tenant"), self.clock()
        )

    async def _authenticated(self) -> Authenticated | None:
        try:
            return await self.authenticate()
        except AuthenticationFailed as failure:
            # The page must be able to read it, to sign in again.
            if await may_come(self.headers, self.means):
                self.shared = shared_headers(self.headers.get("origin"))
            raise Refusal(
                401, "UNAUTHENTICATED", str(failure), headers={"WWW-Authenticate": "Bearer"}
            ) from failure

    async def _check_origin(self) -> None:
        caller = None if self.caller is None else self.caller.principal
        self.manners = await manners_for(self.means, caller, self.headers)
        if not await may_ask(self.means, caller, self.manners, self.headers):
            raise Refusal(403, "FORBIDDEN", "Pages of this site may not use the API.")
        self.shared = shared_headers(self.headers.get("origin"))

    async def _preflight(self) -> None:
        origin = self.headers.get("origin")
        if origin is not None and await may_come(self.headers, self.means):
            await self._respond(204, b"", None, preflight_headers(origin))
        else:
            await self._respond(204, b"", None, {"Allow": METHODS})

    def _context(self) -> Context:
        extras: dict[str, Any] = {}
        last = self.headers.get("last-event-id")
        if last:
            extras["last_event_id"] = last[:200]
        return Context(
            engine=self.means.engine,
            clock=self.clock,
            request_id=self.request_id,
            caller=None if self.caller is None else self.caller.principal,
            services=self.means,
            request=self.request,
            extras=extras,
        )

    async def _refuse(self, refusal: Refusal) -> None:
        try:
            kind = accepting.answer_type(self.headers.get("accept"))
        except Refusal:
            kind = accepting.PLAIN
        streamed = accepting.wants_only_events(self.headers.get("accept"))
        # Older clients take any other status for a broken connection and show no error.
        status = (
            200
            if refusal.is_request_error and kind == accepting.PLAIN and not streamed
            else refusal.status
        )
        await self.respond_json(status, {"errors": refusal.errors}, kind, refusal.headers)

    async def respond_json(
        self, status: int, shown: Any, kind: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a JSON answer."""
        body = orjson.dumps(shown, default=str)
        await self._respond(status, body, f"{kind}; charset=utf-8", headers or {})

    async def _respond(
        self, status: int, body: bytes, kind: str | None, headers: Mapping[str, str]
    ) -> None:
        await self.start(status, kind, {**headers, "Content-Length": str(len(body))})
        await self.send({"type": "http.response.body", "body": body})

    async def start(self, status: int, kind: str | None, headers: Mapping[str, str]) -> None:
        """Send the head of an answer."""
        everything = {
            **_SECURITY,
            **self.shared,
            "X-Request-Id": self.request_id,
            **({} if kind is None else {"Content-Type": kind}),
            **headers,
        }
        self.is_started = True
        if status == 204:
            everything.pop("Content-Length", None)
        await self.send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": encoded(everything),
            }
        )
