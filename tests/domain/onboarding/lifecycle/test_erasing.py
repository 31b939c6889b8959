"""A tenant is deleted when it was asked for, confirmed, and the grace time is over; then nothing
of it is left."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app.database import async_url, metadata
from domain.kernel.errors import InvalidInput
from domain.kernel.models import AuditEntry
from domain.kernel.reading import reading
from domain.onboarding.lifecycle.erasing import erase_due_tenant
from domain.onboarding.lifecycle.operations import (
    GRACE,
    confirm_tenant_deletion,
    request_tenant_deletion,
    withdraw_tenant_deletion,
)
from domain.onboarding.lifecycle.outcomes import NoAddress, NoDeletionAsked
from domain.onboarding.sandbox.operations import create_sandbox
from domain.onboarding.signing_up.outcomes import CodeVoid
from tenancy.accounts import tenant_of_slug
from tenancy.models import Tenant
from tenancy.principals import HOUSE, Principal, system_principal
from tests.factories.delivering import deliver_all
from tests.factories.sign_ups import TOKENS, code_to, founded, letters_to
from tests.factories.templated import staff, stock_up, template
from tests.factories.tenants import TenantUnderTest, new_tenant
from tests.factories.worlds import new_world


async def _counts(owner_url: str, tenant_id: int) -> dict[str, int]:
    """What there is of a tenant in every table, seen by the owner of the database."""
    engine = create_async_engine(async_url(owner_url))
    async with engine.connect() as connection:
        found = {}
        for name, table in metadata().tables.items():
            column = table.c.id if name == "tenant" else table.c.tenant_id
            counted = select(func.count()).select_from(table).where(column == tenant_id)
            found[name] = int((await connection.execute(counted)).scalar_one())
    await engine.dispose()
    return {name: count for name, count in found.items() if count}


async def _administrator(tenant: TenantUnderTest) -> Principal:
    (user_id,) = await staff(tenant, "boss")
    return tenant.user("onboarding.manage", "onboarding.read", name="boss", id=user_id)


async def _confirm(tenant: TenantUnderTest, boss: Principal) -> None:
    async with tenant.work(as_=boss) as work:
        await request_tenant_deletion(work, slug=tenant.slug, reason="We close.")
    code = await code_to(tenant.engine, "boss@example.com", tenant_id=tenant.id)
    async with tenant.work(as_=boss) as work:
        await confirm_tenant_deletion(work, tokens=TOKENS, code=code)


async def _erase(tenant: TenantUnderTest) -> int:
    """Run the schedule's task to its end; how many transactions it took."""
    rounds, done = 0, False
    while not done:
        async with tenant.work() as work:
            done = await erase_due_tenant(work)
        rounds += 1
    return rounds


@pytest.fixture
async def company(engine: AsyncEngine, now: datetime) -> TenantUnderTest:
    """A tenant with the roles of a new one."""
    made = await founded(engine, now=now)
    return TenantUnderTest(engine, made.tenant_id, made.slug, now, system_principal(made.tenant_id))


async def test_nothing_of_a_whole_company_is_left_and_nothing_of_its_neighbour_is_touched(
    company: TenantUnderTest, owner_url: str, now: datetime
) -> None:
    company, neighbour = [await new_tenant(company.engine, now=now) for _ in range(2)]
    await new_world(company, "GOING")
    await new_world(neighbour, "STAYING")
    boss = await _administrator(company)
    await _confirm(company, boss)
    before = await _counts(owner_url, neighbour.id)
    assert len(await _counts(owner_url, company.id)) > 60
    assert await _erase(company.at(now + GRACE)) > 2
    assert await _counts(owner_url, company.id) == {}
    assert await tenant_of_slug(company.engine, company.slug) is None
    assert await _counts(owner_url, neighbour.id) == before
    async with reading(company.engine, system_principal(HOUSE)) as reader:
        line = await reader.row(
            select(AuditEntry.before, AuditEntry.actor).where(
                AuditEntry.tenant_id == HOUSE,
                AuditEntry.action == "erase_tenant",
                AuditEntry.subject_id == company.id,
            )
        )
    assert tuple(line or ()) == ({"slug": company.slug}, "schedule")


async def test_its_sandbox_goes_with_it(
    company: TenantUnderTest, owner_url: str, now: datetime
) -> None:
    await template(company)
    await stock_up(company)
    async with company.work() as work:
        await create_sandbox(work, confirm=True)
    await deliver_all(company)
    sandbox = await tenant_of_slug(company.engine, f"{company.slug}-sandbox")
    assert sandbox is not None
    await _confirm(company, await _administrator(company))
    await _erase(company.at(now + GRACE))
    assert await _counts(owner_url, sandbox[0]) == {}
    assert await _counts(owner_url, company.id) == {}


class _Killed(Exception):
    """The worker ends here, its transaction with it."""


