"""The body of a request: of a kind that we read, no larger than agreed, and in time."""

import asyncio
from types import CoroutineType
from typing import Any

from starlette.requests import Request
from starlette.types import Message, Receive

from api.door.begun import Begun
from api.door.refusals import Refusal

LARGEST_BODY = 2 * 1024 * 1024
BODY_SECONDS = 10.0

JSON, MULTIPART = "application/json", "multipart/form-data"


def kind_of_body(request: Request) -> str:
    """JSON or MULTIPART. Raises Refusal (415) for another type, charset or encoding."""
    headers = request.headers
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refusal(
            415,
            "BAD_INPUT",
            "The body must not be compressed.",
            headers={"Accept-Encoding": "identity"},
        )
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind not in (JSON, MULTIPART):
        raise Refusal(
            415,
            "BAD_INPUT",
            "Send Content-Type: application/json.",
            headers={"Accept-Post": f"{JSON}, {MULTIPART}"},
        )
    if kind == JSON and _charset(parameters) not in ("utf-8", "utf8"):
        raise Refusal(415, "BAD_INPUT", "The body must be in UTF-8.")
    return kind


async def read_body(
    request: Request, *, largest: int = LARGEST_BODY, seconds: float = BODY_SECONDS
) -> bytes:
    """The whole body. Raises Refusal when it is too large (413) or too slow (408)."""
    refuse_announced(request, largest)
    receiving: Any = request.receive()
    # Some servers (granian) give another kind of awaitable, which cannot be begun by hand.
    first: Any = Begun(receiving) if isinstance(receiving, CoroutineType) else receiving
    if isinstance(first, Begun) and first.is_done:
        message: Message = await first
        if message["type"] == "http.request" and not message.get("more_body", False):
            body: bytes = message.get("body", b"")
            if len(body) > largest:
                raise too_large(largest)
            return body
    try:
        async with asyncio.timeout(seconds):
            return await _read_on(await first, request.receive, largest)
    except TimeoutError:
        raise too_slow() from None


async def _read_on(message: Message, receive: Receive, largest: int) -> bytes:
    body = bytearray()
    while message["type"] == "http.request":
        body += message.get("body", b"")
        if len(body) > largest:
            raise too_large(largest)
        if not message.get("more_body", False):
            return bytes(body)
        message = await receive()
    raise Refusal(400, "BAD_INPUT", "The client went away.")


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return "utf-8"


def refuse_announced(request: Request, largest: int) -> None:
    """Raises Refusal for a body that says itself that it is too large."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:18]) > largest:
        raise too_large(largest)


def too_large(largest: int) -> Refusal:
    """What is said of a body with more bytes than that."""
    return Refusal(
        413, "BAD_INPUT", f"At most {largest:,} bytes are taken.", headers={"Connection": "close"}
    )


def too_slow() -> Refusal:
    """What is said of a body that does not come; its rest is not waited for."""
    return Refusal(408, "BAD_INPUT", "The body took too long.", headers={"Connection": "close"})
