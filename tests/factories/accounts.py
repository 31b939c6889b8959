"""Users, roles and keys for tests of tenancy: rows written directly, below the operations."""

import itertools
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

from tenancy.api_keys import hash_secret, new_secret, write_key
from tenancy.models import ApiKey, OidcIssuer, Role, RolePermission, Tenant, UserAccount, UserRole
from tenancy.passwords import hash_password
from tests.factories.tenants import TenantUnderTest

PASSWORD = "correct horse battery"
_serial = itertools.count(1)
_hashes: dict[str, str] = {}


async def hash_of(password: str) -> str:
    """The hash of a password, made once for the run."""
    if password not in _hashes:
        _hashes[password] = await hash_password(password)
    return _hashes[password]


async def new_role(tenant: TenantUnderTest, *permissions: str) -> int:
    """A role with these permissions."""
    async with tenant.work() as work:
        role_id = await work.value(
            insert(Role)
            .values(tenant_id=tenant.id, name=f"role-{next(_serial)}")
            .returning(Role.id)
        )
        if permissions:
            await work.execute(
                insert(RolePermission),
                [
                    {"tenant_id": tenant.id, "role_id": role_id, "permission": permission}
                    for permission in permissions
                ],
            )
    return int(role_id)


async def new_user(
    tenant: TenantUnderTest, *permissions: str, username: str = "jane", **values: Any
) -> int:
    """A user with PASSWORD and one role that has these permissions."""
    role_id = await new_role(tenant, *permissions)
    row: dict[str, Any] = {
        "tenant_id": tenant.id,
        "username": username,
        "display_name": username,
        "password_hash": await hash_of(PASSWORD),
        "tokens_valid_from": tenant.now,
        "created_at": tenant.now,
    }
    async with tenant.work() as work:
        user_id = await work.value(
            insert(UserAccount).values(row | values).returning(UserAccount.id)
        )
        await work.execute(
            insert(UserRole).values(tenant_id=tenant.id, user_id=user_id, role_id=role_id)
        )
    return int(user_id)


async def change_user(tenant: TenantUnderTest, user_id: int, **values: Any) -> None:
    """Set columns of a user."""
    async with tenant.work() as work:
        await work.execute(
            update(UserAccount)
            .where(UserAccount.tenant_id == tenant.id, UserAccount.id == user_id)
            .values(**values)
        )


async def suspend_tenant(tenant: TenantUnderTest) -> None:
    """Suspend the whole tenant."""
    async with tenant.work() as work:
        await work.execute(update(Tenant).where(Tenant.id == tenant.id).values(status="suspended"))


async def new_key(
    tenant: TenantUnderTest, *permissions: str, expires_at: datetime | None = None
) -> tuple[int, str]:
    """An API key with these permissions: its id, and the key as its owner holds it."""
    role_id = await new_role(tenant, *permissions)
    secret = new_secret()
    async with tenant.work() as work:
        key_id = await work.value(
            insert(ApiKey)
            .values(
                tenant_id=tenant.id,
                name="integration",
                secret_hash=hash_secret(secret),
                role_id=role_id,
                expires_at=expires_at,
                created_at=tenant.now,
            )
            .returning(ApiKey.id)
        )
    return int(key_id), write_key(tenant.id, key_id, secret)


async def revoke_key(tenant: TenantUnderTest, key_id: int) -> None:
    """Revoke an API key."""
    async with tenant.work() as work:
        await work.execute(
            update(ApiKey)
            .where(ApiKey.tenant_id == tenant.id, ApiKey.id == key_id)
            .values(revoked_at=tenant.now)
        )


async def new_issuer(tenant: TenantUnderTest, *, issuer: str, jwks_uri: str) -> None:
    """An outside issuer whose tokens are for the audience `crossdock-api`."""
    async with tenant.work() as work:
        await work.execute(
            insert(OidcIssuer).values(
                tenant_id=tenant.id, issuer=issuer, audience="crossdock-api", jwks_uri=jwks_uri
            )
        )