async def test_an_erasure_goes_on_where_a_killed_worker_stopped(
    company: TenantUnderTest, owner_url: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step, of few rows here, is done and lost, then done."""
    monkeypatch.setattr("domain.onboarding.lifecycle.erasing.PART", 20)
    await template(company)
    await stock_up(company)
    async with company.work() as work:
        await create_sandbox(work, confirm=True)
    await deliver_all(company)
    sandbox = await tenant_of_slug(company.engine, f"{company.slug}-sandbox")
    assert sandbox is not None
    await _confirm(company, await _administrator(company))
    company, steps, done = company.at(now + GRACE), 0, False
    while not done:
        with pytest.raises(_Killed):
            async with company.work() as work:
                await erase_due_tenant(work)
                raise _Killed
        async with company.work() as work:
            done = await erase_due_tenant(work)
        steps += 1
    assert steps > 10
    for tenant_id in (company.id, sandbox[0]):
        assert await _counts(owner_url, tenant_id) == {}
    async with reading(company.engine, system_principal(HOUSE)) as reader:
        lines = await reader.values(
            select(func.count()).where(
                AuditEntry.tenant_id == HOUSE,
                AuditEntry.action == "erase_tenant",
                AuditEntry.subject_id == company.id,
            )
        )
    assert list(lines) == [1]


async def test_nothing_is_taken_away_within_the_grace_time(
    company: TenantUnderTest, owner_url: str, now: datetime
) -> None:
    await _confirm(company, await _administrator(company))
    before = await _counts(owner_url, company.id)
    assert await _erase(company.at(now + GRACE - timedelta(seconds=1))) == 1
    assert await _counts(owner_url, company.id) == before
    assert await tenant_of_slug(company.engine, company.slug) == (company.id, "active")


async def test_its_doors_close_with_the_first_part(company: TenantUnderTest, now: datetime) -> None:
    await _confirm(company, await _administrator(company))
    async with company.at(now + GRACE).work() as work:
        assert not await erase_due_tenant(work)
    assert await tenant_of_slug(company.engine, company.slug) == (company.id, "erasing")


async def test_what_is_withdrawn_stays(
    company: TenantUnderTest, owner_url: str, now: datetime
) -> None:
    boss = await _administrator(company)
    await _confirm(company, boss)
    async with company.work(as_=boss) as work:
        await withdraw_tenant_deletion(work)
    assert await _erase(company.at(now + 2 * GRACE)) == 1
    assert await tenant_of_slug(company.engine, company.slug) == (company.id, "active")
    with pytest.raises(NoDeletionAsked):
        async with company.work(as_=boss) as work:
            await withdraw_tenant_deletion(work)


async def test_a_request_alone_deletes_nothing(company: TenantUnderTest, now: datetime) -> None:
    boss = await _administrator(company)
    async with company.work(as_=boss) as work:
        await request_tenant_deletion(work, slug=company.slug)
    assert await _erase(company.at(now + 2 * GRACE)) == 1
    assert await tenant_of_slug(company.engine, company.slug) == (company.id, "active")


async def test_a_code_confirms_the_latest_request_once_and_in_time(
    company: TenantUnderTest, now: datetime
) -> None:
    boss = await _administrator(company)
    codes = []
    for _ in range(2):
        async with company.work(as_=boss) as work:
            await request_tenant_deletion(work, slug=company.slug)
        codes.append(await code_to(company.engine, "boss@example.com", tenant_id=company.id))
    late = company.at(now + timedelta(days=1))
    for tenant, code in ((company, codes[0]), (late, codes[1])):
        with pytest.raises(CodeVoid):
            async with tenant.work(as_=boss) as work:
                await confirm_tenant_deletion(work, tokens=TOKENS, code=code)
    for fails in (False, True):
        async with company.work(as_=boss) as work:
            if fails:
                with pytest.raises(CodeVoid):
                    await confirm_tenant_deletion(work, tokens=TOKENS, code=codes[1])
            else:
                await confirm_tenant_deletion(work, tokens=TOKENS, code=codes[1])
    letters = await letters_to(company.engine, "boss@example.com", tenant_id=company.id)
    assert [each.purpose for each in letters] == ["deletion", "deletion", "deletion_confirmed"]


async def test_only_a_person_with_an_address_who_names_the_tenant_may_ask(
    company: TenantUnderTest,
) -> None:
    boss = await _administrator(company)
    with pytest.raises(InvalidInput):
        async with company.work(as_=boss) as work:
            await request_tenant_deletion(work, slug="another")
    with pytest.raises(NoAddress):
        async with company.work() as work:
            await request_tenant_deletion(work, slug=company.slug)


async def test_the_database_erases_nothing_whose_time_has_not_come(
    company: TenantUnderTest, owner_url: str
) -> None:
    before = await _counts(owner_url, company.id)
    with pytest.raises(DBAPIError, match="is not to be erased"):
        async with company.work() as work:
            await work.execute(text("SELECT * FROM erase_tenant_part(10)"))
    async with company.work() as work:
        await work.execute(text("SELECT forget_tenant()"))
        assert await work.value(select(Tenant.status)) == "active"
    assert await _counts(owner_url, company.id) == before
