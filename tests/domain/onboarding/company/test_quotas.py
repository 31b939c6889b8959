"""A tenant has no more of anything than its plan allows, however many add at the same time."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select

from domain.entities.models import LegalEntity, Location
from domain.entities.operations.legal_entities import create_legal_entity, update_legal_entity
from domain.entities.operations.locations import create_location
from domain.kernel.numbers import draw_numbers
from domain.kernel.quotas import QuotaReached, allowed_of, set_ceiling
from domain.onboarding.access.operations.users import create_user
from domain.onboarding.door.entering import set_plan
from domain.onboarding.exports.operations import start_export
from domain.onboarding.exports.queries import export_content
from domain.onboarding.job_models import ImportJob, StoredFile
from tenancy.models import TenantQuota
from tests.factories.importing import asked, carry_out
from tests.factories.tenants import TenantUnderTest


async def _allow(tenant: TenantUnderTest, quota: str, allowed: int) -> None:
    async with tenant.work() as work:
        await work.execute(
            insert(TenantQuota).values(tenant_id=tenant.id, quota=quota, allowed=allowed)
        )


async def _entity(tenant: TenantUnderTest, code: str) -> int:
    async with tenant.work() as work:
        return await create_legal_entity(work, code=code, name=code, country="DE", currency="EUR")


async def test_of_many_who_add_at_the_same_time_only_as_many_as_allowed_do(
    tenant: TenantUnderTest,
) -> None:
    await _allow(tenant, "legal_entities", 3)
    made = await asyncio.gather(
        *(_entity(tenant, f"E{n}") for n in range(8)), return_exceptions=True
    )
    refused = [each for each in made if isinstance(each, QuotaReached)]
    assert len(refused) == 5
    assert refused[0].fields == {"quota": "legal_entities", "allowed": 3}
    async with tenant.read() as reader:
        counted = select(func.count()).where(LegalEntity.tenant_id == tenant.id)
        assert await reader.value(counted) == 3


async def test_what_is_closed_makes_room_and_is_not_opened_beyond_it(
    tenant: TenantUnderTest,
) -> None:
    await _allow(tenant, "legal_entities", 1)
    first = await _entity(tenant, "E1")
    async with tenant.work() as work:
        await update_legal_entity(work, entity_id=first, status="closed")
    await _entity(tenant, "E2")
    with pytest.raises(QuotaReached):
        async with tenant.work() as work:
            await update_legal_entity(work, entity_id=first, status="active")


async def test_who_has_more_than_a_smaller_plan_allows_may_still_close(
    tenant: TenantUnderTest,
) -> None:
    first = await _entity(tenant, "E1")
    await _entity(tenant, "E2")
    await _allow(tenant, "legal_entities", 1)
    async with tenant.work() as work:
        await update_legal_entity(work, entity_id=first, status="closed")


async def test_the_plan_counts_where_there_is_no_quota_of_ones_own(
    tenant: TenantUnderTest,
) -> None:
    async with tenant.work() as work:
        assert await allowed_of(work, "users") == 1_000
        await set_plan(work, plan="small")
        assert await allowed_of(work, "users") == 10
        await set_plan(work, plan="large")
        assert await allowed_of(work, "users") is None


async def test_users_and_locations_are_counted_too(tenant: TenantUnderTest) -> None:
    await _allow(tenant, "users", 1)
    await _allow(tenant, "locations", 0)
    entity = await _entity(tenant, "E1")
    async with tenant.work() as work:
        await create_user(work, username="one", display_name="One")
    with pytest.raises(QuotaReached):
        async with tenant.work() as work:
            await create_user(work, username="two", display_name="Two")
    with pytest.raises(QuotaReached):
        async with tenant.work() as work:
            await create_location(work, code="L", name="L", kind="owned", entity_id=entity)
    async with tenant.read() as reader:
        assert await reader.values(select(Location.id).where(Location.tenant_id == tenant.id)) == []


async def _draw(tenant: TenantUnderTest, count: int = 1) -> list[str]:
    async with tenant.work() as work:
        return (await draw_numbers(work, order=count))["order"]


async def test_a_months_orders_are_counted_exactly_by_the_counter_of_their_numbers(
    tenant: TenantUnderTest,
) -> None:
    await _draw(tenant, 7)
    await _allow(tenant, "orders_per_month", 5)
    async with tenant.work() as work:
        assert await set_ceiling(work)
        assert not await set_ceiling(work)
    drawn = await asyncio.gather(*(_draw(tenant) for _ in range(9)), return_exceptions=True)
    assert sum(isinstance(each, QuotaReached) for each in drawn) == 4
    assert sorted(each[0] for each in drawn if isinstance(each, list)) == [
        "SO-10",
        "SO-11",
        "SO-12",
        "SO-8",
        "SO-9",
    ]


async def test_a_new_month_counts_anew_even_before_the_clock_has_said_so(
    tenant: TenantUnderTest, now: datetime
) -> None:
    await _allow(tenant, "orders_per_month", 1)
    async with tenant.work() as work:
        await set_ceiling(work)
    await _draw(tenant)
    with pytest.raises(QuotaReached):
        await _draw(tenant)
    april = tenant.at(now + timedelta(days=31))
    await _draw(april, 3)
    async with april.work() as work:
        assert await set_ceiling(work)
    await _draw(april)
    with pytest.raises(QuotaReached) as refused:
        await _draw(april)
    assert refused.value.fields == {"quota": "orders_per_month", "allowed": 1}


async def test_a_larger_plan_counts_in_the_same_month(tenant: TenantUnderTest) -> None:
    await _allow(tenant, "orders_per_month", 1)
    async with tenant.work() as work:
        await set_ceiling(work)
    await _draw(tenant)
    async with tenant.work() as work:
        await work.execute(
            TenantQuota.__table__.update()
            .where(TenantQuota.tenant_id == tenant.id)
            .values(allowed=Decimal(2))
        )
        await set_ceiling(work)
    await _draw(tenant)
    with pytest.raises(QuotaReached):
        await _draw(tenant)


async def test_files_are_kept_up_to_what_the_plan_stores_however_many_are_sent_at_once(
    tenant: TenantUnderTest,
) -> None:
    await _allow(tenant, "stored_megabytes", 1)
    content = b"sku,name,base_unit\r\n" + b"A,Bolt,EA\r\n" * 36_000
    assert 300_000 < len(content) < 400_000
    done = await asyncio.gather(
        *(asked(tenant, "items", content) for _ in range(4)), return_exceptions=True
    )
    refused = [each for each in done if isinstance(each, QuotaReached)]
    assert len(refused) == 2
    assert refused[0].fields == {"quota": "stored_megabytes", "allowed": 1}
    async with tenant.read() as reader:
        kept = await reader.values(
            select(StoredFile.size_bytes).where(StoredFile.tenant_id == tenant.id)
        )
        jobs = select(func.count()).where(ImportJob.tenant_id == tenant.id)
        assert await reader.value(jobs) == 2
    assert list(kept) == [len(content)] * 2


async def test_what_one_has_is_taken_out_however_much_is_stored(tenant: TenantUnderTest) -> None:
    """A tenant that stores too much still gets its data."""
    await asked(tenant, "items", b"sku,name,base_unit\r\nA,Bolt,EA\r\n")
    await _allow(tenant, "stored_megabytes", 0)
    with pytest.raises(QuotaReached):
        await asked(tenant, "items", b"sku,name,base_unit\r\n")
    async with tenant.work() as work:
        export_id = await start_export(work, kinds=["items"])
    await carry_out(tenant)
    async with tenant.read() as reader:
        assert (await export_content(reader, export_id=export_id, begin=0)).content
