"""Where webhooks may go: judged by the text of the URL, and by what its name leads to."""

import asyncio
import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_URL = 2_000
RESOLVING_SECONDS = 2.0
# Below 1024 other protocols listen, which might take a request for their own.
WEB_PORTS = (80, 443)
FIRST_FREE_PORT = 1024
# Networks that carry an IPv4 address inside, or that the registries have not given out: what
# they lead to cannot be judged from outside.
_UNJUDGED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
_OLD_RELAYS = ipaddress.ip_network("192.88.99.0/24")
_INNER_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
# Read differently by different parsers.
_UNFIT = frozenset(' \\"<>^`{|}')
# 127.1, 0x7f.0.0.1 and 2130706433 are addresses to a resolver, and names to everybody else.
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What an installation allows beyond calls to public addresses by https: `private` addresses,
    where every tenant is trusted; `plain` http, where others may read what is told."""

    private: bool = False
    plain: bool = False


OPEN_INTERNET = Reach()


class AddressRefused(Exception):
    """The URL leads where webhooks must not go. Its words are for the subscriber."""


async def resolved(url: str, *, reach: Reach) -> str:
    """The IP address that a URL's host leads to now: the one to connect to, since asking again
    might give another. Raises AddressRefused, socket.gaierror or TimeoutError."""
    fault = fault_of_url(url, reach=reach)
    if fault is not None:
        raise AddressRefused(fault)
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    async with asyncio.timeout(RESOLVING_SECONDS):
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, port, type=socket.SOCK_STREAM
        )
    addresses = [str(info[4][0]) for info in found]
    # One bad address among good ones is refused too: which of them is taken is chance.
    if not reach.private and not all(is_public(a.partition("%")[0]) for a in addresses):
        raise AddressRefused("The name leads to a private address.")
    # Where both exist, IPv4 is what more machines can reach.
    return min(addresses, key=lambda a: ipaddress.ip_address(a.partition("%")[0]).version)


async def refuse_private(url: str, *, reach: Reach) -> str | None:
    """Why webhooks may not go to `url` as its name is resolved now; None if they may, or if the
    name is not known yet: it is resolved again before each call."""
    try:
        await resolved(url, reach=reach)
    except AddressRefused as refused:
        return str(refused)
    except (OSError, TimeoutError, UnicodeError):
        return None
    return None


def fault_of_url(url: str, *, reach: Reach) -> str | None:
    """Why webhooks cannot be sent to `url`, as far as its text tells; None if they can.

    A name may still lead to a private address: `is_public` judges what it resolves to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "This is not a URL."
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "The URL must start with http:// or https:// and name a host."
    if parts.scheme == "http" and not reach.plain:
        return "The URL must start with https://: what is sent by http can be read on its way."
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or set(url) & _UNFIT:
        return f"The URL must be plain ASCII without spaces, at most {LONGEST_URL} characters."
    if parts.username is not None or parts.password is not None:
        return "The URL must not hold a password; the signature proves who is calling."
    if reach.private:
        return None
    if port is not None and port not in WEB_PORTS and port < FIRST_FREE_PORT:
        return f"The port must be 80, 443, or {FIRST_FREE_PORT} and above."
    return "The URL leads to a private address." if _is_inner(host) else None


def _is_inner(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        name = f".{host.lower().rstrip('.')}"
        last = name.rpartition(".")[2]
        is_plain = "." not in name[1:] or name.endswith(_INNER_NAMES)
        return is_plain or _NUMBER.fullmatch(last) is not None
    return not is_public(host)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif any(ip in network for network in _UNJUDGED):
            return False
    if isinstance(ip, ipaddress.IPv4Address) and ip in _OLD_RELAYS:
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
