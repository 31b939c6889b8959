"""Tokens of outside issuers, verified with the key set of a real HTTP server."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed
from tenancy.key_sets import KeySets
from tests.factories.accounts import change_user, new_issuer, new_user, suspend_tenant
from tests.factories.issuers import (
    IssuerServer,
    ec_key,
    issuer_server,
    outside_token,
    public_jwk,
    rsa_key,
)
from tests.factories.tenants import TenantUnderTest, new_tenant

SECRET = "a secret of an installation, long enough"
ISSUER = "https://id.example.com/"


@pytest.fixture
async def server() -> AsyncIterator[IssuerServer]:
    async with issuer_server() as served:
        served.publish(public_jwk(rsa_key("k1"), "k1"), public_jwk(ec_key("e1"), "e1"))
        yield served


@pytest.fixture
def authenticator(engine: AsyncEngine) -> Authenticator:
    return Authenticator(
        engine, SECRET, key_sets=KeySets(allow_loopback=True), remembered_for=timedelta(0)
    )


@pytest.fixture
async def user_id(tenant: TenantUnderTest, server: IssuerServer) -> int:
    await new_issuer(tenant, issuer=ISSUER, jwks_uri=server.url)
    return await new_user(tenant, "orders.read", password_hash=None)


async def _refused(
    authenticator: Authenticator, tenant: TenantUnderTest, token: str, slug: str | None = ""
) -> str:
    named = tenant.slug if slug == "" else slug
    with pytest.raises(AuthenticationFailed) as caught:
        await authenticator.authenticate(f"Bearer {token}", named, tenant.now)
    assert str(caught.value) == "Sign-in failed or is no longer valid."
    return caught.value.reason


@pytest.mark.parametrize(
    ("key", "key_id", "algorithm"),
    [(rsa_key("k1"), "k1", "RS256"), (ec_key("e1"), "e1", "ES256")],
    ids=["RS256", "ES256"],
)
async def test_a_token_of_a_registered_issuer_gives_the_user(
    authenticator: Authenticator,
    tenant: TenantUnderTest,
    server: IssuerServer,
    user_id: int,
    key: Any,
    key_id: str,
    algorithm: str,
) -> None:
    token = outside_token(tenant.now, key=key, key_id=key_id, algorithm=algorithm)
    caller = await authenticator.authenticate(f"Bearer {token}", tenant.slug, tenant.now)
    assert caller is not None
    assert (caller.principal.id, caller.principal.tenant_id) == (user_id, tenant.id)
    assert caller.principal.permissions == {"orders.read"}
    assert caller.expires_at == tenant.now + timedelta(minutes=5)
    await authenticator.authenticate(f"Bearer {token}", tenant.slug, tenant.now)
    assert server.calls == 1


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "another-api"}, "token_invalid:InvalidAudienceError"),
        ({"aud": None}, "token_invalid:MissingRequiredClaimError"),
        ({"aud": ["another-api"]}, "token_invalid:InvalidAudienceError"),
        ({"iss": "https://id.example.com"}, "issuer_unknown"),
        ({"iss": "https://evil.example.com/"}, "issuer_unknown"),
        ({"iss": None}, "token_without_issuer"),
        ({"iss": "crossdock"}, "token_invalid:InvalidAlgorithmError"),
        ({"exp": 1_000_000_000}, "token_expired"),
        ({"exp": None}, "token_invalid:MissingRequiredClaimError"),
        ({"iat": None}, "token_invalid:MissingRequiredClaimError"),
        ({"iat": 4_000_000_000, "exp": 4_000_000_100}, "token_from_the_future"),
        ({"nbf": 4_000_000_000}, "token_not_yet_valid"),
        ({"preferred_username": None}, "token_without_username"),
        ({"preferred_username": ["jane"]}, "token_without_username"),
        ({"preferred_username": "jane\x00"}, "token_without_username"),
        ({"preferred_username": "stranger"}, "account_unknown"),
    ],
)
async def test_claims_that_do_not_fit_are_refused(
    authenticator: Authenticator,
    tenant: TenantUnderTest,
    user_id: int,
    claims: dict[str, Any],
    reason: str,
) -> None:
    token = outside_token(tenant.now, key=rsa_key("k1"), **claims)
    assert await _refused(authenticator, tenant, token) == reason


async def test_the_public_key_as_a_shared_secret_is_refused(
    authenticator: Authenticator, tenant: TenantUnderTest, user_id: int
) -> None:
    pem = (
        rsa_key("k1")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    honest = outside_token(tenant.now, key=rsa_key("k1"))
    payload = jwt.decode(honest, options={"verify_signature": False})
    # PyJWT itself refuses to sign so; an attacker's own code does not.
    algorithm = jwt.get_algorithm_by_name("HS256")
    parts = jwt.encode(payload, "x" * 32, headers={"kid": "k1"}).rsplit(".", 1)[0]
    signature = jwt.utils.base64url_encode(algorithm.sign(parts.encode(), pem)).decode()
    token = f"{parts}.{signature}"
    assert await _refused(authenticator, tenant, token) == "token_algorithm_refused"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "PS256", "EdDSA"])
async def test_only_two_algorithms_are_accepted(
    authenticator: Authenticator,
    tenant: TenantUnderTest,
    server: IssuerServer,
    user_id: int,
    algorithm: str,
) -> None:
    honest = outside_token(tenant.now, key=rsa_key("k1"))
    head = jwt.utils.base64url_encode(f'{{"alg":"{algorithm}","kid":"k1"}}'.encode()).decode()
    token = ".".join([head, *honest.split(".")[1:]])
    assert await _refused(authenticator, tenant, token) == "token_algorithm_refused"
    assert server.calls == 0


async def test_a_token_signed_with_another_key_is_refused(
    authenticator: Authenticator, tenant: TenantUnderTest, user_id: int
) -> None:
    token = outside_token(tenant.now, key=rsa_key("other"))
    reason = await _refused(authenticator, tenant, token)
    assert reason == "token_invalid:InvalidSignatureError"


async def test_the_key_decides_the_algorithm_and_not_the_token(
    authenticator: Authenticator, tenant: TenantUnderTest, user_id: int
) -> None:
    token = outside_token(tenant.now, key=ec_key("other"), key_id="k1", algorithm="ES256")
    await _refused(authenticator, tenant, token)


async def test_a_key_that_the_token_brings_along_is_not_used(
    authenticator: Authenticator, tenant: TenantUnderTest, user_id: int
) -> None:
    mine = rsa_key("attacker")
    headers = {"jwk": public_jwk(mine, "k1"), "jku": "https://evil.example.com/jwks"}
    token = outside_token(tenant.now, key=mine, headers=headers)
    await _refused(authenticator, tenant, token)


async def test_a_token_without_a_key_id_is_refused(
    authenticator: Authenticator, tenant: TenantUnderTest, user_id: int
) -> None:
    token = outside_token(tenant.now, key=rsa_key("k1"), key_id=None)
    assert await _refused(authenticator, tenant, token) == "token_without_key_id"


async def test_an_issuer_counts_only_in_the_tenant_that_registered_it(
    authenticator: Authenticator, tenant: TenantUnderTest, engine: AsyncEngine, user_id: int
) -> None:
    other = await new_tenant(engine, now=tenant.now)
    await new_user(other)
    token = outside_token(tenant.now, key=rsa_key("k1"))
    assert await _refused(authenticator, other, token) == "issuer_unknown"
    assert await _refused(authenticator, tenant, token, None) == "tenant_not_named"
    assert await _refused(authenticator, tenant, token, "no-such") == "tenant_unknown"
    assert await _refused(authenticator, tenant, token, "\x00") == "tenant_malformed"


async def test_suspension_and_revocation_hold_for_outside_tokens(
    authenticator: Authenticator, tenant: TenantUnderTest, user_id: int
) -> None:
    token = outside_token(tenant.now, key=rsa_key("k1"))
    await change_user(tenant, user_id, status="suspended")
    assert await _refused(authenticator, tenant, token) == "user_suspended"
    later = tenant.now + timedelta(seconds=1)
    await change_user(tenant, user_id, status="active", tokens_valid_from=later)
    assert await _refused(authenticator, tenant, token) == "token_revoked"
    await suspend_tenant(tenant)
    assert await _refused(authenticator, tenant, token) == "tenant_suspended"


async def test_a_rotated_key_is_fetched_when_a_token_names_it(
    authenticator: Authenticator, tenant: TenantUnderTest, server: IssuerServer, user_id: int
) -> None:
    old, new = (outside_token(tenant.now, key=rsa_key(name), key_id=name) for name in ("k1", "k2"))
    assert await authenticator.principal_of(f"Bearer {old}", tenant.slug, tenant.now)
    server.publish(public_jwk(rsa_key("k2"), "k2"))
    assert await _refused(authenticator, tenant, new) == "key_unknown"
    assert server.calls == 1
    later = tenant.at(tenant.now + timedelta(seconds=30))
    assert await authenticator.principal_of(f"Bearer {new}", tenant.slug, later.now)
    assert server.calls == 2
    assert await _refused(authenticator, later, old) == "key_unknown"


async def test_invented_key_ids_do_not_make_us_call_the_issuer(
    authenticator: Authenticator, tenant: TenantUnderTest, server: IssuerServer, user_id: int
) -> None:
    for number in range(5):
        token = outside_token(tenant.now, key=rsa_key("k1"), key_id=f"invented-{number}")
        assert await _refused(authenticator, tenant, token) == "key_unknown"
    assert server.calls == 1
