"""Access tokens: short-lived JWTs that this installation signs for its own users."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from tenancy.claims import check_times, requiring
from tenancy.failures import AuthenticationFailed

ISSUER = "crossdock"
ALGORITHM = "HS256"
ACCESS_LIFETIME = timedelta(minutes=15)
LARGEST_TENANT_ID = 2**31 - 1
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """What an access token says: whose it is, and since when and until when.

    `session_id` is None for a token that the command line issued."""

    tenant_id: int
    user_id: int
    session_id: int | None
    issued_at: datetime
    expires_at: datetime


def derive_key(secret: str, purpose: str) -> bytes:
    """A key for one purpose from the installation's secret: a token of one kind can never pass
    as one of another."""
    return hmac.digest(secret.encode(), f"crossdock/{purpose}".encode(), hashlib.sha256)


def issue_access_token(key: bytes, claims: AccessClaims) -> str:
    """The signed JWT. The issue time keeps its microseconds: revocation compares with it."""
    payload: dict[str, Any] = {
        "iss": ISSUER,
        "sub": str(claims.user_id),
        "tid": claims.tenant_id,
        "kind": "user",
        "jti": secrets.token_urlsafe(12),
        "iat": claims.issued_at.timestamp(),
        "exp": claims.expires_at.timestamp(),
    }
    if claims.session_id is not None:
        payload["sid"] = claims.session_id
    return jwt.encode(payload, key, algorithm=ALGORITHM)


def read_access_token(key: bytes, token: str, now: datetime) -> AccessClaims:
    """The claims of a token that we signed and that is valid at `now`.
    Raises AuthenticationFailed for any other."""
    try:
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options=requiring("iss", "sub", "tid", "kind"),
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise AuthenticationFailed(f"token_invalid:{type(error).__name__}") from error
    issued_at, expires_at = check_times(payload, now)
    if payload["kind"] != "user":
        raise AuthenticationFailed("token_of_another_kind")
    return AccessClaims(
        tenant_id=_id(payload["tid"], LARGEST_TENANT_ID),
        user_id=_id(int(payload["sub"]) if payload["sub"].isdecimal() else None, LARGEST_ID),
        session_id=_id(payload["sid"], LARGEST_ID) if "sid" in payload else None,
        issued_at=issued_at,
        expires_at=expires_at,
    )


def issuer_of(token: str) -> str:
    """The issuer that a token names, not yet believed: it only chooses who has to verify it.
    Raises AuthenticationFailed."""
    try:
        payload = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError) as error:
        raise AuthenticationFailed(f"token_invalid:{type(error).__name__}") from error
    issuer = payload.get("iss")
    if not isinstance(issuer, str):
        raise AuthenticationFailed("token_without_issuer")
    return issuer


def _id(value: Any, largest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= largest:
        raise AuthenticationFailed("token_id_invalid")
    return value
