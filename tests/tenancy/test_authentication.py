"""Access tokens and API keys: what is let in, and every way of not being let in."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy.authentication import Authenticated, Authenticator
from tenancy.failures import AuthenticationFailed
from tenancy.principals import Principal, PrincipalKind
from tenancy.tokens import derive_key
from tests.factories.accounts import (
    change_user,
    new_key,
    new_user,
    revoke_key,
    suspend_tenant,
)
from tests.factories.tenants import TenantUnderTest, new_tenant

SECRET = "a secret of an installation, long enough"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def authenticator(engine: AsyncEngine) -> Authenticator:
    return Authenticator(engine, SECRET)


async def _refused(
    authenticator: Authenticator, credentials: str, now: datetime, tenant_slug: str | None = None
) -> str:
    with pytest.raises(AuthenticationFailed) as caught:
        await authenticator.authenticate(credentials, tenant_slug, now)
    assert str(caught.value) == "Sign-in failed or is no longer valid."
    return caught.value.reason


def _forged(tenant: TenantUnderTest, user_id: int, **claims: Any) -> dict[str, Any]:
    issued_at = tenant.now.timestamp()
    return {
        "iss": "crossdock",
        "sub": str(user_id),
        "tid": tenant.id,
        "kind": "user",
        "iat": issued_at,
        "exp": issued_at + 900,
    } | claims


def _signed(payload: dict[str, Any], key: bytes | None = None) -> str:
    return "Bearer " + jwt.encode(payload, key or derive_key(SECRET, "access"), algorithm="HS256")


def _unsigned(payload: dict[str, Any], algorithm: str) -> str:
    parts = ({"alg": algorithm, "typ": "JWT"}, payload)
    encoded = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts
    )
    return f"Bearer {'.'.join(encoded)}."


async def test_a_token_gives_the_user_with_its_permissions(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    user_id = await new_user(tenant, "orders.read", "orders.place")
    token = await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    assert await authenticator.authenticate(f"Bearer {token}", None, tenant.now) == Authenticated(
        principal=Principal(
            tenant_id=tenant.id,
            kind=PrincipalKind.USER,
            id=user_id,
            name="jane",
            permissions=frozenset({"orders.read", "orders.place"}),
        ),
        expires_at=tenant.now + timedelta(minutes=15),
    )


async def test_a_key_gives_its_role(authenticator: Authenticator, tenant: TenantUnderTest) -> None:
    key_id, key = await new_key(tenant, "intake.ingest", expires_at=tenant.now + MINUTE)
    assert await authenticator.authenticate(f"bearer {key}", None, tenant.now) == Authenticated(
        principal=Principal(
            tenant_id=tenant.id,
            kind=PrincipalKind.API_KEY,
            id=key_id,
            name="integration",
            permissions=frozenset({"intake.ingest"}),
        ),
        expires_at=tenant.now + MINUTE,
    )


@pytest.mark.parametrize("authorization", [None, "", "  "])
async def test_without_credentials_the_caller_is_nobody(
    authenticator: Authenticator, now: datetime, authorization: str | None
) -> None:
    assert await authenticator.principal_of(authorization, None, now) is None


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer",
        "Bearer ",
        "Basic amFuZTpwYXNzd29yZA==",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer ....",
        "Bearer \ud800",
        "Bearer é.é.é",
        "Bearer " + "a" * 9_000,
        "Bearer cdk_",
        "Bearer cdk_1_1_short",
        f"Bearer cdk_9999999999_1_{'a' * 43}",
        f"Bearer cdk_1_9999999999999999999_{'a' * 43}",
        f"Bearer cdk_١_1_{'a' * 43}",
        f"Bearer cdk_0_0_{'a' * 43}",
        f"Bearer cdk_2147483647_1_{'a' * 43}",
    ],
)
async def test_what_is_malformed_is_refused(
    authenticator: Authenticator, now: datetime, authorization: str
) -> None:
    await _refused(authenticator, authorization, now)


async def test_a_token_holds_until_its_end_and_no_longer(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    token = "Bearer " + await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    last = tenant.now + timedelta(minutes=15, seconds=5)
    assert await authenticator.principal_of(token, None, last - timedelta(microseconds=1))
    assert await _refused(authenticator, token, last) == "token_expired"


async def test_a_token_from_the_future_is_refused(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    token = "Bearer " + await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    early = tenant.now - timedelta(seconds=6)
    assert await _refused(authenticator, token, early) == "token_from_the_future"


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", "RS256", ""])
async def test_an_unsigned_token_is_refused(
    authenticator: Authenticator, tenant: TenantUnderTest, algorithm: str
) -> None:
    user_id = await new_user(tenant)
    await _refused(authenticator, _unsigned(_forged(tenant, user_id), algorithm), tenant.now)


@pytest.mark.parametrize(
    "key",
    [
        b"another secret, which is long enough too",
        SECRET.encode(),
        derive_key(SECRET, "refresh"),
    ],
)
async def test_a_token_signed_with_another_key_is_refused(
    authenticator: Authenticator, tenant: TenantUnderTest, key: bytes
) -> None:
    user_id = await new_user(tenant)
    reason = await _refused(authenticator, _signed(_forged(tenant, user_id), key), tenant.now)
    assert reason == "token_invalid:InvalidSignatureError"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
async def test_only_the_one_algorithm_is_accepted(
    authenticator: Authenticator, tenant: TenantUnderTest, algorithm: str
) -> None:
    user_id = await new_user(tenant)
    key = derive_key(SECRET, "access").ljust(64, b"\0")
    token = jwt.encode(_forged(tenant, user_id), key, algorithm=algorithm)
    reason = await _refused(authenticator, f"Bearer {token}", tenant.now)
    assert reason == "token_invalid:InvalidAlgorithmError"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": 1e300},
        {"iat": None},
        {"iat": -1},
        {"kind": "system"},
        {"kind": "api_key"},
        {"sub": "abc"},
        {"sub": "-1"},
        {"sub": str(2**63)},
        {"tid": 0},
        {"tid": True},
        {"tid": "1"},
        {"tid": 2**31},
        {"sid": "1"},
        {"nbf": 4_000_000_000},
    ],
)
async def test_even_a_signed_token_needs_sound_claims(
    authenticator: Authenticator, tenant: TenantUnderTest, claims: dict[str, Any]
) -> None:
    user_id = await new_user(tenant)
    assert await authenticator.principal_of(_signed(_forged(tenant, user_id)), None, tenant.now)
    await _refused(authenticator, _signed(_forged(tenant, user_id, **claims)), tenant.now)


@pytest.mark.parametrize("missing", ["iss", "sub", "tid", "kind", "iat", "exp"])
async def test_a_token_needs_all_its_claims(
    authenticator: Authenticator, tenant: TenantUnderTest, missing: str
) -> None:
    payload = _forged(tenant, await new_user(tenant))
    del payload[missing]
    await _refused(authenticator, _signed(payload), tenant.now)


async def test_a_token_is_of_no_use_in_another_tenant(
    authenticator: Authenticator, tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    other = await new_tenant(engine, now=tenant.now)
    await new_user(tenant)
    _, key = await new_key(tenant)
    token = await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    for credentials in (f"Bearer {token}", f"Bearer {key}"):
        reason = await _refused(authenticator, credentials, tenant.now, other.slug)
        assert reason == "tenant_differs"
        assert await authenticator.principal_of(credentials, tenant.slug.upper(), tenant.now)


async def test_a_user_of_one_tenant_is_nobody_in_another(
    authenticator: Authenticator, tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    other = await new_tenant(engine, now=tenant.now)
    user_id = await new_user(tenant)
    payload = _forged(tenant, user_id, tid=other.id)
    assert await _refused(authenticator, _signed(payload), tenant.now) == "account_unknown"


async def test_a_key_moved_to_another_tenant_is_refused(
    authenticator: Authenticator, tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    other = await new_tenant(engine, now=tenant.now)
    _, key = await new_key(tenant)
    moved = key.replace(f"cdk_{tenant.id}_", f"cdk_{other.id}_")
    assert await _refused(authenticator, f"Bearer {moved}", tenant.now) == "key_wrong"


async def test_a_tampered_key_is_refused_even_after_the_right_one_was_seen(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    _, key = await new_key(tenant)
    assert await authenticator.principal_of(f"Bearer {key}", None, tenant.now)
    tampered = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert await _refused(authenticator, f"Bearer {tampered}", tenant.now) == "key_wrong"


async def test_a_key_ends_when_it_expires(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    _, key = await new_key(tenant, expires_at=tenant.now + MINUTE)
    assert await _refused(authenticator, f"Bearer {key}", tenant.now + MINUTE) == "key_expired"


async def test_a_revoked_key_is_refused_within_the_bound(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    key_id, key = await new_key(tenant)
    assert await authenticator.principal_of(f"Bearer {key}", None, tenant.now)
    await revoke_key(tenant, key_id)
    bound = tenant.now + timedelta(seconds=5)
    assert await authenticator.principal_of(f"Bearer {key}", None, bound - timedelta.resolution)
    assert await _refused(authenticator, f"Bearer {key}", bound) == "key_revoked"


async def test_what_is_changed_here_counts_at_once_after_forgetting(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    user_id = await new_user(tenant)
    token = "Bearer " + await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    assert await authenticator.principal_of(token, None, tenant.now)
    await change_user(tenant, user_id, status="suspended")
    authenticator.forget()
    assert await _refused(authenticator, token, tenant.now) == "user_suspended"
    with pytest.raises(AuthenticationFailed):
        await authenticator.issue_token(tenant.slug, "jane", tenant.now)


async def test_tokens_issued_before_the_revocation_are_void(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    user_id = await new_user(tenant)
    token = "Bearer " + await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    later = tenant.now + timedelta.resolution
    await change_user(tenant, user_id, tokens_valid_from=later)
    assert await _refused(authenticator, token, later) == "token_revoked"
    fresh = "Bearer " + await authenticator.issue_token(tenant.slug, "jane", later)
    assert await authenticator.principal_of(fresh, None, later)


async def test_a_suspended_tenant_lets_nobody_in(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    _, key = await new_key(tenant)
    token = await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    await suspend_tenant(tenant)
    assert await _refused(authenticator, f"Bearer {token}", tenant.now) == "tenant_suspended"
    assert await _refused(authenticator, f"Bearer {key}", tenant.now) == "tenant_suspended"
    with pytest.raises(AuthenticationFailed):
        await authenticator.issue_token(tenant.slug, "jane", tenant.now)


async def test_a_request_costs_no_query_while_the_account_is_remembered(
    authenticator: Authenticator, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_user(tenant)
    token = "Bearer " + await authenticator.issue_token(tenant.slug, "jane", tenant.now)
    first = await authenticator.principal_of(token, None, tenant.now)
    monkeypatch.setattr("tenancy.accounts.scoped_transaction", None)
    assert await authenticator.principal_of(token, None, tenant.now + timedelta(seconds=4)) == first
