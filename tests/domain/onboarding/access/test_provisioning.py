"""A tenant comes into being as a whole, and only once."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.errors import InvalidInput
from domain.kernel.reading import reading
from domain.onboarding.access.outcomes import PasswordRefused
from domain.onboarding.access.provisioning import ProvisionedTenant, provision_tenant
from tenancy.accounts import tenant_of_slug
from tenancy.authentication import Authenticator
from tenancy.models import Role, RolePermission, UserAccount
from tenancy.permissions import ALL_PERMISSIONS, ROLE_TEMPLATES
from tenancy.principals import system_principal
from tests.factories.accounts import PASSWORD

SECRET = "a secret of an installation, long enough"


async def _provision(
    engine: AsyncEngine, now: datetime, slug: str, password: str = PASSWORD
) -> ProvisionedTenant:
    return await provision_tenant(
        engine, slug=slug, name="Nordlager", username="admin", password=password, now=now
    )


async def test_a_new_tenant_has_its_roles_and_an_administrator_who_signs_in(
    engine: AsyncEngine, now: datetime
) -> None:
    made = await _provision(engine, now, "provision-new")
    assert made.is_new
    assert await tenant_of_slug(engine, "provision-new") == (made.id, "active")
    assert set(made.role_ids) == {template.name for template in ROLE_TEMPLATES}
    authenticator = Authenticator(engine, SECRET)
    tokens = await authenticator.sign_in("provision-new", "admin", PASSWORD, now)
    principal = await authenticator.principal_of(f"Bearer {tokens.access_token}", None, now)
    assert principal is not None
    assert (principal.id, principal.tenant_id) == (made.administrator_id, made.id)
    assert principal.permissions == frozenset(ALL_PERMISSIONS)


async def test_repeating_it_changes_nothing_even_at_once(
    engine: AsyncEngine, now: datetime
) -> None:
    outcomes = await asyncio.gather(*(_provision(engine, now, "provision-twice") for _ in range(3)))
    again = await _provision(engine, now, "provision-twice", "another password")
    assert len({made.id for made in (*outcomes, again)}) == 1
    assert [made.is_new for made in outcomes].count(True) == 1
    assert not again.is_new
    scope = system_principal(again.id)
    async with reading(engine, scope) as reader:
        counts = [
            await reader.value(
                select(func.count()).select_from(table).where(table.tenant_id == again.id)
            )
            for table in (UserAccount, Role, RolePermission)
        ]
    assert counts == [
        1,
        len(ROLE_TEMPLATES),
        sum(len(template.permissions) for template in ROLE_TEMPLATES),
    ]
    await Authenticator(engine, SECRET).sign_in("provision-twice", "admin", PASSWORD, now)


async def test_what_cannot_be_made_leaves_no_tenant(engine: AsyncEngine, now: datetime) -> None:
    with pytest.raises(PasswordRefused):
        await _provision(engine, now, "provision-not", "short")
    with pytest.raises(InvalidInput):
        await _provision(engine, now, "-bad slug-")
    with pytest.raises(InvalidInput):
        await provision_tenant(
            engine, slug="provision-not", name=" ", username="a", password=PASSWORD, now=now
        )
    assert await tenant_of_slug(engine, "provision-not") is None
