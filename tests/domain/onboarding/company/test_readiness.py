"""The checklist tells what is missing, and goes away as it is mended; going live needs it."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.governing import GOVERNED, mode_of
from domain.kernel.models import EventRecord
from domain.onboarding.readiness.operations import go_live
from domain.onboarding.readiness.outcomes import NotReady
from domain.onboarding.readiness.policy import Facts, blocking, checklist
from domain.onboarding.readiness.queries import readiness
from tenancy.models import Tenant
from tenancy.principals import system_principal
from tests.factories.sign_ups import founded
from tests.factories.templated import ACQUIRED, stock_up, template
from tests.factories.tenants import TenantUnderTest


@pytest.fixture
async def company(engine: AsyncEngine, now: datetime) -> TenantUnderTest:
    """A tenant that has just signed up."""
    made = await founded(engine, now=now)
    return TenantUnderTest(engine, made.tenant_id, made.slug, now, system_principal(made.tenant_id))


async def _open(tenant: TenantUnderTest, *, only_blocking: bool = True) -> list[str]:
    async with tenant.read() as reader:
        found = await readiness(reader)
    return [c.code for c in found.checks if not c.is_done and (c.is_blocking or not only_blocking)]


async def test_a_new_tenant_lacks_everything_that_an_order_needs(company: TenantUnderTest) -> None:
    assert await _open(company) == ["legal_entity", "location", "channel", "item", "opening_stock"]


async def test_each_step_takes_its_line_off_the_list(company: TenantUnderTest) -> None:
    await template(company)
    assert await _open(company) == ["item", "price", "opening_stock"]
    await stock_up(company)
    assert await _open(company) == []
    assert await _open(company, only_blocking=False) == ["second_administrator", "tour"]


async def test_going_live_is_refused_with_the_list_and_changes_nothing(
    company: TenantUnderTest,
) -> None:
    await template(company)
    with pytest.raises(NotReady) as refused:
        async with company.work() as work:
            await go_live(work, confirm=True)
    assert refused.value.fields == {"missing": ["item", "price", "opening_stock"]}
    async with company.read() as reader:
        assert await reader.value(select(Tenant.live_at).where(Tenant.id == company.id)) is None


async def test_going_live_governs_the_configuration_once(company: TenantUnderTest) -> None:
    await template(company)
    await stock_up(company)
    for _ in range(2):
        async with company.work() as work:
            await go_live(work, confirm=True)
    async with company.read() as reader:
        assert await mode_of(reader, "allocation_policy") == GOVERNED
        assert await reader.value(select(Tenant.live_at).where(Tenant.id == company.id)) == (
            company.now
        )
        told = select(EventRecord.id).where(
            EventRecord.tenant_id == company.id,
            EventRecord.type == "onboarding.tenant_went_live",
        )
        assert len(await reader.values(told)) == 1


async def test_what_is_governed_is_left_to_a_change_request(company: TenantUnderTest) -> None:
    await template(company)
    await stock_up(company)
    async with company.work() as work:
        await go_live(work, confirm=True)
    pieces = await template(company, "wholesale", ACQUIRED)
    outcomes = {piece.kind: piece.outcome for piece in pieces if piece.entity == "AQ"}
    assert outcomes["legal_entity"] == outcomes["location"] == outcomes["channel"] == "made"
    assert outcomes["allocation_policy"] == "needs_change_request"


def test_the_list_is_pure_and_says_why_and_how_for_every_line() -> None:
    checks = checklist(Facts())
    assert len({check.code for check in checks}) == len(checks)
    assert all(check.title and check.why.endswith(".") and check.mended_by for check in checks)
    assert "price" not in blocking(checks)
    assert "price" in blocking(checklist(Facts(channels_by_list=1)))
