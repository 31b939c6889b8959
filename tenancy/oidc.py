"""Tokens of outside issuers (OpenID Connect): verified against the issuer that the tenant
registered, and mapped to a user whom the tenant created."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy.claims import check_times, requiring
from tenancy.failures import AuthenticationFailed
from tenancy.key_sets import KeySets
from tenancy.models import OidcIssuer
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction
from tenancy.usernames import normal_username

ALGORITHMS = ("RS256", "ES256")
LONGEST_KEY_ID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An issuer as a tenant registered it."""

    issuer: str
    audience: str
    jwks_uri: str
    username_claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideClaims:
    """What a verified outside token says: which user, since when and until when."""

    username: str
    issued_at: datetime
    expires_at: datetime


async def issuers_of(engine: AsyncEngine, tenant_id: int) -> Sequence[Issuer]:
    """The issuers that a tenant registered."""
    scope = system_principal(tenant_id)
    async with scoped_transaction(engine, scope, read_only=True) as connection:
        result = await connection.execute(
            select(
                OidcIssuer.issuer,
                OidcIssuer.audience,
                OidcIssuer.jwks_uri,
                OidcIssuer.username_claim,
            ).where(OidcIssuer.tenant_id == tenant_id)
        )
        return [Issuer(**row._mapping) for row in result]


async def read_outside_token(
    key_sets: KeySets, issuer: Issuer, token: str, now: datetime
) -> OutsideClaims:
    """The claims of a token that `issuer` signed for its registered audience and that is valid
    at `now`. May call the issuer: never inside a transaction. Raises AuthenticationFailed."""
    key = await key_sets.key(issuer.jwks_uri, _key_id(token), now)
    payload = _decode(key, issuer, token)
    issued_at, expires_at = check_times(payload, now)
    named = payload.get(issuer.username_claim)
    username = normal_username(named) if isinstance(named, str) else None
    if username is None:
        raise AuthenticationFailed("token_without_username")
    return OutsideClaims(username=username, issued_at=issued_at, expires_at=expires_at)


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError) as error:
        raise AuthenticationFailed("token_malformed") from error
    key_id = header.get("kid")
    if header.get("alg") not in ALGORITHMS:
        raise AuthenticationFailed("token_algorithm_refused")
    if not isinstance(key_id, str) or len(key_id) > LONGEST_KEY_ID:
        raise AuthenticationFailed("token_without_key_id")
    return key_id


def _decode(key: jwt.PyJWK, issuer: Issuer, token: str) -> dict[str, Any]:
    try:
        # The key's own algorithm, not the header's: what the token says of itself decides nothing.
        return jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=issuer.audience,
            issuer=issuer.issuer,
            options=requiring("iss", "aud"),
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise AuthenticationFailed(f"token_invalid:{type(error).__name__}") from error
