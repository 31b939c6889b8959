"""A partner's administrator manages the people and keys of its own party, within its own rights."""

from typing import Any

import pytest
from sqlalchemy import func, select

from domain.kernel.errors import NotFound, NotPermitted, Refusal
from domain.kernel.paging import PageRequest
from domain.onboarding.access import queries
from domain.onboarding.access.operations.api_keys import create_api_key, revoke_api_key
from domain.onboarding.access.operations.issuers import register_oidc_issuer, remove_oidc_issuer
from domain.onboarding.access.operations.roles import create_role, set_role_permissions
from domain.onboarding.access.operations.users import (
    create_user,
    end_sessions,
    reset_password,
    update_user,
)
from domain.onboarding.inviting.operations import (
    invite_user,
    repeat_invitation,
    withdraw_invitation,
)
from domain.onboarding.inviting.queries import invitations
from domain.onboarding.models import Invitation, Letter
from tenancy.accounts import key_account, user_account
from tenancy.models import ApiKey, UserAccount, UserRole
from tenancy.principals import Principal
from tests.factories.accounts import PASSWORD, new_role, new_user
from tests.factories.masters import new_entity, new_location, new_party
from tests.factories.tenants import TenantUnderTest

RIGHTS = ("users.read", "users.manage", "orders.read", "orders.place")


async def _principal(tenant: TenantUnderTest, user_id: int) -> Principal:
    account = await user_account(tenant.engine, tenant.id, id=user_id)
    assert account is not None
    return account.principal


async def _role_of(tenant: TenantUnderTest, user_id: int) -> int:
    async with tenant.read() as reader:
        return int(
            await reader.value(
                select(UserRole.role_id).where(
                    UserRole.tenant_id == tenant.id, UserRole.user_id == user_id
                )
            )
        )


class Partners:
    """Two parties, of which one has a child, with an administrator each; and the tenant's own."""

    tenant: TenantUnderTest
    admin: Principal
    own: int
    child: int
    neighbour: int
    role: int
    neighbours: dict[str, int]


@pytest.fixture
async def partners(tenant: TenantUnderTest) -> Partners:
    made = Partners()
    made.tenant = tenant
    made.own = await new_party(tenant, code="OWN")
    made.child = await new_party(tenant, code="CHILD", parent_id=made.own)
    made.neighbour = await new_party(tenant, code="NEXT")
    await new_user(tenant, *RIGHTS, username="boss")
    admin = await new_user(tenant, *RIGHTS, username="ann", party_id=made.own)
    other = await new_user(tenant, *RIGHTS, username="bob", party_id=made.neighbour)
    made.role = await _role_of(tenant, admin)
    made.admin = await _principal(tenant, admin)
    async with tenant.work() as work:
        invited = await invite_user(work, email="eve@next.example", party_id=made.neighbour)
        key = await create_api_key(
            work, name="next", role_id=await _role_of(tenant, other), party_id=made.neighbour
        )
    made.neighbours = {
        "user": other,
        "invitation": invited,
        "key": key.id,
        "role": await _role_of(tenant, other),
    }
    return made


async def _user(tenant: TenantUnderTest, user_id: int) -> Any:
    async with tenant.read() as reader:
        return await reader.row(
            select(*UserAccount.__table__.c).where(
                UserAccount.tenant_id == tenant.id, UserAccount.id == user_id
            )
        )


async def test_people_of_ones_own_are_invited_changed_and_suspended(
    tenant: TenantUnderTest, partners: Partners
) -> None:
    async with tenant.work(as_=partners.admin) as work:
        invitation = await invite_user(work, email="joe@own.example", role_ids=[partners.role])
    async with tenant.read(as_=partners.admin) as reader:
        [seen] = (await invitations(reader, request=PageRequest())).page.rows
    assert seen.id == invitation
    row = await _user(tenant, seen.user_id)
    assert (row.party_id, row.location_id, row.email) == (partners.own, None, "joe@own.example")
    joe = await _principal(tenant, seen.user_id)
    assert joe.permissions == partners.admin.permissions
    async with tenant.work() as work:
        letters = await work.value(select(func.count()).where(Letter.tenant_id == tenant.id))
    assert letters == 2
    async with tenant.work(as_=partners.admin) as work:
        await update_user(work, user_id=seen.user_id, status="suspended", role_ids=[])
    assert (await _user(tenant, seen.user_id)).status == "suspended"
    async with tenant.work(as_=partners.admin) as work:
        again = await repeat_invitation(work, invitation_id=invitation)
    async with tenant.work(as_=partners.admin) as work:
        await withdraw_invitation(work, invitation_id=again)
    async with tenant.read() as reader:
        states = await reader.values(
            select(Invitation.status)
            .where(Invitation.tenant_id == tenant.id, Invitation.user_id == seen.user_id)
            .order_by(Invitation.id)
        )
    assert states == ["withdrawn", "withdrawn"]


async def test_people_of_parties_below_are_ones_own_too(
    tenant: TenantUnderTest, partners: Partners
) -> None:
    async with tenant.work(as_=partners.admin) as work:
        user_id = await create_user(
            work, username="kim", display_name="Kim", party_id=partners.child
        )
    assert (await _user(tenant, user_id)).party_id == partners.child


async def test_only_what_is_ones_own_is_seen(tenant: TenantUnderTest, partners: Partners) -> None:
    request = PageRequest()
    async with tenant.read(as_=partners.admin) as reader:
        users = await queries.users(reader, where=queries.UserFilter(), request=request)
        roles = await queries.roles(reader, request=request)
        keys = await queries.api_keys(reader, request=request)
        asked = await invitations(reader, request=request)
    assert [row.username for row in users.page.rows] == ["ann"]
    assert [row.id for row in roles.page.rows] == [partners.role]
    assert (list(keys.page.rows), list(asked.page.rows)) == ([], [])


