"""`crossdock tenant` and `crossdock operator`: what operators do at the command line."""

from datetime import timedelta

import pytest
import typer

from app.commands.operator import _run as _operator
from app.commands.operator import operator
from app.commands.tenant import _run, tenant
from app.manners import TenantManners
from domain.kernel.errors import NotFound
from domain.kernel.quotas import allowed_of
from domain.onboarding.door.plans import PLANS
from tenancy import passwords
from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed, TooManyAttempts
from tests.factories.sign_ups import new_mailbox
from tests.factories.tenants import TenantUnderTest


async def test_a_plan_is_said_and_set(tenant: TenantUnderTest, database_url: str) -> None:
    def said(plan: str) -> str:
        return f"{tenant.slug}: {plan}: {PLANS[plan].tenant.per_minute:,} points a minute"

    assert (await _run(database_url, "plan", [tenant.slug])).startswith(said("standard"))
    assert (await _run(database_url, "plan", [tenant.slug, "large"])).startswith(said("large"))
    assert (await _run(database_url, "plan", [tenant.slug])).startswith(said("large"))
    with pytest.raises(NotFound):
        await _run(database_url, "plan", ["nobody-of-this-name", "large"])


async def test_tenants_are_listed_limited_suspended_and_resumed(
    tenant: TenantUnderTest, database_url: str
) -> None:
    async def line() -> str:
        listed = (await _run(database_url, "list", [])).splitlines()
        return next(each for each in listed if each.startswith(f"{tenant.slug} "))

    assert (await line()).split() == [tenant.slug, "active", "standard"]
    await _run(database_url, "suspend", [tenant.slug, "unpaid"])
    assert (await line()).split()[1] == "suspended"
    await _run(database_url, "resume", [tenant.slug])
    assert (await line()).split()[1] == "active"
    await _run(database_url, "quota", [tenant.slug, "users", "7"])
    async with tenant.work() as work:
        assert await allowed_of(work, "users") == 7
    usage = await _run(database_url, "usage", [tenant.slug])
    assert usage.splitlines()[0].split() == ["users", "0"]


async def test_a_tenant_is_provisioned_with_an_invitation(database_url: str) -> None:
    email = new_mailbox()
    slug = f"made-{email.partition('@')[0]}"
    await _run(database_url, "provision", [slug, "Made Inc", email])
    assert f"{slug} " in await _run(database_url, "list", [])


async def test_operators_keys_are_made_listed_and_revoked(database_url: str) -> None:
    key = await _operator(database_url, "create", "day shift", True)
    assert key.startswith("cdo_")
    assert "reads    valid" in await _operator(database_url, "list", None, False)
    await _operator(database_url, "revoke", "day shift", False)
    assert "reads    revoked" in await _operator(database_url, "list", None, False)
    with pytest.raises(NotFound):
        await _operator(database_url, "revoke", "nobody", False)


def test_what_is_no_plan_is_refused_before_anything_starts() -> None:
    for wrong in (("plan", ["demo", "anonymous"]), ("size", ["demo"]), ("suspend", ["demo"])):
        with pytest.raises(typer.Exit) as refused:
            tenant(*wrong)
        assert refused.value.exit_code == 2
    for what, name in (("create", None), ("list", "x"), ("paint", "x")):
        with pytest.raises(typer.Exit) as refused:
            operator(what, name)
        assert refused.value.exit_code == 2


async def test_a_plan_says_how_often_an_address_may_try_to_sign_in(
    tenant: TenantUnderTest, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_verify", lambda *_: False)
    await _run(database_url, "plan", [tenant.slug, "small"])
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
