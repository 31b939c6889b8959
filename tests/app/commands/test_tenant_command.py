"""`crossdock tenant plan`: the operators say and set a tenant's plan."""

from datetime import timedelta

import pytest
import typer

from app.commands.tenant import _plan, tenant
from app.manners import TenantManners
from domain.onboarding.door.plans import PLANS
from tenancy import passwords
from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed, TooManyAttempts
from tests.factories.tenants import TenantUnderTest


async def test_a_plan_is_said_and_set(tenant: TenantUnderTest, database_url: str) -> None:
    assert await _plan(database_url, tenant.slug, None) is PLANS["standard"]
    assert await _plan(database_url, tenant.slug, "large") is PLANS["large"]
    assert await _plan(database_url, tenant.slug, None) is PLANS["large"]
    assert await _plan(database_url, "nobody-of-this-name", "large") is None


def test_what_is_no_plan_is_refused_before_anything_starts() -> None:
    for wrong in (("plan", "demo", "anonymous"), ("size", "demo", None)):
        with pytest.raises(typer.Exit) as refused:
            tenant(*wrong)
        assert refused.value.exit_code == 2


async def test_a_plan_says_how_often_an_address_may_try_to_sign_in(
    tenant: TenantUnderTest, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_verify", lambda *_: False)
    await _plan(database_url, tenant.slug, "small")
    manners = TenantManners(tenant.engine, lambda: tenant.now, remembered_for=timedelta(seconds=5))
    authenticator = Authenticator(
        tenant.engine, "s" * 48, sign_ins_of_address=manners.sign_ins_of_address
    )

    async def tried(slug: str, number: int) -> type[Exception]:
        with pytest.raises((AuthenticationFailed, TooManyAttempts)) as refused:
            await authenticator.sign_in(slug, f"u{number}", "x", tenant.now, address="192.0.2.77")
        return type(refused.value)

    limit = PLANS["small"].sign_ins_of_address
    refusals = [await tried(tenant.slug, number) for number in range(limit + 1)]
    assert TooManyAttempts not in refusals[:limit]
    assert refusals[limit] is TooManyAttempts
    assert await tried("nobody-of-this-name", 0) is not TooManyAttempts
