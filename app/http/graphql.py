"""The /graphql endpoint, over HTTP and WebSocket (graphql-transport-ws)."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UnsetType

from api.context import Context
from api.schema import build_schema
from app.http.services import Services, system_clock
from tenancy.failures import AuthenticationFailed
from tenancy.principals import Principal

INIT_TIMEOUT = timedelta(seconds=10)


class GraphQLEndpoint(GraphQL[Context, None]):
    """Authenticates before anything is parsed, and gives each request its context."""

    def __init__(self) -> None:
        super().__init__(
            build_schema(),
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=INIT_TIMEOUT,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                scope["caller"] = await _caller(_services(scope), Request(scope).headers)
            except AuthenticationFailed as failure:
                await _unauthenticated(failure)(scope, receive, send)
                return
        await super().__call__(scope, receive, send)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """The context of a request, or of a whole WebSocket connection."""
        services = _services(request.scope)
        return Context(
            engine=services.engine,
            clock=system_clock,
            request_id=request.headers.get("x-request-id", "")[:64] or secrets.token_hex(8),
            caller=request.scope.get("caller"),
            services=services,
            request=request,
            response=response,
        )

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """A WebSocket authenticates with connection_init: {"authorization": "Bearer …"}."""
        params = {
            name.lower(): value
            for name, value in (context.connection_params or {}).items()
            if isinstance(value, str)
        }
        headers = {**context.request.headers, **params}
        try:
            context.caller = await _caller(context.services, headers)
        except AuthenticationFailed as failure:
            raise ConnectionRejectionError from failure
        return UnsetType()  # the acknowledgement needs no payload


def _services(scope: Any) -> Services:
    services: Services = scope["app"].state.services
    return services


async def _caller(services: Services, headers: Mapping[str, str]) -> Principal | None:
    return await services.authenticator.principal_of(
        headers.get("authorization"), headers.get("x-tenant"), system_clock()
    )


def _unauthenticated(failure: AuthenticationFailed) -> JSONResponse:
    return JSONResponse(
        {
            "errors": [
                {"message": str(failure), "extensions": {"code": "UNAUTHENTICATED"}},
            ]
        },
        status_code=401,
        headers={"WWW-Authenticate": "Bearer"},
    )
