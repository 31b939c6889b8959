"""A template makes what is missing, once, and adds for a company that joins later."""

import asyncio
from collections import Counter
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.models import AllocationPolicy
from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.kernel.errors import InvalidInput, NotPermitted
from domain.kernel.models import AuditEntry
from domain.ledger.models import Account
from domain.onboarding.templates.operations import apply_template
from domain.onboarding.templates.policy import DIRECT, GROUP, MIXED, TEMPLATES, WHOLESALE
from tenancy.principals import system_principal
from tests.factories.sign_ups import founded
from tests.factories.templated import ACQUIRED, HARBOR, stock_up, template
from tests.factories.tenants import TenantUnderTest


@pytest.fixture
async def company(engine: AsyncEngine, now: datetime) -> TenantUnderTest:
    """A tenant that has just signed up."""
    made = await founded(engine, now=now)
    return TenantUnderTest(engine, made.tenant_id, made.slug, now, system_principal(made.tenant_id))


async def _codes(tenant: TenantUnderTest, table: type) -> list[str]:
    async with tenant.read() as reader:
        wanted = select(table.code).where(table.tenant_id == tenant.id)
        return sorted(await reader.values(wanted))


async def test_wholesale_makes_an_entity_that_can_trade(company: TenantUnderTest) -> None:
    pieces = await template(company, WHOLESALE)
    assert {piece.outcome for piece in pieces} == {"made"}
    assert await _codes(company, LegalEntity) == ["US1"]
    assert await _codes(company, Location) == ["US1-MAIN", "US1-TRANSIT"]
    assert await _codes(company, Channel) == ["us1-edi", "us1-portal"]
    async with company.read() as reader:
        counted = select(func.count()).where(Account.tenant_id == company.id)
        assert await reader.value(counted) > 5
        wanted = select(AllocationPolicy.status, AllocationPolicy.entity_id).where(
            AllocationPolicy.tenant_id == company.id
        )
        assert [tuple(row) for row in await reader.rows(wanted)] == [("active", None)]


@pytest.mark.parametrize("name", TEMPLATES)
async def test_every_template_can_be_repeated_and_makes_nothing_more(
    company: TenantUnderTest, name: str
) -> None:
    entities = (HARBOR, ACQUIRED) if name == GROUP else (HARBOR,)
    first = await template(company, name, *entities)
    assert {piece.outcome for piece in first} == {"made"}
    again = await template(company, name, *entities)
    assert {piece.outcome for piece in again} == {"there"}
    assert [piece.id for piece in again] == [piece.id for piece in first]


async def test_templates_add_to_each_other(company: TenantUnderTest) -> None:
    await template(company, WHOLESALE)
    added = await template(company, DIRECT)
    made = sorted(f"{p.kind} {p.code}" for p in added if p.outcome == "made")
    assert made == ["channel us1-market", "channel us1-web"]
    added = await template(company, MIXED)
    assert [p.code for p in added if p.outcome == "made"] == ["US1-3PL"]


async def test_an_acquired_company_gets_a_variant_of_its_own(company: TenantUnderTest) -> None:
    await template(company)
    pieces = await template(company, WHOLESALE, ACQUIRED)
    outcomes = Counter(piece.outcome for piece in pieces)
    assert set(outcomes) == {"made", "there"}
    assert {p.entity for p in pieces if p.outcome == "made"} == {"AQ"}
    item_id = await stock_up(company, "AQ")
    async with company.work() as work:
        placed = await place_order(
            work,
            channel_code="aq-portal",
            lines=[OrderedLine(item_id=item_id, quantity=Decimal(3))],
            party_id=await _buyer(company),
        )
    assert placed.status == "allocated"


async def _buyer(tenant: TenantUnderTest) -> int:
    async with tenant.read() as reader:
        return int(
            await reader.value(select(Party.id).where(Party.tenant_id == tenant.id).limit(1))
        )


async def test_two_at_the_same_time_make_it_once(company: TenantUnderTest) -> None:
    both = await asyncio.gather(template(company), template(company))
    assert sorted(sorted({p.outcome for p in pieces}) for pieces in both) == [["made"], ["there"]]


async def test_what_is_refused_leaves_nothing(company: TenantUnderTest) -> None:
    for name, entities in ((GROUP, [HARBOR]), ("barter", [HARBOR]), (WHOLESALE, [HARBOR, HARBOR])):
        with pytest.raises(InvalidInput):
            async with company.work() as work:
                await apply_template(work, template=name, entities=entities)
    assert await _codes(company, LegalEntity) == []


async def test_whoever_applies_a_template_needs_the_rights_to_what_it_makes(
    company: TenantUnderTest,
) -> None:
    clerk = company.user("onboarding.manage", "entities.manage")
    with pytest.raises(NotPermitted):
        async with company.work(as_=clerk) as work:
            await apply_template(work, template=WHOLESALE, entities=[HARBOR])
    assert await _codes(company, LegalEntity) == []


async def test_the_audit_log_names_what_a_template_made(company: TenantUnderTest) -> None:
    await template(company)
    async with company.read() as reader:
        wanted = select(AuditEntry.after).where(
            AuditEntry.tenant_id == company.id, AuditEntry.action == "apply_template"
        )
        (after,) = await reader.values(wanted)
    assert after["template"] == "wholesale"
    assert "location US1-MAIN" in after["made"]
