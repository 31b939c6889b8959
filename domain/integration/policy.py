"""Decisions about webhooks: who is told, where they may go, how they are signed and retried."""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

SECRET_PREFIX = "whsec_"
GONE = 410
LONGEST_URL = 2_000
# Networks that carry an IPv4 address inside: what it leads to cannot be judged from outside.
_TUNNELS = tuple(ipaddress.ip_network(n) for n in ("64:ff9b::/96", "2002::/16", "2001::/32"))
_INNER_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


def matches(patterns: Iterable[str], event_type: str) -> bool:
    """Whether a subscription to `patterns` ("order.shipped", "order.*", "*") wants a type."""
    return any(
        event_type.startswith(pattern[:-1]) if pattern.endswith("*") else pattern == event_type
        for pattern in patterns
    )


def unknown_patterns(patterns: Iterable[str], known: Collection[str]) -> list[str]:
    """The patterns that no known event type matches; they would never be told anything."""
    return [pattern for pattern in patterns if not _well_formed(pattern, known)]


def _well_formed(pattern: str, known: Collection[str]) -> bool:
    if pattern != "*" and pattern.endswith("*") and not pattern.endswith(".*"):
        return False
    return any(matches([pattern], event_type) for event_type in known)


def fault_of_url(url: str, *, allow_private: bool) -> str | None:
    """Why webhooks cannot be sent to `url`, as far as its text tells; None if they can.

    A name may still lead to a private address: `is_public` judges what it resolves to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "This is not a URL."
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "The URL must start with http:// or https:// and name a host."
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return f"The URL must be plain ASCII without spaces, at most {LONGEST_URL} characters."
    if parts.username is not None or parts.password is not None:
        return "The URL must not hold a password; the signature proves who is calling."
    if not allow_private and _is_inner(host):
        return "The URL leads to a private address."
    return None


def _is_inner(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        name = f".{host.lower().rstrip('.')}"
        return "." not in name[1:] or name.endswith(_INNER_NAMES)
    return not is_public(host)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in _TUNNELS):
            return False
    return ip.is_global and not ip.is_multicast


def secret_from(random: bytes) -> str:
    """Random bytes as a webhook secret."""
    return SECRET_PREFIX + base64.b64encode(random).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """The webhook-signature header of Standard Webhooks. `timestamp` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySchedule:
    """5 s, 15 s, 45 s … at most 6 h apart; 13 attempts spread over a day and a half."""

    first: timedelta = timedelta(seconds=5)
    factor: int = 3
    longest: timedelta = timedelta(hours=6)
    attempts: int = 13

    def wait(self, attempts: int, *, jitter: float) -> timedelta:
        """How long to wait after so many attempts; `jitter` of 0 to 1 adds up to a fifth."""
        steps: int = self.factor ** min(max(attempts - 1, 0), 20)
        return min(self.first * steps, self.longest) * (1 + jitter / 5)


def status_after(response_status: int | None, *, attempts: int, schedule: RetrySchedule) -> str:
    """What a delivery is after its attempt: delivered, due again, or dead.

    `response_status` is None without an answer; `attempts` counts this one too."""
    if response_status is not None and 200 <= response_status < 300:
        return "delivered"
    if response_status == GONE or attempts >= schedule.attempts:
        return "dead"
    return "due"
