"""Signing in with a password, refreshing, signing out."""

import asyncio
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy import passwords
from tenancy.authentication import Authenticator, Tokens
from tenancy.failures import AuthenticationFailed, TooManyAttempts
from tenancy.models import UserAccount, UserSession
from tests.factories.accounts import PASSWORD, change_user, new_user, suspend_tenant
from tests.factories.tenants import TenantUnderTest, new_tenant

SECRET = "a secret of an installation, long enough"


@pytest.fixture
def authenticator(engine: AsyncEngine) -> Authenticator:
    return Authenticator(engine, SECRET, remembered_for=timedelta(0))


async def _sign_in(authenticator: Authenticator, tenant: TenantUnderTest) -> Tokens:
    return await authenticator.sign_in(tenant.slug, "jane", PASSWORD, tenant.now)


async def _reason(awaitable: object) -> str:
    with pytest.raises(AuthenticationFailed) as caught:
        await awaitable  # type: ignore[misc]
    assert str(caught.value) == "Sign-in failed or is no longer valid."
    return caught.value.reason


async def test_the_right_password_gives_tokens_that_let_in(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    user_id = await new_user(tenant, "orders.read")
    tokens = await authenticator.sign_in(
        tenant.slug.upper(), " Jane ", PASSWORD, tenant.now, address="192.0.2.1"
    )
    principal = await authenticator.principal_of(f"Bearer {tokens.access_token}", None, tenant.now)
    assert principal is not None
    assert (principal.id, principal.permissions) == (user_id, frozenset({"orders.read"}))
    assert tokens.access_expires_at == tenant.now + timedelta(minutes=15)
    assert tokens.refresh_expires_at == tenant.now + timedelta(days=30)
    assert PASSWORD not in repr(tokens)
    assert tokens.refresh_token not in repr(tokens)


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("jane", "wrong password"),
        ("jane", ""),
        ("jane", PASSWORD + " "),
        ("jane", "x" * 100_000),
        ("jane", "\ud800" * 12),
        ("jane", "\x00" * 12),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("jane\x00", PASSWORD),
        ("\ud800", PASSWORD),
        ("j" * 100_000, PASSWORD),
        ("jane' OR '1'='1", PASSWORD),
        ("without-password", PASSWORD),
        ("without-password", ""),
    ],
)
async def test_anything_else_is_refused_with_the_same_words(
    authenticator: Authenticator, tenant: TenantUnderTest, username: str, password: str
) -> None:
    await new_user(tenant)
    await new_user(tenant, username="without-password", password_hash=None)
    await _reason(authenticator.sign_in(tenant.slug, username, password, tenant.now))


@pytest.mark.parametrize("slug", ["no-such-tenant", "", "\x00", "-", "ä" * 200])
async def test_an_unknown_tenant_is_refused_with_the_same_words(
    authenticator: Authenticator, now: datetime, slug: str
) -> None:
    assert await _reason(authenticator.sign_in(slug, "jane", PASSWORD, now)) == "user_unknown"


