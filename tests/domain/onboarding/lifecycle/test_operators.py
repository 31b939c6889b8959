"""Operators run tenants without seeing a row of their business."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import metadata
from domain.kernel.errors import CodeTaken, InvalidInput, InvalidState, NotFound, NotPermitted
from domain.kernel.paging import PageRequest
from domain.kernel.quotas import allowed_of
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.operators import operations, queries
from domain.onboarding.operators.keys import create_operator_key, revoke_operator_key
from tenancy.accounts import tenant_of_slug
from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed
from tenancy.operator_keys import MANAGE, READ
from tenancy.principals import HOUSE, Principal, PrincipalKind, system_principal
from tests.factories.events import ThingHappened
from tests.factories.sign_ups import SECRET, code_to, founded, letters_to, new_mailbox
from tests.factories.tenants import TenantUnderTest, new_tenant
from tests.factories.worlds import new_world
from workers.relay import tenants_with_due_events


def _operator(*permissions: str) -> Principal:
    return Principal(
        tenant_id=HOUSE,
        kind=PrincipalKind.OPERATOR,
        id=1,
        name="on-call",
        permissions=frozenset(permissions or (READ, MANAGE)),
    )


@asynccontextmanager
async def _work(engine: AsyncEngine, now: datetime, *permissions: str) -> AsyncIterator[Work]:
    async with unit_of_work(engine, _operator(*permissions), now=now) as work:
        yield work


async def test_a_suspended_tenant_is_served_by_nobody_until_it_is_resumed(
    tenant: TenantUnderTest, now: datetime
) -> None:
    async with tenant.work() as work:
        work.record(ThingHappened(aggregate_id=1, step=1))
    async with _work(tenant.engine, now) as work:
        await operations.suspend(work, slug=tenant.slug, reason="unpaid")
    assert await tenant_of_slug(tenant.engine, tenant.slug) == (tenant.id, "suspended")
    assert tenant.id not in await tenants_with_due_events(tenant.engine, now=now)
    async with _work(tenant.engine, now) as work:
        await operations.resume(work, slug=tenant.slug)
    assert await tenant_of_slug(tenant.engine, tenant.slug) == (tenant.id, "active")
    assert tenant.id in await tenants_with_due_events(tenant.engine, now=now)
    with pytest.raises(InvalidInput):
        async with _work(tenant.engine, now) as work:
            await operations.suspend(work, slug=tenant.slug, reason=" ")
    with pytest.raises(NotFound):
        async with _work(tenant.engine, now) as work:
            await operations.resume(work, slug="nobody")


async def test_a_tenant_is_provisioned_and_its_administrator_invited(
    engine: AsyncEngine, now: datetime
) -> None:
    email, slug = new_mailbox(), f"ops-{new_mailbox().partition('@')[0]}"
    async with _work(engine, now) as work:
        await operations.provision(work, slug=slug, name="Ops", email=email)
    found = await tenant_of_slug(engine, slug)
    assert found is not None
    (letter,) = await letters_to(engine, email, tenant_id=found[0])
    assert (letter.purpose, letter.details["slug"]) == ("invitation", slug)
    assert (await code_to(engine, email, tenant_id=found[0])).startswith(f"cdl_{found[0]}_")
    with pytest.raises(CodeTaken):
        async with _work(engine, now) as work:
            await operations.provision(work, slug=slug, name="Ops", email=email)


async def test_plans_and_quotas_count_at_once(tenant: TenantUnderTest, now: datetime) -> None:
    async with _work(tenant.engine, now) as work:
        await operations.choose_plan(work, slug=tenant.slug, plan="small")
        await operations.set_quota(work, slug=tenant.slug, quota="users", allowed=3)
    async with tenant.work() as work:
        assert await allowed_of(work, "users") == 3
        assert await allowed_of(work, "api_keys") == 5
    async with _work(tenant.engine, now) as work:
        await operations.set_quota(work, slug=tenant.slug, quota="users", allowed=None)
    async with tenant.work() as work:
        assert await allowed_of(work, "users") == 10
    for quota, allowed in (("users", -1), ("wishes", 1)):
        with pytest.raises(InvalidInput):
            async with _work(tenant.engine, now) as work:
                await operations.set_quota(work, slug=tenant.slug, quota=quota, allowed=allowed)


async def test_an_operator_sees_counts_and_no_row_of_any_table(
    engine: AsyncEngine, now: datetime
) -> None:
    tenant = await new_tenant(engine, now=now)
    await new_world(tenant, "UNSEEN")
    async with _work(engine, now) as work:
        usage = (await queries.usage_of_tenants(work, ids=[tenant.id]))[tenant.id]
        assert usage.users > 0
        assert usage.legal_entities == 2
        assert usage.channels == 2
        assert usage.stored_bytes > 0
        for name, table in metadata().tables.items():
            column = table.c.id if name == "tenant" else table.c.tenant_id
            seen = await work.value(
                select(func.count()).select_from(table).where(column == tenant.id)
            )
            assert seen == 0, name


async def test_tenants_are_listed_page_by_page(engine: AsyncEngine, now: datetime) -> None:
    made = [await new_tenant(engine, now=now) for _ in range(3)]
    seen, after = [], None
    async with _work(engine, now, READ) as work:
        while True:
            listing = await queries.tenants(work, request=PageRequest(size=2, after=after))
            seen += [row.slug for row in listing.page.rows]
            if not listing.page.has_next:
                break
            after = listing.page.cursors[-1]
        assert await listing.count() == len(seen)
    assert seen == sorted(set(seen))
    assert {tenant.slug for tenant in made} <= set(seen)


async def test_who_may_only_read_changes_nothing(tenant: TenantUnderTest, now: datetime) -> None:
    with pytest.raises(NotPermitted):
        async with _work(tenant.engine, now, READ) as work:
            await operations.suspend(work, slug=tenant.slug, reason="no")
    assert await tenant_of_slug(tenant.engine, tenant.slug) == (tenant.id, "active")


async def test_a_tenants_administrator_is_no_operator(engine: AsyncEngine, now: datetime) -> None:
    made = await founded(engine, now=now)
    admin = TenantUnderTest(
        engine, made.tenant_id, made.slug, now, system_principal(made.tenant_id)
    ).user("users.manage", "onboarding.manage", id=made.user_id)
    with pytest.raises(NotPermitted):
        async with unit_of_work(engine, admin, now=now) as work:
            await operations.suspend(work, slug=made.slug, reason="no")


async def test_what_is_being_erased_is_neither_suspended_nor_resumed(
    tenant: TenantUnderTest, now: datetime
) -> None:
    async with tenant.work() as work:
        await work.execute(metadata().tables["tenant"].update().values(status="erasing"))
    with pytest.raises(InvalidState):
        async with _work(tenant.engine, now) as work:
            await operations.resume(work, slug=tenant.slug)


async def test_an_operators_key_opens_until_it_is_revoked(
    engine: AsyncEngine, now: datetime
) -> None:
    house = system_principal(HOUSE, name="command line")
    async with unit_of_work(engine, house, now=now) as work:
        key = await create_operator_key(work, name="night shift", may_manage=False)
        with pytest.raises(CodeTaken):
            await create_operator_key(work, name="night shift", may_manage=True)
    authenticator = Authenticator(engine, SECRET)
    caller = await authenticator.authenticate(f"Bearer {key}", None, now)
    assert caller is not None
    assert caller.principal.kind is PrincipalKind.OPERATOR
    assert (caller.principal.tenant_id, caller.principal.permissions) == (HOUSE, {READ})
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), "cdo_9_" + "x" * 43, "cdo_x"):
        with pytest.raises(AuthenticationFailed):
            await authenticator.authenticate(f"Bearer {wrong}", None, now)
    async with unit_of_work(engine, house, now=now) as work:
        await revoke_operator_key(work, name="night shift")
    authenticator.forget()
    with pytest.raises(AuthenticationFailed):
        await authenticator.authenticate(f"Bearer {key}", None, now)
