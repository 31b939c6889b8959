"""An outside issuer for tests: keys, tokens, and a real HTTP server for its key set."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key, made once for each name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key, made once for each name."""
    return ec.generate_private_key(ec.SECP256R1())


def public_jwk(key: Any, key_id: str, **fields: Any) -> dict[str, Any]:
    """The entry of a key in a key set."""
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    jwk = json.loads(algorithm.to_jwk(key.public_key()))
    return {**jwk, "kid": key_id, "use": "sig", **fields}


@dataclass
class IssuerServer:
    """Serves whatever `body` and `status` are, and counts the calls."""

    url: str = ""
    body: bytes = b""
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    calls: int = 0
    hangs: bool = False

    def publish(self, *keys: dict[str, Any]) -> None:
        """Serve a key set of these keys."""
        self.body = json.dumps({"keys": keys}).encode()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer, then the connection closes."""
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.calls += 1
            if self.hangs:
                await reader.read()
                return
            lines = [f"HTTP/1.1 {self.status}", f"Content-Length: {len(self.body)}"]
            lines += [f"{name}: {value}" for name, value in self.headers.items()]
            writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + self.body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def issuer_server() -> AsyncIterator[IssuerServer]:
    """A server on a free port of this machine, for as long as the block lasts."""
    issuer = IssuerServer()
    server = await asyncio.start_server(issuer.answer, "127.0.0.1", 0)
    issuer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
    async with server:
        yield issuer


def outside_token(
    now: datetime,
    *,
    key: Any,
    key_id: str | None = "k1",
    algorithm: str = "RS256",
    headers: dict[str, Any] | None = None,
    **claims: Any,
) -> str:
    """A token of the issuer for `jane`; a claim given as None is left out."""
    issued_at = int(now.timestamp())
    payload = {
        "iss": "https://id.example.com/",
        "aud": "crossdock-api",
        "sub": "0a1b",
        "preferred_username": "jane",
        "iat": issued_at,
        "exp": issued_at + 300,
    } | claims
    payload = {name: value for name, value in payload.items() if value is not None}
    named = {} if key_id is None else {"kid": key_id}
    return jwt.encode(payload, key, algorithm=algorithm, headers=named | (headers or {}))