async def test_a_user_of_another_tenant_cannot_sign_in_here(
    authenticator: Authenticator, tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    await new_user(tenant)
    other = await new_tenant(engine, now=tenant.now)
    await _reason(authenticator.sign_in(other.slug, "jane", PASSWORD, tenant.now))


async def test_the_suspended_are_refused(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    user_id = await new_user(tenant)
    await change_user(tenant, user_id, status="suspended")
    assert await _reason(_sign_in(authenticator, tenant)) == "user_suspended"
    await change_user(tenant, user_id, status="active")
    await suspend_tenant(tenant)
    assert await _reason(_sign_in(authenticator, tenant)) == "user_unknown"


@pytest.mark.parametrize("username", ["jane", "nobody", "suspended", "not a name", "passwordless"])
async def test_every_refusal_costs_one_hash_of_the_same_price(
    authenticator: Authenticator,
    tenant: TenantUnderTest,
    monkeypatch: pytest.MonkeyPatch,
    username: str,
) -> None:
    await new_user(tenant)
    await new_user(tenant, username="suspended", status="suspended")
    await new_user(tenant, username="passwordless", password_hash=None)
    prices: list[str] = []
    verify = passwords._verify

    def counted(kept_hash: str, password: bytes) -> bool:
        prices.append(kept_hash.split("$")[3])
        return verify(kept_hash, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    await _reason(authenticator.sign_in(tenant.slug, username, "wrong password", tenant.now))
    assert prices == ["m=32768,t=2,p=1"]


async def test_a_hash_of_an_older_price_is_renewed_at_sign_in(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    user_id = await new_user(tenant, password_hash=cheap)
    await _sign_in(authenticator, tenant)
    async with tenant.read() as reader:
        kept = await reader.value(
            select(UserAccount.password_hash).where(
                UserAccount.tenant_id == tenant.id, UserAccount.id == user_id
            )
        )
    assert kept.startswith("$argon2id$v=19$m=32768,t=2,p=1$")
    await _sign_in(authenticator, tenant)


async def test_a_password_is_the_same_however_its_accents_are_composed(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant, password_hash=await passwords.hash_password("caf\u00e9 au lait"))
    await authenticator.sign_in(tenant.slug, "jane", "cafe\u0301 au lait", tenant.now)


async def test_guessing_one_user_ends_after_ten_attempts_even_in_parallel(
    authenticator: Authenticator, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_user(tenant)
    guesses: list[int] = []
    monkeypatch.setattr(passwords, "_verify", lambda *_: bool(guesses.append(1)))
    attempts = [authenticator.sign_in(tenant.slug, "jane", "guess", tenant.now) for _ in range(30)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert len(guesses) == 10
    assert [type(outcome) for outcome in outcomes].count(TooManyAttempts) == 20
    monkeypatch.undo()
    with pytest.raises(TooManyAttempts) as caught:
        await _sign_in(authenticator, tenant)
    assert caught.value.retry_after == timedelta(minutes=5)
    await _sign_in(authenticator, tenant.at(tenant.now + timedelta(minutes=5)))


async def test_a_success_clears_the_count_of_the_user(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    for _ in range(2):
        for _ in range(9):
            await _reason(authenticator.sign_in(tenant.slug, "jane", "wrong", tenant.now))
        await _sign_in(authenticator, tenant)


async def test_one_address_cannot_try_many_users(
    authenticator: Authenticator, tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_verify", lambda *_: False)
    for number in range(100):
        await _reason(
            authenticator.sign_in(tenant.slug, f"u{number}", "x", tenant.now, address="192.0.2.9")
        )
    with pytest.raises(TooManyAttempts):
        await authenticator.sign_in(tenant.slug, "u100", "x", tenant.now, address="192.0.2.9")
    await _reason(authenticator.sign_in(tenant.slug, "u100", "x", tenant.now, address="192.0.2.10"))


async def test_a_refresh_gives_new_tokens_for_the_same_session(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    first = await _sign_in(authenticator, tenant)
    later = tenant.now + timedelta(minutes=20)
    second = await authenticator.refresh(first.refresh_token, later)
    assert second.refresh_token != first.refresh_token
    assert second.refresh_expires_at == first.refresh_expires_at
    assert await authenticator.principal_of(f"Bearer {second.access_token}", None, later)
    third = await authenticator.refresh(second.refresh_token, later)
    assert await authenticator.principal_of(f"Bearer {third.access_token}", None, later)


async def test_a_refresh_token_used_twice_ends_the_session_for_both(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    other = await _sign_in(authenticator, tenant)
    stolen = await _sign_in(authenticator, tenant)
    second = await authenticator.refresh(stolen.refresh_token, tenant.now)
    reason = await _reason(authenticator.refresh(stolen.refresh_token, tenant.now))
    assert reason == "refresh_token_reused"
    for token in (second.refresh_token, stolen.refresh_token):
        assert await _reason(authenticator.refresh(token, tenant.now)) == "session_revoked"
    for tokens in (second, stolen):
        access = f"Bearer {tokens.access_token}"
        reason = await _reason(authenticator.principal_of(access, None, tenant.now))
        assert reason == "session_revoked"
    await authenticator.refresh(other.refresh_token, tenant.now)


async def test_of_two_refreshes_at_once_only_one_succeeds(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    tokens = await _sign_in(authenticator, tenant)
    outcomes = await asyncio.gather(
        *(authenticator.refresh(tokens.refresh_token, tenant.now) for _ in range(4)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(Tokens) == 1


async def test_signing_out_ends_the_session_and_its_access_tokens(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    tokens = await _sign_in(authenticator, tenant)
    for _ in range(2):
        await authenticator.sign_out(tokens.refresh_token, tenant.now)
    assert await _reason(authenticator.refresh(tokens.refresh_token, tenant.now)) == (
        "session_revoked"
    )
    access = f"Bearer {tokens.access_token}"
    reason = await _reason(authenticator.principal_of(access, None, tenant.now))
    assert reason == "session_revoked"


async def test_a_session_ends_after_thirty_days(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    tokens = await _sign_in(authenticator, tenant)
    end = tenant.now + timedelta(days=30)
    assert await _reason(authenticator.refresh(tokens.refresh_token, end)) == "session_expired"


async def test_suspension_and_revocation_end_the_refreshing(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    user_id = await new_user(tenant)
    tokens = await _sign_in(authenticator, tenant)
    await change_user(tenant, user_id, status="suspended")
    refresh = tokens.refresh_token
    assert await _reason(authenticator.refresh(refresh, tenant.now)) == "user_suspended"
    later = tenant.now + timedelta.resolution
    await change_user(tenant, user_id, status="active", tokens_valid_from=later)
    assert await _reason(authenticator.refresh(refresh, later)) == "session_revoked"
    await change_user(tenant, user_id, tokens_valid_from=tenant.now)
    await suspend_tenant(tenant)
    assert await _reason(authenticator.refresh(refresh, tenant.now)) == "tenant_suspended"


async def test_a_refresh_token_that_we_never_gave_is_refused_and_changes_nothing(
    authenticator: Authenticator, tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    await new_user(tenant)
    other = await new_tenant(engine, now=tenant.now)
    token = (await _sign_in(authenticator, tenant)).refresh_token
    prefix, tenant_id, session_id, generation, proof = token.split("_", 4)
    forged = [
        "",
        "cdr_",
        "x" * 10_000,
        token + "\n",
        f"{prefix}_{tenant_id}_{session_id}_{generation}_{'A' * 43}",
        f"{prefix}_{tenant_id}_{session_id}_2_{proof}",
        f"{prefix}_{tenant_id}_{int(session_id) + 1}_{generation}_{proof}",
        f"{prefix}_{other.id}_{session_id}_{generation}_{proof}",
        f"{prefix}_9999999999_{session_id}_{generation}_{proof}",
        f"{prefix}_{tenant_id}_9999999999999999999_{generation}_{proof}",
    ]
    for text in forged:
        await _reason(authenticator.refresh(text, tenant.now))
        await _reason(authenticator.sign_out(text, tenant.now))
    await authenticator.refresh(token, tenant.now)


async def test_the_database_holds_nothing_that_signs_in(
    authenticator: Authenticator, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    tokens = await _sign_in(authenticator, tenant)
    async with tenant.read() as reader:
        row = await reader.row(
            select(*UserSession.__table__.c).where(UserSession.tenant_id == tenant.id)
        )
    assert row is not None
    proof = tokens.refresh_token.split("_", 4)[4]
    assert proof not in str(tuple(row))