async def test_nobody_and_nothing_of_others_can_be_reached(
    tenant: TenantUnderTest, partners: Partners
) -> None:
    its = partners.neighbours
    async with tenant.read() as reader:
        boss = await reader.value(
            select(UserAccount.id).where(
                UserAccount.tenant_id == tenant.id, UserAccount.username == "boss"
            )
        )
    foreign_role = await new_role(tenant, "orders.read")
    of_neighbour = {"username": "x", "display_name": "X", "party_id": partners.neighbour}
    for attempt in (
        lambda work: update_user(work, user_id=its["user"], status="suspended"),
        lambda work: update_user(work, user_id=boss, status="suspended"),
        lambda work: reset_password(work, user_id=its["user"], password=PASSWORD),
        lambda work: end_sessions(work, user_id=boss),
        lambda work: create_user(work, **of_neighbour),
        lambda work: create_user(work, username="x", display_name="X", role_ids=[its["role"]]),
        lambda work: create_user(work, username="x", display_name="X", role_ids=[foreign_role]),
        lambda work: invite_user(work, email="x@x.example", party_id=partners.neighbour),
        lambda work: repeat_invitation(work, invitation_id=its["invitation"]),
        lambda work: withdraw_invitation(work, invitation_id=its["invitation"]),
        lambda work: revoke_api_key(work, key_id=its["key"]),
        lambda work: create_api_key(
            work, name="x", role_id=partners.role, party_id=partners.neighbour
        ),
        lambda work: create_api_key(work, name="x", role_id=partners.role, user_id=boss),
    ):
        with pytest.raises(NotFound):
            async with tenant.work(as_=partners.admin) as work:
                await attempt(work)
    assert (await _user(tenant, its["user"])).status == "active"


async def test_nobody_of_a_partner_becomes_the_tenants_or_another_kind_of_partner(
    tenant: TenantUnderTest, partners: Partners
) -> None:
    location = await new_location(tenant, entity_id=await new_entity(tenant))
    for attempt in (
        lambda work: update_user(work, user_id=partners.admin.id, party_id=None),
        lambda work: update_user(work, user_id=partners.admin.id, location_id=location),
        lambda work: create_user(work, username="x", display_name="X", location_id=location),
        lambda work: create_role(work, name="more", permissions=["orders.read"]),
        lambda work: set_role_permissions(
            work, role_id=partners.role, permissions=["orders.read", "users.manage"]
        ),
        lambda work: register_oidc_issuer(
            work, issuer="https://i.example", audience="a", jwks_uri="https://i.example/keys"
        ),
        lambda work: remove_oidc_issuer(work, issuer_id=1),
    ):
        with pytest.raises((NotPermitted, Refusal)) as refused:
            async with tenant.work(as_=partners.admin) as work:
                await attempt(work)
        assert isinstance(refused.value, NotPermitted)
    assert (await _user(tenant, partners.admin.id)).party_id == partners.own


async def test_somebody_of_ones_own_who_may_more_is_above(
    tenant: TenantUnderTest, partners: Partners
) -> None:
    above = await new_user(
        tenant, *RIGHTS, "orders.cancel", username="chief", party_id=partners.own
    )
    for attempt in (
        lambda work: update_user(work, user_id=above, status="suspended"),
        lambda work: reset_password(work, user_id=above, password=PASSWORD),
        lambda work: create_api_key(work, name="x", role_id=partners.role, user_id=above),
    ):
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=partners.admin) as work:
                await attempt(work)
    assert (await _user(tenant, above)).status == "active"


async def test_a_partners_key_is_its_makers_or_its_machines(
    tenant: TenantUnderTest, partners: Partners
) -> None:
    made = []
    for is_machine in (False, True):
        async with tenant.work(as_=partners.admin) as work:
            made.append(
                await create_api_key(
                    work, name="shop", role_id=partners.role, is_machine=is_machine
                )
            )
    accounts = [await key_account(tenant.engine, tenant.id, key.id) for key in made]
    assert [(a.principal.user_id, a.principal.party_id) for a in accounts if a is not None] == [
        (partners.admin.id, partners.own),
        (None, partners.own),
    ]
    async with tenant.work(as_=partners.admin) as work:
        await revoke_api_key(work, key_id=made[0].id)
    async with tenant.read() as reader:
        revoked = await reader.values(
            select(ApiKey.id).where(ApiKey.tenant_id == tenant.id, ApiKey.revoked_at.is_not(None))
        )
    assert revoked == [made[0].id]


async def test_a_warehouses_administrator_manages_its_own(tenant: TenantUnderTest) -> None:
    entity = await new_entity(tenant)
    own, other = [await new_location(tenant, entity_id=entity, kind="third_party") for _ in "ab"]
    rights = ("users.read", "users.manage", "fulfilment.read")
    ann = await new_user(tenant, *rights, username="ann", location_id=own)
    bob = await new_user(tenant, *rights, username="bob", location_id=other)
    admin, role = await _principal(tenant, ann), await _role_of(tenant, ann)
    async with tenant.work(as_=admin) as work:
        await invite_user(work, email="joe@own.example", username="joe", role_ids=[role])
    async with tenant.read(as_=admin) as reader:
        seen = await queries.users(reader, where=queries.UserFilter(), request=PageRequest())
    assert [(row.username, row.location_id) for row in seen.page.rows] == [
        ("ann", own),
        ("joe", own),
    ]
    with pytest.raises(NotFound):
        async with tenant.work(as_=admin) as work:
            await update_user(work, user_id=bob, status="suspended")
