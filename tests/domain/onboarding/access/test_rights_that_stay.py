"""Whoever held orders before that was a right of its own still does; partners never get it."""

from sqlalchemy import select

from domain.onboarding.access.operations.api_keys import create_api_key
from domain.onboarding.access.operations.users import create_user
from tenancy.models import RolePermission
from tests.factories.accounts import new_role
from tests.factories.masters import new_party
from tests.factories.migrations import migration, run_as_owner
from tests.factories.tenants import TenantUnderTest


async def _permissions(tenant: TenantUnderTest, role_id: int) -> list[str]:
    async with tenant.read() as reader:
        return list(
            await reader.values(
                select(RolePermission.permission)
                .where(RolePermission.tenant_id == tenant.id, RolePermission.role_id == role_id)
                .order_by(RolePermission.permission)
            )
        )


async def test_roles_that_might_hold_orders_still_may(
    tenant: TenantUnderTest, owner_url: str
) -> None:
    amending = await new_role(tenant, "orders.amend")
    reading = await new_role(tenant, "orders.read")
    of_user, of_key = [await new_role(tenant, "orders.amend") for _ in range(2)]
    party = await new_party(tenant, code="ACME")
    async with tenant.work() as work:
        await create_user(
            work, username="ann", display_name="Ann", role_ids=[of_user], party_id=party
        )
        await create_api_key(work, name="shop", role_id=of_key, party_id=party)
    statement = migration("0030_leftovers").KEEP_MANAGING_ORDERS
    for _ in range(2):
        await run_as_owner(owner_url, statement)
        assert await _permissions(tenant, amending) == ["orders.amend", "orders.manage"]
        assert await _permissions(tenant, reading) == ["orders.read"]
        assert await _permissions(tenant, of_user) == ["orders.amend"]
        assert await _permissions(tenant, of_key) == ["orders.amend"]
