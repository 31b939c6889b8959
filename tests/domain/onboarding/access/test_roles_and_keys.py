"""Roles, API keys and outside issuers: made, changed, and never beyond the caller's own rights."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.errors import CodeTaken, InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord
from domain.onboarding.access.operations.api_keys import create_api_key, revoke_api_key
from domain.onboarding.access.operations.issuers import register_oidc_issuer, remove_oidc_issuer
from domain.onboarding.access.operations.roles import create_role, set_role_permissions
from domain.onboarding.access.outcomes import LastAdministrator, TooMuchForPartner
from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed
from tenancy.models import ApiKey, OidcIssuer, Role, RolePermission
from tenancy.permissions import ALL_PERMISSIONS
from tests.factories.accounts import new_role, new_user
from tests.factories.masters import new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

MANAGE = "users.manage"
SECRET = "a secret of an installation, long enough"
ISSUER = {
    "issuer": "https://id.example.com/",
    "audience": "crossdock-api",
    "jwks_uri": "https://id.example.com/jwks",
}


async def _permissions(tenant: TenantUnderTest, role_id: int) -> list[str]:
    async with tenant.read() as reader:
        return sorted(
            await reader.values(
                select(RolePermission.permission).where(
                    RolePermission.tenant_id == tenant.id, RolePermission.role_id == role_id
                )
            )
        )


async def _count(tenant: TenantUnderTest, table: Any) -> int:
    async with tenant.read() as reader:
        return int(
            await reader.value(
                select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
            )
        )


async def _events(tenant: TenantUnderTest) -> list[tuple[str, int, dict[str, Any]]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(EventRecord.type, EventRecord.aggregate_id, EventRecord.payload)
            .where(EventRecord.tenant_id == tenant.id)
            .order_by(EventRecord.id)
        )
    return [(row.type, row.aggregate_id, row.payload) for row in rows]


async def test_a_role_is_made_with_its_permissions(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        role_id = await create_role(
            work, name=" buyers ", permissions=["orders.read", "orders.place", "orders.read"]
        )
    assert await _permissions(tenant, role_id) == ["orders.place", "orders.read"]
    assert await _events(tenant) == [("access.role_created", role_id, {"name": "buyers"})]
    with pytest.raises(CodeTaken) as caught:
        async with tenant.work() as work:
            await create_role(work, name="buyers", permissions=[])
    assert caught.value.fields == {"kind": "role", "value": "buyers"}


async def test_a_permission_that_does_not_exist_is_refused(tenant: TenantUnderTest) -> None:
    with pytest.raises(InvalidInput) as caught:
        async with tenant.work() as work:
            await create_role(work, name="x", permissions=["orders.read", "orders.everything"])
    assert caught.value.path == ("permissions", 1)
    assert await _count(tenant, Role) == 0


async def test_nobody_makes_a_role_that_holds_more_than_they_do(tenant: TenantUnderTest) -> None:
    limited = tenant.user(MANAGE, "orders.read")
    role_id = await new_role(tenant, "ledger.read")
    for write in (
        lambda work: create_role(work, name="x", permissions=["orders.read", "ledger.read"]),
        lambda work: set_role_permissions(
            work, role_id=role_id, permissions=["ledger.read", "orders.place"]
        ),
        lambda work: create_api_key(work, name="x", role_id=role_id),
        lambda work: register_oidc_issuer(work, **ISSUER),
    ):
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=limited) as work:
                await write(work)
    assert await _permissions(tenant, role_id) == ["ledger.read"]
    assert (await _count(tenant, ApiKey), await _count(tenant, OidcIssuer)) == (0, 0)


async def test_without_the_permission_nothing_happens(tenant: TenantUnderTest) -> None:
    everything_else = tenant.user(*(set(ALL_PERMISSIONS) - {MANAGE}))
    role_id = await new_role(tenant)
    for write in (
        lambda work: create_role(work, name="x", permissions=[]),
        lambda work: set_role_permissions(work, role_id=role_id, permissions=[]),
        lambda work: create_api_key(work, name="x", role_id=role_id),
        lambda work: revoke_api_key(work, key_id=1),
        lambda work: register_oidc_issuer(work, **ISSUER),
        lambda work: remove_oidc_issuer(work, issuer_id=1),
    ):
        with pytest.raises(NotPermitted) as caught:
            async with tenant.work(as_=everything_else) as work:
                await write(work)
        assert caught.value.permission == MANAGE


async def test_permissions_are_added_and_removed_exactly(tenant: TenantUnderTest) -> None:
    await new_user(tenant, MANAGE)
    role_id = await new_role(tenant, "orders.read", "orders.place")
    for _ in range(2):
        async with tenant.work() as work:
            await set_role_permissions(
                work, role_id=role_id, permissions=["orders.read", "orders.cancel"]
            )
    assert await _permissions(tenant, role_id) == ["orders.cancel", "orders.read"]
    assert await _events(tenant) == [
        (
            "access.role_permissions_changed",
            role_id,
            {"added": ["orders.cancel"], "removed": ["orders.place"]},
        )
    ]


async def test_the_last_role_of_an_administrator_keeps_its_right(tenant: TenantUnderTest) -> None:
    await new_user(tenant, MANAGE)
    async with tenant.read() as reader:
        role_id = await reader.value(select(Role.id).where(Role.tenant_id == tenant.id))
    with pytest.raises(LastAdministrator):
        async with tenant.work() as work:
            await set_role_permissions(work, role_id=role_id, permissions=["orders.read"])
    assert await _permissions(tenant, role_id) == [MANAGE]


async def test_a_key_lets_in_until_it_is_revoked(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    authenticator = Authenticator(engine, SECRET, remembered_for=timedelta(0))
    role_id = await new_role(tenant, "intake.ingest")
    async with tenant.work() as work:
        created = await create_api_key(work, name="Shop", role_id=role_id)
    principal = await authenticator.principal_of(f"Bearer {created.key}", None, tenant.now)
    assert principal is not None
    assert (principal.name, principal.permissions) == ("Shop", frozenset({"intake.ingest"}))
    for _ in range(2):
        async with tenant.work() as work:
            await revoke_api_key(work, key_id=created.id)
    with pytest.raises(AuthenticationFailed):
        await authenticator.principal_of(f"Bearer {created.key}", None, tenant.now)
    assert [event[0] for event in await _events(tenant)] == [
        "access.api_key_created",
        "access.api_key_revoked",
    ]


async def test_the_secret_of_a_key_is_kept_nowhere(tenant: TenantUnderTest) -> None:
    role_id = await new_role(tenant)
    async with tenant.work() as work:
        created = await create_api_key(work, name="Shop", role_id=role_id)
    secret = created.key.split("_", 3)[3]
    assert secret not in repr(created)
    async with tenant.read() as reader:
        for table in (ApiKey, AuditEntry, EventRecord):
            rows = await reader.rows(select(*table.__table__.c).where(table.tenant_id == tenant.id))
            assert rows
            assert secret not in str([tuple(row) for row in rows])


async def test_a_key_needs_a_future_end_and_a_fitting_role(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    role_id = await new_role(tenant, "ledger.read")
    foreign = await new_role(await new_tenant(engine, now=tenant.now))
    party_id = await new_party(tenant)
    for fields, refusal in (
        ({"role_id": role_id, "expires_at": tenant.now}, InvalidInput),
        ({"role_id": role_id, "expires_at": datetime(2030, 1, 1)}, InvalidInput),  # noqa: DTZ001
        ({"role_id": foreign}, NotFound),
        ({"role_id": role_id, "party_id": party_id}, TooMuchForPartner),
        ({"role_id": role_id, "party_id": 2**62}, NotFound),
        ({"role_id": role_id, "name": " "}, InvalidInput),
    ):
        with pytest.raises(refusal):
            async with tenant.work() as work:
                await create_api_key(work, **{"name": "x", **fields})
    assert await _count(tenant, ApiKey) == 0


async def test_keys_roles_and_issuers_of_another_tenant_do_not_exist_here(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    other = await new_tenant(engine, now=tenant.now)
    role_id = await new_role(other)
    async with other.work() as work:
        key_id = (await create_api_key(work, name="x", role_id=role_id)).id
        issuer_id = await register_oidc_issuer(work, **ISSUER)
    for write in (
        lambda work: revoke_api_key(work, key_id=key_id),
        lambda work: remove_oidc_issuer(work, issuer_id=issuer_id),
        lambda work: set_role_permissions(work, role_id=role_id, permissions=[]),
    ):
        with pytest.raises(NotFound):
            async with tenant.work() as work:
                await write(work)
    async with other.read() as reader:
        assert (
            await reader.value(
                select(func.count())
                .select_from(ApiKey)
                .where(ApiKey.tenant_id == other.id, ApiKey.revoked_at.is_(None))
            )
            == 1
        )
    assert await _count(other, OidcIssuer) == 1


async def test_an_issuer_is_registered_once_and_removed(tenant: TenantUnderTest) -> None:
    async with tenant.work(as_=tenant.user(*ALL_PERMISSIONS)) as work:
        issuer_id = await register_oidc_issuer(work, **ISSUER)
    with pytest.raises(CodeTaken):
        async with tenant.work() as work:
            await register_oidc_issuer(work, **ISSUER)
    async with tenant.work() as work:
        await remove_oidc_issuer(work, issuer_id=issuer_id)
    assert await _count(tenant, OidcIssuer) == 0
    assert [event[0] for event in await _events(tenant)] == [
        "access.oidc_issuer_registered",
        "access.oidc_issuer_removed",
    ]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"issuer": "crossdock"}, "issuer"),
        ({"issuer": "http://id.example.com/"}, "issuer"),
        ({"issuer": "https://id.example.com/ "}, "issuer"),
        ({"issuer": "https://" + "a" * 500}, "issuer"),
        ({"audience": " "}, "audience"),
        ({"jwks_uri": "http://id.example.com/jwks"}, "jwks_uri"),
        ({"jwks_uri": "http://127.0.0.1/jwks"}, "jwks_uri"),
        ({"jwks_uri": "https://10.0.0.1/jwks"}, "jwks_uri"),
        ({"jwks_uri": "https://id.example.com/\x00"}, "jwks_uri"),
        ({"username_claim": ""}, "username_claim"),
        ({"username_claim": "a b"}, "username_claim"),
    ],
)
async def test_an_unsound_issuer_is_refused(
    tenant: TenantUnderTest, fields: dict[str, str], path: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        async with tenant.work() as work:
            await register_oidc_issuer(work, **{**ISSUER, **fields})
    assert caught.value.path == (path,)
    assert await _count(tenant, OidcIssuer) == 0
