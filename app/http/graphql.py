"""The /graphql endpoint, over HTTP and WebSocket (graphql-transport-ws)."""

from typing import Any

from starlette.types import Receive, Scope, Send

from api.door.http import HttpDoor
from api.door.running import Desk
from api.door.sockets import SocketDoor
from api.schema import build_schema
from app.explorer.page import explorer_page
from app.http.services import Services, system_clock


class GraphQLEndpoint:
    """The door of this process: one schema, one memory of documents, two protocols."""

    def __init__(self) -> None:
        desk = Desk(build_schema())
        self._http = HttpDoor(desk, _services, system_clock, explorer_page())
        self._socket = SocketDoor(desk, _services, system_clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or serve a connection until it ends."""
        door = self._http if scope["type"] == "http" else self._socket
        await door(scope, receive, send)


def _services(scope: Any) -> Services:
    services: Services = scope["app"].state.services
    return services
