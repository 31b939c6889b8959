"""Key sets: which addresses we call, what we read, how often we ask."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tenancy import key_sets
from tenancy.failures import AuthenticationFailed
from tenancy.key_sets import AddressRefused, KeySets, check_address, read_key_set
from tests.factories.issuers import IssuerServer, ec_key, issuer_server, public_jwk, rsa_key

URL = "https://id.example.com/jwks"


@pytest.fixture
async def server() -> AsyncIterator[IssuerServer]:
    async with issuer_server() as served:
        served.publish(public_jwk(rsa_key("k1"), "k1"))
        yield served


@pytest.mark.parametrize(
    "address",
    [
        "http://id.example.com/jwks",
        "ftp://id.example.com/jwks",
        "file:///etc/passwd",
        "https://",
        "https:///jwks",
        "https://user:secret@id.example.com/jwks",
        "https://[::1/jwks",
        "https://id.example.com:port/",
        "https://localhost/jwks",
        "https://db.localhost/jwks",
        "https://127.0.0.1/jwks",
        "https://10.0.0.1/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/jwks",
        "https://[fd00::1]/jwks",
        "http://127.0.0.1:8080/jwks",
        "",
    ],
)
async def test_only_https_on_public_hosts_is_called(address: str, now: datetime) -> None:
    with pytest.raises(AddressRefused):
        check_address(address)
    with pytest.raises(AuthenticationFailed, match="Sign-in failed"):
        await KeySets().key(address, "k1", now)


def test_loopback_is_accepted_only_when_it_is_allowed() -> None:
    check_address(URL)
    check_address("http://127.0.0.1:8080/jwks", allow_loopback=True)
    check_address("http://localhost:8080/jwks", allow_loopback=True)
    for address in ("http://id.example.com/jwks", "https://10.0.0.1/", "http://127.0.0.1.nip.io/"):
        with pytest.raises(AddressRefused):
            check_address(address, allow_loopback=True)


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        ("404 Not Found", {}, None),
        ("500 Internal Server Error", {}, None),
        ("302 Found", {"Location": "http://127.0.0.1:1/"}, None),
        ("200 OK", {}, b"x" * (256 * 1024 + 1)),
        ("200 OK", {}, b"not json"),
        ("200 OK", {}, b"\xff\xfe"),
        ("200 OK", {}, b"[" * 100_000),
        ("200 OK", {}, b"[]"),
        ("200 OK", {}, b'{"keys": {}}'),
        ("200 OK", {}, json.dumps({"keys": [{}] * 101}).encode()),
        ("200 OK", {"Content-Encoding": "gzip"}, b"not gzip"),
    ],
)
async def test_an_answer_that_is_no_key_set_is_refused(
    server: IssuerServer, now: datetime, status: str, headers: dict[str, str], body: bytes | None
) -> None:
    server.status, server.headers = status, headers
    server.body = server.body if body is None else body
    with pytest.raises(AuthenticationFailed) as caught:
        await KeySets(allow_loopback=True).key(server.url, "k1", now)
    assert caught.value.reason == "key_set_unavailable"


async def test_an_issuer_that_does_not_answer_costs_little(
    server: IssuerServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_sets, "FETCH_SECONDS", 0.05)
    server.hangs = True
    sets = KeySets(allow_loopback=True)
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            await sets.key(server.url, "k1", now)
    assert server.calls == 1


async def test_many_requests_at_once_fetch_once(server: IssuerServer, now: datetime) -> None:
    sets = KeySets(allow_loopback=True)
    keys = await asyncio.gather(*(sets.key(server.url, "k1", now) for _ in range(20)))
    assert server.calls == 1
    assert {key.key_id for key in keys} == {"k1"}


async def test_a_set_is_asked_for_again_when_it_is_old_and_outlives_a_short_outage(
    server: IssuerServer, now: datetime
) -> None:
    sets = KeySets(allow_loopback=True)
    await sets.key(server.url, "k1", now)
    server.status = "503 Service Unavailable"
    await sets.key(server.url, "k1", now + timedelta(minutes=10) - timedelta.resolution)
    assert server.calls == 1
    await sets.key(server.url, "k1", now + timedelta(minutes=10))
    assert server.calls == 2
    with pytest.raises(AuthenticationFailed) as caught:
        await sets.key(server.url, "k1", now + timedelta(hours=1))
    assert caught.value.reason == "key_set_unavailable"


async def test_a_key_that_the_issuer_withdrew_counts_no_more_after_ten_minutes(
    server: IssuerServer, now: datetime
) -> None:
    sets = KeySets(allow_loopback=True)
    await sets.key(server.url, "k1", now)
    server.publish(public_jwk(rsa_key("k2"), "k2"))
    with pytest.raises(AuthenticationFailed) as caught:
        await sets.key(server.url, "k1", now + timedelta(minutes=10))
    assert caught.value.reason == "key_unknown"


async def test_a_fetch_that_fails_is_no_error_of_ours(now: datetime) -> None:
    async def fetch(address: str) -> bytes:
        raise httpx.ConnectError("no route")

    with pytest.raises(AuthenticationFailed):
        await KeySets(fetch=fetch).key(URL, "k1", now)


@pytest.mark.parametrize(
    "entry",
    [
        {},
        "k1",
        None,
        {"kty": "oct", "kid": "k1", "k": "AAAA"},
        {"kty": "RSA", "kid": "k1"},
        {"kty": "RSA", "kid": "k1", "n": "!!", "e": "AQAB"},
        {"kty": ["RSA"], "kid": "k1"},
        {"kty": "EC", "crv": "P-384", "kid": "k1", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "kid": "k1", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "AA"},
        public_jwk(rsa_key("short", 1024), "k1"),
        public_jwk(rsa_key("k1"), "k1", use="enc"),
        public_jwk(rsa_key("k1"), "k1", alg="RS512"),
        public_jwk(rsa_key("k1"), "k1", alg="HS256"),
        public_jwk(rsa_key("k1"), "k1", d="AQAB"),
        public_jwk(rsa_key("k1"), "", kid=""),
        public_jwk(rsa_key("k1"), "", kid=7),
    ],
)
def test_a_key_that_we_cannot_use_is_passed_over(entry: Any) -> None:
    usable = public_jwk(ec_key("e1"), "e1")
    assert list(read_key_set(json.dumps({"keys": [entry, usable]}).encode())) == ["e1"]
