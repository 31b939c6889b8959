"""Key sets of outside issuers (JWKS): fetched with limits, kept, and fetched again when a token
names a key that is not in them."""

import asyncio
import ipaddress
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt

from tenancy.failures import AuthenticationFailed

FRESH_FOR = timedelta(minutes=10)
# An issuer that is down does not sign its users out at once.
USABLE_FOR = timedelta(hours=1)
# A token with an invented key id must not make us call the issuer each time.
SHORTEST_PAUSE = timedelta(seconds=30)
LARGEST_SET_BYTES = 256 * 1024
MOST_KEYS_IN_SET = 100
MOST_SETS = 1_000
SHORTEST_RSA_BITS = 2_048
FETCH_SECONDS = 5.0

Fetch = Callable[[str], Awaitable[bytes]]
Keys = dict[str, jwt.PyJWK]


class AddressRefused(ValueError):
    """A key set's address that we do not call; the message says why."""


def check_address(address: str, *, allow_loopback: bool = False) -> None:
    """Raise AddressRefused unless `address` is https on a public host; with `allow_loopback`,
    plain http to this machine is accepted too."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("The address is malformed.") from error
    if not host or parts.username is not None or parts.password is not None:
        raise AddressRefused("The address must name a host and no credentials.")
    if allow_loopback and is_loopback(host) and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise AddressRefused("The address must begin with https://.")
    if host == "localhost" or host.endswith(".localhost") or _is_private(host):
        raise AddressRefused("The address must be public.")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, as far as its name tells."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


@dataclass(slots=True)
class _KeptSet:
    keys: Keys | None = None
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def age(self, now: datetime) -> timedelta:
        return timedelta.max if self.fetched_at is None else now - self.fetched_at

    def may_fetch(self, now: datetime) -> bool:
        return self.tried_at is None or now - self.tried_at >= SHORTEST_PAUSE


class KeySets:
    """The key sets that this process knows, by address."""

    def __init__(self, *, allow_loopback: bool = False, fetch: Fetch | None = None) -> None:
        self._allow_loopback = allow_loopback
        self._fetch = fetch or fetch_limited
        self._kept: OrderedDict[str, _KeptSet] = OrderedDict()

    async def key(self, address: str, key_id: str, now: datetime) -> jwt.PyJWK:
        """The key `key_id` of the set at `address`. Calls the issuer only when the set is old or
        lacks the key, and not more often than the pause. Raises AuthenticationFailed."""
        try:
            check_address(address, allow_loopback=self._allow_loopback)
        except AddressRefused as error:
            raise AuthenticationFailed("key_set_address_refused") from error
        kept = self._set_of(address)
        async with kept.turn:
            if self._is_wanting(kept, key_id, now) and kept.may_fetch(now):
                await self._renew(kept, address, now)
        if kept.keys is None or kept.age(now) >= USABLE_FOR:
            raise AuthenticationFailed("key_set_unavailable")
        if key_id not in kept.keys:
            raise AuthenticationFailed("key_unknown")
        return kept.keys[key_id]

    def _set_of(self, address: str) -> _KeptSet:
        kept = self._kept.setdefault(address, _KeptSet())
        self._kept.move_to_end(address)
        while len(self._kept) > MOST_SETS:
            self._kept.popitem(last=False)
        return kept

    def _is_wanting(self, kept: _KeptSet, key_id: str, now: datetime) -> bool:
        return kept.keys is None or key_id not in kept.keys or kept.age(now) >= FRESH_FOR

    async def _renew(self, kept: _KeptSet, address: str, now: datetime) -> None:
        kept.tried_at = now
        try:
            keys = read_key_set(await self._fetch(address))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError):
            return
        kept.keys, kept.fetched_at = keys, now


async def fetch_limited(address: str) -> bytes:
    """The document at `address`: no redirects, limited in size and in time.
    Raises httpx.HTTPError, TimeoutError or ValueError."""
    # A proxy set in the environment is for the outside; it cannot reach our loopback.
    through_proxy = not is_loopback(urlsplit(address).hostname or "")
    async with (
        asyncio.timeout(FETCH_SECONDS),
        httpx.AsyncClient(
            follow_redirects=False, timeout=FETCH_SECONDS, trust_env=through_proxy
        ) as client,
        client.stream("GET", address, headers={"Accept": "application/json"}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"the key set answered {response.status_code}")
        document = bytearray()
        async for part in response.aiter_bytes():
            document += part
            if len(document) > LARGEST_SET_BYTES:
                raise ValueError("the key set is too large")
        return bytes(document)


def read_key_set(document: bytes) -> Keys:
    """The usable keys of a JWKS document by their ids; what we cannot use is passed over.
    Raises ValueError when the document is no key set."""
    try:
        entries = json.loads(document)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a key set") from error
    if not isinstance(entries, list) or len(entries) > MOST_KEYS_IN_SET:
        raise ValueError("not a key set")
    usable = (_usable(entry) for entry in entries)
    return {key.key_id: key for key in usable if key is not None and key.key_id}


def _usable(entry: Any) -> jwt.PyJWK | None:
    algorithm = _algorithm_of(entry) if isinstance(entry, dict) else None
    if algorithm is None or entry.get("use", "sig") != "sig" or "d" in entry:
        return None
    if not isinstance(entry.get("kid"), str):
        return None
    try:
        key = jwt.PyJWK(entry, algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    is_short = algorithm == "RS256" and key.key.key_size < SHORTEST_RSA_BITS
    return None if is_short else key


def _algorithm_of(entry: dict[str, Any]) -> str | None:
    by_type = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}
    curve = entry.get("crv")
    algorithm = by_type.get((str(entry.get("kty")), str(curve) if curve is not None else None))
    return algorithm if entry.get("alg", algorithm) == algorithm else None
