"""Users are made and changed; nobody rises above themselves through it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.errors import CodeTaken, InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord
from domain.onboarding.access.operations.users import (
    create_user,
    end_sessions,
    reset_password,
    update_user,
)
from domain.onboarding.access.outcomes import (
    LastAdministrator,
    OldPasswordWrong,
    PasswordRefused,
    TooMuchForPartner,
)
from domain.onboarding.access.own_account import own_account, own_tenant, set_password
from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed
from tenancy.models import UserAccount, UserRole
from tenancy.principals import Principal, PrincipalKind
from tests.factories.accounts import PASSWORD, new_role, new_user
from tests.factories.masters import new_entity, new_location, new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

MANAGE = "users.manage"
SECRET = "a secret of an installation, long enough"


@pytest.fixture
async def administrator_id(tenant: TenantUnderTest) -> int:
    return await new_user(tenant, MANAGE, "orders.read", username="boss")


def _as(tenant: TenantUnderTest, user_id: int, *permissions: str) -> Principal:
    return Principal(
        tenant_id=tenant.id,
        kind=PrincipalKind.USER,
        id=user_id,
        name="someone",
        permissions=frozenset(permissions),
    )


async def _make(tenant: TenantUnderTest, *, as_: Principal | None = None, **fields: Any) -> int:
    wanted: dict[str, Any] = {"username": "ann", "display_name": "Ann"}
    async with tenant.work(as_=as_) as work:
        return await create_user(work, **{**wanted, **fields})


async def _row(tenant: TenantUnderTest, user_id: int) -> Any:
    async with tenant.read() as reader:
        return await reader.row(
            select(*UserAccount.__table__.c).where(
                UserAccount.tenant_id == tenant.id, UserAccount.id == user_id
            )
        )


async def _count(tenant: TenantUnderTest, table: Any) -> int:
    async with tenant.read() as reader:
        return int(
            await reader.value(
                select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
            )
        )


async def test_a_user_is_made_with_roles_event_and_audit(tenant: TenantUnderTest) -> None:
    role_id = await new_role(tenant, "orders.read")
    user_id = await _make(
        tenant,
        username=" Ann.Other@Example.com ",
        email="ann@example.com",
        password=PASSWORD,
        role_ids=[role_id, role_id],
    )
    row = await _row(tenant, user_id)
    assert (row.username, row.display_name, row.email, row.status) == (
        "ann.other@example.com",
        "Ann",
        "ann@example.com",
        "active",
    )
    assert row.password_hash.startswith("$argon2id$")
    async with tenant.read() as reader:
        events = await reader.rows(
            select(EventRecord.type, EventRecord.aggregate_id, EventRecord.payload).where(
                EventRecord.tenant_id == tenant.id
            )
        )
        audit = await reader.row(
            select(AuditEntry.action, AuditEntry.after).where(AuditEntry.tenant_id == tenant.id)
        )
    assert [tuple(event) for event in events] == [
        ("access.user_created", user_id, {"username": "ann.other@example.com"})
    ]
    assert audit is not None
    assert audit.action == "create_user"
    assert audit.after["role_ids"] == [role_id]
    assert "password_hash" not in audit.after


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"username": ""}, ("username",)),
        ({"username": "a b"}, ("username",)),
        ({"username": "a\x00"}, ("username",)),
        ({"username": "a" * 101}, ("username",)),
        ({"username": "änne"}, ("username",)),
        ({"display_name": " "}, ("display_name",)),
        ({"display_name": "\ud800"}, ("display_name",)),
        ({"email": "a\nb"}, ("email",)),
        ({"role_ids": range(1, 52)}, ("role_ids",)),
        ({"party_id": 1, "location_id": 1}, ("location_id",)),
    ],
)
async def test_what_can_never_be_right_is_refused(
    tenant: TenantUnderTest, fields: dict[str, Any], path: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await _make(tenant, **fields)
    assert caught.value.path == path
    assert await _count(tenant, UserAccount) == 0


@pytest.mark.parametrize("password", ["short", "x" * 201, "", "\ud800" * 12])
async def test_an_unsuitable_password_is_refused(tenant: TenantUnderTest, password: str) -> None:
    with pytest.raises(PasswordRefused):
        await _make(tenant, password=password)
    assert await _count(tenant, UserAccount) == 0


async def test_a_name_is_given_once_in_a_tenant(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    await _make(tenant)
    with pytest.raises(CodeTaken) as caught:
        await _make(tenant, username="ANN")
    assert caught.value.fields == {"kind": "user", "value": "ann"}
    await _make(await new_tenant(engine, now=tenant.now))


async def test_without_the_permission_nothing_happens(tenant: TenantUnderTest) -> None:
    reader_only = tenant.user("users.read")
    with pytest.raises(NotPermitted):
        await _make(tenant, as_=reader_only)
    for write in (
        lambda work: update_user(work, user_id=1, status="suspended"),
        lambda work: reset_password(work, user_id=1, password=PASSWORD),
        lambda work: end_sessions(work, user_id=1),
    ):
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=reader_only) as work:
                await write(work)


async def test_nobody_gives_a_role_that_holds_more_than_they_do(tenant: TenantUnderTest) -> None:
    role_id = await new_role(tenant, "orders.read", "ledger.read")
    limited = tenant.user(MANAGE, "orders.read")
    with pytest.raises(NotPermitted) as caught:
        await _make(tenant, as_=limited, role_ids=[role_id])
    assert caught.value.permission == "ledger.read"
    user_id = await new_user(tenant, MANAGE, username="me")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=_as(tenant, user_id, MANAGE)) as work:
            await update_user(work, user_id=user_id, role_ids=[role_id])
    assert await _count(tenant, UserAccount) == 1


async def test_nobody_takes_over_a_user_who_holds_more_than_they_do(
    tenant: TenantUnderTest, administrator_id: int
) -> None:
    limited = _as(tenant, await new_user(tenant, MANAGE, username="me"), MANAGE)
    before = await _row(tenant, administrator_id)
    for write in (
        lambda work: reset_password(work, user_id=administrator_id, password="mine from now on"),
        lambda work: end_sessions(work, user_id=administrator_id),
        lambda work: update_user(work, user_id=administrator_id, status="suspended"),
        lambda work: update_user(work, user_id=administrator_id, role_ids=[]),
        lambda work: update_user(work, user_id=administrator_id, display_name="X"),
    ):
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=limited) as work:
                await write(work)
    assert await _row(tenant, administrator_id) == before


async def test_ids_of_another_tenant_do_not_exist_here(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    other = await new_tenant(engine, now=tenant.now)
    foreign_user = await new_user(other)
    foreign_role = await new_role(other)
    foreign_party = await new_party(other)
    foreign_location = await new_location(other, entity_id=await new_entity(other))
    for fields in (
        {"role_ids": [foreign_role]},
        {"party_id": foreign_party},
        {"location_id": foreign_location},
    ):
        with pytest.raises(NotFound):
            await _make(tenant, **fields)
    for write in (
        lambda work: update_user(work, user_id=foreign_user, status="suspended"),
        lambda work: reset_password(work, user_id=foreign_user, password=PASSWORD),
        lambda work: end_sessions(work, user_id=foreign_user),
    ):
        with pytest.raises(NotFound):
            async with tenant.work() as work:
                await write(work)
    assert (await _row(other, foreign_user)).status == "active"


async def test_a_partner_gets_no_role_that_reaches_beyond_its_rows(tenant: TenantUnderTest) -> None:
    party_id = await new_party(tenant)
    inside = await new_role(tenant, "orders.read", "audit.read", "ledger.read")
    with pytest.raises(TooMuchForPartner) as caught:
        await _make(tenant, party_id=party_id, role_ids=[inside])
    assert caught.value.fields == {"permissions": ["audit.read", "ledger.read"]}
    fitting = await new_role(tenant, "orders.read")
    user_id = await _make(tenant, party_id=party_id, role_ids=[fitting])
    with pytest.raises(TooMuchForPartner):
        async with tenant.work() as work:
            await update_user(work, user_id=user_id, role_ids=[inside])
    location_id = await new_location(tenant, entity_id=await new_entity(tenant))
    with pytest.raises(TooMuchForPartner):
        async with tenant.work() as work:
            await update_user(work, user_id=user_id, party_id=None, location_id=location_id)


async def test_only_what_differs_is_changed_and_told(
    tenant: TenantUnderTest, administrator_id: int
) -> None:
    old, new = await new_role(tenant, "orders.read"), await new_role(tenant, "orders.place")
    user_id = await _make(tenant, role_ids=[old])
    events = await _count(tenant, EventRecord)
    async with tenant.work() as work:
        await update_user(work, user_id=user_id, display_name="Ann", role_ids=[old])
    assert await _count(tenant, EventRecord) == events
    async with tenant.work() as work:
        await update_user(work, user_id=user_id, display_name="Ann B", role_ids=[new])
    async with tenant.read() as reader:
        payload = await reader.value(
            select(EventRecord.payload).where(
                EventRecord.tenant_id == tenant.id, EventRecord.type == "access.user_changed"
            )
        )
        kept = await reader.values(
            select(UserRole.role_id).where(
                UserRole.tenant_id == tenant.id, UserRole.user_id == user_id
            )
        )
        audit = await reader.row(
            select(AuditEntry.before, AuditEntry.after).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "update_user"
            )
        )
    assert payload == {"changed": ["display_name", "role_ids"]}
    assert list(kept) == [new]
    assert audit is not None
    assert audit.before == {"display_name": "Ann", "role_ids": [old]}
    assert audit.after == {"display_name": "Ann B", "role_ids": [new]}


@pytest.mark.parametrize("change", ["suspend", "roles", "partner"])
async def test_the_last_administrator_stays(
    tenant: TenantUnderTest, administrator_id: int, change: str
) -> None:
    party_id = await new_party(tenant)
    fitting = await new_role(tenant, "orders.read")
    fields: dict[str, Any] = {
        "suspend": {"status": "suspended"},
        "roles": {"role_ids": [fitting]},
        "partner": {"role_ids": [fitting], "party_id": party_id},
    }[change]
    before = await _row(tenant, administrator_id)
    with pytest.raises(LastAdministrator):
        async with tenant.work() as work:
            await update_user(work, user_id=administrator_id, **fields)
    assert await _row(tenant, administrator_id) == before
    await new_user(tenant, MANAGE, username="deputy")
    async with tenant.work() as work:
        await update_user(work, user_id=administrator_id, **fields)


async def test_two_administrators_cannot_suspend_each_other_at_once(
    tenant: TenantUnderTest, administrator_id: int
) -> None:
    deputy_id = await new_user(tenant, MANAGE, "orders.read", username="deputy")

    async def suspend(user_id: int) -> None:
        async with tenant.work() as work:
            await update_user(work, user_id=user_id, status="suspended")

    outcomes = await asyncio.gather(
        suspend(administrator_id), suspend(deputy_id), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "LastAdministrator",
        "NoneType",
    ]


async def test_suspension_makes_the_tokens_void_for_good(
    tenant: TenantUnderTest, engine: AsyncEngine, administrator_id: int
) -> None:
    authenticator = Authenticator(engine, SECRET, remembered_for=timedelta(0))
    user_id = await _make(tenant, password=PASSWORD)
    token = await authenticator.issue_token(tenant.slug, "ann", tenant.now)
    for status in ("suspended", "active"):
        async with tenant.work() as work:
            await update_user(work, user_id=user_id, status=status)
        with pytest.raises(AuthenticationFailed):
            await authenticator.principal_of(f"Bearer {token}", None, tenant.now)
    later = tenant.now + timedelta(seconds=1)
    await authenticator.sign_in(tenant.slug, "ann", PASSWORD, later)


async def test_a_reset_password_and_ended_sessions_make_the_tokens_void(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    authenticator = Authenticator(engine, SECRET, remembered_for=timedelta(0))
    user_id = await _make(tenant, password=PASSWORD)
    later = tenant.at(tenant.now + timedelta(minutes=1))
    token = await authenticator.issue_token(tenant.slug, "ann", tenant.now)
    async with later.work() as work:
        await reset_password(work, user_id=user_id, password="another password")
    with pytest.raises(AuthenticationFailed):
        await authenticator.principal_of(f"Bearer {token}", None, later.now)
    with pytest.raises(AuthenticationFailed):
        await authenticator.sign_in(tenant.slug, "ann", PASSWORD, later.now)
    last = later.at(later.now + timedelta(minutes=1))
    tokens = await authenticator.sign_in(tenant.slug, "ann", "another password", last.now)
    async with last.work() as work:
        await end_sessions(work, user_id=user_id)
    with pytest.raises(AuthenticationFailed):
        await authenticator.refresh(tokens.refresh_token, last.now)


async def test_a_user_changes_its_own_password_with_the_old_one(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    authenticator = Authenticator(engine, SECRET, remembered_for=timedelta(0))
    user_id = await _make(tenant, password=PASSWORD)
    own = _as(tenant, user_id)
    later = tenant.at(tenant.now + timedelta(minutes=1))
    with pytest.raises(OldPasswordWrong):
        async with later.work(as_=own) as work:
            await set_password(work, old_password="wrong", new_password="another password")
    with pytest.raises(PasswordRefused):
        async with later.work(as_=own) as work:
            await set_password(work, old_password=PASSWORD, new_password="short")
    await authenticator.sign_in(tenant.slug, "ann", PASSWORD, later.now)
    async with later.work(as_=own) as work:
        await set_password(work, old_password=PASSWORD, new_password="another password")
    with pytest.raises(AuthenticationFailed):
        await authenticator.sign_in(tenant.slug, "ann", PASSWORD, later.now)
    await authenticator.sign_in(tenant.slug, "ann", "another password", later.now)


async def test_a_key_and_the_system_have_no_password(tenant: TenantUnderTest) -> None:
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await set_password(work, old_password=PASSWORD, new_password=PASSWORD)


async def test_a_caller_sees_itself_without_any_permission(tenant: TenantUnderTest) -> None:
    user_id = await _make(tenant, email="ann@example.com")
    async with tenant.read(as_=_as(tenant, user_id)) as reader:
        assert await own_account(reader) == ("Ann", "ann@example.com")
        assert await own_tenant(reader) == (tenant.slug, tenant.slug)
    async with tenant.read() as reader:
        assert await own_account(reader) is None
