"""Sessions and their refresh tokens: `cdr_<tenant id>_<session id>_<generation>_<proof>`.

The proof is made from the installation's secret and the session's nonce, so the database holds
nothing that signs in. Each token works once; one that turns up again was copied, and ends the
session for both who hold it."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tenancy.failures import AuthenticationFailed
from tenancy.models import Tenant, UserAccount, UserSession
from tenancy.principals import system_principal
from tenancy.tokens import LARGEST_ID, LARGEST_TENANT_ID
from tenancy.transaction import scoped_transaction

SESSION_LIFETIME = timedelta(days=30)
_FORM = re.compile(
    r"cdr_([1-9][0-9]{0,9})_([1-9][0-9]{0,18})_([1-9][0-9]{0,9})_([A-Za-z0-9_-]{43})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as it stands after a sign-in or a refresh, with the token for the next refresh."""

    tenant_id: int
    id: int
    user_id: int
    refresh_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Presented:
    tenant_id: int
    session_id: int
    generation: int
    proof: str = field(repr=False)


async def open_session(
    engine: AsyncEngine, key: bytes, *, tenant_id: int, user_id: int, now: datetime
) -> Session:
    """Begin a session for a user who proved who they are."""
    nonce = secrets.token_urlsafe(24)
    expires_at = now + SESSION_LIFETIME
    async with scoped_transaction(engine, system_principal(tenant_id)) as connection:
        result = await connection.execute(
            insert(UserSession)
            .values(
                tenant_id=tenant_id,
                user_id=user_id,
                nonce=nonce,
                created_at=now,
                refreshed_at=now,
                expires_at=expires_at,
            )
            .returning(UserSession.id)
        )
        session_id = int(result.scalar_one())
    return Session(
        tenant_id=tenant_id,
        id=session_id,
        user_id=user_id,
        refresh_token=_write(key, tenant_id, session_id, 1, nonce),
        expires_at=expires_at,
    )


async def refresh_session(engine: AsyncEngine, key: bytes, token: str, now: datetime) -> Session:
    """Take a refresh token and give the next one. Raises AuthenticationFailed for a token that
    is not the session's last, and then ends the session."""
    presented = _read(token)
    scope = system_principal(presented.tenant_id)
    async with scoped_transaction(engine, scope) as connection:
        row = await _locked(connection, key, presented)
        problem = _problem(row, presented, now)
        if problem is None:
            await _advance(connection, row, now)
        elif problem == "refresh_token_reused":
            await _revoke(connection, presented, now)
    if problem is not None:
        raise AuthenticationFailed(problem)
    return Session(
        tenant_id=presented.tenant_id,
        id=row.id,
        user_id=row.user_id,
        refresh_token=_write(key, presented.tenant_id, row.id, presented.generation + 1, row.nonce),
        expires_at=row.expires_at,
    )


async def close_session(engine: AsyncEngine, key: bytes, token: str, now: datetime) -> None:
    """End the session of a refresh token, whichever generation it is; repeating it is harmless.
    Raises AuthenticationFailed for a token that we never gave."""
    presented = _read(token)
    async with scoped_transaction(engine, system_principal(presented.tenant_id)) as connection:
        await _locked(connection, key, presented)
        await _revoke(connection, presented, now)


async def _locked(connection: AsyncConnection, key: bytes, presented: _Presented) -> Any:
    result = await connection.execute(
        select(
            UserSession.id,
            UserSession.user_id,
            UserSession.nonce,
            UserSession.generation,
            UserSession.created_at,
            UserSession.expires_at,
            UserSession.revoked_at,
            UserAccount.status,
            UserAccount.tokens_valid_from,
            Tenant.status.label("tenant_status"),
        )
        .join_from(UserSession, UserAccount, _same_user())
        .join(Tenant, Tenant.id == UserSession.tenant_id)
        .where(UserSession.tenant_id == presented.tenant_id, UserSession.id == presented.session_id)
        .with_for_update(of=UserSession)
    )
    row = result.first()
    expected = _proof(key, presented, row.nonce if row is not None else "")
    if row is None or not hmac.compare_digest(expected, presented.proof):
        raise AuthenticationFailed("refresh_token_unknown")
    return row


def _same_user() -> Any:
    return (UserAccount.tenant_id == UserSession.tenant_id) & (
        UserAccount.id == UserSession.user_id
    )


def _problem(row: Any, presented: _Presented, now: datetime) -> str | None:
    problems = {
        "session_revoked": row.revoked_at is not None or row.created_at < row.tokens_valid_from,
        "session_expired": row.expires_at <= now,
        "user_suspended": row.status != "active",
        "tenant_suspended": row.tenant_status != "active",
        "refresh_token_reused": row.generation != presented.generation,
    }
    return next((reason for reason, holds in problems.items() if holds), None)


async def _advance(connection: AsyncConnection, row: Any, now: datetime) -> None:
    await connection.execute(
        update(UserSession)
        .where(UserSession.id == row.id)
        .values(generation=row.generation + 1, refreshed_at=now)
    )


async def _revoke(connection: AsyncConnection, presented: _Presented, now: datetime) -> None:
    await connection.execute(
        update(UserSession)
        .where(
            UserSession.tenant_id == presented.tenant_id,
            UserSession.id == presented.session_id,
            UserSession.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def _read(token: str) -> _Presented:
    match = _FORM.fullmatch(token)
    if match is None:
        raise AuthenticationFailed("refresh_token_malformed")
    presented = _Presented(int(match[1]), int(match[2]), int(match[3]), match[4])
    if presented.tenant_id > LARGEST_TENANT_ID or presented.session_id > LARGEST_ID:
        raise AuthenticationFailed("refresh_token_malformed")
    return presented


def _write(key: bytes, tenant_id: int, session_id: int, generation: int, nonce: str) -> str:
    proof = _proof(key, _Presented(tenant_id, session_id, generation, ""), nonce)
    return f"cdr_{tenant_id}_{session_id}_{generation}_{proof}"


def _proof(key: bytes, presented: _Presented, nonce: str) -> str:
    said = f"{presented.tenant_id}.{presented.session_id}.{presented.generation}.{nonce}"
    mac = hmac.digest(key, said.encode(), hashlib.sha256)
    return urlsafe_b64encode(mac).decode().rstrip("=")
