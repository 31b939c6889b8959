"""A company signs up, proves its address, and only then is a tenant."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.reading import reading
from domain.kernel.work import unit_of_work
from domain.onboarding.models import SignUp
from domain.onboarding.signing_up.outcomes import CodeVoid
from domain.onboarding.signing_up.policy import VERIFIED_WITHIN, slug_of, slugs_to_try
from domain.onboarding.signing_up.signing_up import purge_sign_ups, verify_sign_up
from tenancy.accounts import tenant_of_slug, user_account
from tenancy.mailed_tokens import MailedTokens, read_token
from tenancy.permissions import ALL_PERMISSIONS
from tenancy.principals import HOUSE, system_principal
from tests.factories.sign_ups import (
    TOKENS,
    ask_to_sign_up,
    code_to,
    founded,
    letters_to,
    new_mailbox,
)


async def _kept(engine: AsyncEngine, email: str) -> int:
    async with reading(engine, system_principal(HOUSE)) as reader:
        counted = select(func.count()).where(SignUp.tenant_id == HOUSE, SignUp.email == email)
        return int(await reader.value(counted))


async def _tenants(engine: AsyncEngine) -> int:
    async with reading(engine, system_principal(HOUSE)) as reader:
        return int(await reader.value(text("SELECT count(*) FROM all_tenants()")))


async def test_nothing_is_a_tenant_before_its_address_is_proved(
    engine: AsyncEngine, now: datetime
) -> None:
    email, before = new_mailbox(), await _tenants(engine)
    await ask_to_sign_up(engine, email=email, now=now)
    assert await _tenants(engine) == before
    (letter,) = await letters_to(engine, email)
    assert (letter.purpose, letter.status) == ("verification", "waiting")
    assert letter.details == {"company": "Ada's Teas", "name": "Ada"}


async def test_a_proved_address_founds_a_tenant_with_its_administrator(
    engine: AsyncEngine, now: datetime
) -> None:
    email = new_mailbox()
    await ask_to_sign_up(engine, email=email, now=now, company="Zoë & Söhne GmbH")
    made = await verify_sign_up(engine, TOKENS, read_token(await code_to(engine, email)), now=now)
    assert made.slug.startswith("zoe-sohne-gmbh")
    account = await user_account(engine, made.tenant_id, username=email)
    assert account is not None
    assert account.principal.permissions == frozenset(ALL_PERMISSIONS)
    (welcome,) = await letters_to(engine, email, tenant_id=made.tenant_id)
    assert (welcome.purpose, welcome.nonce) == ("welcome", None)
    assert welcome.details["slug"] == made.slug


async def test_a_code_works_once_also_for_two_at_the_same_time(
    engine: AsyncEngine, now: datetime
) -> None:
    email, before = new_mailbox(), await _tenants(engine)
    await ask_to_sign_up(engine, email=email, now=now)
    code = read_token(await code_to(engine, email))
    outcomes = await asyncio.gather(
        *(verify_sign_up(engine, TOKENS, code, now=now) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["CodeVoid"] * 3 + ["Founded"]
    assert await _tenants(engine) == before + 1


async def test_a_code_expires(engine: AsyncEngine, now: datetime) -> None:
    email, before = new_mailbox(), await _tenants(engine)
    await ask_to_sign_up(engine, email=email, now=now)
    code = read_token(await code_to(engine, email))
    with pytest.raises(CodeVoid):
        await verify_sign_up(engine, TOKENS, code, now=now + VERIFIED_WITHIN)
    assert await _tenants(engine) == before


async def test_a_code_of_another_purpose_secret_or_sign_up_is_void(
    engine: AsyncEngine, now: datetime
) -> None:
    mine, yours = new_mailbox(), new_mailbox()
    await ask_to_sign_up(engine, email=mine, now=now)
    await ask_to_sign_up(engine, email=yours, now=now)
    (letter,), (other,) = await letters_to(engine, mine), await letters_to(engine, yours)
    forged = (
        TOKENS.write("invitation", HOUSE, letter.subject_id, letter.nonce),
        MailedTokens("x" * 48).write("verification", HOUSE, letter.subject_id, letter.nonce),
        TOKENS.write("verification", HOUSE, letter.subject_id, other.nonce),
        TOKENS.write("verification", HOUSE, 2**40, letter.nonce),
        TOKENS.write("verification", 7, letter.subject_id, letter.nonce),
    )
    for code in forged:
        with pytest.raises(CodeVoid):
            await verify_sign_up(engine, TOKENS, read_token(code), now=now)


async def test_a_taken_slug_gets_an_ending_and_nobody_is_told(
    engine: AsyncEngine, now: datetime
) -> None:
    wanted = f"tea-{uuid4().hex[:12]}"
    first = await founded(engine, now=now, slug=wanted)
    second = await founded(engine, now=now, slug=wanted)
    assert first.slug == wanted
    assert second.slug.startswith(f"{wanted}-")
    assert await tenant_of_slug(engine, second.slug) == (second.tenant_id, "active")


async def test_what_is_not_verified_is_thrown_away(engine: AsyncEngine, now: datetime) -> None:
    email, late = new_mailbox(), now + VERIFIED_WITHIN
    await ask_to_sign_up(engine, email=email, now=now)
    async with unit_of_work(engine, system_principal(HOUSE), now=late - timedelta(1)) as work:
        await purge_sign_ups(work, kept=now - timedelta(30))
    assert await _kept(engine, email) == 1
    async with unit_of_work(engine, system_principal(HOUSE), now=late) as work:
        assert await purge_sign_ups(work, kept=now - timedelta(30)) >= 1
    assert await _kept(engine, email) == 0


async def test_the_password_leaves_the_sign_up_with_its_verification(
    engine: AsyncEngine, now: datetime
) -> None:
    made = await founded(engine, now=now)
    async with reading(engine, system_principal(HOUSE)) as reader:
        wanted = select(SignUp.password_hash, SignUp.verified_at).where(
            SignUp.tenant_id == HOUSE, SignUp.email == made.username
        )
        assert tuple(await reader.row(wanted) or ()) == (None, now)


def test_slugs_are_made_of_names() -> None:
    assert slug_of("Harbor Trading, Inc.") == "harbor-trading-inc"
    assert slug_of("日本") == "company"
    assert slugs_to_try("api", ("a1",)) == ("api-a1",)
    assert slugs_to_try("tea", ("a1", "b2")) == ("tea", "tea-a1", "tea-b2")
