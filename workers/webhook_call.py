"""One call to a subscriber, from name to answer, with a limit on everything."""

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx

from domain.integration.addresses import OPEN_INTERNET, AddressRefused, Reach, resolved
from domain.integration.attempts import Attempt
from domain.integration.policy import seconds_asked, signature
from domain.kernel import json

# Enough to take in what a subscriber says in earnest; of it the first part is kept.
MOST_RESPONSE_BYTES = 64 * 1024
KEPT_RESPONSE_BYTES = 4 * 1024
KEPT_REQUEST_CHARACTERS = 64 * 1024
MOST_KEPT_HEADERS, LONGEST_KEPT_HEADER = 50, 500
MOST_MESSAGE_BYTES = 1024 * 1024
USER_AGENT = "Crossdock-Webhooks/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """How long a call may take, and where it may go."""

    connect: timedelta = timedelta(seconds=5)
    total: timedelta = timedelta(seconds=10)
    reach: Reach = OPEN_INTERNET


@dataclass(slots=True)
class _Call:
    """What becomes known of a call while it is made; it may end at any point."""

    address: str | None = None
    sent: dict[str, str] | None = None
    status: int | None = None
    answered: dict[str, str] | None = None
    said: bytes = b""
    retry_after: timedelta | None = None
    error: str | None = None
    started: float = field(default_factory=time.monotonic)


async def call_subscriber(
    *,
    url: str,
    secrets: Sequence[str],
    message: Mapping[str, Any],
    now: datetime,
    limits: CallLimits,
) -> Attempt:
    """Post the message, signed with each of the secrets; returns what came of it and raises
    nothing but a cancellation."""
    call, body = _Call(), json.dump(message).encode()
    try:
        async with asyncio.timeout(limits.total.total_seconds()):
            await _post(call, url, secrets, message["id"], body, now, limits)
    except AddressRefused as refused:
        call.error = str(refused)
    except (TimeoutError, httpx.TimeoutException):
        call.status, call.error = None, f"No answer within {limits.total.total_seconds():g} s."
    except socket.gaierror:
        call.error = "The name cannot be resolved."
    except httpx.ConnectError:
        call.error = "No connection."
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as fault:
        call.status, call.error = None, f"{type(fault).__name__}."
    return Attempt(
        attempted_at=now,
        duration_ms=round((time.monotonic() - call.started) * 1000),
        response_status=call.status,
        error=call.error,
        address=call.address,
        request_headers=call.sent,
        request_body=body.decode()[:KEPT_REQUEST_CHARACTERS],
        response_headers=call.answered,
        response_body=_text(call.said) if call.answered is not None else None,
        retry_after=call.retry_after,
    )


async def _post(
    call: _Call,
    url: str,
    secrets: Sequence[str],
    message_id: str,
    body: bytes,
    now: datetime,
    limits: CallLimits,
) -> None:
    if len(body) > MOST_MESSAGE_BYTES:
        raise AddressRefused(f"The message is larger than {MOST_MESSAGE_BYTES // 1024} KB.")
    target = httpx.URL(url)
    call.address = await resolved(url, reach=limits.reach)
    call.sent = _headers(target, secrets, message_id, body, now)
    async with (
        _client(limits) as client,
        client.stream(
            "POST",
            # The very address that was judged: resolving the name again might give another.
            target.copy_with(host=call.address),
            content=body,
            headers=call.sent,
            extensions={"sni_hostname": target.host},
        ) as response,
    ):
        call.answered = _kept_headers(response.headers)
        call.retry_after = seconds_asked(response.headers.get("retry-after"))
        await _read(response, call)
        call.status = response.status_code


def _headers(
    target: httpx.URL, secrets: Sequence[str], message_id: str, body: bytes, now: datetime
) -> dict[str, str]:
    timestamp = int(now.timestamp())
    return {
        "host": target.netloc.decode("ascii"),
        # What is said is kept as it is said.
        "accept-encoding": "identity",
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            secrets, message_id=message_id, timestamp=timestamp, body=body
        ),
    }


def _kept_headers(headers: httpx.Headers) -> dict[str, str]:
    items = list(headers.items())[:MOST_KEPT_HEADERS]
    return {
        name[:LONGEST_KEPT_HEADER]: value[:LONGEST_KEPT_HEADER].replace("\x00", "")
        for name, value in items
    }


def _text(said: bytes) -> str:
    """What the subscriber said as far as it can be kept: PostgreSQL's text holds no NUL."""
    return said.decode(errors="replace").replace("\x00", "\ufffd")


async def _read(response: httpx.Response, call: _Call) -> None:
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        call.said = (call.said + chunk)[:KEPT_RESPONSE_BYTES]
        if read > MOST_RESPONSE_BYTES:
            return


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _client(limits: CallLimits) -> httpx.AsyncClient:
    # One client for each call: a kept connection would be found by its address alone, and
    # be used for another name on it whose certificate nobody has checked.
    return httpx.AsyncClient(
        verify=_trusted(),
        timeout=httpx.Timeout(limits.total.total_seconds(), connect=limits.connect.total_seconds()),
        follow_redirects=False,
        trust_env=False,
    )
