"""One call to a subscriber, from name to answer, with a limit on everything."""

import asyncio
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx

from domain.integration.deliveries import Attempt
from domain.integration.policy import fault_of_url, is_public, signature
from domain.kernel import json

# Enough to take in what a subscriber says in earnest; nothing of it is kept.
MOST_RESPONSE_BYTES = 64 * 1024
USER_AGENT = "Crossdock-Webhooks/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """How long a call may take, and whether it may go to private addresses."""

    connect: timedelta = timedelta(seconds=5)
    total: timedelta = timedelta(seconds=10)
    allow_private: bool = False


class AddressRefusedError(Exception):
    """The subscriber's name leads to an address that webhooks must not go to."""


async def call_subscriber(
    *, url: str, secret: str, message: dict[str, Any], now: datetime, limits: CallLimits
) -> Attempt:
    """Post the signed message; returns what came of it and raises nothing but a cancellation."""
    started = time.monotonic()
    status, error = None, None
    try:
        async with asyncio.timeout(limits.total.total_seconds()):
            status = await _post(url, secret, message, now, limits)
    except AddressRefusedError:
        error = "The name leads to a private address."
    except (TimeoutError, httpx.TimeoutException):
        error = f"No answer within {limits.total.total_seconds():g} s."
    except socket.gaierror:
        error = "The name cannot be resolved."
    except httpx.ConnectError:
        error = "No connection."
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError) as fault:
        error = f"{type(fault).__name__}."
    return Attempt(
        attempted_at=now,
        duration_ms=round((time.monotonic() - started) * 1000),
        response_status=status,
        error=error,
    )


async def _post(
    url: str, secret: str, message: dict[str, Any], now: datetime, limits: CallLimits
) -> int:
    target = httpx.URL(url)
    address = await _resolve(target, allow_private=limits.allow_private)
    body = json.dump(message).encode()
    async with (
        _client(limits) as client,
        client.stream(
            "POST",
            # The very address that was judged: resolving the name again might give another.
            target.copy_with(host=address),
            content=body,
            headers=_headers(target, secret, message["id"], body, now),
            extensions={"sni_hostname": target.host},
        ) as response,
    ):
        await _drain(response)
        return response.status_code


async def _resolve(target: httpx.URL, *, allow_private: bool) -> str:
    if fault_of_url(str(target), allow_private=allow_private) is not None:
        raise AddressRefusedError
    port = target.port or (443 if target.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(target.host, port, type=socket.SOCK_STREAM)
    addresses = [str(info[4][0]) for info in found]
    if not allow_private and not all(is_public(a.partition("%")[0]) for a in addresses):
        raise AddressRefusedError
    # Where both exist, IPv4 is what more machines can reach.
    return min(addresses, key=lambda a: ipaddress.ip_address(a.partition("%")[0]).version)


def _headers(
    target: httpx.URL, secret: str, message_id: str, body: bytes, now: datetime
) -> dict[str, str]:
    timestamp = int(now.timestamp())
    return {
        "host": target.netloc.decode("ascii"),
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(
            secret, message_id=message_id, timestamp=timestamp, body=body
        ),
    }


async def _drain(response: httpx.Response) -> None:
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
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
