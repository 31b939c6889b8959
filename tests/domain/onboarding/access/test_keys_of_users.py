"""A key is a user's, who answers for it and cannot exceed themselves by it, or a machine's."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry
from domain.onboarding.access.operations.api_keys import CreatedKey, create_api_key
from domain.onboarding.access.outcomes import TooMuchForPartner
from tenancy.accounts import key_account
from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed
from tenancy.models import ApiKey, UserRole
from tenancy.principals import Principal
from tests.factories.accounts import change_user, new_role, new_user
from tests.factories.masters import new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

MANAGE = "users.manage"


async def _key(tenant: TenantUnderTest, as_: Principal | None = None, **fields: object) -> int:
    role_id = await new_role(tenant, "orders.read", "orders.place")
    async with tenant.work(as_=as_) as work:
        created = await create_api_key(work, **{"name": "Script", "role_id": role_id, **fields})  # type: ignore[arg-type]
    assert isinstance(created, CreatedKey)
    return created.id


async def _principal(tenant: TenantUnderTest, key_id: int) -> Principal:
    account = await key_account(tenant.engine, tenant.id, key_id)
    assert account is not None
    return account.principal


async def _caller(tenant: TenantUnderTest, *permissions: str, name: str = "ann") -> Principal:
    user_id = await new_user(tenant, MANAGE, *permissions, username=name)
    return tenant.user(MANAGE, *permissions, name=name, id=user_id)


async def test_a_key_is_its_makers_unless_it_is_a_machines(tenant: TenantUnderTest) -> None:
    ann = await _caller(tenant, "orders.read", "orders.place")
    own = await _principal(tenant, await _key(tenant, ann))
    assert (own.user_id, own.person) == (ann.id, ("user", ann.id))
    machine = await _principal(tenant, await _key(tenant, ann, is_machine=True))
    assert (machine.user_id, machine.person) == (None, ("api_key", machine.id))
    of_the_house = await _principal(tenant, await _key(tenant))
    assert of_the_house.user_id is None


async def test_a_users_key_may_what_its_role_and_its_user_may(tenant: TenantUnderTest) -> None:
    bob = await new_user(tenant, "orders.read", "orders.cancel", username="bob")
    key_id = await _key(tenant, user_id=bob)
    assert (await _principal(tenant, key_id)).permissions == {"orders.read"}
    async with tenant.work() as work:
        await work.execute(delete(UserRole).where(UserRole.user_id == bob))
    assert (await _principal(tenant, key_id)).permissions == frozenset()


async def test_a_users_key_is_void_while_the_user_is(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    bob = await new_user(tenant, "orders.read", username="bob")
    role_id = await new_role(tenant, "orders.read")
    async with tenant.work() as work:
        key = await create_api_key(work, name="Script", role_id=role_id, user_id=bob)
    door = Authenticator(engine, "s" * 48, remembered_for=timedelta(0))
    assert await door.principal_of(f"Bearer {key.key}", None, tenant.now) is not None
    await change_user(tenant, bob, status="suspended")
    with pytest.raises(AuthenticationFailed):
        await door.principal_of(f"Bearer {key.key}", None, tenant.now)


async def test_a_users_key_looks_with_the_users_eyes_as_they_are_now(
    tenant: TenantUnderTest,
) -> None:
    first, second = [await new_party(tenant, code=code) for code in ("ONE", "TWO")]
    bob = await new_user(tenant, "orders.read", "orders.place", username="bob", party_id=first)
    key_id = await _key(tenant, user_id=bob)
    assert (await _principal(tenant, key_id)).party_id == first
    await change_user(tenant, bob, party_id=second)
    assert (await _principal(tenant, key_id)).party_id == second
    with pytest.raises(InvalidInput) as refused:
        await _key(tenant, user_id=bob, party_id=first)
    assert refused.value.path == ("user_id",)
    with pytest.raises(TooMuchForPartner):
        await _key(tenant, user_id=bob, role_id=await new_role(tenant, "ledger.read"))


async def test_nobody_makes_a_key_of_somebody_above_them_or_elsewhere(
    tenant: TenantUnderTest,
) -> None:
    ann = await _caller(tenant, "orders.read", "orders.place")
    boss = await new_user(tenant, "ledger.post", username="boss")
    gone = await new_user(tenant, username="gone", status="suspended")
    other = await new_tenant(tenant.engine, now=tenant.now)
    stranger = await new_user(other, username="stranger")
    for asked, refusal in (
        ({"user_id": boss}, NotPermitted),
        ({"user_id": gone}, InvalidInput),
        ({"user_id": stranger + 1_000_000}, NotFound),
        ({"user_id": ann.id, "is_machine": True}, InvalidInput),
    ):
        with pytest.raises(refusal):
            await _key(tenant, ann, **asked)
    async with tenant.read() as reader:
        assert await reader.values(select(ApiKey.id).where(ApiKey.tenant_id == tenant.id)) == []


async def test_what_a_users_key_does_is_audited_for_its_user(tenant: TenantUnderTest) -> None:
    ann = await _caller(tenant, "orders.read", "orders.place")
    key = await _principal(tenant, await _key(tenant, ann))
    async with tenant.work(as_=key) as work:
        work.audit("try", subject="thing", subject_id=1)
    async with tenant.read() as reader:
        row = await reader.row(
            select(AuditEntry).where(AuditEntry.tenant_id == tenant.id, AuditEntry.action == "try")
        )
    assert row is not None
    assert (row.actor_kind, row.actor_id) == ("api_key", key.id)
    assert (row.behalf_kind, row.behalf_id) == ("user", ann.id)
